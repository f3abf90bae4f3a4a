"""Digests of the judgments of each study, in the chain of the audit trail.

Submitting a judgment writes no line of the trail. Instead a line with a digest of all judgments, scores and
marks of a study so far is added once an hour, when the study closes, and when it is unblinded. Checking
computes each of them again: a row that was changed, removed, or inserted with an earlier time shows.

The lines of closing and unblinding also have a digest of what pages measured and of the guesses of origin: by
then raters change no answer any more.

A digest covers the rows up to a time (`until`). Texts that raters may have erased (reasons, notes) are not
part of it. What was submitted after the last digest is not protected yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.db import models
from django.db.models import F, Max
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from annotations.models import AnswerRevision, Assignment, Guess, Judgment, Mark, Score, Slot, Study
from evalsite.core.clock import database_now
from evalsite.core.digests import canonical_json, json_digest
from evalsite.core.errors import InputError
from evalsite.core.models import AuditEvent, record

VERB = "add digest of judgments"
KNOWN_CHANGES = ("exclude judgment", "include judgment")
"""Lines of the trail that name an assignment and say that its exclusion changed."""
EVERY = timedelta(hours=1)
MARGIN = timedelta(minutes=10)
"""How old a row must be for the hourly digest: longer than any transaction that submits one."""

# Where an assignment belongs. `excluded` is compared by itself, for it may change.
PLACE = ("assignment__code", "assignment__rater__code", "assignment__slot__seat__number",
         "assignment__slot__phase", "assignment__slot__position")  # fmt: skip
ROWS: Mapping[type[models.Model], tuple[str, ...]] = {
    Judgment: ("criterion__slug", "choice", "strength", "first_choice", "revision"),
    Score: ("side", "value", "rubric", "revision"),
    Mark: ("side", "error_class", "severity", "scene", "start", "end", "revision"),
    AnswerRevision: ("number",),
}


MEASURED = (
    "code", "rater__code", "sitting__number", "layout", "read_first", "switches", "seconds", "read_left_s",
    "read_right_s", "share_read_left", "share_read_right", "knew_left", "knew_right",
)  # fmt: skip
GUESSED = ("assignment__code", "side", "origin", "confidence")


class _State(NamedTuple):
    """What is stored of a study up to a time."""

    rows: int
    digest: str
    excluded: list[str]


def add_digest(study: Study, until: datetime, *, by: str = "system", final: bool = False) -> None:
    """Add a line with the digest of what was submitted until then.

    The caller knows that no submission with an earlier time is under way: it has locked the study, or `until`
    is long ago. With `final` no answer is changed any more, so what was measured and guessed is added.

    The line names the time of the last submission, or a later one if `final`. Both hold also when the server's
    clock was ahead and is set back: what is submitted then comes after that time, and what was submitted
    before with a time that is still to come is not left out of the last digest.
    """
    last_at = _last_submission(study, None if final else until)
    if last_at is not None:
        until = max(until, last_at) if final else last_at
    (state,) = _states(study, [until])
    more = {"measured": _measured_digest(study, until)} if final else {}
    last = _last_line(study)
    known = last.detail if last is not None else {}
    if state.rows and any(known.get(key) != value for key, value in {"digest": state.digest, **more}.items()):
        record(who=by, verb=VERB, about=study.slug, until=until.isoformat(), **state._asdict(), **more)


def _last_submission(study: Study, until: datetime | None) -> datetime | None:
    times = []
    for model in ROWS:
        rows = model._default_manager.filter(assignment__rater__study=study)
        rows = rows.filter(submitted_at__lte=until) if until else rows
        times.append(rows.aggregate(Max("submitted_at"))["submitted_at__max"])
    return max((at for at in times if at), default=None)


def _measured_digest(study: Study, until: datetime) -> str:
    answers = Assignment.objects.filter(rater__study=study, submitted_at__lte=until).order_by("code")
    guesses = Guess.objects.filter(assignment__rater__study=study, at__lte=until)
    return json_digest(
        {
            "answers": list(map(list, answers.values_list(*MEASURED))),
            "guesses": sorted(map(list, guesses.values_list(*GUESSED)), key=canonical_json),
        }
    )


def add_due_digests() -> None:
    """Add the hourly digests. The sweep calls this.

    A study that is closed has its last digest, unless an earlier version closed it.
    """
    now = database_now()
    lines = AuditEvent.objects.filter(verb=VERB, about__in=Study.objects.values("slug"))
    last = dict(lines.order_by().values_list("about").annotate(Max("at")))
    for study in Study.objects.exclude(state__in=[Study.State.DRAFT, Study.State.FROZEN]):
        running = study.state in (Study.State.OPEN, Study.State.PAUSED)
        due = last[study.slug] <= now - EVERY and running if study.slug in last else True
        if due and _has_rows_since(study, last.get(study.slug), now - MARGIN):
            add_digest(study, now - MARGIN)


def _has_rows_since(study: Study, line_at: datetime | None, until: datetime) -> bool:
    """Whether anything was submitted that the last digest does not have, without reading all of it."""
    since = line_at - MARGIN if line_at else datetime.min.replace(tzinfo=UTC)
    return any(
        model._default_manager.filter(
            assignment__rater__study=study, submitted_at__gt=since, submitted_at__lte=until
        ).exists()
        for model in ROWS
    )


def check_digests(study: Study) -> list[InputError]:
    """Compute the digests of a study again.

    Returns
    -------
    list of InputError
        One for the first digest that differs, and one for each assignment whose exclusion changed without
        a line that says so. Names assignments and no system, because the study may be sealed.
    """
    lines = list(AuditEvent.objects.filter(verb=VERB, about=study.slug).order_by("pk"))
    times = list(map(until_of_line, lines))
    message = _("assignment {code} was changed: an earlier answer counts in place of the rater's last one.")
    faults = [_fault(study, message.format(code=code)) for code in _other_revisions(study)]
    known, named = _known_changes(study), set()
    for line, state in zip(lines, _states(study, times), strict=True):
        place = _("line {number} of the audit trail").format(number=line.sequence)
        if (state.rows, state.digest) != (line.detail["rows"], line.detail["digest"]):
            message = _(
                "{place} has the digest of {rows} rows submitted until {until}; the stored rows differ."
            )
            until = line.detail["until"]
            faults.append(_fault(study, message.format(place=place, rows=line.detail["rows"], until=until)))
            break
        if line.detail.get("measured", "") not in ("", _measured_digest(study, until_of_line(line))):
            message = _(
                "{place} has the digest of what was measured and guessed until {until}; "
                "the stored rows differ."
            )
            faults.append(_fault(study, message.format(place=place, until=line.detail["until"])))
            break
        for row in sorted(set(state.excluded) ^ set(line.detail["excluded"])):
            code = row.partition("=")[0]
            if code not in named and not any(at > line.at and code in text for at, text in known):
                named.add(code)
                message = _("the exclusion of assignment {code} was changed after {place}.")
                faults.append(_fault(study, message.format(code=code, place=place)))
    return faults


def until_of_line(line: AuditEvent) -> datetime:
    """Up to which time a line with a digest covers the rows."""
    return datetime.fromisoformat(line.detail["until"])


def _fault(study: Study, message: str) -> InputError:
    return InputError(
        study.slug, 1, 1, message, _("restore the database from a backup; don't publish results.")
    )


def _last_line(study: Study) -> AuditEvent | None:
    return AuditEvent.objects.filter(verb=VERB, about=study.slug).order_by("pk").last()


def _known_changes(study: Study) -> list[tuple[datetime, str]]:
    """When exclusions changed, and text that has the codes of the assignments."""
    lines = AuditEvent.objects.filter(verb__in=KNOWN_CHANGES, about=study.slug)
    return [(line.at, canonical_json(line.detail)) for line in lines]


def _states(study: Study, times: Sequence[datetime]) -> list[_State]:
    """The state at each of several times, in ascending order; each row is read and hashed once."""
    rows = sorted(_rows(study))
    excluded = sorted(_excluded(study))
    states, running, done = [], sha256(), 0
    for until in times:
        while done < len(rows) and rows[done][0] <= until:
            running.update(rows[done][1].encode() + b"\n")
            done += 1
        codes = [f"{code}={reason}" for at, code, reason in excluded if at <= until]
        states.append(_State(done, running.copy().hexdigest(), sorted(codes)))
    return states


def _rows(study: Study) -> Iterator[tuple[datetime, str]]:
    for model, columns in ROWS.items():
        found = model._default_manager.filter(assignment__rater__study=study).order_by()
        for at, *values in found.values_list("submitted_at", *PLACE, *columns).iterator(2000):
            yield at, canonical_json([model._meta.model_name, at.isoformat(), *values])


def _excluded(study: Study) -> Iterator[tuple[datetime, str, str]]:
    """Assignments that do not count, apart from those of practice, which never do."""
    rows = Assignment.objects.filter(rater__study=study, submitted_at__isnull=False).exclude(excluded="")
    rows = rows.exclude(excluded="practice", slot__phase=Slot.Phase.PRACTICE)
    for at, code, reason in rows.values_list("submitted_at", "code", "excluded"):
        assert at is not None
        yield at, code, reason


def _other_revisions(study: Study) -> list[str]:
    """Assignments that point to another answer than the rater's last one."""
    rows = Assignment.objects.filter(rater__study=study, submitted_at__isnull=False)
    last = rows.annotate(last=Coalesce(Max("revisions__number"), 0))
    return list(last.exclude(revision=F("last")).order_by("code").values_list("code", flat=True))
