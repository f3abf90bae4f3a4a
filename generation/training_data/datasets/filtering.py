"""The filter: every scene of a run's works goes through the steps, and what falls stays, with the reason.

filter_run(run)         # idempotent; batches; 50,000 scenes in bounded memory
settle_run(run)         # people and balance alone, after reviews
settle_reviewed(run)    # the same after a decision: at once, or by a worker for a large run
funnel_of(run)          # the counts

What the rules said of a finished scene does not change, so it is computed once; `again` computes it anew.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, TextField, When
from django.db.models.functions import MD5, Cast, JSONObject, Now

from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.digests import canonical_json
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.reason_codes import reason_of
from generation.access import team_key
from generation.models import Attempt, Job, Run
from generation.pipelines import SystemSpec
from generation.training_data.datasets import steps
from generation.training_data.datasets.adjudication import DISPUTED, Decided, outcome_of
from generation.training_data.datasets.profiles import spoiled_by
from generation.training_data.datasets.sampling import Item, band_of, drawn_readers, left_out
from generation.training_data.datasets.steps import Funnel, funnel_of
from generation.training_data.datasets.synthesized_scene import (
    SynthesizedScene,
    load_synthesized_scenes,
    scene_spec,
)
from generation.training_data.models import Candidate, Review, Scene
from generation.training_data.models.corpus import scene_of
from generation.training_data.synthesis.choosing import (
    STEP_OF,
    SceneSelection,
    choose,
    reserved_scenes,
    works_of,
)
from generation.training_data.synthesis.corpus_index import planned_with
from generation.training_data.synthesis.dependencies import Influence, find_influence_by_series
from generation.training_data.synthesis.job_contents import SOURCE
from generation.training_data.synthesis.questions import MARKS, QUESTIONS, find_faults, marks_of
from generation.training_data.synthesis.recipe import FilterSpec, filter_of, makes_briefs
from generation.training_data.synthesis.releasing import NO_PROFILE, no_profile

BATCH = 200
_KEPT = ["job", "dropped_at", "reason", "marks"]
_LATER = (steps.PEOPLE, steps.BALANCE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a scene has fallen; both empty while it is in. `marks` are the judge's."""

    step: str = ""
    reason: Mapping[str, Any] = field(default_factory=dict)
    marks: Mapping[str, Any] | None = None


def run_filter(run: Run) -> FilterSpec:
    return filter_of(run.frozen_settings["recipe"])


def filter_run(run: Run, *, again: bool = False, locked: bool = True) -> Funnel:
    """Let every scene of a run's works go through the filter.

    A trial that is rolled back is not `locked`: others may filter and decide meanwhile.
    """
    rules, spec = run_filter(run), scene_spec(run)
    works = works_of(list(run.frozen_settings["corpus"]["works"]), run.team_id)
    reaches = find_influence_by_series(run, reserved_scenes(team_key(run)))
    for batch in batched(choose(works, rules), BATCH):
        with transaction.atomic():
            if locked:
                advisory_lock(f"filter {run.pk}")
            _filter_batch(run, rules, spec, batch, reaches, again)
    settle_run(run, locked=locked)
    return funnel_of(run)


def _filter_batch(
    run: Run,
    rules: FilterSpec,
    spec: SystemSpec,
    batch: Sequence[SceneSelection],
    reaches: Mapping[int, Influence],
    again: bool,
) -> None:
    keys = [each.key for each in batch]
    rows = {each.scene_id: each for each in Candidate.objects.filter(run=run, scene__in=keys)}
    jobs = {
        job.source.scene_id: job
        for job in Job.objects.filter(run=run, source__scene__in=keys).select_related("system", *SOURCE)
    }
    stages = _refused_at([job.pk for job in jobs.values() if job.state == Job.State.FAILED])
    early = {each.key: _early(each, jobs.get(each.key), stages, reaches.get(each.series)) for each in batch}
    people = _people(run, jobs.values())
    due = [jobs[key] for key in keys if early[key] is None and (again or not _has_been(rows.get(key)))]
    found = load_synthesized_scenes(run, due, spec)
    looked = {
        job.source.scene_id: _unprofiled(found[job.pk], people[scene_of(job).work.series_id])
        or _machine(found[job.pk], rules)
        for job in due
    }
    changed = []
    for key in keys:
        row, job = rows.get(key), jobs.get(key)
        verdict = early[key] or looked.get(key) or _from(rows[key], rules)
        fresh = row or Candidate(run=run, scene_id=key)
        before = None if row is None else (row.job_id, row.dropped_at, row.reason, row.marks)
        fresh.job = job
        if verdict.marks is not None:
            fresh.marks = dict(verdict.marks)
        if verdict.step or fresh.dropped_at not in _LATER:
            fresh.dropped_at, fresh.reason = verdict.step, dict(verdict.reason)
        if before != (fresh.job_id, fresh.dropped_at, fresh.reason, fresh.marks):
            changed.append(fresh)
    Candidate.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["run", "scene"], update_fields=_KEPT
    )


def _refused_at(jobs: Sequence[int]) -> dict[int, str]:
    """The stage at which each of some failed jobs ended: that of its last request."""
    rows = Attempt.objects.filter(job__in=jobs).order_by("pk") if jobs else Attempt.objects.none()
    return dict(rows.values_list("job", "stage"))


def _early(
    chosen: SceneSelection, job: Job | None, stages: Mapping[int, str], reach: Influence | None
) -> Verdict | None:
    """Where a scene falls before its texts are looked at; None where they are to be. `reach` is that of the
    scenes of its series that are held back, and were not yet when the run was planned."""
    if chosen.left_out:
        return Verdict(STEP_OF[chosen.left_out], steps.reason_of(chosen.left_out))
    if job is None:
        return Verdict(steps.USABLE, steps.reason_of(steps.UNPLANNED))
    if reach and reach.spoils(chosen.key, chosen.speakers, scene_of(job).text):
        return Verdict(steps.RESERVED, steps.reason_of(steps.RETOLD))
    if job.state == Job.State.DONE:
        return None
    if job.state == Job.State.FAILED:
        error = reason_of(job.error)
        key = f"{stages.get(job.pk, job.stage)}/{steps.code_of(error)}"
        code = steps.UNPROFILED if error.code == NO_PROFILE else key
        return Verdict(steps.WRITTEN, steps.reason_of(code, reason=error.as_record()))
    return Verdict(steps.WRITTEN, steps.reason_of(steps.UNFINISHED))


def _people(run: Run, jobs: Iterable[Job]) -> Mapping[int, Collection[str]]:
    """Whose profiles the run was to write, by series, of the series of some jobs."""
    series = {scene_of(job).work.series_id for job in jobs}
    found: dict[int, set[str]] = defaultdict(set)
    rows = Job.objects.filter(run=run, source__person__series__in=series)
    for key, name in rows.values_list("source__person__series", "source__person__name"):
        found[key].add(name)
    return found


def _unprofiled(whole: SynthesizedScene, people: Collection[str]) -> Verdict | None:
    """A finished scene whose brief lacks the profile of somebody who speaks and was to have one."""
    told = {each["name"] for each in whole.content["characters"]}
    lacking = [name for name in whole.content["speakers"] if name not in told and name in people]
    if not lacking:
        return None
    return Verdict(steps.WRITTEN, steps.reason_of(steps.UNPROFILED, reason=no_profile(lacking).as_record()))


def _has_been(row: Candidate | None) -> bool:
    """Whether the rules have looked at it, when it was finished."""
    return row is not None and (bool(row.marks.get("rules")) or row.dropped_at == steps.RULES)


def _machine(whole: SynthesizedScene, rules: FilterSpec) -> Verdict:
    """What rules and judge say of a finished scene; marks are kept either way."""
    faults = whole.faults()
    if faults:
        stage, refusal = faults[0]
        refusals = [[stage, each.reason().as_record()] for stage, each in faults]
        reason = steps.reason_of(f"{stage}/{refusal.code}", refusals=refusals)
        return Verdict(steps.RULES, reason, _marks(whole) | {"rules": False})
    return _judged(_marks(whole), rules)


def _marks(whole: SynthesizedScene) -> dict[str, Any]:
    """The judge's marks, as far as the answer holds them, and what it found by each question."""
    told = whole.answers["marks"].parts
    texts = {name: whole.answers[name].text for name in ("context", "novel")}
    questions = {
        name: find_faults(name, whole.answers[name], texts, whole.content).as_record()
        for name in QUESTIONS
        if name in whole.answers
    }
    marks = {**marks_of(told), "reason": told.get("reason", "").strip(), "rules": True}
    return marks | ({"questions": questions} if questions else {})


def _judged(marks: Mapping[str, Any], rules: FilterSpec) -> Verdict:
    for name in MARKS:
        least = rules.marks.get(name, 0)
        if marks.get(name, 0) < least:
            reason = steps.reason_of(name, given=marks.get(name, "–"), least=least)
            return Verdict(steps.JUDGE, reason, marks)
    for name, most in rules.questions.items():
        found = marks.get("questions", {}).get(name)
        if found is not None and found["share"] > most:
            example = found["sentences"][0][:80]
            reason = steps.reason_of(
                name, share=round(100 * found["share"]), most=round(100 * most), line=example
            )
            return Verdict(steps.JUDGE, reason, marks)
    return Verdict(marks=marks)


def _from(row: Candidate, rules: FilterSpec) -> Verdict:
    """What was found before, of a row that the rules have looked at."""
    if row.dropped_at == steps.RULES:
        return Verdict(row.dropped_at, row.reason)
    return _judged(row.marks, rules)


# People and balance


@dataclass(slots=True)
class _Standing:
    """A candidate that the machines let pass; what a settling needs of it, and what stands in its row."""

    key: int
    name: str
    series: str
    genre: str
    band: str
    readers: int
    dropped_at: str
    reason: Mapping[str, Any]


def settle_run(run: Run, *, locked: bool = True) -> None:
    """Draw who is read by people (once the run has ended), and work out people's step and balance anew."""
    rules, seed = run_filter(run), int(run.frozen_settings["seed"])
    with transaction.atomic():
        if locked:
            advisory_lock(f"filter {run.pk}")
        rows = list(_standing(run))
        readers = {}
        if run.jobs.exists() and not unfinished_jobs(run):
            names = [row.name for row in rows]
            readers = drawn_readers(names, seed=seed, share=rules.share, twice=rules.twice)
        reviews = reviews_of(run)
        dropped: dict[int, tuple[str, dict[str, Any]]] = {
            key: (steps.PEOPLE, steps.reason_of(steps.PROFILE_OUT, names=names))
            for key, names in spoiled_by(run).items()
        }
        for row in rows:
            if row.key in dropped:
                continue
            if reason := reason_by_people(reviews.get(row.key, ()), readers.get(row.name, 0)):
                dropped[row.key] = (steps.PEOPLE, reason)
        items = [
            Item(
                row.key,
                row.name,
                row.series,
                row.genre,
                row.band,
                read=row.name in readers or row.key in reviews,
            )
            for row in rows
            if row.key not in dropped
        ]
        out = left_out(items, seed=seed, series=rules.series, genre=rules.genre, band=rules.band)
        dropped |= {key: (steps.BALANCE, steps.reason_of(kind)) for key, kind in out.items()}
        _write(rows, readers, dropped)


SETTLE = "generation.settle_run"
AT_ONCE = 300
"""The largest run, in scenes, that is filtered, settled or built while a page waits: some seconds."""


def has_many(run: Run) -> bool:
    works = list(run.frozen_settings["corpus"]["works"])
    return Scene.objects.filter(work__slug__in=works).count() > AT_ONCE


def settle_reviewed(run: Run) -> None:
    """Settle a run after a decision. Call it after the decision's transaction, which may lock candidates."""
    if has_many(run):
        enqueue_on_commit(SETTLE, run.code)
    else:
        settle_run(run)


def balanced(scenes: Collection[SceneSelection], rules: FilterSpec, seed: int) -> int:
    """How many of these scenes would stand after balance, if all else let them pass."""
    keys = {each.key for each in scenes}
    rows = Scene.objects.filter(work__series__in={each.series for each in scenes})
    scene = ("pk", "digest", "number", "length")
    work = ("work__slug", "work__language", "work__genre", "work__series__slug")
    items = [
        Item(key, _name(digest, slug, number), series, genre, _band(language, length))
        for key, digest, number, length, slug, language, genre, series in rows.values_list(*scene, *work)
        if key in keys
    ]
    return len(items) - len(
        left_out(items, seed=seed, series=rules.series, genre=rules.genre, band=rules.band)
    )


def _name(digest: str, work: str, number: int) -> str:
    """What a scene is called where chance chooses: the same in every database."""
    return f"{digest} {work}/{number}"


def _band(language: str, length: int) -> str:
    return f"{language} {band_of(language, length)}"


def unfinished_jobs(run: Run) -> int:
    return run.jobs.exclude(state__in=[Job.State.DONE, Job.State.FAILED]).count()


def _standing(run: Run) -> Iterable[_Standing]:
    told = planned_with(run)
    rows = Candidate.objects.filter(run=run, dropped_at__in=["", *_LATER]).order_by(
        "scene__work__series__slug", "scene__work__order", "scene__number"
    )
    fields = ("pk", "scene__work__slug", "scene__number", "scene__digest", "scene__work__series__slug")
    more = ("scene__work__language", "scene__length", "scene__work__genre")
    for key, work, number, digest, series, language, length, genre, *rest in rows.values_list(
        *fields, *more, "readers", "dropped_at", "reason"
    ):
        series, genre = told.get(work, {}).get("series", series), told.get(work, {}).get("genre", genre)
        name, band = _name(digest, work, number), _band(language, length)
        yield _Standing(key, name, series, genre, band, *rest)


def reason_by_people(reviews: Sequence[Decided], readers: int) -> dict[str, Any]:
    """Return why reviewers leave a candidate out; empty while it is in."""
    outcome = outcome_of(reviews, readers)
    if outcome.by is not None and not outcome.by.keeps:
        return steps.reason_of(outcome.by.reason, words=outcome.by.words)
    return steps.reason_of(steps.UNSETTLED) if outcome.state == DISPUTED else {}


def reviews_of(*runs: Run, texts: bool = True) -> dict[int, list[Decided]]:
    """All reviews of the candidates of some runs, oldest first, by candidate; without `texts` a digest stands
    for what was changed."""
    found: dict[int, list[Decided]] = defaultdict(list)
    rows = Review.objects.filter(candidate__run__in=runs).order_by("pk")
    edits: Any = "edits"
    if not texts:
        digest = JSONObject(digest=MD5(Cast("edits", TextField())))
        edits = Case(When(decision=Review.Decision.EDIT, then=digest), default=JSONObject())
    fields = ("candidate", "pk", "reviewer", "decision", "reason", "words", edits)
    for candidate, *rest in rows.values_list(*fields):
        found[candidate].append(Decided(*rest))
    return found


def _write(
    rows: Sequence[_Standing], readers: Mapping[str, int], dropped: Mapping[int, tuple[str, dict[str, Any]]]
) -> None:
    """Set what has changed, in as many statements as there are different values."""
    changes: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for row in rows:
        count, (step, reason) = readers.get(row.name, 0), dropped.get(row.key, ("", {}))
        if (count, step, reason) != (row.readers, row.dropped_at, row.reason):
            changes[count, step, canonical_json(reason)].append(row.key)
    for (count, step, stored), keys in changes.items():
        for batch in batched(keys, 5000):
            Candidate.objects.filter(pk__in=batch).update(
                readers=count, dropped_at=step, reason=json.loads(stored)
            )


FILTER = "generation.filter_run"
LATELY = timedelta(days=2)
"""Runs that ended before are left alone: their pages filter when somebody asks."""


@dataclass(frozen=True, slots=True)
class Filtering:
    """How many of a run's scenes have been through the filter."""

    done: int
    scenes: int


def filtering_of(run: Run) -> Filtering | None:
    """How far the filter is, of a run that has ended; None where it is done or not yet to begin."""
    return filterings_of([run]).get(run.pk)


def filterings_of(runs: Collection[Run]) -> dict[int, Filtering]:
    """The same of some runs, by their keys, in three queries; those are left out where it is None."""
    ended = [
        run
        for run in runs
        if run.kind == Run.Kind.SYNTHESIZE
        and run.state == Run.State.DONE
        and run.frozen_settings.get("recipe")
        and not makes_briefs(run.frozen_settings)
    ]
    left = _unfiltered(ended)
    works = {run.pk: list(run.frozen_settings["corpus"]["works"]) for run in ended if run.pk in left}
    if not works:
        return {}
    done = Candidate.objects.filter(run__in=works).order_by().values("run").annotate(n=Count("pk"))
    candidates = dict(done.values_list("run", "n"))
    named = Scene.objects.filter(work__slug__in={slug for slugs in works.values() for slug in slugs})
    counts = named.order_by().values("work__slug").annotate(n=Count("pk"))
    scenes = Counter(dict(counts.values_list("work__slug", "n")))
    return {
        key: Filtering(candidates.get(key, 0), sum(scenes[slug] for slug in slugs))
        for key, slugs in works.items()
    }


def _unfiltered(runs: Collection[Run]) -> set[int]:
    """The keys of those of which some scene that was worked on has not been through the filter after its job
    ended."""
    if not runs:
        return set()
    own = {"run": OuterRef("pk")}
    unseen = Job.objects.filter(source__scene__isnull=False, candidate=None, **own)
    stale = Candidate.objects.filter(dropped_at=steps.WRITTEN, job__state=Job.State.DONE, **own)
    found = Run.objects.filter(Exists(unseen) | Exists(stale), pk__in=[run.pk for run in runs])
    return set(found.values_list("pk", flat=True))


def wake_filters() -> int:
    """Wake workers for runs that ended lately and are not filtered, and say for how many."""
    ended = Run.objects.filter(kind=Run.Kind.SYNTHESIZE, state=Run.State.DONE, ended_at__gte=Now() - LATELY)
    return wake_filtering(list(ended.order_by("code")))


def wake_filtering(runs: Sequence[Run]) -> int:
    """Wake workers to filter runs that have ended, and say for how many there is something to do."""
    left = filterings_of(runs)
    with transaction.atomic():
        for run in runs:
            if run.pk in left:
                enqueue_on_commit(FILTER, run.code)
    return len(left)
