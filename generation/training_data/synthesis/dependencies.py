"""Which scenes a job looks at, and, the other way round, what was made of a scene.

    sight = find_visible_scenes(run, survey)
    sight.beside(key), sight.read_for("ORLA", "en")         # what prompts and rules of a job are shown
    find_influence(sight, scenes, "en")                     # whose prompts and rules were shown one of these

One rule for prompts, for what the filter lets fall with a scene, and for what is hidden with it. Scenes that
were held back when the run was planned are shown to none of its jobs.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, islice

from django.db.models import Q

from generation.models import Job, Run
from generation.training_data.corpus.similar_scenes import all_hidden
from generation.training_data.models import Work
from generation.training_data.synthesis.corpus_index import (
    CorpusIndex,
    build_corpus_index,
    build_corpus_indexes,
    held_back_of,
    in_story_order,
    works_in,
)
from generation.training_data.synthesis.recipe import filter_of
from generation.training_data.synthesis.scenes import named_in

BESIDE = 8
"""So many scenes before and after one are looked at."""
PERSON_MOST = {"en": 18_000, "zh": 8_000}
"""Characters of the scenes from which a profile is written."""
_PER = {"en": 6, "zh": 1.3}
"""Characters to a word or a Han character of a scene's length."""


@dataclass(frozen=True)
class VisibleScenes:
    """The scenes of a series, of a run's works alone, as the run's jobs see them; `order` are their keys.
    From `least` in common on a scene repeats an earlier one."""

    survey: CorpusIndex
    order: Sequence[int]
    held_back: Collection[int]
    least: float

    @cached_property
    def _place(self) -> Mapping[int, int]:
        return {key: place for place, key in enumerate(self.order)}

    @cached_property
    def _spoken(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for key, names in self.survey.names.items():
            if key not in self.held_back and not self.survey.repeats(key, self.least):
                for name in names:
                    found[name].append(key)
        return found

    def beside(self, key: int) -> tuple[list[int], list[int]]:
        """What stands before a scene, which its prompts show, and after it, which its rules know."""
        place = self._place[key]
        before = self._first(range(place - 1, -1, -1))
        return before[::-1], self._first(range(place + 1, len(self.order)))

    def _first(self, places: Iterable[int]) -> list[int]:
        keys = (self.order[place] for place in places)
        return list(islice((key for key in keys if key not in self.held_back), BESIDE))

    def spoken_in(self, name: str) -> Sequence[int]:
        """In which somebody speaks; a scene that repeats an earlier one of the series is not read twice."""
        return self._spoken.get(name, ())

    def read_for(self, name: str, language: str) -> list[int]:
        """Those of them from which the profile is written: spread over the whole series where not all fit."""
        rows = [(key, self.survey.lengths[key]) for key in self.spoken_in(name)]
        return [key for key, _length in _spread(rows, PERSON_MOST[language], _PER[language])]


def find_visible_scenes(run: Run, survey: CorpusIndex) -> VisibleScenes:
    """Of a series in a run. Who reads for profiles needs a survey with likes."""
    least = filter_of(run.frozen_settings["recipe"]).alike
    return VisibleScenes(survey, list(survey.names), held_back_of(run, survey), least)


def find_visible_scenes_by_series(
    run: Run, series: Iterable[int], *, likes: bool = False
) -> dict[int, VisibleScenes]:
    """Of some series (keys) in a run; with `likes` where it is asked who reads for profiles.

    Remembered, for jobs come a few at a time, and neither works nor scenes of a run change.
    """
    return {key: _sight_in(run, key, likes) for key in series}


@lru_cache(maxsize=64)
def _sight_in(run: Run, series: int, likes: bool) -> VisibleScenes:
    return find_visible_scenes(run, build_corpus_indexes(run, [series], likes=likes)[series])


def _spread(rows: Sequence[tuple[int, int]], most: int, per: float) -> list[tuple[int, int]]:
    """Every n-th of them, so many that they fit by their lengths."""
    for step in range(1, len(rows) + 1):
        taken = list(rows[::step])
        if sum(length for _key, length in taken) * per <= most:
            return taken
    return list(rows[:1])


# The other way round


@dataclass(frozen=True, slots=True)
class Influence:
    """What was made of some scenes of a series: the scenes themselves; those `after` them, whose prompts show
    one; those `before`, whose rules know one; and the people whose profile is written from one."""

    own: frozenset[int]
    before: frozenset[int]
    after: frozenset[int]
    people: frozenset[str]

    def spoils(self, key: int, speakers: Collection[str], text: str) -> bool:
        """Whether what was made of a scene may retell one of them: its prompts showed one, or its brief holds
        a profile that was written from one."""
        return key in self.after or any(name in speakers or named_in(name, text) for name in self.people)


def find_influence(sight: VisibleScenes, scenes: Collection[int], language: str) -> Influence:
    """Of some scenes (keys) of one series."""
    own = frozenset(key for key in sight.order if key in scenes and key not in sight.held_back)
    before, after = set[int](), set[int]()
    for key in own:
        earlier, later = sight.beside(key)
        before.update(earlier)
        after.update(later)
    names = {name for key in own for name in sight.survey.names[key]}
    people = frozenset(name for name in names if own.intersection(sight.read_for(name, language)))
    return Influence(own, frozenset(before), frozenset(after), people)


def find_influence_by_series(run: Run, scenes: Collection[int]) -> Mapping[int, Influence]:
    """Of some scenes (keys), by the series in which the run has one of them."""
    rows = Work.objects.filter(scenes__in=scenes, slug__in=works_in(run)).order_by()
    languages = dict(rows.values_list("series", "language").distinct())
    return {
        series: find_influence(find_visible_scenes(run, survey), scenes, languages[series])
        for series, survey in build_corpus_indexes(run, languages, likes=True).items()
    }


def hidden_jobs(*runs: Run) -> set[int]:
    """The keys of the jobs of some runs that may not be shown: of hidden scenes, of those which such a scene
    stands near before or after, and of the people whose profile is written from one."""
    runs = tuple(run for run in runs if run.kind == Run.Kind.SYNTHESIZE)
    if not runs or not (hidden := all_hidden()):
        return set()
    touched = Work.objects.filter(scenes__in=hidden).values("series")
    works = in_story_order(Work.objects.filter(series__in=touched).select_related("series"))
    found = Q(pk__in=())
    for run in runs:
        slugs = run.frozen_settings.get("corpus", {}).get("works", ())
        for series, own in groupby((work for work in works if work.slug in slugs), _series):
            chosen = tuple(own)
            reach = find_influence(find_visible_scenes(run, _survey(chosen)), hidden, chosen[0].language)
            scenes = reach.own | reach.before | reach.after
            people = Q(source__person__series=series, source__person__name__in=reach.people)
            found |= Q(run=run) & (Q(source__scene__in=scenes) | people)
    return set(Job.objects.filter(found).values_list("pk", flat=True))


@lru_cache(maxsize=64)
def _survey(works: tuple[Work, ...]) -> CorpusIndex:
    """Most runs have the same works of a series, whose scenes do not change, and pages ask often."""
    return build_corpus_index(works)


def _series(work: Work) -> int:
    return work.series_id
