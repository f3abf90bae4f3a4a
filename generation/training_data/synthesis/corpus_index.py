"""What follows from a run's works alone, whatever else is stored and in whatever order it was imported: who
speaks in which scene, under which spelling, and which scenes nearly repeat an earlier one of these works.

survey = build_corpus_index(works)
build_corpus_indexes(run, series)               # by the series' keys, of the run's works alone
survey.names[key], survey.likes.get(key)        # by a scene's key; the keys of `names` are in story order

Earlier is what stands earlier by the slug of the series, the order of the work and the number of the scene.
A scene takes some kilobyte while likes are looked for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evalsite.core.digests import json_digest
from generation.models import Run
from generation.training_data.corpus.cutting import unified
from generation.training_data.corpus.minhash import best_likes, matrix_of
from generation.training_data.models import Scene, Work

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class CorpusIndex:
    """`names` are who speaks, `likes` the earlier scene that one nearly repeats and the share in common,
    `places` the slug of the work and the number in it, `lengths` in words or Han characters; all by the
    scene's key."""

    names: Mapping[int, tuple[str, ...]]
    likes: Mapping[int, tuple[int, float]]
    places: Mapping[int, tuple[str, int]]
    lengths: Mapping[int, int]

    def digest(self) -> str:
        """Of names and likes; the same in every database."""
        by_work: dict[str, list[Any]] = defaultdict(list)
        for key, (work, number) in self.places.items():
            like = self.likes.get(key)
            told = [*self.places[like[0]], f"{like[1]:.4f}"] if like else []
            by_work[work].append([number, list(self.names[key]), told])
        return json_digest({work: json_digest(rows) for work, rows in by_work.items()})

    def repeats(self, key: int, least: float) -> bool:
        """Whether a scene has so much in common with an earlier one."""
        like = self.likes.get(key)
        return like is not None and like[1] >= least


def in_story_order(works: Iterable[Work]) -> list[Work]:
    """Sorted here and not by the database, whose order of letters is that of its installation."""
    return sorted(works, key=lambda work: (work.series.slug, work.order, work.slug))


def build_corpus_index(works: Iterable[Work], *, likes: bool = True) -> CorpusIndex:
    """Of all scenes of some works (with their series); likes are looked for unless they are not needed."""
    ordered = in_story_order(works)
    rows: dict[int, list[tuple[int, int, list[str]]]] = {work.pk: [] for work in ordered}
    found = Scene.objects.filter(work__in=list(rows)).order_by("work", "number")
    lengths: dict[int, int] = {}
    fields = ("pk", "work", "number", "speakers", "length")
    for key, work_key, number, speakers, length in found.values_list(*fields).iterator(CHUNK):
        rows[work_key].append((key, number, speakers))
        lengths[key] = length
    by_series: dict[int, list[tuple[int, list[str]]]] = {}
    places, languages = {}, dict[str, list[int]]()
    for work in ordered:
        for key, number, speakers in rows[work.pk]:
            by_series.setdefault(work.series_id, []).append((key, speakers))
            languages.setdefault(work.language, []).append(key)
            places[key] = (work.slug, number)
    names = {
        key: who
        for scenes in by_series.values()
        for (key, _), who in zip(scenes, unified([each for _, each in scenes]), strict=True)
    }
    alike: dict[int, tuple[int, float]] = {}
    for keys in languages.values() if likes else ():
        alike |= _likes_among(keys)
    return CorpusIndex(names, alike, places, lengths)


def build_index_as_imported(works: Collection[Work]) -> CorpusIndex:
    """Of some works, with the likes that were marked at import, among all that was imported before."""
    own = build_corpus_index(works, likes=False)
    marked = Scene.objects.filter(work__in=works, like__isnull=False)
    rows = marked.values_list("pk", "like", "likeness")
    likes = {key: (like, share or 0.0) for key, like, share in rows if like is not None}
    return replace(own, likes=likes)


def _likes_among(keys: Sequence[int]) -> dict[int, tuple[int, float]]:
    """Of scenes in story order, in time that grows in proportion (`likely_pairs`)."""
    rows = Scene.objects.filter(pk__in=keys).values_list("pk", "signature")
    signatures = {key: bytes(each) for key, each in rows.iterator(CHUNK)}
    matrix, counts = matrix_of([signatures.pop(key) for key in keys])
    found = best_likes(matrix, counts)
    return {keys[row]: (keys[other], share) for row, (other, share) in found.items()}


def build_corpus_indexes(run: Run, series: Collection[int], *, likes: bool = False) -> dict[int, CorpusIndex]:
    """Who speaks, and which scenes repeat others, in each of some series (keys): of the run's works alone."""
    works: dict[int, list[Work]] = {key: [] for key in series}
    rows = Work.objects.filter(series__in=works, slug__in=works_in(run)) if works else Work.objects.none()
    for work in rows.select_related("series"):
        works[work.series_id].append(work)
    return {key: build_corpus_index(each, likes=likes) for key, each in works.items()}


def works_in(run: Run) -> list[str]:
    """The slugs of the works that a run was planned with."""
    return list(run.frozen_settings["corpus"]["works"])


# What a run was planned with

HELD_BACK = "held_back"


def work_metadata(works: Iterable[Work]) -> dict[str, dict[str, Any]]:
    """What is told of works and decides something: it stands in prompts and briefs, or balance goes by it."""
    return {
        work.slug: {
            "series": work.series.slug,
            "series_title": work.series.title,
            "order": work.order,
            "genre": work.genre,
        }
        for work in works
    }


def planned_with(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """The same as it was when a run was planned, by the works' slugs; a title or genre that is changed later
    changes no text of the run."""
    told: Mapping[str, Mapping[str, Any]] = run.frozen_settings["corpus"].get("told", {})
    return told


def held_out_by_work(survey: CorpusIndex, scenes: Collection[int]) -> dict[str, list[int]]:
    """Those of some scenes (keys) that are in a survey, as plain data: numbers by work."""
    found: dict[str, list[int]] = {}
    for work, number in sorted(survey.places[key] for key in scenes if key in survey.places):
        found.setdefault(work, []).append(number)
    return found


def held_back_of(run: Run, survey: CorpusIndex) -> frozenset[int]:
    """The scenes of a survey that were held back for studies when a run was planned: no prompt shows one."""
    held: Mapping[str, Sequence[int]] = run.frozen_settings["corpus"].get(HELD_BACK, {})
    if not held:
        return frozenset()
    return frozenset(key for key, (work, number) in survey.places.items() if number in held.get(work, ()))
