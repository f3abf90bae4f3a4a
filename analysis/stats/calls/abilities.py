"""Abilities of many systems at once, their differences and ranks, and the biases of the same model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from analysis.messages import Message
from analysis.stats.abilities import Abilities, rank_limits
from analysis.stats.abilities import abilities as fit
from analysis.stats.calls.labels import Label, Labels, Numbers
from analysis.stats.calls.result import Estimate, check_cluster, check_level, estimate_of
from analysis.stats.calls.rows import Judged, judged
from analysis.stats.half_wins import half_win_worths
from analysis.stats.linear import Linear, combine
from analysis.stats.sections.position import left_share, shares_by_rater

METHOD = "Davidson maximum likelihood"
RANKS_EXACT = "simultaneous, max-t over all differences"


@dataclass(frozen=True, slots=True, repr=False)
class Worths:
    """The abilities of all systems that were judged.

    `worths` are natural logs of the worth in Davidson's model, centred on 0 over the systems; `tie` the log
    of its tie term and `order` the log advantage of the left side (each None in its estimate, with a
    reason, where it cannot be told). `ranks` are simultaneous: all hold together at the level. `prior` is
    the number of wins added each way to every pair that met, 0 unless the likelihood separates. `reason`
    says why nothing could be fitted.
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
    _fit: Abilities | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """A line for each system, the best first, then the terms that all share."""
        if self.reason is not None:
            return f"<Worths not computed: {self.reason}>"
        wide = max(len(str(system)) for system in self.worths)
        lines = [self._line(system, wide) for system in self.order_of_merit]
        terms = [f"log of the tie term: {self.tie}", f"log advantage of the left side: {self.order}"]
        first = next(iter(self.worths.values()))
        return "\n".join(
            [f"Worths: natural logs, 0 their mean, {first.method}", *lines, *terms, *first.warnings]
        )

    def _line(self, system: Label, wide: int) -> str:
        worth, ranks = self.worths[system], self.ranks[system]
        limits = "no interval" if worth.low is None else f"{worth.low:.3f} to {worth.high:.3f}"
        placed = (
            ""
            if ranks is None
            else f", rank {ranks[0]}" + (f" to {ranks[1]}" if ranks[0] != ranks[1] else "")
        )
        return f"  {system!s:{wide}}  {worth.estimate:.3f} ({100 * self.level:g} %: {limits}){placed}"

    @property
    def order_of_merit(self) -> tuple[Label, ...]:
        """Systems, the best first."""
        known = [
            (label, worth.estimate) for label, worth in self.worths.items() if worth.estimate is not None
        ]
        return tuple(label for label, _ in sorted(known, key=lambda pair: (-pair[1], str(pair[0]))))

    def worth(self, system: Label) -> Estimate:
        """Raises KeyError for a system that was not judged."""
        return self.worths[system]

    def difference(self, system: Label, other: Label) -> Estimate:
        """Log worth of one system minus that of another; `p` tests 0. Raises KeyError for one not judged."""
        one, two = self.worths[system].linear, self.worths[other].linear
        if not isinstance(one, Linear) or not isinstance(two, Linear):
            return estimate_of(
                None, reason=self.reason, level=self.level, cluster=self.cluster, method=METHOD
            )
        gap = combine((1, -1), (one, two), n=one.n)
        return estimate_of(gap, level=self.level, cluster=self.cluster, null=0.0, method=METHOD)

    def differences(self) -> Mapping[tuple[Label, Label], Estimate]:
        """Of every two systems once."""
        return {pair: self.difference(*pair) for pair in combinations(self.worths, 2)}


def abilities(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
    seed: int = 1,
) -> Worths:
    """Davidson's (1970) model of wins and ties for all systems, with a term for the left side.

    P(i) : P(j) : P(tie) = p_i : p_j : v sqrt(p_i p_j), i's worth times g where it stands left; without ties
    Bradley and Terry's. Limits: two-way cluster-robust sandwich of the score, t with min(R, O) - 1 degrees of
    freedom. Rank limits: max-t over all differences, simulated from `seed`. Differences are what is tested.

    Arrays and errors raised as of `win_rate`. Systems that were not compared, not even through third ones,
    give None with a reason.

    >>> left = ["a", "b", "c", "a", "c", "b", "a", "b", "c"]
    >>> right = ["b", "c", "a", "c", "b", "a", "b", "c", "a"]
    >>> choice = ["left", "left", "right", "left", "left", "tie", "right", "tie", "left"]
    >>> table = abilities(left, right, choice, [1, 1, 1, 2, 2, 2, 3, 3, 3], ["s", "t", "u"] * 3)
    >>> table.order_of_merit, round(table.difference("a", "c").estimate, 3)
    (('a', 'b', 'c'), 0.674)
    """
    check_level(level)
    check_cluster(cluster)
    rows = judged(left_system, right_system, choice, rater, item, series=series, systems=systems)
    fitted = fit(rows.cells)
    if isinstance(fitted, Message):
        return _unfitted(rows, fitted, level, cluster)
    limits = rank_limits(fitted, cluster, level, seed, "")
    labels = [rows.systems.labels[code] for code in fitted.systems]

    def told(value: Linear | None, why: str) -> Estimate:
        return estimate_of(
            value, level=level, cluster=cluster, null=0.0, method=METHOD, reason=None if value else why
        )

    return Worths(
        worths={
            label: estimate_of(worth, level=level, cluster=cluster, method=METHOD)
            for label, worth in zip(labels, fitted.worths, strict=True)
        },
        tie=told(fitted.tie, "no judgment was a tie"),
        order=told(fitted.order, "the sides did not change"),
        ranks={label: limits[at] if limits else None for at, label in enumerate(labels)},
        prior=fitted.prior,
        loglik=fitted.loglik,
        level=level,
        cluster=cluster,
        _fit=fitted,
    )


def _unfitted(rows: Judged, reason: Message, level: float, cluster: str) -> Worths:
    none = estimate_of(None, reason=reason, level=level, cluster=cluster, method=METHOD)
    labels = [rows.systems.labels[code] for code in rows.present()]
    return Worths(
        worths=dict.fromkeys(labels, none),
        tie=none,
        order=none,
        ranks=dict.fromkeys(labels),
        prior=None,
        loglik=None,
        level=level,
        cluster=cluster,
        reason=str(reason),
    )


def position_bias(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """Share of decided judgments that the left script won, 0 to 1; `p` tests 1/2.

    Limits: two-way cluster-robust, logit scale. The order term of `abilities` says the same with the
    systems held fixed. `detail["raters"]`: per rater (share, low, high, p, decided), exact binomial
    (Clopper & Pearson 1934), where a pair judged again counts once; adjust these p by
    `benjamini_hochberg`. Arrays and errors raised as of `win_rate`.

    >>> bias = position_bias(["a", "b"] * 3, ["b", "a"] * 3, ["left", "left", "tie", "right", "left", "left"],
    ...                      [1, 1, 2, 2, 3, 3], ["s", "t"] * 3)
    >>> bias.estimate, bias.n
    (0.8, 5)
    """
    rows = judged(left_system, right_system, choice, rater, item, series=series)
    share = left_share(rows.scope())
    return estimate_of(
        share,
        scale="logit",
        level=level,
        cluster=cluster,
        null=0.5,
        reason=None if share else "no judgment was decided",
        detail={"raters": _by_rater(rows, level)},
    )


def _by_rater(rows: Judged, level: float) -> dict[Label, tuple[float, float, float, float, int]]:
    return {
        rows.raters.labels[one.rater]: (one.share, one.low, one.high, one.p, one.decided)
        for one in shares_by_rater(rows.cells, level)
    }


def length_bias(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    left_length: Numbers,
    right_length: Numbers,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """Slope of the choice on the natural log of left length over right, beside the abilities, in logits.

    Lengths are words or characters; a 0 means not known, and its row takes no part. Length is a part of
    what a system writes: the slope describes, it does not correct. `p` tests 0. Arrays, limits and errors
    raised as of `abilities`.

    >>> slope = length_bias(["a", "b"] * 4, ["b", "a"] * 4, ["left", "left", "right", "left"] * 2,
    ...     [1, 1, 2, 2, 3, 3, 4, 4], ["s", "t"] * 4, left_length=[300, 200, 210, 250] * 2,
    ...     right_length=[200, 300, 240, 200] * 2)
    >>> slope.n
    8
    """
    rows = judged(
        left_system,
        right_system,
        choice,
        rater,
        item,
        series=series,
        left_length=left_length,
        right_length=right_length,
    )
    fitted = fit(rows.cells, length=True)
    slope = None if isinstance(fitted, Message) else fitted.length
    reason = fitted if isinstance(fitted, Message) else None
    return estimate_of(slope, level=level, cluster=cluster, null=0.0, method=METHOD, reason=reason)


def half_win_bradley_terry(
    left_system: Labels, right_system: Labels, choice: Labels, *, systems: Sequence[Label] | None = None
) -> Mapping[Label, float]:
    """Bradley and Terry's (1952) log worths with a tie as half a win to each, centred on 0: a check.

    They stand on another scale than those of `abilities`: never put both into one table. Without a term for
    the left side and without errors. Raises ValueError where the worths have no maximum.

    >>> worths = half_win_bradley_terry(["a", "a", "b", "a"], ["b", "b", "a", "b"],
    ...                                 ["left", "left", "left", "tie"])
    >>> round(worths["a"] - worths["b"], 4)  # log of 2.5 wins to 1.5
    0.5108
    """
    words = list(choice)
    own = range(len(words))
    rows = judged(left_system, right_system, words, own, own, systems=systems)
    found = half_win_worths(rows.cells)
    if isinstance(found, Message):
        raise ValueError(str(found))
    return {rows.systems.labels[code]: float(worth) for code, worth in found.items()}
