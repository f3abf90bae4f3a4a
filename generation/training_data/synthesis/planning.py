"""Planning a run of synthesis: one job for each person whose profile is written, one for each scene.

    planned = plan_synthesis(recipe=find_recipe("dsr-data"), works=works_of([]), seed=1, base_url="...")

The same works, recipe and seed are the same run: it is found by its digest and goes on where it stood. Doing
the work, budgets, pausing and history are those of any run.
"""

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched, islice
from typing import Any

from django.db import transaction

import evalsite
from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputErrors
from evalsite.core.models import User, record
from generation.access import team_key
from generation.models import Job, Run, Series, System
from generation.pipelines import SystemSpec
from generation.runs.addresses import addresses_of, lane_of
from generation.runs.services import (
    BATCH,
    Limits,
    PlannedRun,
    default_name,
    known_by,
    require_addresses,
    require_one_team,
    store_pipelines,
    wake_workers,
)
from generation.runs.spending import Prices, prices_of
from generation.training_data.models import JobSource, Person, Scene, Work
from generation.training_data.synthesis.choosing import Plan, choose, people_of, reserved_scenes
from generation.training_data.synthesis.corpus_index import (
    HELD_BACK,
    CorpusIndex,
    build_corpus_index,
    held_out_by_work,
    work_metadata,
)
from generation.training_data.synthesis.estimating import estimate_of
from generation.training_data.synthesis.recipe import CALLED, Recipe, shipped_recipes


def plan_of(recipe: Recipe, works: Sequence[Work], survey: CorpusIndex | None = None) -> Plan:
    """What there is to do. Raises `InputErrors` where there is nothing."""
    scenes = list(choose(works, recipe.filter, survey, for_studies=recipe.makes_briefs))
    plan = Plan(scenes, people_of(scenes, recipe.filter.profile_scenes))
    if not plan.worked_on:
        message = f"none of the {len(scenes)} scenes of {len(works)} works can be used."
        fix = "import more works, or check the lengths in the recipe; series used in studies are left out."
        raise InputErrors.single(recipe.slug, message, fix)
    return plan


def frozen_settings(
    recipe: Recipe, works: Sequence[Work], seed: int, base_url: str, survey: CorpusIndex | None = None
) -> dict[str, Any]:
    """All that decides what a run asks for, as plain data: works are known by the digests of their scenes,
    and who speaks in these and which repeat others (`survey`) by a digest too. Scenes that are held back for
    studies are named, where there are any: no prompt of the run shows them.
    """
    survey = survey or build_corpus_index(works)
    team = team_of_works(works)
    by_slug = {work.slug: work.digest for work in sorted(works, key=lambda work: work.slug)}
    held_back = {} if recipe.makes_briefs else held_out_by_work(survey, reserved_scenes(team))
    return {
        "kind": Run.Kind.SYNTHESIZE.value,
        "systems": {spec.slug: spec.as_record() for spec in recipe.specs},
        "addresses": {spec.slug: addresses_of(spec, base_url) for spec in recipe.specs},
        "prompts": {
            key: each for spec in recipe.specs for key, each in sorted(spec.prompt_digests().items())
        },
        "recipe": recipe.as_record(),
        CALLED: recipe.called(),
        "corpus": {
            "digest": json_digest(by_slug),
            "works": by_slug,
            "told": work_metadata(works),
            "names_and_likes": survey.digest(),
            **({HELD_BACK: held_back} if held_back else {}),
        },
        "samples": 1,
        "seed": seed,
    }


def team_of_works(works: Sequence[Work]) -> int:
    """The team of some works. Raises `InputErrors` where they are of several."""
    return require_one_team([(work.slug, team_key(work.series)) for work in works], None)


def seeded_by(settings: Mapping[str, Any]) -> str:
    """The digest of a run: where it asks is no part of it, so the same work elsewhere has the same seeds; nor
    is what its recipe is called. Nor is what stands in studies, so that a run goes on where it stood though
    one has been loaded meanwhile; the filter drops what was made of its scenes.
    """
    corpus = {key: each for key, each in settings["corpus"].items() if key != HELD_BACK}
    return json_digest(
        {key: each for key, each in settings.items() if key not in ("addresses", CALLED)} | {"corpus": corpus}
    )


@transaction.atomic
def plan_synthesis(
    *,
    recipe: Recipe,
    works: Sequence[Work],
    seed: int = 1,
    base_url: str = "",
    by: User | None = None,
    wake: bool = True,
    limits: Limits = Limits(),
    prices: Prices | None = None,
    stored: Sequence[SystemSpec] = (),
) -> PlannedRun:
    """Freeze settings and make the jobs; scenes are blocked until the profiles of their series are written.
    `stored` are the recipe's specs without the key that only this run uses, for the rows of its systems.

    The run belongs to the team of the works. Raises `InputErrors` where they are of several teams, where
    nothing can be worked on, or where an address cannot be asked.
    """
    for spec in recipe.specs:
        require_addresses([spec], base_url)
    survey = build_corpus_index(works)
    settings = frozen_settings(recipe, works, seed, base_url, survey)
    known = seeded_by(settings)
    advisory_lock(f"run {known}")
    team = team_of_works(works)
    run = known_by(known, team).select_for_update(no_key=True).first()
    created = run is None
    if run is None:
        plan = plan_of(recipe, works, survey)
        prices = prices or prices_of(recipe.specs)
        run = Run.objects.create(
            team_id=team,
            name=default_name([recipe.slug]),
            kind=Run.Kind.SYNTHESIZE,
            frozen_settings=settings,
            digest=known,
            created_by=by,
            prices=prices,
            estimate=estimate_of(recipe, plan, prices).as_dict(),
            limit_tokens=limits.tokens,
            limit_cost=limits.micro,
            software={"evalsite": evalsite.__version__, "python": platform.python_version()},
        )
        owner = None if recipe.slug in shipped_recipes() else team  # what ships is for all teams
        systems = store_pipelines(stored or recipe.specs, System.Kind.RECIPE, team=owner)
        count = 0
        jobs = _jobs(run, recipe, plan, systems)
        while batch := list(islice(jobs, BATCH)):
            Job.objects.bulk_create(source.job for source in batch)
            JobSource.objects.bulk_create(batch)
            count += len(batch)
        who = by.get_username() if by else "console"
        record(who=who, verb="plan run", about=run.code, digest=known, jobs=count)
    elif run.frozen_settings["addresses"] != settings["addresses"]:
        _move(run, recipe, settings["addresses"], by)
    if wake:
        wake_workers(run)
    return PlannedRun(run, created)


def _move(run: Run, recipe: Recipe, addresses: Mapping[str, Any], by: User | None) -> None:
    """Let a run go on at other addresses: the server has moved. Jobs under way end where they are."""
    run.frozen_settings["addresses"] = addresses
    run.save(update_fields=["frozen_settings"])
    for spec in recipe.specs:
        for stage in spec.stages:
            lane = lane_of(run.frozen_settings, spec, stage, mix=False)
            jobs = run.jobs.filter(system__slug=spec.slug, stage=stage.name).exclude(state=Job.State.DONE)
            jobs.update(address=lane.address, model=lane.model)
    record(who=by.get_username() if by else "console", verb="move run", about=run.code)


def _jobs(run: Run, recipe: Recipe, plan: Plan, systems: Mapping[str, System]) -> Iterator[JobSource]:
    """New jobs with what they work on. Scenes wait until the profiles of their series are written."""
    for person in _people(plan.people):
        job = _job(run, recipe.profiles, systems, Job.State.WAITING, subject_of(person))
        yield JobSource(job=job, person=person)
    keys = [each.key for each in plan.worked_on]
    for batch in batched(keys, BATCH):
        scenes = Scene.objects.select_related("work").defer("text", "signature").in_bulk(batch)
        for key in batch:
            job = _job(run, recipe.scenes, systems, Job.State.BLOCKED, subject_of(scenes[key]))
            yield JobSource(job=job, scene=scenes[key])


def subject_of(source: Scene | Person) -> dict[str, str]:
    """What a job says of the scene or person that it works on."""
    kind = "scene" if isinstance(source, Scene) else "person"
    return {"kind": kind, "name": source.about, "language": source.language}


def _job(
    run: Run, spec: SystemSpec, systems: Mapping[str, System], state: str, subject: dict[str, str]
) -> Job:
    first = spec.stages[0]
    lane = lane_of(run.frozen_settings, spec, first, mix=False)
    return Job(
        run=run,
        system=systems[spec.slug],
        subject=subject,
        state=state,
        stage=first.name,
        address=lane.address,
        model=lane.model,
    )


def _people(wanted: Mapping[int, Sequence[str]]) -> Iterable[Person]:
    """The people with their rows, made where they are new, by series and name."""
    series = {each.pk: each for each in Series.objects.filter(pk__in=wanted)}
    Person.objects.bulk_create(
        [
            Person(series=series[key], name=name, language=series[key].language)
            for key, names in wanted.items()
            for name in names
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    rows = Person.objects.filter(series__in=wanted).select_related("series")
    found = [row for row in rows if row.name in set(wanted[row.series_id])]
    return sorted(found, key=lambda row: (row.series.slug, row.name))
