"""Digests of judgments in the audit trail: attacks by an owner of the database, and what desks wait for."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.blinding import judgment_digests, unblinding
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.blinding.judgment_digests import PROFILES, VERB, add_due_digests, check_digests
from annotations.desk import services
from annotations.models import Assignment, Judgment, Rater, SeatEvent, Study
from annotations.staff.studies.study_states import transition
from evalsite.core.audit_chain import head
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent, record
from evalsite.core.trail import detail_line
from tests import factories
from tests.factories import fill, make_study, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study that was closed after two raters judged."""
    study = make_study(tmp_path, state="open")
    fill(study, raters=2)
    return transition(study=study, verb="close", by="una")


def as_owner(table: str, statement: str) -> None:
    head()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_closing_adds_one(study: Study) -> None:
    (line,) = AuditEvent.objects.filter(verb=VERB, about=study.slug)
    assert line.detail["rows"] >= Judgment.objects.filter(assignment__rater__study=study).count() > 0
    assert line.detail["excluded"] == []
    assert check_digests(study) == []
    codes = Assignment.objects.filter(rater__study=study).values_list("code", flat=True)
    assert not any(code in str(line.detail) for code in codes)
    profiles = AuditEvent.objects.get(verb=PROFILES, about=study.slug)
    assert len(profiles.detail) == study.raters.count() > 0
    assert detail_line(profiles.detail) == ""  # a page must not let anyone guess a profile


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotations_judgment SET choice = CASE choice WHEN 'left' THEN 'right' ELSE 'left' END"
        " WHERE id = (SELECT min(id) FROM annotations_judgment)",
        "UPDATE annotations_judgment SET first_choice = 'neither'"
        " WHERE id = (SELECT min(id) FROM annotations_judgment WHERE first_choice <> 'neither')",
        "DELETE FROM annotations_judgment WHERE id = (SELECT max(id) FROM annotations_judgment)",
        "INSERT INTO annotations_judgment (assignment_id, criterion_id, choice, first_choice,"
        " submitted_at, revision) SELECT assignment_id, criterion_id, 'tie', 'tie', submitted_at, 1"
        " FROM annotations_judgment ORDER BY id LIMIT 1",
    ],
)
def test_a_judgment_that_was_changed_removed_or_inserted_shows(study: Study, statement: str) -> None:
    as_owner("annotations_judgment", statement)
    (fault,) = check_digests(study)
    assert "the stored rows differ" in fault.message or "judgment were added after closing" in fault.message
    with pytest.raises(CommandError, match="harbour:1:1: error: ") as refused:
        call_command("verify_log")
    assert refused.value.returncode == 4


@pytest.mark.parametrize("reason", ["late", "practice"])
def test_an_exclusion_that_was_written_into_the_database_shows(study: Study, reason: str) -> None:
    """Before, it was only a count in the report."""
    code = Assignment.objects.filter(rater__study=study, state="submitted").values_list("code", flat=True)[0]
    as_owner(
        "annotations_assignment",
        f"UPDATE annotations_assignment SET excluded = '{reason}' WHERE code = '{code}'",
    )
    (fault,) = check_digests(study)
    assert f"the exclusion of assignment {code} was changed" in fault.message
    record(who="una", verb="exclude judgment", about=study.slug, assignment=code)
    assert check_digests(study) == [], "a line of the trail records it"


def test_an_earlier_answer_that_is_put_in_place_of_the_last_shows(study: Study) -> None:
    code = Assignment.objects.filter(rater__study=study, state="submitted").values_list("code", flat=True)[0]
    as_owner(
        "annotations_assignment", f"UPDATE annotations_assignment SET revision = 1 WHERE code = '{code}'"
    )
    assert [code in fault.message for fault in check_digests(study)] == [True]


def test_unblinding_refuses_changed_judgments(study: Study) -> None:
    as_owner("annotations_judgment", "UPDATE annotations_judgment SET choice = 'tie' WHERE choice = 'left'")
    with pytest.raises(FrozenStudyDiffers, match="the stored rows differ"):
        unblinding.unblind_from_console(study=study, by=person("ada"), other=person("dov"))
    assert Study.objects.get().is_sealed


def test_erasing_a_raters_words_changes_no_digest(study: Study) -> None:
    rater = Rater.objects.filter(study=study)[0]
    services.free_seat(rater=rater, by="una", reason="Ada Brandt is ill.")
    services.withdraw(rater=rater, erase=True)
    assert check_digests(study) == []
    assert "Brandt" not in str([*AuditEvent.objects.values(), *SeatEvent.objects.values()])
    call_command("verify_log")


def test_once_an_hour_for_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, state="open")
    fill(study, raters=1)
    lines = AuditEvent.objects.filter(verb=VERB, about=study.slug)

    def sweep() -> int:
        add_due_digests()
        return lines.count()

    assert sweep() == 0, "another submission of this time may still be under way"
    monkeypatch.setattr(judgment_digests, "MARGIN", timedelta(0))
    assert sweep() == 1
    fill(study, raters=1, seed=8)
    assert sweep() == 1, "the hour is not over"
    monkeypatch.setattr(judgment_digests, "EVERY", timedelta(0))
    assert sweep() == 2
    assert sweep() == 2, "nothing is new"
    first, second = lines.order_by("pk")
    assert second.detail["rows"] > first.detail["rows"]
    assert check_digests(study) == []


def test_a_clock_that_was_ahead_for_a_moment_changes_no_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, state="open")
    fill(study, raters=1)
    ahead = database_now() + timedelta(hours=2)
    with monkeypatch.context() as patch:
        patch.setattr(judgment_digests, "database_now", lambda: ahead)
        add_due_digests()
    assert AuditEvent.objects.filter(verb=VERB, about=study.slug).count() == 1
    fill(study, raters=1, seed=8)
    for model in judgment_digests.ROWS:
        # And now it is set back, to before the first submission.
        table, half = model._meta.db_table, model._default_manager.count() // 2
        as_owner(
            table,
            f"UPDATE {table} SET submitted_at = submitted_at - interval '3 hours'"
            f" WHERE id > (SELECT id FROM {table} ORDER BY id OFFSET {half} - 1 LIMIT 1)"
            if half
            else "SELECT 1",
        )
    assert check_digests(study) == []
    monkeypatch.setattr(judgment_digests, "EVERY", timedelta(0))
    transition(study=study, verb="close", by="una")
    assert check_digests(study) == []


def test_the_last_digest_has_what_was_submitted_while_the_clock_was_ahead(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    fill(study, raters=1)
    for model in judgment_digests.ROWS:
        table = model._meta.db_table
        as_owner(table, f"UPDATE {table} SET submitted_at = submitted_at + interval '2 hours'")
    rows = sum(model._default_manager.count() for model in judgment_digests.ROWS)
    transition(study=study, verb="close", by="una")
    (line,) = AuditEvent.objects.filter(verb=VERB, about=study.slug)
    assert line.detail["rows"] == rows > 0
    assert check_digests(study) == []


def test_a_clock_that_was_set_back_changes_no_order(study: Study) -> None:
    as_owner(
        "annotations_assignment",
        "UPDATE annotations_assignment SET opened_at = opened_at - interval '10 minutes' WHERE id % 2 = 0",
    )
    unblinding.check_study(study)


def test_a_desk_takes_no_lock_on_the_chain_and_writes_no_line(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"]).rater
    head()
    lines = AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as queries:
        factories.judge(rater, rng=random.Random(1), pairs=1)
    assert Judgment.objects.exists()
    assert AuditEvent.objects.count() == lines
    assert not any("core_auditevent" in query["sql"] or "advisory" in query["sql"] for query in queries)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks LEFT JOIN pg_class ON pg_class.oid = relation"
            " WHERE pid = pg_backend_pid() AND relname = 'annotations_judgment'"
        )
        assert cursor.fetchone() != (0,), "locks of this transaction are seen"
        # `head()` above chained the line of the seat and took the lock: no second one may be there.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'")
        assert cursor.fetchone() == (1,)
