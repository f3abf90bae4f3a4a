"""Blinding: unblinding takes two members of staff and a closed study, and is logged."""

from pathlib import Path

import pytest

from analysis.tables.exports import plan_of, study_record
from annotations.blinding import unblinding
from annotations.blinding.draw_check import check_draw
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.blinding.unblinders import NotStaff, SamePerson
from annotations.desk.services import WrongState
from annotations.models import Entry, RevealedEntry, Study
from evalsite.core.digests import json_digest
from evalsite.core.models import AuditEvent, User
from tests.factories import make_study, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path, state="closed")


@pytest.fixture
def una() -> User:
    return person("una")


@pytest.fixture
def dov() -> User:
    return person("dov")


def log() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.filter(verb__contains="unblind").order_by("pk").values_list("who", "verb"))


def test_it_works(study: Study, una: User, dov: User) -> None:
    asked = unblinding.request(study=study, by=una, reason="all seats are done")
    assert RevealedEntry.objects.count() == 0
    unblinded = unblinding.confirm(request=asked, by=dov)
    assert unblinded.state == "unblinded"
    assert not unblinded.is_sealed
    assert unblinded.unblinded_at is not None
    assert RevealedEntry.objects.count() == Entry.objects.count() == 9
    assert log() == [("una", "ask to unblind"), ("dov", "unblind")]


def test_the_nonce_is_published_and_gives_the_draw_again(study: Study, una: User, dov: User) -> None:
    nonce = SealedDraw.objects.get(study_slug=study.slug).nonce
    assert study_record(study)["draw_nonce"] == ""
    study = unblinding.confirm(request=unblinding.request(study=study, by=una, reason="done"), by=dov)
    assert study.draw_nonce == nonce
    check = check_draw(study)
    assert check is not None
    assert (check.same, check.findings) == (True, [])
    assert study_record(study)["draw_nonce"] == nonce
    assert plan_of(study).to_dict()["study"]["draw_nonce"] == nonce
    assert (study_record(study)["rights"], study_record(study)["exclusions"]) == ("show", [])


def test_what_is_revealed_is_what_the_digest_was_made_of(study: Study, una: User, dov: User) -> None:
    """The commitment of each entry can be made again from what unblinding publishes."""
    before = sorted(
        json_digest([row.entry_code, row.system_slug, row.script_digest, row.script_sample, row.nonce])
        for row in SealedEntry.objects.all()
    )
    unblinding.confirm(request=unblinding.request(study=study, by=una, reason="done"), by=dov)
    after = sorted(
        json_digest([row.entry.code, row.system_slug, row.script_digest, row.script_sample, row.nonce])
        for row in RevealedEntry.objects.select_related("entry")
    )
    assert after == before
    assert len({row.nonce for row in RevealedEntry.objects.all()}) == 9


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_only_active_staff(study: Study, una: User, dov: User, change: dict[str, bool]) -> None:
    asked = unblinding.request(study=study, by=una, reason="now")
    User.objects.filter(pk=dov.pk).update(**change)
    dov.refresh_from_db()
    with pytest.raises(NotStaff):
        unblinding.confirm(request=asked, by=dov)
    with pytest.raises(NotStaff):
        unblinding.request(study=study, by=dov, reason="now")


@pytest.mark.parametrize("state", ["draft", "frozen", "open", "paused"])
def test_only_a_closed_study(tmp_path: Path, una: User, state: str) -> None:
    study = make_study(tmp_path, state=state)
    with pytest.raises(WrongState, match="close it before"):
        unblinding.request(study=study, by=una, reason="now")


def test_one_request_waits_at_a_time(study: Study, una: User, dov: User) -> None:
    unblinding.request(study=study, by=una, reason="now")
    with pytest.raises(WrongState, match="waits already"):
        unblinding.request(study=study, by=dov, reason="now")


def test_a_cancelled_request_cannot_be_confirmed(study: Study, una: User, dov: User) -> None:
    asked = unblinding.request(study=study, by=una, reason="now")
    unblinding.cancel(request=asked, by=dov)
    with pytest.raises(WrongState, match="cancelled"):
        unblinding.confirm(request=asked, by=dov)
    again = unblinding.request(study=study, by=una, reason="now then")
    assert unblinding.confirm(request=again, by=dov).state == "unblinded"


def test_it_happens_once(study: Study, una: User, dov: User) -> None:
    asked = unblinding.request(study=study, by=una, reason="now")
    unblinding.confirm(request=asked, by=dov)
    with pytest.raises(WrongState):
        unblinding.confirm(request=asked, by=dov)
    with pytest.raises(WrongState):
        unblinding.request(study=study, by=una, reason="again")


def test_the_console_names_two_and_says_where_it_was_done(study: Study, una: User, dov: User) -> None:
    unblinding.unblind_from_console(study=study, by=una, other=dov)
    assert log() == [("console", "unblind from console"), ("una", "ask to unblind"), ("dov", "unblind")]


def test_the_console_confirms_a_request_that_waits(study: Study, una: User, dov: User) -> None:
    unblinding.request(study=study, by=una, reason="now")
    unblinding.unblind_from_console(study=study, by=una, other=dov)
    study.refresh_from_db()
    assert study.state == "unblinded"


def test_the_console_with_one_name_leaves_no_trace_of_an_opening(study: Study, una: User) -> None:
    with pytest.raises(SamePerson):
        unblinding.unblind_from_console(study=study, by=una, other=una)
    assert log() == []
