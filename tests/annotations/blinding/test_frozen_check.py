"""Blinding: a frozen study is compared with what was frozen, before unblinding and before each report."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from analysis import reports
from analysis.exports import export_files
from analysis.models import Report
from annotations.blinding import unblinding
from annotations.blinding.draw_check import check_draw
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.models import Entry, Pairing, RevealedEntry, Study, UnblindingRequest
from evalsite.core.errors import InputErrors
from evalsite.core.models import User
from tests.annotations.blinding.tampering import run_sql, unguarded
from tests.annotations.desk_files import write_desk
from tests.annotations.freezing.test_extra_entries import frozen, opened
from tests.factories import fill, make_study, person, unblind

pytestmark = pytest.mark.django_db

SWAP = (
    "update annotations_sealedentry "
    "set system_slug = case system_slug when 'quillon' then 'marrow' else 'quillon' end "
    "where system_slug in ('quillon', 'marrow')"
)


def refuse_to_unblind(study: Study) -> str:
    with pytest.raises(InputErrors) as refused:
        unblinding.unblind_from_console(study=study, by=person("una"), other=person("dov"))
    return str(refused.value)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path, state="closed")


def test_swapped_systems_stop_the_unblinding(study: Study) -> None:
    run_sql(SWAP)
    message = refuse_to_unblind(study)
    swapped = SealedEntry.objects.filter(system_slug__in=["quillon", "marrow"])
    for row in swapped:
        assert row.entry_code in message
    assert SealedEntry.objects.exclude(pk__in=swapped).count() == 3
    for row in SealedEntry.objects.exclude(pk__in=swapped):
        assert row.entry_code not in message
    study.refresh_from_db()
    assert study.state == "closed"
    assert not RevealedEntry.objects.exists()


def test_the_refusal_reveals_no_system_while_the_study_is_sealed(study: Study) -> None:
    run_sql(SWAP)
    message = refuse_to_unblind(study)
    for secret in ("quillon", "marrow", *SealedEntry.objects.values_list("script_digest", flat=True)):
        assert secret not in message


def test_whole_rows_that_were_swapped_are_found_by_their_texts(study: Study) -> None:
    one, other = SealedEntry.objects.filter(system_slug__in=["quillon", "marrow"]).order_by("entry_code")[:2]
    one.entry_code, other.entry_code = other.entry_code, one.entry_code
    with unguarded():
        SealedEntry.objects.filter(pk=one.pk).update(entry_code="-")
        other.save()
        one.save()
    message = refuse_to_unblind(study)
    assert one.entry_code in message
    assert other.entry_code in message


def test_a_changed_text_is_named(study: Study) -> None:
    entry = Entry.objects.order_by("code")[0]
    with unguarded():
        Entry.objects.filter(pk=entry.pk).update(html=f"{entry.html}<p>One more line.</p>")
    assert entry.code in refuse_to_unblind(study)


@pytest.mark.parametrize("kind", ["lost", "added"])
def test_a_sealed_row_that_is_lost_or_added_is_named(study: Study, kind: str) -> None:
    row = SealedEntry.objects.order_by("entry_code")[0]
    if kind == "lost":
        with unguarded():
            row.delete()
    else:
        row.pk, row.entry_code = None, "stray"
        row.save()
    assert row.entry_code in refuse_to_unblind(study)


def test_a_changed_plan_is_named(study: Study) -> None:
    Study.objects.filter(pk=study.pk).update(spec=study.spec | {"title": "Another title"})
    assert "plan" in refuse_to_unblind(study)


def test_a_changed_seed_or_nonce_is_noticed(study: Study) -> None:
    with unguarded():
        SealedDraw.objects.update(nonce="0" * 32)
    assert "draw" in refuse_to_unblind(study)


def test_a_changed_slot_is_named(study: Study) -> None:
    first = study.seats.order_by("number")[0]
    slot = first.slots.get(position=2, phase="main")
    first.slots.filter(pk=slot.pk).update(first_on_left=not slot.first_on_left)
    message = refuse_to_unblind(study)
    assert "position 2 of seat 1" in message
    assert "position 1 of seat" not in message


def test_the_console_names_the_rows_and_exits_with_1(study: Study) -> None:
    run_sql(SWAP)
    person("una"), person("dov")
    with pytest.raises(CommandError) as error:
        call_command("unblind_study", study.slug, "--by", "una", "--by", "dov", stdout=StringIO())
    assert error.value.returncode == 1
    lines = str(error.value).splitlines()
    assert all(": error: " in line and " Fix: " in line for line in lines)
    assert len(lines) == 7


def test_the_page_names_the_rows_and_the_request_keeps_waiting(client, study: Study) -> None:
    unblinding.request(study=study, by=person("una"), reason="done")
    run_sql(SWAP)
    client.force_login(person("dov"))
    page = client.post(reverse("study-unblind", args=[study.slug]), {"step": "confirm", "slug": study.slug})
    assert page.status_code == 422
    for row in SealedEntry.objects.filter(system_slug__in=["quillon", "marrow"]):
        assert row.entry_code in page.content.decode()
    assert UnblindingRequest.objects.get().state == "waiting"


@pytest.fixture
def revealed(tmp_path: Path) -> Study:
    study = make_study(tmp_path, state="open")
    fill(study)
    unblind(study)
    study.refresh_from_db()
    return study


REVEALED_SWAP = SWAP.replace("sealedentry", "revealedentry")


def test_a_study_that_was_left_alone_is_reported(revealed: Study) -> None:
    assert reports.compute(revealed, replicates=20)["report.json"]


def test_a_change_after_unblinding_stops_report_and_export(revealed: Study, tmp_path: Path) -> None:
    run_sql(REVEALED_SWAP)
    codes = RevealedEntry.objects.filter(system_slug="quillon").values_list("entry__code", flat=True)
    with pytest.raises(InputErrors) as refused:
        reports.compute(revealed)
    assert all(code in str(refused.value) for code in codes)
    with pytest.raises(InputErrors):
        export_files(revealed)
    with pytest.raises(CommandError) as error:
        call_command("report", revealed.slug, "--out", str(tmp_path / "out"))
    assert error.value.returncode == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["study-bundle", "study-table", "api"])
def test_downloads_answer_409_with_the_rows(client, revealed: Study, address: str) -> None:
    reports.build(reports.request(study=revealed, by=None).code)
    addresses = {
        "study-bundle": reverse("study-bundle", args=[revealed.slug]),
        "study-table": reverse("study-table", args=[revealed.slug, "judgments", "csv"]),
        "api": f"/api/v1/studies/{revealed.slug}/tables/judgments/",
    }
    client.force_login(User.objects.get(username="una"))
    assert client.get(addresses[address]).status_code == 200
    run_sql(REVEALED_SWAP)
    answer = client.get(addresses[address])
    assert answer.status_code == 409
    assert RevealedEntry.objects.filter(system_slug="quillon")[0].entry.code in answer.content.decode()


def test_the_study_page_sees_a_swap_of_systems(revealed: Study) -> None:
    assert check_draw(revealed).same is True
    run_sql(REVEALED_SWAP)
    assert check_draw(revealed).same is False


def test_a_stored_report_fails_with_the_rows(client, revealed: Study) -> None:
    Report.objects.all().delete()
    report = reports.request(study=revealed, by=None)
    run_sql(REVEALED_SWAP)
    reports.build(report.code)
    report.refresh_from_db()
    code = RevealedEntry.objects.filter(system_slug="quillon")[0].entry.code
    assert report.state == "failed"
    assert code in report.reason
    client.force_login(User.objects.get(username="una"))
    page = client.get(reverse("study-report", args=[revealed.slug])).content.decode()
    assert code in page


def test_a_study_with_practice_checks_and_repeats_compares_equal(tmp_path: Path) -> None:
    study = opened(frozen(write_desk(tmp_path)))
    assert export_files(study)
    pairing = Pairing.objects.filter(study_brief__study=study, kind="check")[0]
    Pairing.objects.filter(pk=pairing.pk).update(damage=pairing.damage | {"share": 0.9})
    with pytest.raises(InputErrors):
        export_files(study)
