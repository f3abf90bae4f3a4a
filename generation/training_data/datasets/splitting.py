"""Whether a run's examples can be split: a language of few series has no validation and no test examples."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.models import Run
from generation.training_data.corpus.minhash import NEARLY, near_pairs
from generation.training_data.datasets.filtering import run_filter
from generation.training_data.datasets.sampling import LEAST_SERIES, TRAIN, apart
from generation.training_data.datasets.steps import language_name
from generation.training_data.models import Candidate, Dataset, Scene
from generation.training_data.synthesis.recipe import filter_of

Joined = tuple[tuple[str, ...], ...]


def leakage_groups(scenes: Iterable[tuple[int, str]]) -> Joined:
    """Of scenes (keys) with the slugs of their series: the series that belong together, each group sorted;
    series that share nothing are in none."""
    return _joined(tuple(sorted(scenes)))


@lru_cache(maxsize=8)
def _joined(scenes: tuple[tuple[int, str], ...]) -> Joined:
    """Scenes do not change, and pages ask again."""
    series = dict(scenes)
    found: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    rows = Scene.objects.filter(pk__in=list(series)).order_by("digest", "pk")
    for key, language, signature in rows.values_list("pk", "work__language", "signature").iterator(2000):
        found[language].append((key, bytes(signature)))
    above: dict[str, str] = {}

    def first(name: str) -> str:
        while above.get(name, name) != name:
            name = above[name]
        return name

    for own in found.values():
        for one, other in near_pairs([signature for _key, signature in own], NEARLY):
            names = sorted({first(series[own[one][0]]), first(series[own[other][0]])})
            above.update(dict.fromkeys(names, names[0]))
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(above):
        groups[first(name)].append(name)
    return tuple(sorted(tuple(group) for group in groups.values() if len(group) > 1))


@dataclass(frozen=True, slots=True)
class SeriesShortage:
    """How many series a language has, and whether they are too few only because some share scenes."""

    series: int
    joined: bool


LOOKED_AT = 5000
"""Of more scenes of a language it is told once they are built whether their series share some: it takes
seconds to find."""


def unsplit_of(run: Run) -> dict[str, SeriesShortage]:
    """Languages in which nothing could be held back, of what passes the filter, though the recipe asks for
    it."""
    rules = run_filter(run)
    if not (rules.validation or rules.test):
        return {}
    rows = Candidate.objects.filter(run=run, dropped_at="").order_by()
    series: dict[str, Counter[str]] = defaultdict(Counter)
    counted = rows.values("scene__work__language", "scene__work__series__slug").annotate(n=Count("pk"))
    for language, slug, count in counted.values_list(
        "scene__work__language", "scene__work__series__slug", "n"
    ):
        series[language][slug] = count
    found = {}
    for language, counts in sorted(series.items()):
        left = len(counts)
        if left >= LEAST_SERIES and counts.total() <= LOOKED_AT:
            own = rows.filter(scene__work__language=language)
            left = apart(counts, leakage_groups(own.values_list("scene", "scene__work__series__slug")))
        if left < LEAST_SERIES:
            found[language] = SeriesShortage(len(counts), left < len(counts))
    return found


def unsplit_in(dataset: Dataset) -> dict[str, SeriesShortage]:
    """Languages in which nothing was held back, of what was built, though the recipe asks for it."""
    rules = filter_of(dataset.recipe)
    if not (rules.validation or rules.test):
        return {}
    series, splits = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    rows = dataset.examples.order_by().values_list(
        "scene__work__language", "scene__work__series__slug", "split"
    )
    for language, slug, split in rows.distinct():
        series[language].add(slug)
        splits[language].add(split)
    return {
        language: SeriesShortage(len(names), len(names) >= LEAST_SERIES)
        for language, names in sorted(series.items())
        if splits[language] == {TRAIN}
    }


def unsplit_said(found: Mapping[str, SeriesShortage]) -> str:
    """The same in the language that is active, with what to do; empty where every language is split."""
    if not found:
        return ""
    lines = [_line(language_name(language), few) for language, few in found.items()]
    fix = _(
        "Import at least %(least)d series per language, so that one can be held out for validation and"
        " one for testing."
    )
    return " ".join([*lines, fix % {"least": LEAST_SERIES}])


def _line(language: str, few: SeriesShortage) -> str:
    if few.joined:
        said = _(
            "No %(language)s examples for validation or test: some of the %(count)d series share"
            " scenes and count as one."
        )
    else:
        said = ngettext(
            "No %(language)s examples for validation or test: %(count)d series is not enough.",
            "No %(language)s examples for validation or test: %(count)d series are not enough.",
            few.series,
        )
    return said % {"language": language, "count": few.series}
