"""Every change of a choice, strength, score or box of an answer, once, with the time at which it was made.

A page tells of its changes one by one, also much later, and tells again what it does not know to have
arrived. What nobody told of (forms without a script, two pages joined) is found by comparing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from annotations.desk.queries import Change
from annotations.models import AnswerChange, Assignment, Choice, Mark

RECORDED = ("choice-", "strength-", "score-", "knew-")
"""How the names of the fields begin whose changes are kept."""
MOST_CHANGES = 2000
"""Of one assignment; a person never makes as many. What nobody told of is kept beyond that, too."""


@dataclass(frozen=True, slots=True)
class ClientChange:
    """One change as a page tells of it: its `number` on that page, and for how many seconds it has stood."""

    page: str
    number: int
    field: str
    value: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class PlannedChanges:
    """All changes of an assignment, in the order in which they were made; which of them are new; and which
    there was no room for."""

    rows: list[Change]
    new: list[Change]
    refused: list[ClientChange]

    def first_choices(self) -> dict[str, str]:
        """The first choice that was made on each question, by the name of its field."""
        first: dict[str, str] = {}
        for row in self.rows:
            if row.field.startswith("choice-") and row.value in Choice.values:
                first.setdefault(row.field, row.value)
        return first


def recorded_fields(content: Mapping[str, str]) -> dict[str, str]:
    """Of an answer, the fields whose changes are kept."""
    return {name: value for name, value in content.items() if name.startswith(RECORDED)}


def record_changes(
    assignment: Assignment, changes: Sequence[ClientChange], content: Mapping[str, str] | None, now: datetime
) -> PlannedChanges:
    """Append what `plan_changes` finds new. The caller holds the rater's row."""
    stored = [
        Change(row.page, row.number, row.field, row.value, row.at, None) for row in assignment.changes.all()
    ]
    planned = plan_changes(stored, assignment.opened_at, changes, content, now)
    if planned.new:
        AnswerChange.objects.bulk_create(
            AnswerChange(assignment=assignment, **row._asdict()) for row in planned.new
        )
    return planned


def plan_changes(
    stored: Sequence[Change],
    shown: datetime,
    changes: Sequence[ClientChange],
    content: Mapping[str, str] | None,
    now: datetime,
) -> PlannedChanges:
    """Find what is new of the changes, then what differs between the last ones and `content`, which is None
    while two pages are not joined yet.

    The time of a change lies between `shown`, when the assignment was first shown, and `now`, and never
    before that of the one before it on its page.
    """
    new, refused = _new(stored, shown, changes, now)
    made = sorted([*stored, *new], key=lambda row: row.at)
    last = {row.field: row.value for row in made}
    found: list[Change] = []
    for field in sorted({*last, *content} if content is not None else ()):
        value = str((content or {}).get(field, ""))[:40]
        if field.startswith(RECORDED) and last.get(field, "") != value:
            found.append(Change("", None, field[:80], value, now, now))
    return PlannedChanges([*made, *found], [*new, *found], refused)


def _new(
    stored: Sequence[Change], shown: datetime, changes: Iterable[ClientChange], now: datetime
) -> tuple[list[Change], list[ClientChange]]:
    known = {(row.page, row.number) for row in stored}
    newest: dict[str, datetime] = {}
    for row in stored:
        newest[row.page] = max(row.at, newest.get(row.page, row.at))
    new: list[Change] = []
    refused: list[ClientChange] = []
    for change in sorted(changes, key=lambda change: (change.page, change.number)):
        if (change.page, change.number) in known:
            continue
        if len(stored) + len(new) >= MOST_CHANGES:
            refused.append(change)
            continue
        known.add((change.page, change.number))
        at = _moment(change, shown, newest.get(change.page), now)
        newest[change.page] = at
        new.append(Change(change.page, change.number, change.field[:80], change.value[:40], at, now))
    return new, refused


def _moment(change: ClientChange, shown: datetime, previous: datetime | None, now: datetime) -> datetime:
    longest = (now - shown).total_seconds()
    at = now - timedelta(seconds=min(max(change.seconds_ago, 0.0), max(longest, 0.0)))
    return max(at, previous) if previous else at


WORDS = ("reason", "note")
PARTS = ("class", "note", "start", "end")
ROWS = Mark.MOST_PER_SCRIPT


def merge_older_form(before: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """What is saved (`before`) with what an older form brings: answers to questions that have none, words
    below the words that are there, and its marks in rows of their own."""
    found = dict(before)
    answered = {_question(name) for name in before}
    for name, value in fields.items():
        # A box that is not ticked is an answer, no gap.
        if _question(name) not in answered and not name.startswith("knew-"):
            found[name] = value
    for name in WORDS:
        if fields.get(name):
            found[name] = join_texts(before.get(name, ""), fields[name])
    for row in sorted({_question(name) for name in fields if name.startswith("mark-")} & answered):
        _keep_mark(found, fields, row)
    return found


def join_texts(theirs: str, mine: str) -> str:
    """Both texts, one below the other, unless one holds the other."""
    if not theirs or theirs in mine:
        return mine
    return theirs if mine in theirs else f"{theirs}\n\n{mine}"


def _question(field: str) -> str:
    """What a field answers; choice and strength answer one question, and so does all of one mark."""
    kind, _, rest = field.partition("-")
    if kind in ("choice", "strength"):
        return f"criterion {rest}"
    return field.rpartition("-")[0] if kind == "mark" else field


def _keep_mark(found: dict[str, str], fields: Mapping[str, str], row: str) -> None:
    """A mark whose row is in use goes to a free one, unless it says the same place and kind."""
    mine = {part: fields[f"{row}-{part}"] for part in PARTS if fields.get(f"{row}-{part}")}
    if not mine:
        return
    side = row.split("-")[1]
    for name in (f"mark-{side}-{number}" for number in range(1, ROWS + 1)):
        theirs = {part: found.get(f"{name}-{part}", "") for part in PARTS}
        if all(theirs[part] == mine.get(part, "") for part in ("class", "start", "end")):
            note = join_texts(theirs["note"], mine.get("note", ""))
            found |= {f"{name}-note": note} if note else {}
            return
    for name in (f"mark-{side}-{number}" for number in range(1, ROWS + 1)):
        if not any(f"{name}-{part}" in found or fields.get(f"{name}-{part}") for part in PARTS):
            found |= {f"{name}-{part}": value for part, value in mine.items()}
            return
    # No row is free: what it said goes to the rater's own notes.
    said = ": ".join(mine[part] for part in ("class", "note") if part in mine)
    found["note"] = join_texts(found.get("note", ""), said)
