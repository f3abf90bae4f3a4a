"""How far two readers of the same agree: whether they keep it or reject it, by their first decisions."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from generation.models import Run
from generation.training_data.datasets.adjudication import Decided, first_decisions
from generation.training_data.datasets.filtering import reviews_of

NOBODY = "no scene was reviewed twice"
ONE_VALUE = "one of the two made the same decision every time"


@dataclass(frozen=True, slots=True)
class Agreement:
    """`table` counts [first keeps and second keeps, keeps and rejects, rejects and keeps, both reject].

    `equal` is the share of equal decisions; `kappa` Cohen's, with its 95% interval by statsmodels'
    `cohens_kappa`. What cannot be computed is None, and `why` says why.
    """

    pairs: int
    table: tuple[int, int, int, int]
    equal: float | None = None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


def agreement_of(run: Run) -> Agreement:
    """The agreement of the first two readers of each candidate of a run."""
    return agreement_in(reviews_of(run).values())


def agreement_in(reviews: Iterable[Sequence[Decided]]) -> Agreement:
    counts = [0, 0, 0, 0]
    for each in reviews:
        people = first_decisions(each)
        if len(people) >= 2:
            counts[2 * (not people[0].keeps) + (not people[1].keeps)] += 1
    return agreement_by((counts[0], counts[1], counts[2], counts[3]))


def agreement_by(table: tuple[int, int, int, int]) -> Agreement:
    """From the counts alone."""
    pairs = sum(table)
    if not pairs:
        return Agreement(0, table, why=NOBODY)
    equal = (table[0] + table[3]) / pairs
    if 0 in (table[0] + table[1], table[2] + table[3], table[0] + table[2], table[1] + table[3]):
        return Agreement(pairs, table, equal, why=ONE_VALUE)
    # Imported late: it takes a second, and few pages need it.
    from statsmodels.stats.inter_rater import cohens_kappa

    found = cohens_kappa([[table[0], table[1]], [table[2], table[3]]])
    low, high = max(-1.0, float(found.kappa_low)), min(1.0, float(found.kappa_upp))
    return Agreement(pairs, table, equal, float(found.kappa), low, high)
