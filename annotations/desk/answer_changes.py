"""Every change of a choice, strength, score or box of an answer, once, with the time at which it was made.

A page tells of its changes one by one, also much later, and tells again what it does not know to have
arrived. What nobody told of (forms without a script, two pages joined) is found by comparing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from annotations.models import AnswerChange, Assignment, Choice

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
class RecordedChanges:
    """All changes of an assignment as they now stand, in the order in which they were made, and those for
    which there was no room."""

    rows: list[AnswerChange]
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
) -> RecordedChanges:
    """Append what is new of the changes, then what differs between the last ones and `content`, which
    is None while two pages are not joined yet.

    The time of a change lies between the showing of the assignment and `now`, and never before that of the
    one before it on its page. The caller holds the rater's row.
    """
    rows = list(assignment.changes.all())
    new, refused = _new(assignment, rows, changes, now)
    made = sorted([*rows, *new], key=lambda row: row.at)
    last = {row.field: row.value for row in made}
    found: list[AnswerChange] = []
    for field in sorted({*last, *content} if content is not None else ()):
        value = str((content or {}).get(field, ""))[:40]
        if field.startswith(RECORDED) and last.get(field, "") != value:
            found.append(_row(assignment, field, value, now, now))
    if new or found:
        AnswerChange.objects.bulk_create([*new, *found])
    return RecordedChanges([*made, *found], refused)


def _new(
    assignment: Assignment, rows: Sequence[AnswerChange], changes: Iterable[ClientChange], now: datetime
) -> tuple[list[AnswerChange], list[ClientChange]]:
    known = {(row.page, row.number) for row in rows}
    newest: dict[str, datetime] = {}
    for row in rows:
        newest[row.page] = max(row.at, newest.get(row.page, row.at))
    new: list[AnswerChange] = []
    refused: list[ClientChange] = []
    for change in sorted(changes, key=lambda change: (change.page, change.number)):
        if (change.page, change.number) in known:
            continue
        if len(rows) + len(new) >= MOST_CHANGES:
            refused.append(change)
            continue
        known.add((change.page, change.number))
        at = _moment(change, assignment.opened_at, newest.get(change.page), now)
        newest[change.page] = at
        row = _row(assignment, change.field, change.value, at, now)
        row.page, row.number = change.page, change.number
        new.append(row)
    return new, refused


def _moment(change: ClientChange, shown: datetime, previous: datetime | None, now: datetime) -> datetime:
    longest = (now - shown).total_seconds()
    at = now - timedelta(seconds=min(max(change.seconds_ago, 0.0), max(longest, 0.0)))
    return max(at, previous) if previous else at


def _row(assignment: Assignment, field: str, value: str, at: datetime, now: datetime) -> AnswerChange:
    return AnswerChange(assignment=assignment, field=field[:80], value=value[:40], at=at, arrived_at=now)
