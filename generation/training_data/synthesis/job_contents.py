"""What jobs work on, as plain data: the content of a brief, of a scene, of a person.

    content = contents(run, jobs)[job.pk]

Prompts see of it what their input type names; rules see all of it, also the scenes that come later. Built for
many jobs at once: a few queries for a batch, and no more of a series in memory than stands beside its scenes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db.models import Min

from generation.models import Job, Run, StageOutput
from generation.pipelines import StageSpec, split
from generation.training_data.models import Scene
from generation.training_data.models.corpus import person_of, scene_of
from generation.training_data.synthesis.corpus_index import CorpusIndex, planned_with
from generation.training_data.synthesis.dependencies import VisibleScenes, find_visible_scenes_by_series
from generation.training_data.synthesis.recipe import recipe_of_record
from generation.training_data.synthesis.scenes import lines_of, named_in
from generation.training_data.synthesis.texts import profile_text

SOURCE = ("source__scene__work__series", "source__person__series")
"""Relations of a job that say what it works on."""
EARLIER_MOST = {"en": 9_000, "zh": 4_000}
"""Characters of earlier scenes that a prompt shows at most, the latest first."""
PROFILE = "profile"
"""The stage that writes profiles."""


def contents(run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """The contents of jobs by their keys; each job is loaded with its subject, its series and its work."""
    found = _of_scenes(run, [job for job in jobs if job.subject_kind == "scene"])
    people = [job for job in jobs if job.subject_kind == "person"]
    sights = find_visible_scenes_by_series(run, {person_of(job).series_id for job in people}, likes=True)
    for job in people:
        found[job.pk] = _of_person(run, job, sights[person_of(job).series_id])
    return found


def _of_scenes(run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    if not jobs:
        return {}
    scenes = [scene_of(job) for job in jobs]
    sights = find_visible_scenes_by_series(run, {scene.work.series_id for scene in scenes})
    speakers = {scene.pk: sights[scene.work.series_id].survey.names[scene.pk] for scene in scenes}
    beside = {scene.pk: sights[scene.work.series_id].beside(scene.pk) for scene in scenes}
    texts = _texts({key for before, after in beside.values() for key in [*before, *after]})
    profiles = _profiles(run, jobs, speakers)
    told = planned_with(run)
    return {
        job.pk: scene_content(
            scene,
            speakers=speakers[scene.pk],
            earlier=[texts[key] for key in beside[scene.pk][0]],
            later=[texts[key] for key in beside[scene.pk][1]],
            profiles=profiles[job.pk],
            told=told.get(scene.work.slug, {}),
        )
        for job, scene in zip(jobs, scenes, strict=True)
    }


def scene_content(
    scene: Scene,
    *,
    speakers: Sequence[str],
    earlier: Sequence[dict[str, Any]],
    later: Sequence[dict[str, Any]],
    profiles: Mapping[str, str],
    told: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """One scene. `earlier` and `later` are {work, number, text} in story order, `profiles` texts by name;
    `told` is what was told of its work when the run was planned."""
    language, series = scene.language, scene.work.series
    return {
        "kind": "scene",
        "language": language,
        "series": {
            "slug": told.get("series", series.slug),
            "title": told.get("series_title", series.title),
        },
        "work": scene.work.slug,
        "order": scene.work.order,
        "number": scene.number,
        "heading": scene.heading,
        "text": scene.text,
        "elements": lines_of(scene.text, language),
        "speakers": list(speakers),
        "earlier": _latest(earlier, EARLIER_MOST[language]),
        "later": list(later),
        "characters": [
            {"name": name, "profile": text}
            for name, text in profiles.items()
            if _is_in(name, speakers, scene)
        ],
        "target_length": scene.length,
        "genre": told.get("genre", scene.work.genre),
    }


def _texts(keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    rows = Scene.objects.filter(pk__in=list(keys)).values_list("pk", "work__slug", "number", "text")
    return {key: {"work": work, "number": number, "text": text} for key, work, number, text in rows}


def _latest(scenes: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """As many of the last scenes as fit; one at least, cut at its beginning where it is too long."""
    kept: list[dict[str, Any]] = []
    for each in reversed(scenes):
        most -= len(each["text"])
        if most < 0 and kept:
            break
        kept.append(each if most >= 0 else {**each, "text": each["text"][-most:]})
    return kept[::-1]


def _is_in(name: str, speakers: Collection[str], scene: Scene) -> bool:
    return name in speakers or named_in(name, scene.text)


def _profiles(
    run: Run, jobs: Sequence[Job], speakers: Mapping[int, Sequence[str]]
) -> dict[int, dict[str, str]]:
    """Of some jobs (keys), the profiles that the run has written of who is in their scenes: texts by name,
    sorted by name.

    A scene sees those that stood before its own first answer: what comes later, where a failed profile was
    tried again, is no part of what its stages were asked, and changes nothing of what was made of it.
    """
    scenes = {job.pk: scene_of(job) for job in jobs}
    written = StageOutput.objects.filter(
        job__run=run,
        job__source__person__series__in={scene.work.series_id for scene in scenes.values()},
        job__state=Job.State.DONE,
        stage=PROFILE,
    )
    people: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for series, name, key in written.order_by().values_list(
        "job__source__person__series", "job__source__person__name", "pk"
    ):
        people[series].append((name, key))
    own = StageOutput.objects.filter(job__in=list(scenes)).order_by().values("job")
    first = dict(own.annotate(first=Min("pk")).values_list("job", "first"))
    seen = {
        job: [
            (name, key)
            for name, key in people[scene.work.series_id]
            if (job not in first or key < first[job]) and _is_in(name, speakers[scene.pk], scene)
        ]
        for job, scene in scenes.items()
    }
    wanted = written.filter(pk__in={key for rows in seen.values() for _, key in rows})
    stage = profile_stage(run)
    texts = {
        key: profile_text(split(stage, text).parts, language)
        for key, language, text in wanted.order_by().values_list(
            "pk", "job__source__person__language", "text"
        )
    }
    return {job: {name: texts[key] for name, key in sorted(rows)} for job, rows in seen.items()}


def profile_stage(run: Run) -> StageSpec:
    """The stage of a run that writes profiles."""
    stages = recipe_of_record(run.frozen_settings).profiles.stages
    return next(each for each in stages if each.name == PROFILE)


def _of_person(run: Run, job: Job, sight: VisibleScenes) -> dict[str, Any]:
    """A person: scenes in which he or she speaks."""
    person = person_of(job)
    survey = sight.survey
    own, read = sight.spoken_in(person.name), sight.read_for(person.name, person.language)
    texts = _texts(read)
    told = next(iter(_told_of_series(run, survey)), {})
    return {
        "kind": "person",
        "language": person.language,
        "series": {
            "slug": told.get("series", person.series.slug),
            "title": told.get("series_title", person.series.title),
        },
        "name": person.name,
        "scenes": [texts[key] for key in read],
        "others": sorted({name for key in own for name in survey.names[key]} - {person.name}),
    }


def _told_of_series(run: Run, survey: CorpusIndex) -> Iterator[Mapping[str, Any]]:
    told = planned_with(run)
    return (told[work] for work, _ in survey.places.values() if work in told)
