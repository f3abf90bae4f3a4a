"""Digests of the judgments of each study, in the chain of the audit trail.

Submitting a judgment writes no line of the trail. Instead a line with a digest of all judgments, scores and
marks of a study so far is added once an hour, when the study closes, and when it is unblinded. Checking
computes each of them again: a row that was changed, removed, or inserted with an earlier time shows.

The lines of closing and unblinding also have a digest of what pages measured and of the guesses of origin. By
then raters change no answer any more. So every row that the first of these lines does not cover was added
past the platform, whatever its time. Closing also adds a line with one digest for each rater's profile.

A digest covers the rows up to a key of each table (`last`), as keys also grow when the clock is set back.
Lines of earlier versions have no keys and cover the rows up to a time (`until`). Texts that raters may have
erased (reasons, notes) are not part of it; erasing a profile erases its digest. In a running study, what was
submitted after the last digest is not protected yet.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from annotations.models import (
    AnswerRevision,
    Assignment,
    Guess,
    Judgment,
    Mark,
    RaterStatement,
    Score,
    Sitting,
    Slot,
    Study,
)
from evalsite.core.clock import database_now
from evalsite.core.digests import canonical_json, json_digest
from evalsite.core.errors import InputError
from evalsite.core.models import AuditEvent, record
from evalsite.core.trail import PROFILE

VERB, PROFILES = "add digest of judgments", "add digest of profiles"
KNOWN_CHANGES = ("exclude judgment", "include judgment")
"""Lines of the trail that name an assignment and say that its exclusion changed."""
EVERY = timedelta(hours=1)
MARGIN = timedelta(minutes=10)
"""How old a row must be for the hourly digest: longer than any transaction that submits one."""

# Where an assignment belongs. `excluded` is compared by itself, for it may change.
PLACE = ("assignment__code", "assignment__rater__code", "assignment__slot__seat__number",
         "assignment__slot__phase", "assignment__slot__position")  # fmt: skip
ROWS: Mapping[type[models.Model], tuple[str, ...]] = {
    Judgment: ("criterion__slug", "choice", "strength", "first_choice", "revision", "questions_digest"),
    Score: ("side", "value", "rubric", "revision"),
    Mark: ("side", "error_class", "severity", "scene", "start", "end", "revision"),
    AnswerRevision: ("number",),
}
COVERED: Mapping[type[models.Model], str] = {
    **dict.fromkeys([*ROWS, Guess], "assignment__rater"),
    Sitting: "rater",
    Assignment: "rater",
}
"""Tables that take no row after closing, with the way from a row to its rater."""

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


class _Cut(NamedTuple):
    """What a line covers: rows up to a key, by table, or up to a time where there are no keys."""

    until: datetime
    last: Mapping[str, int] | None


def add_digest(study: Study, until: datetime, *, by: str = "system", final: bool = False) -> dict[str, Any]:
    """Add a line with the digest of what was submitted until then.

    The caller knows that no submission with an earlier time is under way: it has locked the study, or `until`
    is long ago. With `final` no answer is changed any more, so what was measured and guessed is added, and
    submissions with a time that is still to come are covered too: the server's clock may have been ahead.

    Returns the digest of the answers, and which of them are excluded.
    """
    last_key = {}
    for model in COVERED if final else ROWS:
        rows = model._default_manager.filter(**{f"{COVERED[model]}__study": study})
        rows = rows if final else rows.filter(submitted_at__lte=until)
        last_key[str(model._meta.model_name)] = rows.aggregate(Max("pk"))["pk__max"] or 0
    line = _last_line(study)
    known = line.detail if line is not None else {}
    # After the clock was set back, nothing may be old enough: keys never shrink.
    last_key = {name: max(key, known.get("last", {}).get(name, 0)) for name, key in last_key.items()}
    state = _states(study, [*map(_cut_of_line, _lines(study)), _Cut(until, last_key)])[-1]
    more = {"measured": _measured_digest(study, until), "counts": _counts(study)} if final else {}
    new = {"digest": state.digest, **({"excluded": state.excluded, **more} if final else {})}
    if (state.rows or final) and any(known.get(key) != value for key, value in new.items()):
        record(
            who=by,
            verb=VERB,
            about=study.slug,
            until=until.isoformat(),
            last=last_key,
            **state._asdict(),
            **more,
        )
    return {"digest": state.digest, "excluded": state.excluded}


def _counts(study: Study) -> dict[str, int]:
    """The number of rows in tables without a digest: by keys alone, a new row with an old key is missed."""
    return {
        str(model._meta.model_name): model._default_manager.filter(**{f"{rater}__study": study}).count()
        for model, rater in COVERED.items()
        if model not in ROWS
    }


def _measured_digest(study: Study, until: datetime) -> str:
    answers = Assignment.objects.filter(rater__study=study, submitted_at__lte=until).order_by("code")
    guesses = Guess.objects.filter(assignment__rater__study=study, at__lte=until)
    return json_digest(
        {
            "answers": list(map(list, answers.values_list(*MEASURED))),
            "guesses": sorted(map(list, guesses.values_list(*GUESSED)), key=canonical_json),
        }
    )


def add_profile_digests(study: Study) -> None:
    """Add a line with a digest of each rater's statements: the value of one rater can be erased from it."""
    digests = {f"{PROFILE}{code}": digest for code, digest in _profile_digests(study).items()}
    record(who="system", verb=PROFILES, about=study.slug, **digests)


def _profile_digests(study: Study) -> dict[str, str]:
    found: dict[str, list[Any]] = {code: [] for code in study.raters.values_list("code", flat=True)}
    rows = RaterStatement.objects.filter(rater__study=study, about=RaterStatement.About.PROFILE)
    for code, content in rows.order_by("pk").values_list("rater__code", "content"):
        found[code].append(content)
    return {code: json_digest(contents) for code, contents in found.items()}


def _changed_profiles(study: Study) -> Iterator[str]:
    """Raters whose statements are not those of closing, unless the trail records their erasure."""
    lines = AuditEvent.objects.filter(about=study.slug)
    line = lines.filter(verb=PROFILES).order_by("pk").first()
    if line is None:
        return
    erased = lines.filter(Q(verb="erase") | Q(verb="withdraw", detail__erase=True))
    gone = set(erased.values_list("detail__rater", flat=True))
    for code, digest in sorted(_profile_digests(study).items()):
        name = f"{PROFILE}{code}"
        is_erased = code in gone and name not in line.detail and f"detail.{name}" in line.commitments
        if not is_erased and line.detail.get(name) != digest:
            yield _("the profile of rater {rater} was added or changed after closing.").format(rater=code)


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
    lines = _lines(study)
    cuts = list(map(_cut_of_line, lines))
    message = _("assignment {code} was changed: an earlier answer counts in place of the rater's last one.")
    faults = [_fault(study, message.format(code=code)) for code in _other_revisions(study)]
    known, named = _known_changes(study), set()
    faults += [
        _fault(study, text) for text in (*_rows_after_closing(study, lines), *_changed_profiles(study))
    ]
    for line, state in zip(lines, _states(study, cuts), strict=True):
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


def _rows_after_closing(study: Study, lines: Sequence[AuditEvent]) -> Iterator[str]:
    """Find rows that the first final digest does not cover. Version 0.5 had neither counts, nor keys of
    guesses, sittings and assignments."""
    final = next((line for line in lines if {"measured", "last"} <= line.detail.keys()), None)
    if final is None:
        return
    closed = final.detail.get("counts", {})
    for table, count in _counts(study).items():
        if closed.get(table, count) != count:
            yield _("the table {table} has {count} rows; at closing it had {closed}.").format(
                table=table, count=count, closed=closed[table]
            )
    for model, rater in COVERED.items():
        name = str(model._meta.model_name)
        last = final.detail["last"].get(name)
        rows = model._default_manager.filter(**{f"{rater}__study": study, "pk__gt": last or 0}).order_by()
        codes = sorted(set(rows.values_list(f"{rater}__code", flat=True))) if last is not None else ()
        if codes:
            yield _("rows of the table {table} were added after closing, for the raters {raters}.").format(
                table=name, raters=", ".join(codes)
            )


def until_of_line(line: AuditEvent) -> datetime:
    """Up to which time a line with a digest covers the rows."""
    return datetime.fromisoformat(line.detail["until"])


def _fault(study: Study, message: str) -> InputError:
    return InputError(
        study.slug, 1, 1, message, _("restore the database from a backup; don't publish results.")
    )


def _lines(study: Study) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(verb=VERB, about=study.slug).order_by("pk"))


def _last_line(study: Study) -> AuditEvent | None:
    return AuditEvent.objects.filter(verb=VERB, about=study.slug).order_by("pk").last()


def _cut_of_line(line: AuditEvent) -> _Cut:
    return _Cut(until_of_line(line), line.detail.get("last"))


def _known_changes(study: Study) -> list[tuple[datetime, str]]:
    """When exclusions changed, and text that has the codes of the assignments."""
    lines = AuditEvent.objects.filter(verb__in=KNOWN_CHANGES, about=study.slug)
    return [(line.at, canonical_json(line.detail)) for line in lines]


def _states(study: Study, cuts: Sequence[_Cut]) -> list[_State]:
    """The state at each of several cuts, in the order of their lines; each row is read and hashed once."""
    batches, first = _batches(study, cuts)
    excluded = _excluded(study)
    states, running, done = [], sha256(), 0
    for number, batch in enumerate(batches):
        for text in batch:
            running.update(text.encode() + b"\n")
        done += len(batch)
        codes = [f"{code}={reason}" for code, reason in excluded if first.get(code, len(cuts)) <= number]
        states.append(_State(done, running.copy().hexdigest(), sorted(codes)))
    return states


def _batches(study: Study, cuts: Sequence[_Cut]) -> tuple[list[list[str]], dict[str, int]]:
    """The rows that each line was the first to cover, in the order of its digest; and which line was the
    first to cover an assignment, by its code."""
    batches: list[list[tuple[datetime, str]]] = [[] for _ in cuts]
    first: dict[str, int] = {}
    for row in _rows(study):
        at = next((number for number, cut in enumerate(cuts) if row.is_within(cut)), None)
        if at is not None:
            batches[at].append((row.at, row.text))
            first[row.code] = min(first.get(row.code, at), at)
    return [[text for _at, text in sorted(batch)] for batch in batches], first


def provable_record(study: Study, until: int) -> dict[str, Any] | None:
    """What proves the answers of an unblinded study to who knows a head of the audit trail.

    Parameters
    ----------
    study : an unblinded study.
    until : the number of the line to which the chain leads.

    Returns
    -------
    dict or None
        `answers`: the rows that the digests cover, in their order. `lines`: the lines of closing and
        unblinding with values and salts. `chain`: the content of each line from the first of these to
        `until`. None for a study that a version without final digests closed.
    """
    events = AuditEvent.objects.filter(about=study.slug, verb__in=["close", VERB, "unblind"])
    lines = [line for line in events.order_by("pk") if line.verb != VERB or "measured" in line.detail]
    if not {"close", VERB, "unblind"} <= {line.verb for line in lines}:
        return None
    names = ("sequence", "previous", "who", "about", "verb", "detail", "commitments", "salts")
    chain = AuditEvent.objects.filter(sequence__range=(lines[0].sequence, until)).order_by("sequence")
    batches, _first = _batches(study, list(map(_cut_of_line, _lines(study))))
    return {
        "answers": [json.loads(text) for batch in batches for text in batch],
        "lines": [
            {name: getattr(line, name) for name in names} | {"at": line.at.isoformat()} for line in lines
        ],
        "chain": list(chain.values_list("content", flat=True)),
    }


class _Row(NamedTuple):
    table: str
    key: int
    at: datetime
    code: str
    text: str

    def is_within(self, cut: _Cut) -> bool:
        return self.at <= cut.until if cut.last is None else self.key <= cut.last.get(self.table, 0)


def _rows(study: Study) -> Iterator[_Row]:
    for model, columns in ROWS.items():
        name = str(model._meta.model_name)
        found = model._default_manager.filter(assignment__rater__study=study).order_by()
        for key, at, *values in found.values_list("pk", "submitted_at", *PLACE, *columns).iterator(2000):
            if model is Judgment and not values[-1]:
                values.pop()  # as earlier versions had it
            yield _Row(name, key, at, values[0], canonical_json([name, at.isoformat(), *values]))


def _excluded(study: Study) -> list[tuple[str, str]]:
    """Assignments that do not count, apart from those of practice, which never do."""
    rows = Assignment.objects.filter(rater__study=study, submitted_at__isnull=False).exclude(excluded="")
    rows = rows.exclude(excluded="practice", slot__phase=Slot.Phase.PRACTICE)
    return list(rows.values_list("code", "excluded"))


def _other_revisions(study: Study) -> list[str]:
    """Assignments that point to another answer than the rater's last one."""
    rows = Assignment.objects.filter(rater__study=study, submitted_at__isnull=False)
    last = rows.annotate(last=Coalesce(Max("revisions__number"), 0))
    return list(last.exclude(revision=F("last")).order_by("code").values_list("code", flat=True))
