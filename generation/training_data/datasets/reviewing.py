"""People's part of the filter: what waits for whom, and taking a decision.

queue_of(run, user).waiting                 # keys of candidates, in this person's own order
decide(candidate=..., reviewer=..., decision="accept", fields={...})  # raises `InvalidReview`, `InputErrors`
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role, User, record
from evalsite.core.teams import ENOUGH
from generation.models import Run
from generation.training_data.datasets import steps
from generation.training_data.datasets.adjudication import (
    DISPUTED,
    KEPT,
    OPEN,
    Decided,
    effective_decisions,
    first_decisions,
    outcome_of,
    parse_review,
    refusal_said,
)
from generation.training_data.datasets.filtering import (
    reason_by_people,
    reviews_of,
    settle_reviewed,
    unfinished_jobs,
)
from generation.training_data.datasets.profiles import corrections_of
from generation.training_data.datasets.sampling import rank
from generation.training_data.datasets.synthesized_scene import (
    FIELDS,
    BadEdit,
    SynthesizedScene,
    jobs_of,
    load_synthesized_scenes,
)
from generation.training_data.models import Candidate, Review
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.rules.registry import faults_of as rules_say

PASSED = ("", steps.PEOPLE, steps.BALANCE)
"""Where a candidate stands that the machines let pass."""
_AHEAD = 10
"""So many are looked at together for one that can be read: the first one can be, as a rule."""
_FIELD_OF_STAGE = {
    "outline": "outline",
    "context": "previous_context",
    "directives": "action",
    "novel": "novel",
}
_FIELD_OF_PART = {"context": "previous_context", "beats": "action"}


class _ToRead(NamedTuple):
    """A candidate: its key, how many people read it, the digest of its scene."""

    key: int
    readers: int
    digest: str


@dataclass(frozen=True, slots=True)
class Queue:
    """What one person has to do in a run. `waiting` are keys of candidates, `settle` those of them on which
    two disagree; `done` is how many this person has decided, `sealed` how many wait until a study is
    unblinded that uses their scenes."""

    waiting: tuple[int, ...]
    settle: frozenset[int]
    done: int
    sealed: int = 0

    @property
    def all(self) -> int:
        return self.done + len(self.waiting)


@dataclass(frozen=True, slots=True)
class Readings:
    """How far people are in a run. `wanted` and `made` count reviews, the others candidates: `open` ones need
    further reviews; `unread` of them have none, and `rejected` ones only rejections."""

    candidates: int
    wanted: int
    made: int
    open: int
    unread: int
    rejected: int
    disputed: int

    @property
    def left(self) -> int:
        """How many candidates people have still to decide."""
        return self.open + self.disputed

    @property
    def complete(self) -> bool:
        return not self.left


def queue_of(run: Run, user: User) -> Queue:
    """What waits for one person: nothing that he or she has decided, and nothing that enough others have."""
    return queues_of([run], user)[run.pk]


def queues_of(runs: Collection[Run], user: User) -> dict[int, Queue]:
    """The same of some runs, by their keys, in a few queries for all of them."""
    reviews = reviews_of(*runs, texts=False)
    rows = _to_read(runs, reviews)
    own = Review.objects.filter(candidate__run__in=list(runs), reviewer=user).order_by()
    counts = own.values("candidate__run").annotate(n=Count("candidate", distinct=True))
    done = dict(counts.values_list("candidate__run", "n"))
    hidden = set(Candidate.objects.filter(job__in=hidden_jobs(*runs)).values_list("pk", flat=True))
    return {run.pk: _queue(rows[run.pk], reviews, hidden, user, done.get(run.pk, 0)) for run in runs}


def _queue(
    rows: Sequence[_ToRead],
    reviews: Mapping[int, Sequence[Decided]],
    hidden: Collection[int],
    user: User,
    done: int,
) -> Queue:
    waiting, settle, sealed = [], set(), 0
    for key, readers, digest in rows:
        decided = reviews.get(key, [])
        if any(each.reviewer == user.pk for each in decided):
            continue
        state = outcome_of(decided, readers).state
        if state not in (OPEN, DISPUTED):
            continue
        if state == DISPUTED:
            settle.add(key)
        if key in hidden:
            sealed += 1
            settle.discard(key)
            continue
        waiting.append((state == DISPUTED, rank(0, user.get_username(), digest), key))
    return Queue(tuple(key for *_order, key in sorted(waiting)), frozenset(settle), done, sealed)


@dataclass(frozen=True, slots=True)
class Next:
    """The candidate that comes next for a person, if any does, and how many were passed over for it: nothing
    can be made of these until the run is filtered anew."""

    key: int | None = None
    passed_over: int = 0


def next_of(run: Run, waits: Queue, *, but: int | None = None) -> Next:
    """What somebody is led to; `but` is what he or she stands at."""
    keys = [key for key in waits.waiting if key != but]
    passed_over = 0
    for batch in batched(keys, _AHEAD):
        jobs = dict(Candidate.objects.filter(pk__in=batch).values_list("pk", "job"))
        found = load_synthesized_scenes(run, jobs_of([job for job in jobs.values() if job is not None]))
        for key in batch:
            if not found[jobs[key]].unmade():
                return Next(key, passed_over)
            passed_over += 1
    return Next(None, passed_over)


def readings_of(run: Run) -> Readings:
    """How far the reading of a run is."""
    return all_readings_of([run])[run.pk]


def all_readings_of(runs: Collection[Run]) -> dict[int, Readings]:
    """The same of some runs, by their keys, in two queries."""
    reviews = reviews_of(*runs, texts=False)
    rows = _to_read(runs, reviews)
    return {run.pk: _readings(rows[run.pk], reviews) for run in runs}


def _readings(rows: Sequence[_ToRead], reviews: Mapping[int, Sequence[Decided]]) -> Readings:
    candidates = wanted = made = is_open = unread = rejected = disputed = 0
    for key, readers, _digest in rows:
        people = first_decisions(reviews.get(key, []))
        candidates += 1
        wanted += readers
        made += min(len(people), readers)
        outcome = outcome_of(reviews.get(key, []), readers)
        is_open += outcome.state == OPEN
        unread += outcome.state == OPEN and not people
        rejected += outcome.state == OPEN and outcome.by is not None
        disputed += outcome.state == DISPUTED
    return Readings(candidates, wanted, made, is_open, unread, rejected, disputed)


@dataclass(frozen=True, slots=True)
class Lack:
    """What nobody who has an account can decide: so many candidates, for want of so many more people."""

    candidates: int
    people: int


def lack_of(run: Run) -> Lack:
    """Whether the run's team has people enough: none decides the same twice, a dispute needs a third."""
    reviews, candidates, people = reviews_of(run, texts=False), 0, 0
    members = User.objects.filter(memberships__team=run.team_id, memberships__role__in=ENOUGH[Role.REVIEWER])
    accounts = set(members.filter(is_active=True, is_staff=True).values_list("pk", flat=True))
    for key, readers, _digest in _to_read([run], reviews)[run.pk]:
        decided = reviews.get(key, [])
        state = outcome_of(decided, readers).state
        have = {each.reviewer for each in decided}
        wanted = {OPEN: readers - len(have), DISPUTED: 1}.get(state, 0)
        short = wanted - len(accounts - have)
        if short > 0:
            candidates, people = candidates + 1, max(people, short)
    return Lack(candidates, people)


def _to_read(runs: Collection[Run], reviews: Mapping[int, Sequence[Decided]]) -> dict[int, list[_ToRead]]:
    """By run, candidates that people are to read, or have read."""
    found: dict[int, list[_ToRead]] = defaultdict(list)
    rows = Candidate.objects.filter(run__in=list(runs), dropped_at__in=PASSED)
    rows = rows.filter(Q(readers__gt=0) | Q(pk__in=list(reviews)))
    rows = rows.exclude(dropped_at=steps.PEOPLE, reason__code=steps.PROFILE_OUT)
    fields = ("run", "pk", "readers", "scene__digest")
    for run, key, readers, digest in rows.order_by("pk").values_list(*fields):
        found[run].append(_ToRead(key, readers, digest))
    return found


def load_synthesized_scene(candidate: Candidate) -> SynthesizedScene:
    """All that was made of a candidate's scene, with profiles as people have changed them. Its job is
    finished."""
    assert candidate.job_id is not None, "what was never worked on has nothing to show"
    job = jobs_of([candidate.job_id])[0]
    return load_synthesized_scenes(candidate.run, [job], corrections=corrections_of(candidate.run))[job.pk]


def decisions_of(candidate: Candidate) -> list[Decided]:
    """The decisions on one candidate, oldest first."""
    rows = candidate.reviews.order_by("pk")
    return [
        Decided(*row) for row in rows.values_list("pk", "reviewer", "decision", "reason", "words", "edits")
    ]


def may_decide(candidate: Candidate, decided: Sequence[Decided], user: User) -> bool:
    """Whether a person's decision would count: one is awaited, or it is the person's own that is changed,
    and nobody has disagreed with it."""
    if candidate.dropped_at not in PASSED or candidate.reason.get("code") == steps.PROFILE_OUT:
        return False
    if any(each.reviewer == user.pk for each in decided):
        return user.pk not in effective_decisions(decided)[1]
    state = outcome_of(decided, candidate.readers).state
    return state in (OPEN, DISPUTED) or (state == KEPT and not decided)


def decide(
    *,
    candidate: Candidate,
    reviewer: User,
    decision: str,
    reason: str = "",
    words: str = "",
    fields: Mapping[str, str] | None = None,
) -> Review:
    """Keep what a person decided: `accept` (with changes, where a field differs) or `reject` (with a reason).

    `fields` are the fields of the page; what differs is kept as a change. The same once more is one decision.
    Raises `InvalidReview` where a change breaks a rule, `InputErrors` where no decision is awaited.
    """
    whole = load_synthesized_scene(candidate)
    decision, why, edits = parse_review(
        decision,
        (reason, words),
        lambda: whole.changes(fields or {}),
        lambda edits: edit_faults(whole, edits),
    )
    with transaction.atomic():
        advisory_lock(f"review {candidate.pk}")
        candidate.refresh_from_db()
        earlier = decisions_of(candidate)
        if unfinished_jobs(candidate.run) or not may_decide(candidate, earlier, reviewer):
            raise InputErrors([_not_awaited(candidate)])
        own = [each for each in earlier if each.reviewer == reviewer.pk]
        if own and (own[-1].decision, (own[-1].reason, own[-1].words), own[-1].edits) == (
            decision,
            why,
            edits,
        ):
            return Review.objects.get(pk=own[-1].key)
        review = Review.objects.create(
            candidate=candidate,
            reviewer=reviewer,
            decision=decision,
            reason=why[0],
            words=why[1],
            edits=edits,
        )
        _place(candidate)
        about = f"{candidate.run.code}/{candidate.pk}"
        record(who=reviewer.get_username(), verb="review", about=about, decision=decision)
    settle_reviewed(candidate.run)
    return review


def _not_awaited(candidate: Candidate) -> InputError:
    place = f"{candidate.run.code}/{candidate.pk}"
    return InputError(place, 1, 1, "no decision is needed here.", "choose the next one from the list.")


def _place(candidate: Candidate) -> None:
    """Let the row say what people have now decided; balance follows with `settle_reviewed`."""
    reason = reason_by_people(decisions_of(candidate), candidate.readers)
    if reason or candidate.dropped_at != steps.BALANCE:
        candidate.dropped_at, candidate.reason = steps.PEOPLE if reason else "", reason
        candidate.save(update_fields=["dropped_at", "reason"])


def edit_faults(whole: SynthesizedScene, edits: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with changed fields, by field, in the reader's language; empty where all rules stand."""
    if not edits:
        return {}
    try:
        changed = whole.edited(edits)
    except BadEdit as bad:
        return {bad.field: _bad(bad)}
    found: dict[str, str] = {}
    for stage, refusal in rules_say(changed.content, changed.outputs, changed.spec.stages):
        part = str(refusal.values.get("part", ""))
        field = _FIELD_OF_PART.get(part, part)
        if field not in FIELDS:
            field = _FIELD_OF_STAGE.get(stage, "outline")
        found.setdefault(field, refusal_said(refusal, changed.language))
    return found


def _bad(bad: BadEdit) -> str:
    if bad.why == "key":
        return _(
            "Mark exactly one beat as the key beat. It must be the same beat under actions and under"
            " emotions."
        )
    return _("Keep the %(count)d numbered lines, one per beat.") % {"count": bad.count}
