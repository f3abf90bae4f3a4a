"""Which scenes of the corpus are worked on, and why the others are not."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from generation.access import team_key
from generation.extensions import uses_of
from generation.models import Brief, Job, Script, Series, System
from generation.training_data.corpus.similar_scenes import scenes_like, scenes_near
from generation.training_data.models import Scene, Work
from generation.training_data.synthesis.corpus_index import (
    CHUNK,
    CorpusIndex,
    build_corpus_index,
    in_story_order,
)
from generation.training_data.synthesis.recipe import FilterSpec

ALIKE, SHORT, LONG, SILENT, RESERVED = "alike", "short", "long", "silent", "reserved"
STEP_OF = {ALIKE: "alike", SHORT: "usable", LONG: "usable", SILENT: "usable", RESERVED: "reserved"}
"""The step of the filter at which a scene falls, by the reason for it."""


@dataclass(frozen=True, slots=True)
class SceneSelection:
    """One scene and why it is left out; the empty string where it is worked on."""

    key: int
    series: int
    language: str
    length: int
    speakers: tuple[str, ...]
    left_out: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would work on: all scenes with why some are left out, and the people by series."""

    scenes: list[SceneSelection]
    people: dict[int, list[str]]

    @property
    def worked_on(self) -> list[SceneSelection]:
        return [scene for scene in self.scenes if not scene.left_out]


def works_of(slugs: Sequence[str], team: int | None = None) -> list[Work]:
    """The works of these slugs, or all of them where none is given, in story order; of all teams or one
    (key)."""
    works = Work.objects.select_related("series")
    works = works if team is None else works.filter(series__team=team)
    return in_story_order(works.filter(slug__in=slugs) if slugs else works)


def reserved_series(series: Collection[int]) -> set[int]:
    """Those of some series (keys) that nothing is to be trained on: their briefs stand in a study, or briefs
    for a study were reconstructed from their scenes."""
    briefs = dict(Brief.objects.filter(series__in=list(series)).values_list("slug", "series"))
    reconstructed = Job.objects.filter(
        run__frozen_settings__recipe__makes="briefs", source__scene__work__series__in=list(series)
    )
    held_out = reconstructed.order_by().values_list("source__scene__work__series", flat=True).distinct()
    return {briefs[use.brief] for use in uses_of(list(briefs))} | set(held_out)


def reserved_scenes(team: int) -> set[int]:
    """The scenes (keys) of a team that are excluded from training, whatever their series is called: those
    that nearly repeat a scene of such a series (`reserved_series`), or a script by people for one."""
    series = reserved_series(Series.objects.filter(team=team).values_list("pk", flat=True))
    if not series:
        return set()
    scripts = Script.objects.filter(system__kind=System.Kind.HUMAN, brief__series__in=series)
    own = Scene.objects.filter(work__series__in=series).values_list("pk", flat=True)
    return scenes_near(scripts) | scenes_like(own)


def choose(
    works: Sequence[Work], rules: FilterSpec, survey: CorpusIndex | None = None, *, for_studies: bool = False
) -> Iterator[SceneSelection]:
    """Every scene of some works, in story order, with the first reason for which it is left out.

    Which scene repeats which is decided among these works (`survey`, made where it is not given). Scenes that
    are held out from training are left out unless briefs `for_studies` are made from them.
    """
    reserved = set() if for_studies else reserved_series({work.series_id for work in works})
    near = set() if for_studies else _reserved_of(works)
    survey = survey or build_corpus_index(works)
    fields = ("work__series", "work__language", "length")
    for keys in batched(survey.names, CHUNK):
        rows = {key: row for key, *row in Scene.objects.filter(pk__in=keys).values_list("pk", *fields)}
        for key in keys:
            series, language, length = rows[key]
            low, high = rules.length[language]
            reason = ""
            if survey.repeats(key, rules.alike):
                reason = ALIKE
            elif length < low:
                reason = SHORT
            elif length > high:
                reason = LONG
            elif not survey.names[key]:
                reason = SILENT
            elif series in reserved or key in near:
                reason = RESERVED
            yield SceneSelection(key, series, language, length, survey.names[key], reason)


def _reserved_of(works: Sequence[Work]) -> set[int]:
    return {key for team in {team_key(work.series) for work in works} for key in reserved_scenes(team)}


def people_of(scenes: Sequence[SceneSelection], least: int) -> dict[int, list[str]]:
    """Who gets a profile, by series: those who speak in so many of the scenes that are worked on."""
    counts: dict[int, Counter[str]] = {}
    for scene in scenes:
        if not scene.left_out:
            counts.setdefault(scene.series, Counter()).update(set(scene.speakers))
    return {
        series: sorted(name for name, count in names.items() if count >= least)
        for series, names in counts.items()
    }
