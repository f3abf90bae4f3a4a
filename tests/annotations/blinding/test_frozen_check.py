"""Blinding: a frozen study is compared with what was frozen, before unblinding and before each report."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from analysis.models import Report
from analysis.reports import services as reports
from annotations.blinding import unblinding
from annotations.blinding.draw_check import check_draw
from annotations.blinding.seal import SealedEntry
from annotations.models import RevealedEntry, Study, UnblindingRequest
from evalsite.core.errors import InputErrors
from evalsite.core.models import User
from tests.annotations.blinding.tampering import run_sql
from tests.factories import make_study, make_unblinded, person

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


def test_swapped_systems_stop_the_unblinding_and_are_not_revealed(study: Study) -> None:
    run_sql(SWAP)
    message = refuse_to_unblind(study)
    swapped = SealedEntry.objects.filter(system_slug__in=["quillon", "marrow"])
    for row in swapped:
        assert row.entry_code in message
    assert SealedEntry.objects.exclude(pk__in=swapped).count() == 3
    for row in SealedEntry.objects.exclude(pk__in=swapped):
        assert row.entry_code not in message
    for secret in ("quillon", "marrow", *SealedEntry.objects.values_list("script_digest", flat=True)):
        assert secret not in message
    study.refresh_from_db()
    assert study.state == "closed"
    assert not RevealedEntry.objects.exists()


def test_a_sealed_row_that_was_added_is_named(study: Study) -> None:
    row = SealedEntry.objects.order_by("entry_code")[0]
    row.pk, row.entry_code = None, "stray"
    row.save()
    assert row.entry_code in refuse_to_unblind(study)


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
    return make_unblinded(tmp_path, report=True)


REVEALED_SWAP = SWAP.replace("sealedentry", "revealedentry")


def test_a_change_after_unblinding_stops_the_report(revealed: Study, tmp_path: Path) -> None:
    run_sql(REVEALED_SWAP)
    codes = RevealedEntry.objects.filter(system_slug="quillon").values_list("entry__code", flat=True)
    with pytest.raises(InputErrors) as refused:
        reports.compute(revealed)
    assert all(code in str(refused.value) for code in codes)
    with pytest.raises(CommandError) as error:
        call_command("report", revealed.slug, "--out", str(tmp_path / "out"))
    assert error.value.returncode == 1
    assert not (tmp_path / "out").exists()


def test_downloads_answer_409_with_the_rows(client, revealed: Study) -> None:
    addresses = (
        reverse("study-bundle", args=[revealed.slug]),
        reverse("study-table", args=[revealed.slug, "judgments", "csv"]),
        f"/api/v1/studies/{revealed.slug}/tables/judgments/",
    )
    client.force_login(User.objects.get(username="una"))
    assert [client.get(address).status_code for address in addresses] == [200] * 3
    run_sql(REVEALED_SWAP)
    for address in addresses:
        answer = client.get(address)
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
