"""Changes that only the database's owner can make: verify_study names each, and no number is published.

Each statement runs past all triggers on a copy of one study. Before this check, all but those on plan, texts,
sealed rows and slots went through to the report.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from analysis.reports import services as reports
from analysis.tables import exports
from analysis.tables.frames import Sealed
from annotations.blinding import frozen_content, unblinding
from annotations.blinding.frozen_check import FrozenStudyDiffers, frozen_study, revealed_origins
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.desk import seats, services
from annotations.errors import WrongState
from annotations.models import Assignment, ExclusionEvent, Rater, Study, UnblindingRequest
from annotations.staff.studies import exclusions, study_states
from evalsite.core.audit_chain import erase_values
from evalsite.core.digests import json_digest
from evalsite.core.grants import ADD, rights_on
from evalsite.core.models import AuditEvent, User, record
from tests.annotations.blinding.tampering import run_sql, unguarded
from tests.annotations.desk_files import write_desk
from tests.annotations.freezing.test_extra_entries import frozen, opened
from tests.factories import fill, make_study, person
from tests.snapshots import restore_or_make

pytestmark = pytest.mark.django_db

ANY = "(SELECT min(id) FROM annotations_{})"
SUBMITTED = "(SELECT min(id) FROM annotations_assignment WHERE state = 'submitted')"
OTHER = "(SELECT max(id) FROM annotations_assignment WHERE state = 'submitted')"
EXCLUDED = "(SELECT min(assignment_id) FROM annotations_exclusionevent)"
SWAP = "CASE system_slug WHEN 'quillon' THEN 'marrow' WHEN 'marrow' THEN 'quillon' ELSE system_slug END"

# What the statement does -> the statement, and what a line of verify_study says.
FROZEN = {
    "swap all systems": (
        f"UPDATE annotations_{{sealed}} SET system_slug = {SWAP}",
        "links a system to a script that it didn't write",
    ),
    "swap two rows": (
        """UPDATE annotations_{sealed} a SET system_slug = b.system_slug, script_digest = b.script_digest,
                  script_sample = b.script_sample, nonce = b.nonce
           FROM annotations_{sealed} b
           WHERE a.id <> b.id AND a.id IN (SELECT id FROM ranked WHERE n < 3)
             AND b.id IN (SELECT id FROM ranked WHERE n < 3)""",
        "sealed record of entry|points to a script with a different text",
    ),
    "change an entry nonce": (
        "UPDATE annotations_{sealed} SET nonce = repeat('0', 32)",
        "digest of the stored",
    ),
    "change the plan": (
        "UPDATE annotations_study SET spec = jsonb_set(spec, '{{plan,generalize_to}}', '\"series\"')",
        "the stored plan of the study was changed",
    ),
    "change the plan and its digest": (
        """UPDATE annotations_study SET spec_digest = '{level}',
           spec = jsonb_set(spec, '{{plan,level}}', '0.8')""",
        "the stored plan of the study was changed",
    ),
    "replace the plan by nothing": (
        "UPDATE annotations_study SET spec = '{{}}', spec_digest = encode(sha256('{{}}'), 'hex')",
        "the stored plan of the study was changed",
    ),
    "change the frozen digest": (
        "UPDATE annotations_study SET frozen_digest = repeat('0', 64)",
        "differs from the frozen digest",
    ),
    "change the seed": ("UPDATE annotations_study SET seed = seed + 1", "the seed of the study"),
    "change the nonce of the draw": (
        "UPDATE annotations_sealeddraw SET nonce = repeat('0', 32)",
        "the nonce of the draw was changed",
    ),
    "change the title": (
        """UPDATE annotations_study SET title = '{{"en": "Other"}}'""",
        "the title of the study",
    ),
    "change the text of an entry": (
        f"UPDATE annotations_entry SET text = text || ' More.' WHERE id = {ANY.format('entry')}",
        "the text of entry",
    ),
    "change the HTML of an entry": (
        f"UPDATE annotations_entry SET html = replace(html, 'lamp', 'lump') WHERE id = {ANY.format('entry')}",
        "the text of entry",
    ),
    "change the length of an entry": (
        f"UPDATE annotations_entry SET length = length + 40 WHERE id = {ANY.format('entry')}",
        "the length of entry",
    ),
    "change a digest of an entry": (
        f"UPDATE annotations_entry SET digest = repeat('0', 64) WHERE id = {ANY.format('entry')}",
        "the text of entry",
    ),
    "swap the questions of two criteria": (
        """UPDATE annotations_criterion SET slug = CASE slug WHEN 'overall' THEN 'x' ELSE 'overall' END""",
        "the criterion",
    ),
    "change the primary criterion": (
        'UPDATE annotations_criterion SET "primary" = false',
        "the criterion overall is not the one",
    ),
    "change the series of a brief": (
        f"UPDATE annotations_studybrief SET series_slug = 'x' WHERE id = {ANY.format('studybrief')}",
        "the brief|not the one that was drawn",
    ),
    "change what a brief says": (
        f"UPDATE annotations_studybrief SET content = '{{{{}}}}' WHERE id = {ANY.format('studybrief')}",
        "the brief scene-en-1 was changed|the brief",
    ),
    "swap the sides of a slot": (
        """UPDATE annotations_slot SET first_on_left = NOT first_on_left WHERE position = 2
            AND seat_id = (SELECT id FROM annotations_seat WHERE number = 1)""",
        "the slot at position 2 of seat 1 is not the one that was drawn",
    ),
    "move a slot": (
        f"UPDATE annotations_slot SET position = 99 WHERE id = {ANY.format('slot')}",
        "not the one that was drawn",
    ),
    "show a script of another brief by the same system": (
        f"""UPDATE annotations_pairing p SET first_id = (
                SELECT e.id FROM annotations_entry e JOIN annotations_sealedentry s ON s.entry_code = e.code
                 WHERE e.study_brief_id <> p.study_brief_id AND s.system_slug = (
                       SELECT t.system_slug FROM annotations_entry f
                         JOIN annotations_sealedentry t ON t.entry_code = f.code WHERE f.id = p.first_id)
                 LIMIT 1) WHERE id = {ANY.format("pairing")}""",
        "not the one that was drawn",
    ),
    "show a script of another system": (
        """UPDATE annotations_pairing p SET first_id = (
                SELECT e.id FROM annotations_entry e
                 WHERE e.study_brief_id = p.study_brief_id AND e.id NOT IN (p.first_id, p.second_id))
            WHERE id = (SELECT min(one.id) FROM annotations_pairing one
                          JOIN annotations_pairing other ON other.first_id = one.second_id)""",
        "not the one that was drawn",
    ),
    "change the languages of a seat": (
        f"""UPDATE annotations_seat SET languages = '["zh"]' WHERE id = {ANY.format("seat")}""",
        "has other languages or criteria",
    ),
    "take a seat from its rater": (
        "UPDATE annotations_seat SET rater_id = NULL WHERE number = 1",
        "seat 1 has another rater than its events say",
    ),
}
JUDGED = {
    "move an answer to another rater": (
        f"""UPDATE annotations_assignment SET rater_id = (SELECT rater_id FROM annotations_assignment
            WHERE id = {OTHER}) WHERE id = {SUBMITTED}""",
        "in a seat that the rater never had",
    ),
    "swap the slots of two answers": (
        """UPDATE annotations_assignment SET state = 'late';
           UPDATE annotations_assignment a SET slot_id = b.slot_id
           FROM annotations_assignment b, annotations_slot s, annotations_slot t
           WHERE a.rater_id = b.rater_id AND s.id = a.slot_id AND t.id = b.slot_id
             AND s.position IN (1, 3) AND t.position IN (1, 3) AND s.position <> t.position
             AND a.rater_id = (SELECT min(id) FROM annotations_rater);
           UPDATE annotations_assignment SET state = 'submitted'""",
        "opened before the pair",
    ),
    "swap the judgments of two answers": (
        f"""UPDATE annotations_judgment SET revision = 9 WHERE assignment_id = {SUBMITTED};
           UPDATE annotations_judgment SET assignment_id = {SUBMITTED} WHERE assignment_id = {OTHER};
           UPDATE annotations_judgment SET assignment_id = {OTHER}, revision = 0 WHERE revision = 9""",
        "other judgments than were submitted",
    ),
    "move one judgment": (
        f"UPDATE annotations_judgment SET revision = 7 WHERE assignment_id = {SUBMITTED}",
        "other judgments than were submitted",
    ),
    "remove one judgment": (
        "DELETE FROM annotations_judgment WHERE id = (SELECT min(id) FROM annotations_judgment)",
        "other judgments than were submitted",
    ),
    "remove an answer": (
        "".join(
            f"DELETE FROM annotations_{table} WHERE assignment_id = {SUBMITTED};"
            for table in ("judgment", "score", "mark", "answerchange", "answer")
        )
        + f"DELETE FROM annotations_assignment WHERE id = {SUBMITTED}",
        "opened before the pair",
    ),
    "remove a score": (
        "DELETE FROM annotations_score WHERE id = (SELECT min(id) FROM annotations_score)",
        "other scores than were submitted",
    ),
    "score outside the rubric": (
        "UPDATE annotations_score SET value = 99 WHERE id = (SELECT min(id) FROM annotations_score)",
        "a score outside the rubric",
    ),
    "call an answer late": (
        f"UPDATE annotations_assignment SET excluded = 'late' WHERE id = {SUBMITTED}",
        "excluded or included without an event",
    ),
    "call an answer late, state and all": (
        f"UPDATE annotations_assignment SET excluded = 'late', state = 'late' WHERE id = {SUBMITTED}",
        "no other rater had the pair",
    ),
    "call an answer skipped": (
        f"UPDATE annotations_assignment SET state = 'skipped' WHERE id = {SUBMITTED}",
        "other judgments than were submitted",
    ),
    "exclude without an event": (
        f"UPDATE annotations_assignment SET excluded = 'manual' WHERE id = {OTHER}",
        "excluded or included without an event",
    ),
    "forge an exclusion": (
        f"""WITH a AS (UPDATE annotations_assignment SET excluded = 'manual' WHERE id = {OTHER})
            INSERT INTO annotations_exclusionevent (assignment_id, number, excluded, who, role, reason, at)
            VALUES ({OTHER}, 1, true, 'una', 'researcher', 'forged', now())""",
        "not those of the audit trail",
    ),
    "remove an exclusion": (
        f"""WITH a AS (UPDATE annotations_assignment SET excluded = '' WHERE id = {EXCLUDED})
            DELETE FROM annotations_exclusionevent""",
        "not those of the audit trail",
    ),
    "change the reason of an exclusion": (
        "UPDATE annotations_exclusionevent SET reason = 'a better one'",
        "not those of the audit trail",
    ),
    "change an amendment": (
        "UPDATE annotations_amendment SET text = 'nothing happened'",
        "is not in the audit trail",
    ),
    "remove an amendment": ("DELETE FROM annotations_amendment", "of the audit trail is missing"),
    "make simulated raters of people": (
        "UPDATE annotations_rater SET kind = 'simulated'",
        "not the one that the audit trail says was enrolled",
    ),
    "change the profiles of raters": (
        """UPDATE annotations_rater SET profile = '{{"years": "10+"}}'""",
        "not what the rater stated last",
    ),
    "change the languages of raters": (
        """UPDATE annotations_rater SET languages = '["zh"]'""",
        "has other languages than the seat",
    ),
    "withdraw a rater": (
        f"UPDATE annotations_rater SET withdrawn_at = now() WHERE id = {ANY.format('rater')}",
        "has left, or not, other than the audit trail says",
    ),
    "change how long a rater read": (
        f"UPDATE annotations_assignment SET seconds = 1 WHERE id = {SUBMITTED}",
        "what was measured and guessed",
    ),
    "add a guess of an origin": (
        f"""INSERT INTO annotations_guess (assignment_id, side, origin, confidence, at)
            VALUES ({SUBMITTED}, 'left', 'human', 3, '2020-01-01')""",
        "what was measured and guessed",
    ),
    "change every choice by a later answer": (
        """WITH r AS (INSERT INTO annotations_answerrevision (assignment_id, number, submitted_at,
                                                              earlier_reason)
                      SELECT id, 1, now(), '' FROM annotations_assignment WHERE state = 'submitted'),
                s AS (INSERT INTO annotations_score (assignment_id, side, value, rubric, submitted_at,
                                                     revision)
                      SELECT assignment_id, side, value, rubric, now(), 1 FROM annotations_score),
                j AS (INSERT INTO annotations_judgment (assignment_id, criterion_id, choice, strength,
                                                        first_choice, submitted_at, revision)
                      SELECT assignment_id, criterion_id,
                             CASE choice WHEN 'left' THEN 'right' WHEN 'right' THEN 'left' ELSE choice END,
                             strength, first_choice, now(), 1 FROM annotations_judgment)
           UPDATE annotations_assignment SET revision = 1 WHERE state = 'submitted'""",
        "rows of the table judgment were added after closing",
    ),
    "add a sitting": (
        """INSERT INTO annotations_sitting (rater_id, number, started_at, last_seen_at)
           SELECT id, 9, now(), now() FROM annotations_rater""",
        "rows of the table sitting were added after closing",
    ),
    "add an answer of a seat without any": (
        """INSERT INTO annotations_assignment (code, rater_id, slot_id, state, leased_until, opened_at,
                  submitted_at, skip_reason, excluded, layout, read_first, reason)
           SELECT 'added-later', (SELECT max(id) FROM annotations_rater), max(id), 'submitted', now(), now(),
                  now(), '', '', '', '', '' FROM annotations_slot""",
        "rows of the table assignment were added after closing",
    ),
    "add a guess as of tomorrow, with an early key": (
        f"""INSERT INTO annotations_guess (id, assignment_id, side, origin, confidence, at)
            VALUES (-1, {SUBMITTED}, 'right', 'human', 3, now() + interval '1 day')""",
        "the table guess has 1 rows; at closing it had 0",
    ),
    "add a statement to each profile": (
        """WITH s AS (INSERT INTO annotations_raterstatement (rater_id, about, content, at)
                      SELECT id, 'profile', '{{"profile": {{"years": "10+"}}, "series_known": []}}', now()
                        FROM annotations_rater)
           UPDATE annotations_rater SET profile = '{{"years": "10+"}}'""",
        "the profile of rater .* was added or changed after closing",
    ),
    "ask for something else": (
        f"""UPDATE annotations_judgment SET questions_digest = repeat('0', 64)
             WHERE assignment_id = {SUBMITTED}""",
        "was given to other questions than those of the plan",
    ),
    "open the study again": (
        "UPDATE annotations_study SET state = 'paused'",
        "the study is paused, but by the audit trail it is closed",
    ),
    "remove an event of a seat": (
        "DELETE FROM annotations_seatevent WHERE id = (SELECT min(id) FROM annotations_seatevent)",
        "than its events say",
    ),
}
PUBLISHED = (
    "swap all systems",
    "swap two rows",
    "change the plan and its digest",
    "change the length of an entry",
    "change the series of a brief",
    "swap the questions of two criteria",
    "move an answer to another rater",
    "swap the slots of two answers",
    "remove an exclusion",
    "forge an exclusion",
    "change every choice by a later answer",
    "add a statement to each profile",
)
"""Tried on an unblinded study too, where the check reads the revealed rows."""
RANKED = """WITH ranked AS (SELECT s.id, row_number() OVER (ORDER BY {code}) AS n FROM annotations_{sealed} s
            {join} WHERE {system} IN ('quillon', 'marrow')) """


@pytest.fixture
def people() -> list[User]:
    return [person(name, key=1_000_000 + number) for number, name in enumerate(("una", "dov"))]


def _judged(folder: Path, people: list[User], state: str) -> int:
    study = make_study(folder, state="open")
    fill(study, raters=4)
    held = Assignment.objects.filter(state="submitted", slot__position=2).order_by("pk")[0]
    exclusions.set_excluded(assignment=held, excluded=True, by=people[0], reason="a phone rang")
    study_states.amend(study=study, by="una", text="Two raters fell ill.")
    if state != "open":
        study_states.transition(study=study, verb="close", by="test")
    if state == "unblinded":
        unblinding.unblind_from_console(study=study, by=people[0], other=people[1])
    return study.pk


def judged(folder: Path, people: list[User], state: str) -> Study:
    key = ("attacked", state)
    return Study.objects.get(pk=restore_or_make(key, lambda: _judged(folder, people, state)))


def statement(name: str, sealed: str, study: Study) -> str:
    text = ({**FROZEN, **JUDGED}[name][0]).format(sealed=sealed, level=digest_at_level(study, 0.8))
    if "ranked" in text:
        names = {"sealed": sealed, "code": "s.id", "join": "", "system": "s.system_slug"}
        text = RANKED.format(**names) + text
    return text


def digest_at_level(study: Study, level: float) -> str:
    return json_digest(study.spec | {"plan": study.spec["plan"] | {"level": level}})


def attack(name: str, study: Study) -> None:
    sealed = "sealedentry" if study.is_sealed else "revealedentry"
    assert run_sql(statement(name, sealed, study)) > 0
    study.refresh_from_db()


def verify(study: Study) -> list[str]:
    """What verify_study says; it has to exit with 4."""
    with pytest.raises(CommandError) as error:
        call_command("verify_study", study.slug, stdout=StringIO())
    assert error.value.returncode == 4
    return str(error.value).splitlines()


def expect(name: str, study: Study) -> None:
    attack(name, study)
    said = verify(study)
    wanted = {**FROZEN, **JUDGED}[name][1]
    assert any(re.search(wanted, line) for line in said), said
    assert all(re.match(rf"{study.slug}(/[\w-]+)?:1:1: error: .+ Fix: .+", line) for line in said)
    for system in ("quillon", "marrow", "people"):
        assert not any(system in line for line in said)


@pytest.mark.slow
@pytest.mark.parametrize("state", ["open", "closed", "unblinded"])
def test_a_study_that_was_left_alone_passes(tmp_path: Path, people: list[User], state: str) -> None:
    out = StringIO()
    study = judged(tmp_path, people, state)
    call_command("verify_study", study.slug, stdout=out)
    assert out.getvalue() == (
        f"Study harbour is {state} and as it was frozen: 9 entries, 18 slots, 12 answers checked.\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FROZEN, *JUDGED])
def test_unblinding_is_refused(tmp_path: Path, people: list[User], name: str) -> None:
    study = judged(tmp_path, people, "closed")
    expect(name, study)
    with pytest.raises((FrozenStudyDiffers, WrongState)):
        unblinding.unblind_from_console(study=study, by=people[0], other=people[1])
    study.refresh_from_db()
    assert study.state != "unblinded"
    assert not UnblindingRequest.objects.filter(state="confirmed").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_no_number_of_an_unblinded_study_is_published(tmp_path: Path, people: list[User], name: str) -> None:
    study = judged(tmp_path, people, "unblinded")
    expect(name, study)
    for publish in (reports.compute, exports.export_files):
        with pytest.raises(FrozenStudyDiffers):
            publish(study)


@pytest.mark.parametrize("name", ["swap all systems", "move an answer to another rater", "change the plan"])
def test_an_open_study_is_checked_as_well(tmp_path: Path, people: list[User], name: str) -> None:
    expect(name, judged(tmp_path, people, "open"))


@pytest.mark.slow
def test_the_damage_of_a_check_is_compared(tmp_path: Path) -> None:
    study = opened(frozen(write_desk(tmp_path)))
    call_command("verify_study", study.slug, stdout=StringIO())
    assert exports.export_files(study)
    run_sql(
        """UPDATE annotations_pairing SET damage = jsonb_set(damage, '{share}', '0.9')
           WHERE id = (SELECT min(id) FROM annotations_pairing WHERE kind = 'check')"""
    )
    study.refresh_from_db()
    assert any("the recorded damage of the pair" in line for line in verify(study))
    with pytest.raises(FrozenStudyDiffers):
        exports.export_files(study)


LATER = ("change every choice", "add a", "change the question", "change the plan", "open the study again")


@pytest.mark.parametrize("state", ["closed", "unblinded"])
def test_the_database_takes_nothing_after_closing(tmp_path: Path, people: list[User], state: str) -> None:
    """The triggers hold for the owner too, unless they are switched off."""
    study = judged(tmp_path, people, state)
    names = [name for name in (*FROZEN, *JUDGED) if name.startswith(LATER)]
    assert len(names) > 8
    others = {
        "UPDATE annotations_criterion SET question = '{}'",
        "INSERT INTO annotations_mark (assignment_id, side, error_class, note, submitted_at)"
        f" VALUES ({SUBMITTED}, 'left', 'plot', '', now())",
        "CREATE TEMP TABLE annotations_study AS SELECT id, 'open' AS state FROM public.annotations_study;"
        " INSERT INTO annotations_sitting (rater_id, number, started_at, last_seen_at)"
        " SELECT id, 9, now(), now() FROM annotations_rater",
    }
    run = {statement(name, "sealedentry", study) for name in names} | others
    for each in run:
        with pytest.raises(DatabaseError, match=r"refused|takes no row"), transaction.atomic():
            connection.cursor().execute(each)


def test_an_exclusion_after_unblinding_is_found(tmp_path: Path, people: list[User]) -> None:
    """With a time from before closing, and a line of the trail as the site writes it."""
    study = judged(tmp_path, people, "unblinded")
    held = Assignment.objects.filter(state="submitted", excluded="").order_by("pk")[0]
    words = {"who": "una", "reason": "a phone rang"}
    early = study.closed_at - timedelta(minutes=10)
    event = ExclusionEvent(
        assignment=held,
        number=1,
        excluded=True,
        role="owner",
        at=early,
        **words,
    )
    with pytest.raises(DatabaseError, match="takes no row"), transaction.atomic():
        event.save()
    place = {"rater": held.rater.code, "position": held.slot.position}
    record(verb="exclude judgment", about=study.slug, assignment=held.code, **place, **words)
    with unguarded():
        event.save()
        Assignment.objects.filter(pk=held.pk).update(excluded="manual")
    lines = verify(study)
    assert any("was excluded or included after unblinding" in line for line in lines)
    assert any("are not those of the audit trail" in line for line in lines)


def test_a_closed_study_without_answers_takes_none_either(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    services.enrol(study=study, languages=["en"], by="test")
    study_states.transition(study=study, verb="close", by="test")
    run_sql(JUDGED["add an answer of a seat without any"][0])
    assert any("rows of the table assignment were added after closing" in line for line in verify(study))


def test_sealed_rows_marked_as_void_are_missed(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    run_sql("UPDATE annotations_sealedentry SET voided_at = now()")
    assert sum("is missing" in line for line in verify(study)) == 9


def test_another_system_is_revealed_than_was_sealed(tmp_path: Path, people: list[User]) -> None:
    study = judged(tmp_path, people, "unblinded")
    run_sql(f"UPDATE annotations_sealedentry SET system_slug = {SWAP}")
    assert any("didn't write" in line for line in verify(study))


def test_a_statement_that_unblinds_is_no_unblinding(tmp_path: Path, people: list[User]) -> None:
    """The application's role may insert revealed rows and change the state; two people are recorded."""
    study = judged(tmp_path, people, "closed")
    run_sql(
        """INSERT INTO annotations_revealedentry (entry_id, system_slug, script_digest, script_sample, nonce)
           SELECT e.id, s.system_slug, s.script_digest, s.script_sample, s.nonce
           FROM annotations_sealedentry s JOIN annotations_entry e ON e.code = s.entry_code;
           UPDATE annotations_study SET state = 'unblinded', unblinded_at = now(),
           draw_nonce = (SELECT nonce FROM annotations_sealeddraw)"""
    )
    study.refresh_from_db()
    assert any("no record of two people" in line for line in verify(study))
    for publish in (reports.compute, exports.export_files):
        with pytest.raises(FrozenStudyDiffers):
            publish(study)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        "confirmed_by_id = 2000000",
        "requested_with = 'code', confirmed_with = 'code'",
        "place = 'browser'",
        "place = ''",
        "reason = 'All agreed.'",
        "state = 'cancelled'",
        "ended_at = ended_at + interval '30 days'",
        "requested_at = requested_at - interval '30 days'",
    ],
)
def test_the_people_who_unblinded_are_those_of_the_trail(
    tmp_path: Path, people: list[User], change: str
) -> None:
    study = judged(tmp_path, people, "unblinded")
    User.objects.create_user("zoe", pk=2_000_000)
    run_sql(f"UPDATE annotations_unblindingrequest SET {change} WHERE state = 'confirmed'")
    assert any("unblinded" in line for line in verify(study))
    with pytest.raises(FrozenStudyDiffers):
        reports.compute(study)


@pytest.mark.parametrize("column", ["frozen_at", "opened_at", "closed_at", "unblinded_at"])
def test_the_times_of_a_study_are_those_of_the_trail(tmp_path: Path, people: list[User], column: str) -> None:
    """A plan that was frozen late, or a result that was known early, cannot be given another time."""
    study = judged(tmp_path, people, "unblinded")
    run_sql(f"UPDATE annotations_study SET {column} = {column} - interval '30 days'")
    assert any("but the audit trail records" in line for line in verify(study))


def test_a_new_link_cannot_be_hidden(tmp_path: Path, people: list[User]) -> None:
    """Judgments after a new link are flagged by a column that the application's role can change."""
    study = judged(tmp_path, people, "open")
    seats.reissue_link(rater=Rater.objects.filter(study=study)[0], by="una")
    call_command("verify_study", study.slug, stdout=StringIO())
    for hidden in ("now() + interval '1 hour'", "NULL"):
        run_sql(f"UPDATE annotations_rater SET relinked_at = {hidden} WHERE relinked_at IS NOT NULL")
        assert any("the new link of rater" in line for line in verify(study))


@pytest.mark.parametrize("name", ["about", "rater"])
def test_a_line_of_the_trail_cannot_be_hidden_by_erasing_it(
    tmp_path: Path, people: list[User], name: str
) -> None:
    """The application's role can erase values of a line, and add the line that says so."""
    study = judged(tmp_path, people, "open")
    seats.reissue_link(rater=Rater.objects.filter(study=study)[0], by="una")
    erase_values(AuditEvent.objects.filter(verb="reissue link"), [name], by="system")
    run_sql("UPDATE annotations_rater SET relinked_at = NULL")
    assert any("a line of the audit trail was erased" in line for line in verify(study))
    with pytest.raises(CommandError, match=f"{name}`, which is never erased"):
        call_command("verify_log", stdout=StringIO())


def test_a_digest_that_fits_the_changed_rows_is_not_that_of_the_trail(tmp_path: Path) -> None:
    """An attacker who changes everything can make a digest that fits; before, that passed."""
    study = make_study(tmp_path)
    run_sql("UPDATE annotations_entry SET length = length + 40")
    origins = [row.origin for row in SealedEntry.objects.all()]
    content = frozen_study(study, origins, SealedDraw.objects.get().nonce)
    forged = next(frozen_content.stored_digests(content, frozen_content.draw_again(content)))
    run_sql(f"UPDATE annotations_study SET frozen_digest = '{forged}'")
    said = verify(study)
    assert len(said) == 1
    assert "the frozen digest is not the one in the audit trail" in said[0]


@pytest.mark.parametrize("state", ["closed", "unblinded"])
@pytest.mark.parametrize("lines", ["verb = 'freeze'", "about = 'harbour'"])
def test_lines_of_the_trail_that_are_missing_are_no_older_version(
    tmp_path: Path, people: list[User], state: str, lines: str
) -> None:
    """Every version records the freezing, so who removes its line does not get round what follows from it."""
    study = judged(tmp_path, people, state)
    run_sql(f"DELETE FROM core_auditevent WHERE {lines}")
    assert any("no line about the freezing" in line for line in verify(study))


def test_a_renamed_study_does_not_leave_its_lines_behind(tmp_path: Path, people: list[User]) -> None:
    """The owner can change all columns of the study, and compute digests that fit another plan.

    No line of the trail is about the new slug. Before, only amendments and exclusions were missed then, and
    without any the result at another level was published.
    """
    study = judged(tmp_path, people, "unblinded")
    spec = study.spec | {"slug": "pier", "plan": study.spec["plan"] | {"level": 0.8}}
    with unguarded():
        Study.objects.update(slug="pier", spec=spec, spec_digest=json_digest(spec))
        study.refresh_from_db()
        content = frozen_study(study, revealed_origins(study), study.draw_nonce)
        forged = next(frozen_content.stored_digests(content, frozen_content.draw_again(content)))
        Study.objects.update(frozen_digest=forged)
    study.refresh_from_db()
    with pytest.raises(FrozenStudyDiffers, match="no line about the freezing"):
        reports.compute(study)


# Everything that the application's role may change


UNCHECKED = {
    "annotations_assignment": {"leased_until", "opened_at", "reason", "skip_reason"},
    "annotations_mark": {"note"},
    "annotations_rater": {"enrolled_at", "finished_at"},
    "annotations_study": {"created_at"},
}
"""Exported columns that the role can change unseen: words, and times on which no result depends."""
OTHER_VALUE = {
    "bigint": "{} + 1",
    "boolean": "NOT {}",
    "double precision": "{} + 1",
    "integer": "{} + 1",
    "jsonb": "'[\"x\"]'",
    "timestamp with time zone": "{} - interval '30 days'",
}


def changeable_columns() -> Iterator[tuple[str, str, str]]:
    """Table, name and type of the columns of the studies' tables that the role may change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name LIKE 'annotations_%' AND column_name <> 'id'"
        )
        for table, column, kind in cursor.fetchall():
            rights = rights_on(table) or ADD
            named = column in rights.update if isinstance(rights.update, tuple) else rights.update
            if named and column not in rights.fixed:
                yield table, column, kind


def export(study: Study) -> dict[str, bytes]:
    files = exports.export_files(Study.objects.get(pk=study.pk))
    return {name: b"".join(chunks) for name, chunks in files.items()}


@pytest.mark.slow
def test_what_is_changed_is_refused_or_reaches_no_export(tmp_path: Path, people: list[User]) -> None:
    """Each column of the studies' tables that the role may change, one by one: some sixty exports."""
    study = judged(tmp_path, people, "unblinded")
    untouched, published = export(study), defaultdict(set)
    for table, column, kind in changeable_columns():
        value = OTHER_VALUE.get(kind, "'x'").format(f'"{column}"')
        with suppress(DatabaseError, FrozenStudyDiffers, Sealed), transaction.atomic():
            if run_sql(f'UPDATE {table} SET "{column}" = {value}') and export(study) != untouched:
                published[table].add(column)
            transaction.set_rollback(True)
    assert published == UNCHECKED


def test_a_draft_has_nothing_to_verify(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft")
    with pytest.raises(CommandError, match="is a draft") as error:
        call_command("verify_study", study.slug)
    assert error.value.returncode == 1
