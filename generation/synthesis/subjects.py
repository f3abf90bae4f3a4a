"""What jobs work on, as plain data: the content of a brief, of a scene, of a person.

    content = contents(run, jobs)[job.pk]

Prompts see of it what their input type names; rules see all of it, also the scenes that come later. Built for
many jobs at once: a few queries for a batch, and no more of a series in memory than stands beside its scenes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generation.models import Job, Run, Scene, StageOutput
from generation.synthesis.scenes import lines_of, named_in
from generation.synthesis.texts import profile_text

BESIDE = 8
"""So many scenes before and after one are looked at."""
EARLIER_MOST = {"en": 9_000, "zh": 4_000}
"""Characters of earlier scenes that a prompt shows at most, the latest first."""
PERSON_MOST = {"en": 18_000, "zh": 8_000}
"""Characters of the scenes from which a profile is written."""
PROFILE = "profile"
"""The stage that writes profiles."""


def contents(run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """The contents of jobs by their keys; each job is loaded with its subject, its series and its work."""
    found = {job.pk: job.brief.content() for job in jobs if job.brief is not None}
    found |= _of_scenes(run, [job for job in jobs if job.scene is not None])
    for job in jobs:
        if job.person is not None:
            found[job.pk] = _of_person(run, job)
    return found


def _of_scenes(run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    if not jobs:
        return {}
    scenes = [job.scene for job in jobs if job.scene is not None]
    series = {scene.work.series_id for scene in scenes}
    order = _orders(run, series)
    beside = {scene.pk: _beside(order[scene.work.series_id], scene.pk) for scene in scenes}
    texts = _texts({key for before, after in beside.values() for key in [*before, *after]})
    profiles = _profiles(run, series)
    return {
        job.pk: scene_content(
            scene,
            earlier=[texts[key] for key in beside[scene.pk][0]],
            later=[texts[key] for key in beside[scene.pk][1]],
            profiles=profiles.get(scene.work.series_id, {}),
        )
        for job, scene in zip(jobs, scenes, strict=True)
    }


def scene_content(
    scene: Scene,
    *,
    earlier: Sequence[dict[str, Any]],
    later: Sequence[dict[str, Any]],
    profiles: Mapping[str, str],
) -> dict[str, Any]:
    """One scene. `earlier` and `later` are {work, number, text} in story order, `profiles` texts by name."""
    language = scene.language
    return {
        "kind": "scene",
        "language": language,
        "series": {"slug": scene.work.series.slug, "title": scene.work.series.title},
        "work": scene.work.slug,
        "order": scene.work.order,
        "number": scene.number,
        "heading": scene.heading,
        "text": scene.text,
        "elements": lines_of(scene.text, language),
        "speakers": list(scene.speakers),
        "earlier": _latest(earlier, EARLIER_MOST[language]),
        "later": list(later),
        "characters": [
            {"name": name, "profile": text}
            for name, text in profiles.items()
            if name in scene.speakers or named_in(name, scene.text)
        ],
        "target_length": scene.length,
        "genre": scene.work.genre,
    }


def _orders(run: Run, series: Iterable[int]) -> dict[int, list[int]]:
    """The keys of a series' scenes in story order, of the works that the run was planned with."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = Scene.objects.filter(work__series__in=list(series), work__slug__in=_works(run))
    rows = rows.order_by("work__series", "work__order", "number")
    for key, belongs in rows.values_list("pk", "work__series"):
        found[belongs].append(key)
    return found


def _works(run: Run) -> list[str]:
    return list(run.frozen_settings["corpus"]["works"])


def _beside(order: Sequence[int], key: int) -> tuple[list[int], list[int]]:
    place = order.index(key)
    return list(order[max(0, place - BESIDE) : place]), list(order[place + 1 : place + 1 + BESIDE])


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


def _profiles(run: Run, series: Iterable[int]) -> dict[int, dict[str, str]]:
    """The profiles that the run has written, by series and name."""
    outputs = StageOutput.objects.filter(
        job__run=run, job__person__series__in=list(series), job__state=Job.State.DONE, stage=PROFILE
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = outputs.order_by("job__person__name").values_list(
        "job__person__series", "job__person__name", "job__person__language", "text"
    )
    for belongs, name, language, text in rows:
        found[belongs][name] = profile_text(text, language)
    return found


def _of_person(run: Run, job: Job) -> dict[str, Any]:
    """A person: scenes in which he or she speaks, spread over the whole series where not all fit."""
    person = job.person
    assert person is not None
    rows = Scene.objects.filter(work__series=person.series_id, work__slug__in=_works(run))
    rows = rows.filter(like=None, speakers__contains=person.name)
    keys = list(rows.order_by("work__order", "number").values_list("pk", "work__slug", "number", "length"))
    texts = _texts(key for key, *_ in _spread(keys, PERSON_MOST[person.language]))
    scenes = [texts[key] for key, *_ in keys if key in texts]
    others = dict.fromkeys(name for row in rows.values_list("speakers", flat=True) for name in row)
    return {
        "kind": "person",
        "language": person.language,
        "series": {"slug": person.series.slug, "title": person.series.title},
        "name": person.name,
        "scenes": scenes,
        "others": sorted(set(others) - {person.name}),
    }


def _spread(rows: Sequence[tuple[Any, ...]], most: int) -> list[tuple[Any, ...]]:
    """Every n-th of them, so many that they fit by their lengths (words or Han characters; English has some
    six letters to a word)."""
    per = 6 if most == PERSON_MOST["en"] else 1.3
    for step in range(1, len(rows) + 1):
        taken = list(rows[::step])
        if sum(each[-1] for each in taken) * per <= most:
            return taken
    return list(rows[:1])
