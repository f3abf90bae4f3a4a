"""The result of fitting Davidson's model to all systems: abilities, their differences and ranks."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from analysis.messages import Message
from analysis.stats.abilities import abilities as fit
from analysis.stats.abilities import rank_limits
from analysis.stats.arrays.estimate import Estimate, check_cluster, check_level, estimate_of, not_computed
from analysis.stats.arrays.labels import Label
from analysis.stats.cells import Cells
from analysis.stats.linear import Linear, combine

METHOD = "Davidson maximum likelihood"


@dataclass(frozen=True, slots=True, repr=False)
class Worths:
    """The abilities of all systems that were judged. It is frozen.

    Attributes
    ----------
    worths : Mapping of label to Estimate
        Natural log of each system's worth in Davidson's model, centred on 0 over the systems.
    tie, order : Estimate
        Log of the tie term, and log advantage of the left side. Each has no number but a reason where the
        data do not determine it.
    ranks : Mapping of label to (int, int) or None
        First and last rank that a system can have. All of them hold together at the level.
    prior : float or None
        Wins added each way to every pair that met: 0 unless the likelihood separates.
    loglik : float or None
        Log likelihood at the maximum.
    level, cluster
        As given.
    reason : str or None
        Why nothing could be fitted.
    """

    worths: Mapping[Label, Estimate]
    tie: Estimate
    order: Estimate
    ranks: Mapping[Label, tuple[int, int] | None]
    prior: float | None
    loglik: float | None
    level: float
    cluster: str
    reason: str | None = None

    def __repr__(self) -> str:
        """Show a line for each system, the best first, then the terms that all share."""
        if self.reason is not None:
            return f"<Worths not computed: {self.reason}>"
        first = next(iter(self.worths.values()))
        return "\n".join(
            [
                f"Worths: natural logs, 0 their mean, {first.method}",
                *(self._line(system) for system in self.order_of_merit),
                f"log of the tie term: {self.tie}",
                f"log advantage of the left side: {self.order}",
                *first.warnings,
            ]
        )

    def _line(self, system: Label) -> str:
        worth, ranks = self.worths[system], self.ranks[system]
        limits = "no interval" if worth.low is None else f"{worth.low:.3f} to {worth.high:.3f}"
        rank = "" if ranks is None else f", rank {' to '.join(map(str, sorted(set(ranks))))}"
        width = max(len(str(name)) for name in self.worths)
        return f"  {system!s:{width}}  {worth.estimate:.3f} ({100 * self.level:g} %: {limits}){rank}"

    @property
    def order_of_merit(self) -> tuple[Label, ...]:
        """Systems, the best first."""
        known = {label: worth.estimate for label, worth in self.worths.items() if worth.estimate is not None}
        return tuple(sorted(known, key=lambda label: (-known[label], str(label))))

    def difference(self, system: Label, other: Label) -> Estimate:
        """Return the log worth of one system minus that of another; `p` tests 0. Raises KeyError for a
        system that was not judged."""
        one, two = self.worths[system].linear, self.worths[other].linear
        if not isinstance(one, Linear) or not isinstance(two, Linear):
            return not_computed(self.reason or "", level=self.level, cluster=self.cluster, method=METHOD)
        gap = combine((1, -1), (one, two), n=one.n)
        return estimate_of(gap, level=self.level, cluster=self.cluster, null=0.0, method=METHOD)

    def differences(self) -> Mapping[tuple[Label, Label], Estimate]:
        """Return the difference of every two systems, once each."""
        return {pair: self.difference(*pair) for pair in combinations(self.worths, 2)}


def fit_worths(cells: Cells, labels: tuple[Label, ...], *, cluster: str, level: float, seed: int) -> Worths:
    """Fit the model to counted judgments; `labels` are those of the codes of systems."""
    check_level(level)
    check_cluster(cluster)
    fitted = fit(cells)
    if isinstance(fitted, Message):
        none = not_computed(fitted, level=level, cluster=cluster, method=METHOD)
        judged = dict.fromkeys(labels[code] for code in sorted({*cells.left.tolist(), *cells.right.tolist()}))
        return Worths(
            dict.fromkeys(judged, none), none, none, judged, None, None, level, cluster, str(fitted)
        )
    limits = rank_limits(fitted, cluster, level, seed, "")
    systems = [labels[code] for code in fitted.systems]

    def term(value: Linear | None, reason: str) -> Estimate:
        if value is None:
            return not_computed(reason, level=level, cluster=cluster, method=METHOD)
        return estimate_of(value, level=level, cluster=cluster, null=0.0, method=METHOD)

    return Worths(
        worths={
            label: estimate_of(worth, level=level, cluster=cluster, method=METHOD)
            for label, worth in zip(systems, fitted.worths, strict=True)
        },
        tie=term(fitted.tie, "no judgment was a tie"),
        order=term(fitted.order, "the sides did not change"),
        ranks={label: limits[at] if limits else None for at, label in enumerate(systems)},
        prior=fitted.prior,
        loglik=fitted.loglik,
        level=level,
        cluster=cluster,
    )
