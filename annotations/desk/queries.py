"""The statements behind the pages that a rater waits for most: one module, so that all of them can be read.

Each is prepared by the database and has a test that compares it with Django's ORM on random data
(`tests/annotations/desk/test_queries.py`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple

from django.db import OperationalError, connection
from psycopg import Cursor
from psycopg.rows import tuple_row

from annotations.models import Sitting


class Change(NamedTuple):
    """A row of AnswerChange."""

    page: str
    number: int | None
    field: str
    value: str
    at: datetime
    arrived_at: datetime | None
    """None if it is stored already."""


Changes = Sequence[Change]
# A row's version changes with every change of the row, also within one transaction.
VERSION = "{0}.xmin::text || {0}.ctid::text"


def _run(statement: str, *values: Any) -> Sequence[Any]:
    """Rows of a statement with positional values, or with one mapping of named ones."""
    connection.ensure_connection()
    given = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
    with connection.wrap_database_errors, Cursor(connection.connection, row_factory=tuple_row) as cursor:
        return cursor.execute(statement, given, prepare=True).fetchall()


def reconnecting[**P, R](work: Callable[P, R]) -> Callable[P, R]:
    """Do the work without first asking whether the connection still answers; if it is gone, do all of it once
    more on a new one. The work has to be one transaction, safe to repeat, and to begin with a statement."""

    @wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        connection.health_check_done = True  # type: ignore[attr-defined]
        before = connection.connection
        try:
            return work(*args, **kwargs)
        except OperationalError:
            # A transaction that fails with its connection has made a new one on its way out.
            if connection.in_atomic_block or (connection.connection is before and connection.is_usable()):
                raise
        connection.close()
        return work(*args, **kwargs)

    return wrapped


class OpenPair(NamedTuple):
    """What the page of an open pair that counts is made of, as long as nothing is saved of it."""

    rater_id: int
    practised: bool
    profile: bool
    study: tuple[int, str]
    """Key and version, as of `brief` and `earlier`."""
    left: int
    right: int | None
    criteria: str
    """JSON: the criteria in the order of the seat."""
    brief: tuple[int, str]
    judged: int
    skipped: int
    late: int
    ahead: int
    """How many slots of the seat are neither ended nor passed over."""
    before: str
    """The state of the rater's assignment before this one; empty if there was none."""
    earlier: list[tuple[int, str]]
    """Briefs of the same series whose scripts the rater has judged, skipped or practised on."""


# OFFSET 0, here and in _FREE_SLOT, keeps a subquery one look into an index for each slot. Without statistics,
# as of a new study, the planner would join all assignments of all raters for each page.
_OPEN_PAIR = f"""
SELECT rater.id, rater.practised_at IS NOT NULL, rater.profile <> '{{}}', study.id, {VERSION.format("study")},
       slot.first_on_left, seat.criteria::text, brief.id, {VERSION.format("brief")},
       pairing.first_id, pairing.second_id,
       done.judged, done.skipped, done.late,
       (SELECT count(*) FROM annotations_slot ahead
         WHERE ahead.seat_id = seat.id AND ahead.phase = 'main'
           AND NOT EXISTS (SELECT FROM annotations_assignment ended
                            WHERE ended.slot_id = ahead.id AND ended.state IN ('submitted', 'skipped')
                           OFFSET 0)
           AND (rater.conflicts = '[]' OR NOT EXISTS (
                SELECT FROM annotations_pairing conflict
                  JOIN annotations_studybrief own ON own.id = conflict.study_brief_id
                 WHERE conflict.id = ahead.pairing_id AND rater.conflicts ? own.series_slug))),
       COALESCE((SELECT previous.state FROM annotations_assignment previous
                  WHERE previous.rater_id = rater.id AND previous.id < held.id
                  ORDER BY previous.id DESC LIMIT 1), ''),
       ARRAY(SELECT DISTINCT other.id || ' ' || {VERSION.format("other")}
               FROM annotations_assignment ended
               JOIN annotations_slot at ON at.id = ended.slot_id
               JOIN annotations_pairing of ON of.id = at.pairing_id
               JOIN annotations_studybrief other ON other.id = of.study_brief_id
              WHERE ended.rater_id = rater.id AND other.series_slug = brief.series_slug
                AND ended.state IN ('submitted', 'late', 'skipped', 'practised')
                AND ended.skip_reason <> 'conflict')
  FROM annotations_rater rater
  JOIN annotations_study study ON study.id = rater.study_id AND study.state = 'open'
  JOIN annotations_assignment held ON held.rater_id = rater.id AND held.code = %s AND held.state = 'open'
  JOIN annotations_slot slot ON slot.id = held.slot_id AND slot.phase = 'main'
  JOIN annotations_seat seat ON seat.id = slot.seat_id AND seat.rater_id = rater.id
  JOIN annotations_pairing pairing ON pairing.id = slot.pairing_id
  JOIN annotations_studybrief brief ON brief.id = pairing.study_brief_id
  LEFT JOIN annotations_answer answer ON answer.assignment_id = held.id
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state = 'submitted') AS judged,
              count(*) FILTER (WHERE state = 'skipped') AS skipped,
              count(*) FILTER (WHERE state = 'late') AS late
         FROM annotations_assignment
        WHERE rater_id = rater.id AND skip_reason <> 'conflict') done
 WHERE rater.code = %s AND left(rater.secret_hash, 16) = %s
   AND rater.withdrawn_at IS NULL AND rater.turned_away_at IS NULL AND rater.finished_at IS NULL
   AND rater.instructed_at IS NOT NULL
   AND (rater.new_link_at IS NULL OR rater.new_link_seen_at >= rater.new_link_at)
   AND (answer.id IS NULL OR (answer.revision = 0 AND answer.content = '{{}}' AND answer.reading = '{{}}'))
"""


@reconnecting
def open_pair(*, code: str, rater: str, link: str) -> OpenPair | None:
    """The rater's open pair, if `link` is the version of the present link and nothing is saved yet."""
    rows = _run(_OPEN_PAIR, code, rater, link)
    if not rows:
        return None
    (rater_id, practised, profile, study, study_version, first_on_left, criteria, brief, brief_version,
     first, second, judged, skipped, late, left, before, earlier) = rows[0]  # fmt: skip
    seen = [one.split(" ", 1) for one in earlier]
    return OpenPair(
        rater_id, practised, profile, (study, study_version), *_sides(first, second, first_on_left), criteria,
        (brief, brief_version), judged, skipped, late, left, before,
        [(int(key), version) for key, version in seen],
    )  # fmt: skip


def _sides(first: int, second: int | None, first_on_left: bool) -> tuple[int, int | None]:
    return (first, second) if second is None or first_on_left else (second, first)


def entry_html(key: int) -> tuple[str, str | None]:
    """The stored HTML, and where its pages begin as JSON; None in older studies."""
    html, pages = _run("SELECT html, pages::text FROM annotations_entry WHERE id = %s", key)[0]
    return html, pages


def brief_content(key: int) -> dict[str, Any]:
    found = _run("SELECT content::text FROM annotations_studybrief WHERE id = %s", key)[0][0]
    content: dict[str, Any] = json.loads(found)
    return content


class Held(NamedTuple):
    """An assignment whose rater and row are locked until the transaction ends, as they then were."""

    study: tuple[int, str]
    study_state: str
    rater_id: int
    withdrawn: bool
    practised: bool
    set_up: bool
    """Profile given and instructions read; consent is in `consents`."""
    conflicts: bool
    id: int
    state: str
    opened_at: datetime
    phase: str
    slot_id: int
    left: int
    right: int | None
    criteria: str
    conflict: bool
    """Whether the rater worked on this series."""
    taken: bool
    """Whether another assignment holds the slot."""
    content: dict[str, str]
    reading: dict[str, Any]
    revision: int
    changes: Changes
    sitting: int
    """The number of the rater's running sitting, or of the next one."""
    sent: int
    """How many pairs that count or check were sent in that sitting."""
    consents: list[str]
    """Versions of the consent that the rater agreed to."""
    now: datetime


_LOCK = """
SELECT study.id, {version}, study.state, rater.id, held.id
  FROM annotations_rater rater
  JOIN annotations_study study ON study.id = rater.study_id
  JOIN annotations_assignment held ON held.rater_id = rater.id AND held.code = %s
  JOIN annotations_slot slot ON slot.id = held.slot_id
 WHERE rater.code = %s AND left(rater.secret_hash, 16) = COALESCE(%s::text, left(rater.secret_hash, 16))
   FOR SHARE OF study FOR NO KEY UPDATE OF rater FOR NO KEY UPDATE OF held {slot}
"""
_LOCK_HELD = _LOCK.format(version=VERSION.format("study"), slot="")
_LOCK_HELD_AND_SLOT = _LOCK.format(version=VERSION.format("study"), slot="FOR UPDATE OF slot")

# A statement of its own: it has to see what others committed while the locks were waited for.
_HELD = f"""
SELECT rater.withdrawn_at IS NOT NULL, rater.practised_at IS NOT NULL,
       rater.profile <> '{{}}' AND rater.instructed_at IS NOT NULL, rater.conflicts <> '[]',
       held.state, held.opened_at, slot.phase, slot.id,
       pairing.first_id, pairing.second_id, slot.first_on_left, seat.criteria::text,
       rater.conflicts ? brief.series_slug,
       EXISTS (SELECT FROM annotations_assignment other
                WHERE other.slot_id = slot.id AND other.id <> held.id
                  AND other.state IN ('open', 'submitted', 'skipped')),
       answer.content::text, answer.reading::text, answer.revision,
       made.pages, made.numbers, made.fields, made.values, made.times,
       sitting.number, sitting.last_seen_at < clock_timestamp() - interval '{Sitting.GAP}',
       sitting.sent,
       ARRAY(SELECT version FROM annotations_consent WHERE rater_id = rater.id), clock_timestamp()
  FROM annotations_assignment held
  JOIN annotations_rater rater ON rater.id = held.rater_id
  JOIN annotations_slot slot ON slot.id = held.slot_id
  JOIN annotations_seat seat ON seat.id = slot.seat_id
  JOIN annotations_pairing pairing ON pairing.id = slot.pairing_id
  JOIN annotations_studybrief brief ON brief.id = pairing.study_brief_id
  LEFT JOIN annotations_answer answer ON answer.assignment_id = held.id
 CROSS JOIN LATERAL (
       SELECT array_agg(page ORDER BY at, id) AS pages, array_agg(number ORDER BY at, id) AS numbers,
              array_agg(field ORDER BY at, id) AS fields, array_agg(value ORDER BY at, id) AS values,
              array_agg(at ORDER BY at, id) AS times
         FROM annotations_answerchange WHERE assignment_id = held.id) made
  LEFT JOIN LATERAL (
       SELECT number, last_seen_at,
              (SELECT count(*) FROM annotations_assignment one
                 JOIN annotations_slot ON annotations_slot.id = one.slot_id
                 JOIN annotations_pairing ON annotations_pairing.id = annotations_slot.pairing_id
                WHERE one.sitting_id = annotations_sitting.id AND one.state IN ('submitted', 'late')
                  AND annotations_pairing.kind <> 'practice') AS sent
         FROM annotations_sitting WHERE rater_id = held.rater_id
        ORDER BY number DESC LIMIT 1) sitting ON true
 WHERE held.id = %s
"""


def lock_held(*, code: str, rater: str, link: str | None = None, slot: bool) -> Held | None:
    """Lock study (shared), rater, assignment and, if asked, slot, in that order; then read.

    None if the rater has no such assignment, or `link` is given and is not the version of the present link.
    """
    found = _run(_LOCK_HELD_AND_SLOT if slot else _LOCK_HELD, code, rater, link)
    if not found:
        return None
    study, version, study_state, rater_id, key = found[0]
    (withdrawn, practised, set_up, conflicts, state, opened_at, phase, slot_id, first, second, first_on_left,
     criteria, conflict, taken, content, reading, revision, pages, numbers, fields, values, times, sitting,
     over, sent, consents, now) = _run(_HELD, key)[0]  # fmt: skip
    rows = zip(pages or (), numbers or (), fields or (), values or (), times or (), strict=True)
    over = over is None or over
    return Held(
        (study, version), study_state, rater_id, withdrawn, practised, set_up, conflicts, key, state,
        opened_at, phase, slot_id, *_sides(first, second, first_on_left), criteria, conflict, taken,
        json.loads(content or "{}"), json.loads(reading or "{}"), revision or 0,
        [Change(*row, arrived_at=None) for row in rows],
        (sitting or 0) + over, 0 if over else sent, consents, now,
    )  # fmt: skip


# The writing statements. Each begins or continues the rater's sitting.

_SITTING = """
WITH sitting AS (
     INSERT INTO annotations_sitting AS known (rater_id, number, started_at, last_seen_at)
     VALUES (%(rater)s, %(sitting)s, %(now)s, %(now)s)
         ON CONFLICT (rater_id, number)
         DO UPDATE SET last_seen_at = GREATEST(known.last_seen_at, EXCLUDED.last_seen_at)
     RETURNING id),
changed AS (
     INSERT INTO annotations_answerchange (assignment_id, page, number, field, value, at, arrived_at)
     SELECT %(held)s, * FROM unnest(%(change_pages)s::text[], %(change_numbers)s::integer[],
            %(change_fields)s::text[], %(change_values)s::text[], %(change_times)s::timestamptz[],
            %(change_arrivals)s::timestamptz[])),
"""
_SUBMIT = f"""{_SITTING}
ended AS (
     UPDATE annotations_assignment
        SET state = %(state)s, excluded = %(excluded)s, submitted_at = %(now)s,
            sitting_id = (SELECT id FROM sitting), layout = %(layout)s, read_first = %(read_first)s,
            switches = %(switches)s, seconds = %(seconds)s, read_left_s = %(read_left_s)s,
            read_right_s = %(read_right_s)s, share_read_left = %(share_read_left)s,
            share_read_right = %(share_read_right)s, knew_left = %(knew_left)s, knew_right = %(knew_right)s,
            reason = %(reason)s
      WHERE id = %(held)s),
judged AS (
     INSERT INTO annotations_judgment (assignment_id, criterion_id, choice, strength, first_choice,
                                       submitted_at, questions_digest)
     SELECT %(held)s, *, %(now)s, %(questions_digest)s
       FROM unnest(%(criteria)s::bigint[], %(choices)s::text[], %(strengths)s::smallint[],
                   %(first_choices)s::text[])),
scored AS (
     INSERT INTO annotations_score (assignment_id, side, value, rubric, submitted_at)
     SELECT %(held)s, *, %(rubric)s, %(now)s FROM unnest(%(score_sides)s::text[], %(scores)s::smallint[])),
marked AS (
     INSERT INTO annotations_mark (assignment_id, side, error_class, severity, scene, start, "end", note,
                                   submitted_at)
     SELECT %(held)s, *, %(now)s FROM unnest(%(mark_sides)s::text[], %(mark_classes)s::text[],
            %(mark_severities)s::text[], %(mark_scenes)s::integer[], %(mark_starts)s::integer[],
            %(mark_ends)s::integer[], %(mark_notes)s::text[]))
SELECT id FROM sitting
"""
_SAVE = f"""{_SITTING}
saved AS (
     INSERT INTO annotations_answer (assignment_id, content, reading, revision, saved_at)
     VALUES (%(held)s, %(content)s::jsonb, %(reading)s::jsonb, %(revision)s, %(now)s)
         ON CONFLICT (assignment_id)
         DO UPDATE SET content = EXCLUDED.content, reading = EXCLUDED.reading, revision = EXCLUDED.revision,
                       saved_at = CASE WHEN annotations_answer.revision = EXCLUDED.revision
                                       THEN annotations_answer.saved_at ELSE EXCLUDED.saved_at END)
UPDATE annotations_assignment
   SET state = 'open', leased_until = %(leased_until)s, sitting_id = (SELECT id FROM sitting)
 WHERE id = %(held)s
RETURNING id
"""


def write_submission(held: Held, *, changes: Changes, **values: Any) -> int:
    """End the assignment and store what was submitted; the key of the sitting."""
    return int(_run(_SUBMIT, {**_common(held, changes), **values})[0][0])


def write_answer(
    held: Held,
    *,
    changes: Changes,
    content: Mapping[str, str],
    reading: Mapping[str, Any],
    revision: int,
    leased_until: datetime,
) -> None:
    """Save an answer that is not submitted, and renew the lease."""
    values = _common(held, changes)
    values |= {"content": json.dumps(dict(content)), "reading": json.dumps(dict(reading))}
    values |= {"revision": revision, "leased_until": leased_until}
    _run(_SAVE, values)


def _common(held: Held, changes: Changes) -> dict[str, Any]:
    return {
        "rater": held.rater_id, "sitting": held.sitting, "held": held.id, "now": held.now,
        "change_pages": [one.page for one in changes], "change_numbers": [one.number for one in changes],
        "change_fields": [one.field for one in changes], "change_values": [one.value for one in changes],
        "change_times": [one.at for one in changes], "change_arrivals": [one.arrived_at for one in changes],
    }  # fmt: skip


_FREE_SLOT = """
SELECT slot.id
  FROM annotations_seat seat
  JOIN annotations_slot slot ON slot.seat_id = seat.id AND slot.phase = 'main'
  JOIN annotations_rater rater ON rater.id = seat.rater_id
 WHERE seat.rater_id = %s
   AND NOT EXISTS (SELECT FROM annotations_assignment one
                    WHERE one.slot_id = slot.id AND one.state IN ('open', 'submitted', 'skipped')
                   OFFSET 0)
   AND (rater.conflicts = '[]' OR NOT EXISTS (
        SELECT FROM annotations_pairing pairing
          JOIN annotations_studybrief brief ON brief.id = pairing.study_brief_id
         WHERE pairing.id = slot.pairing_id AND rater.conflicts ? brief.series_slug))
 ORDER BY slot.position LIMIT 1
   FOR NO KEY UPDATE OF seat FOR UPDATE OF slot
"""
# The previous rater of the seat may have submitted late while the lock was waited for.
_LEASE = """
WITH free AS (
     SELECT 1 WHERE NOT EXISTS (SELECT FROM annotations_assignment
                                 WHERE slot_id = %(slot)s AND state IN ('open', 'submitted', 'skipped'))),
again AS (
     UPDATE annotations_assignment
        SET state = 'open', sitting_id = %(sitting)s, leased_until = %(leased_until)s
      WHERE EXISTS (SELECT FROM free)
        AND id = (SELECT min(id) FROM annotations_assignment
                   WHERE slot_id = %(slot)s AND rater_id = %(rater)s AND state IN ('expired', 'released'))
     RETURNING id, code),
new AS (
     INSERT INTO annotations_assignment (code, rater_id, slot_id, sitting_id, state, opened_at, leased_until,
                                         skip_reason, excluded, layout, read_first, reason)
     SELECT %(code)s, %(rater)s, %(slot)s, %(sitting)s, 'open', %(now)s, %(leased_until)s, '', '', '', '', ''
       FROM free WHERE NOT EXISTS (SELECT FROM again)
     RETURNING id, code)
SELECT id, code FROM again UNION ALL SELECT id, code FROM new
"""


def lease_next_slot(
    *, rater_id: int, sitting: int, code: str, now: datetime, leased_until: datetime
) -> tuple[int, str] | None:
    """Give the rater the first free slot of the seat that counts: key and code of the assignment.

    A lapsed assignment of the slot is opened again; else a new one gets `code`. None if no slot is free. The
    caller has locked the rater.
    """
    while free := _run(_FREE_SLOT, rater_id):
        values = {"rater": rater_id, "slot": free[0][0], "sitting": sitting, "code": code}
        if given := _run(_LEASE, {**values, "now": now, "leased_until": leased_until}):
            return int(given[0][0]), str(given[0][1])
    return None
