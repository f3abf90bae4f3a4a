"""Which examples of a dataset may be passed on: those made of works with rights `redistribute` alone.

    withheld = withheld_of(dataset)         # {key of a scene: Why}; the others may be passed on
    withheld_scenes(run, scenes)            # the same of examples that are no dataset yet

An example is made of more than its scene: its previous context of the scenes before, its profiles of the
whole series (`synthesis.reach` knows of which). So one work that may only be trained on holds back
what retells it too. Rights are the stricter of those at building, which the audit trail keeps, and those of
now: a version never gives out more than it did on its first day, and what is taken back is taken back.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from evalsite.core.models import last_detail
from generation.models import Run
from generation.training_data.models import Dataset, Scene, Work
from generation.training_data.synthesis.corpus_index import build_corpus_indexes, works_in
from generation.training_data.synthesis.dependencies import Influence, find_influence_by_series

BUILT = "build dataset"
"""The line of the audit trail that keeps what could not be passed on when a dataset was built."""
_CHUNK = 500


class Why(StrEnum):
    """Of its own work's rights, or of those of a work that its context or profiles were made of."""

    OWN = "own"
    RETELLS = "retells"


def train_only(run: Run) -> list[str]:
    """The works of a run (slugs) that may not be passed on, as is recorded now."""
    own = Work.objects.filter(slug__in=works_in(run)).exclude(rights=Work.Rights.REDISTRIBUTE)
    return sorted(own.values_list("slug", flat=True))


def train_only_then(dataset: Dataset) -> list[str]:
    """Those that could not be passed on when a dataset was built."""
    return list(last_detail(verb=BUILT, about=str(dataset)).get("train_only", []))


def withheld_of(dataset: Dataset) -> dict[int, Why]:
    """Why examples of a dataset may not be passed on, by the keys of their scenes."""
    scenes = dataset.examples.order_by().values_list("scene", flat=True)
    return withheld_scenes(dataset.run, set(scenes), then=train_only_then(dataset))


def withheld_scenes(run: Run, scenes: Collection[int], *, then: Iterable[str] = ()) -> dict[int, Why]:
    """The same of what a run has made of some scenes (keys); `then` are works that could not be passed on
    before."""
    kept = Scene.objects.filter(work__slug__in={*train_only(run), *then}).order_by()
    series_of = dict(kept.values_list("pk", "work__series"))
    found = dict.fromkeys(series_of.keys() & set(scenes), Why.OWN)
    asked: dict[int, set[int]] = defaultdict(set)
    others = Scene.objects.filter(pk__in=set(scenes) - found.keys(), work__series__in=set(series_of.values()))
    for key, series in others.order_by().values_list("pk", "work__series"):
        asked[series].add(key)
    reaches = find_influence_by_series(run, {key for key, series in series_of.items() if series in asked})
    for series, keys in asked.items():
        if series in reaches:
            found |= dict.fromkeys(_retelling(run, series, reaches[series], keys), Why.RETELLS)
    return found


def render_withheld(withheld: Mapping[int, Why]) -> str:
    """How many are withheld for which reason, in English, for cards and the console."""
    counts = Counter(withheld.values())
    said = {
        Why.OWN: "from works that may not be redistributed",
        Why.RETELLS: "whose previous context or profiles come from such works",
    }
    return ", ".join(f"{counts[why]} {words}" for why, words in said.items() if counts[why])


def _retelling(run: Run, series: int, reach: Influence, keys: Collection[int]) -> list[int]:
    """Those of some scenes of a series whose prompts or profiles showed what may not be passed on."""
    names: Mapping[int, Collection[str]] = build_corpus_indexes(run, [series])[series].names
    texts = Scene.objects.filter(pk__in=keys).order_by().values_list("pk", "text")
    return [key for key, text in texts.iterator(_CHUNK) if reach.spoils(key, names[key], text)]
