"""What a system of a study may have learned from without its being refused: told at loading, before and at
freezing, kept with the freeze.

- a series that it was trained on has the title of a series of the study, or shares most of its named people
  with it: it may be the same series under another slug;
- an adapter that nobody has registered: nothing is known of what that was trained on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from django.utils.translation import gettext as _

from annotations.freezing.training_overlap import (
    REMEMBERED,
    find_repeats,
    pipelines_of,
    repeats_detail,
    training_identity,
)
from annotations.models import Study
from annotations.spec.values import StudySpec
from evalsite.core.models import last_detail
from generation.corpus.titles import folded
from generation.datasets.history import trained_scenes, trained_series, unknown_adapters
from generation.models import Brief, Series
from generation.pipelines import SystemSpec

TITLE, CAST, ADAPTER = "title", "cast", "adapter"
LEAST_SHARED = 2
"""So many names at least: one is chance."""


@dataclass(frozen=True, slots=True)
class NearOverlap:
    """`kind` is one of the three above. Of a series: `one` is the study's, `other` the trained one, `data`
    its datasets. Of an adapter: `one` is the stage, `other` what it asks for."""

    kind: str
    system: str
    one: str
    other: str
    data: str = ""

    @property
    def words(self) -> str:
        """One sentence, in the language that is active."""
        said = {
            TITLE: _(
                "Series %(one)s has the title of %(other)s, which %(system)s was trained on (%(data)s): it "
                "may be the same one under another slug."
            ),
            CAST: _(
                "Series %(one)s shares most of its people with %(other)s, which %(system)s was trained on "
                "(%(data)s): it may be the same one under another slug."
            ),
            ADAPTER: _(
                "Stage %(one)s of %(system)s asks for adapter %(other)s, which nobody has registered: "
                "nothing is known of what it was trained on."
            ),
        }[self.kind]
        return said % {name: getattr(self, name) for name in ("system", "one", "other", "data")}


def find_near_overlaps(spec: StudySpec) -> list[NearOverlap]:
    """What there is to tell of a study, by system."""
    found: list[NearOverlap] = []
    own = _series_of(spec)
    for slug, pipeline in sorted(pipelines_of(spec).items()):
        found += _series(slug, pipeline, own)
        found += [NearOverlap(ADAPTER, slug, stage, adapter) for stage, adapter in unknown_adapters(pipeline)]
    return found


def _series_of(spec: StudySpec) -> dict[str, tuple[str, set[str]]]:
    """The series of a study's briefs by slug: the title, and the names of the people in them, folded."""
    rows = Brief.objects.filter(slug__in=[*spec.materials.briefs, *spec.materials.outside])
    found: dict[str, tuple[str, set[str]]] = {}
    for slug, title, people in rows.values_list("series__slug", "series__title", "characters"):
        names = found.setdefault(slug, (folded(title), set()))[1]
        names.update(folded(str(each.get("name", ""))) for each in people)
    return found


def _series(system: str, pipeline: SystemSpec, own: Mapping[str, tuple[str, set[str]]]) -> list[NearOverlap]:
    trained = trained_series(pipeline)
    if not trained:
        return []
    titles = {slug: folded(title) for slug, title in _titles(trained)}
    casts = _casts(system, pipeline)
    found = []
    for slug, (title, people) in sorted(own.items()):
        for other in sorted(trained.keys() - {slug}):
            shared = len(people & casts[other])
            kind = ""
            if title == titles[other]:
                kind = TITLE
            elif shared >= LEAST_SHARED and 2 * shared > len(people):
                kind = CAST
            if kind:
                found.append(NearOverlap(kind, system, slug, other, ", ".join(trained[other])))
    return found


_known: dict[tuple[object, ...], dict[str, set[str]]] = {}


def _casts(system: str, pipeline: SystemSpec) -> dict[str, set[str]]:
    """Who speaks in the scenes that a system was trained on, by series; remembered, for a draft's page asks
    each time and examples are immutable."""
    key = training_identity(system, pipeline)
    if key not in _known:
        if len(_known) >= REMEMBERED:
            _known.clear()
        casts: dict[str, set[str]] = defaultdict(set)
        rows = trained_scenes(pipeline).values_list("scene__work__series__slug", "scene__speakers")
        for slug, speakers in rows.iterator(2000):
            casts[slug].update(map(folded, speakers))
        _known[key] = casts
    return _known[key]


def _titles(slugs: Mapping[str, object]) -> list[tuple[str, str]]:
    return list(Series.objects.filter(slug__in=list(slugs)).values_list("slug", "title"))


# What is kept with the freeze


def near_overlaps_detail(spec: StudySpec) -> dict[str, list[str]]:
    """For the audit event of freezing: what there is to tell, also of scripts; a line each, the fields of
    `trained_near` with tabs between."""
    told = {
        "trained_told": repeats_detail(find_repeats(spec)),
        "trained_near": ["\t".join(astuple(each)) for each in find_near_overlaps(spec)],
    }
    return {key: lines for key, lines in told.items() if lines}


def recorded_near_overlaps(study: Study) -> list[NearOverlap]:
    """What was told when the study was frozen."""
    lines: Sequence[str] = last_detail(verb="freeze", about=study.slug).get("trained_near", [])
    return [NearOverlap(*line.split("\t")) for line in lines]
