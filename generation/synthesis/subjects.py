"""What jobs work on, as plain data: the content of a brief, of a scene, of a person.

    content = contents(run, jobs)[job.pk]

Prompts see of it what their input type names; rules see all of it, also the scenes that come later. Built for
many jobs at once: a few queries for a batch, and no more of a series in memory than stands beside its scenes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db.models import Min

from generation.models import Job, Run, Scene, StageOutput
from generation.pipelines import StageSpec, split
from generation.synthesis.reach import sight_of
from generation.synthesis.recipe import recipe_of_record
from generation.synthesis.scenes import lines_of, named_in
from generation.synthesis.survey import Survey, planned_with, surveys_of
from generation.synthesis.texts import profile_text

EARLIER_MOST = {"en": 9_000, "zh": 4_000}
"""Characters of earlier scenes that a prompt shows at most, the latest first."""
PROFILE = "profile"
"""The stage that writes profiles."""


def contents(run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """The contents of jobs by their keys; each job is loaded with its subject, its series and its work."""
    found = {job.pk: job.brief.content() for job in jobs if job.brief is not None}
    found |= _of_scenes(run, [job for job in jobs if job.scene is not None])
    people = [job for job in jobs if job.person is not None]
    surveys = surveys_of(run, {job.person.series_id for job in people if job.person}, likes=True)
    for job in people:
        assert job.person is not None
        found[job.pk] = _of_person(run, job, surveys[job.person.series_id])
    return found


def _of_scenes(run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    if not jobs:
        return {}
    scenes = [job.scene for job in jobs if job.scene is not None]
    surveys = surveys_of(run, {scene.work.series_id for scene in scenes})
    sights = {series: sight_of(run, survey) for series, survey in surveys.items()}
    beside = {scene.pk: sights[scene.work.series_id].beside(scene.pk) for scene in scenes}
    texts = _texts({key for before, after in beside.values() for key in [*before, *after]})
    profiles = _Profiles(run, surveys, jobs)
    told = planned_with(run)
    return {
        job.pk: scene_content(
            scene,
            speakers=surveys[scene.work.series_id].names[scene.pk],
            earlier=[texts[key] for key in beside[scene.pk][0]],
            later=[texts[key] for key in beside[scene.pk][1]],
            profiles=profiles.seen_by(job, scene.work.series_id),
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
            if name in speakers or named_in(name, scene.text)
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


class _Profiles:
    """The profiles that a run has written of some series.

    A scene sees those that stood before its own first answer: what comes later, where a failed profile was
    tried again, is no part of what its stages were asked, and changes nothing of what was made of it.
    """

    def __init__(self, run: Run, series: Iterable[int], jobs: Sequence[Job]) -> None:
        outputs = StageOutput.objects.filter(
            job__run=run, job__person__series__in=list(series), job__state=Job.State.DONE, stage=PROFILE
        )
        fields = ("job__person__series", "job__person__name", "job__person__language", "text", "pk")
        stage = _profile_stage(run)
        self._found: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
        for belongs, name, language, text, key in outputs.order_by().values_list(*fields):
            parts = split(stage, text).parts
            self._found[belongs].append((name, profile_text(parts, language), key))
        for rows in self._found.values():
            rows.sort()
        own = StageOutput.objects.filter(job__in=[job.pk for job in jobs]).order_by().values("job")
        self._first = dict(own.annotate(first=Min("pk")).values_list("job", "first"))

    def seen_by(self, job: Job, series: int) -> dict[str, str]:
        """Texts by name, sorted by name."""
        first = self._first.get(job.pk)
        rows = self._found.get(series, ())
        return {name: text for name, text, key in rows if first is None or key < first}


def _profile_stage(run: Run) -> StageSpec:
    stages = recipe_of_record(run.frozen_settings).profiles.stages
    return next(each for each in stages if each.name == PROFILE)


def _of_person(run: Run, job: Job, survey: Survey) -> dict[str, Any]:
    """A person: scenes in which he or she speaks."""
    person = job.person
    assert person is not None
    sight = sight_of(run, survey)
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


def _told_of_series(run: Run, survey: Survey) -> Iterator[Mapping[str, Any]]:
    told = planned_with(run)
    return (told[work] for work, _ in survey.places.values() if work in told)
