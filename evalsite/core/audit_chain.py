"""The chain of the audit trail: its head, checking it, and erasing values from it.

The chain shows that a line was changed, removed or inserted, also by the owner of the database. Rewriting all
lines from one on makes a new chain, and cutting off its end leaves a shorter one. To detect this, compare the
chain with a head that was printed earlier (`check_head`). A head is in every report, export and time stamp.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.db import connection, transaction

from evalsite.core.chain_digests import FIRST, commitment, committed_values, content_digest, line_digest
from evalsite.core.errors import InputError
from evalsite.core.models import AuditEvent, record

ERASED = "erase from trail"
ERASABLE: Mapping[str, Collection[str]] = {
    "sign in": ("who", "about", "detail.by"),
    "use one-time link": ("who", "about", "detail.by"),
    "failed sign-ins": ("about",),
    "free seat": ("detail.reason",),
    "add digest of profiles": ("detail.profile of *",),
}
"""What the site erases, by verb: who signed in when, what staff wrote of a rater, and the digest of a rater's
profile. Nothing else."""
TRAIL = "audit trail"
GUARDS = {f"{AuditEvent._meta.db_table}_{name}" for name in ("append_only", "no_truncate", "chain")}
FIX_GUARD = "find out who did this, and run ALTER TABLE ... ENABLE TRIGGER {} as the owner of the table."
FIX = "restore the database from a backup in which the trail holds, and find out who could write to it."


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of the trail: how many lines there are, and the digest that covers all of them."""

    sequence: int
    digest: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def head(*, about: str = "", apart_from: Sequence[str] = ()) -> Head | None:
    """The head of the trail, with the lines of this transaction.

    Parameters
    ----------
    about : only as far as the last line about this study or run.
    apart_from : verbs whose lines do not count as the last line. They are part of the chain all the same.

    Returns
    -------
    Head or None
        None where there is no such line.
    """
    if connection.in_atomic_block:
        # Lines get their place when a transaction commits; here they get it now.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS core_auditevent_chain IMMEDIATE")
            cursor.execute("SET CONSTRAINTS core_auditevent_chain DEFERRED")
    lines = AuditEvent.objects.filter(sequence__isnull=False).exclude(verb__in=apart_from)
    lines = lines.filter(about=about) if about else lines
    last = lines.order_by("-sequence").only("sequence", "digest").first()
    return Head(last.sequence or 0, last.digest) if last else None


@transaction.atomic
def erase_values(lines: Iterable[AuditEvent], names: Sequence[str], *, by: str) -> None:
    """Erase values of lines, and note in the trail that this was done.

    Parameters
    ----------
    lines : of the trail.
    names : `who`, `about`, or keys of `detail`. Lines without such a value stay as they are.
    by : the name of the user, `console`, `rater` or `system`.
    """
    done = []
    for line in lines:
        mine = [name for name in names if _salt_name(name) in line.salts]
        if not mine:
            continue
        changed: dict[str, Any] = {
            "detail": {key: value for key, value in line.detail.items() if key not in mine},
            "salts": {key: salt for key, salt in line.salts.items() if key not in map(_salt_name, mine)},
        }
        changed |= {name: "" for name in mine if name in ("who", "about")}
        AuditEvent.objects.filter(pk=line.pk).update(**changed)
        done.append(line.content)
    if done:
        record(who=by, verb=ERASED, keys=list(names), lines=done)


def wrongly_erased(line: AuditEvent) -> list[str]:
    """The values that are missing from a line although the site never erases them."""
    erasable = ERASABLE.get(line.verb, ())
    missing = line.commitments.keys() - line.salts.keys()
    return sorted(name for name in missing if not any(fnmatchcase(name, each) for each in erasable))


def _salt_name(name: str) -> str:
    return name if name in ("who", "about") else f"detail.{name}"


def check_chain() -> Iterator[InputError]:
    """Check every line of the trail, in order. The first error names the first line at fault."""
    head()  # for the lines of this transaction
    previous, expected = FIRST, 1
    missing: dict[tuple[str, str], int] = {}
    erased: set[tuple[str, str]] = set()
    for line in AuditEvent.objects.filter(sequence__isnull=False).order_by("sequence").iterator(1000):
        number = line.sequence or 0
        if number != expected:
            yield _gap(expected, number)
        elif line.previous != previous:
            yield _fault(number, "doesn't follow from the line before it: one of them was replaced.")
        yield from _changes_in(line)
        wrong = wrongly_erased(line)
        for name in wrong:
            yield _fault(number, f"has no value of `{name}`, which is never erased.")
        missing |= {
            (line.content, name): number
            for name in line.commitments
            if name not in line.salts and name not in wrong
        }
        if line.verb == ERASED:
            names = [_salt_name(name) for name in line.detail.get("keys", [])]
            erased |= {(content, name) for content in line.detail.get("lines", []) for name in names}
        previous, expected = line.digest, number + 1
    for (content, name), sequence in missing.items():
        if (content, name) not in erased:
            yield _fault(sequence, f"has no value of `{name}`, and no later line says that it was erased.")
    loose = AuditEvent.objects.filter(sequence__isnull=True).order_by("pk").values_list("pk", "at", "verb")
    for key, at, verb in loose:
        yield InputError(
            TRAIL, expected, 1, f"row {key} ({at:%Y-%m-%d %H:%M} UTC, {verb}) is not part of the chain.", FIX
        )


def check_guards() -> Iterator[InputError]:
    """Find triggers of append-only tables that are switched off, and those of the trail that are missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled = 'O' FROM pg_trigger WHERE NOT tgisinternal"
            " AND (tgname ~ '_(append_only|no_truncate)$' OR tgname = 'core_auditevent_chain')"
        )
        found = dict(cursor.fetchall())
    for name in sorted(found.keys() | GUARDS):
        if not found.get(name):
            state = "switched off" if name in found else "missing"
            yield InputError("database", 1, 1, f"the trigger {name} is {state}.", FIX_GUARD.format(name))


def _gap(expected: int, found: int) -> InputError:
    if found < expected:
        return _fault(found, "is there twice.")
    many = f"lines {expected} to {found - 1} are" if found - expected > 1 else f"line {expected} is"
    return InputError(TRAIL, expected, 1, f"{many} missing.", FIX)


def _changes_in(line: AuditEvent) -> Iterator[InputError]:
    if content_digest(line.at, line.verb, line.commitments) != line.content:
        yield _fault(line.sequence, "was changed: its time, action or commitments differ from its digest.")
    elif line_digest(line.sequence or 0, line.previous, line.content) != line.digest:
        yield _fault(line.sequence, "was changed or moved: its digest doesn't fit its place.")
    values = committed_values(line.who, line.about, line.detail)
    for name in sorted(line.commitments.keys() | values.keys()):
        if _value_differs(line, name, values):
            yield _fault(line.sequence, f"was changed: the value of `{name}` differs from its commitment.")


def _value_differs(line: AuditEvent, name: str, values: Mapping[str, Any]) -> bool:
    if name not in line.commitments:
        return True
    if name not in line.salts:
        return bool(values.get(name))
    return name not in values or commitment(values[name], line.salts[name]) != line.commitments[name]


def _fault(sequence: int | None, message: str) -> InputError:
    return InputError(TRAIL, sequence or 1, 1, f"line {sequence} {message}", FIX)


def check_head(known: Head, where: str) -> list[InputError]:
    """Compare with a head that was printed earlier.

    Parameters
    ----------
    known : its `sequence` may be 0 where only the digest is known.
    where : the file, report or stamp that has it, for the message.
    """
    lines = AuditEvent.objects.filter(sequence__isnull=False)
    if not known.sequence:
        if lines.filter(digest=known.digest).exists():
            return []
        return [InputError(where, 1, 1, f"no line of the trail has the digest {known.digest}.", FIX)]
    found = lines.filter(sequence=known.sequence).values_list("digest", flat=True).first()
    if found == known.digest:
        return []
    if found is None:
        last = lines.count()
        message = f"the trail had line {known.sequence} and ends at line {last} now: it was cut off."
    else:
        message = f"line {known.sequence} or one before it was replaced since this head was printed."
    return [InputError(where, 1, 1, message, FIX)]
