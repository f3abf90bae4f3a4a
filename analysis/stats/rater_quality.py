"""Quality of raters: agreement with the majority of the others, Dawid and Skene's model, checks passed.

The list of raters adds their side and their time. It describes; it excludes nobody.

Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm,
Applied Statistics 28:20-28. Starts from the shares of votes; the steps of the EM algorithm are lengthened
after Varadhan and Roland (2008), Scandinavian Journal of Statistics 35:335-353, and a lengthened step counts
only where the likelihood does not fall.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.messages import Message, message
from analysis.stats.cells import Names, place_mean
from analysis.stats.coded_columns import coded, codes, is_any, numbers
from analysis.stats.linear import Floats, Ints, Linear, crossed
from analysis.stats.report import Entry
from analysis.stats.scope import Scope

STEPS = 400
CONVERGED = 1e-7  # of every error rate from one step to the next
FLOOR = 1e-12  # keeps the logarithm of a chance of zero finite
DESCRIPTIVE = message("descriptive_worse_unknown")
CHECKED = message("descriptive")
UNCHECKED = message("descriptive_no_check")
METHOD = message("leave_one_out")


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """`shares` of the classes, and per rater the `errors` (raters x true class x class given)."""

    shares: Floats
    errors: Floats

    @property
    def accuracy(self) -> Floats:
        """Per rater the chance of giving the true class."""
        return np.einsum("k,rkk->r", self.shares, self.errors)


@dataclass(frozen=True, eq=False)
class _Votes:
    """Counts as a matrix of units x (rater and class given)."""

    counts: csr_array
    turned: csr_array
    raters: int
    classes: int
    both_ways: bool

    def start(self) -> Floats:
        """The parameters that the shares of votes give."""
        votes = np.asarray(self.counts @ np.tile(np.eye(self.classes), (self.raters, 1)))
        return self._rates(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1))

    def step(self, theta: Floats) -> tuple[Floats, float]:
        """One step of the EM algorithm, and the log likelihood before it."""
        k = self.classes
        shares, errors = theta[0], theta[1:].reshape(self.raters, k, k)
        logs = np.log(np.maximum(errors, FLOOR)).transpose(0, 2, 1).reshape(-1, k)
        weight = self.counts @ logs + np.log(np.maximum(shares, FLOOR))
        top = weight.max(axis=1, keepdims=True)
        weight = np.exp(weight - top)
        total = weight.sum(axis=1, keepdims=True)
        return self._rates(weight / total), float(top.sum() + np.log(total).sum())

    def _rates(self, truth: Floats) -> Floats:
        """Rows: the shares, then per rater and true class the chances of the classes given."""
        k = self.classes
        table = (self.turned @ truth).reshape(self.raters, k, k).transpose(0, 2, 1)
        shares = truth.mean(axis=0)
        if self.both_ways:  # the mirror image of a unit has the mirror image of its chances
            table, shares = table + table[:, ::-1, ::-1], (shares + shares[::-1]) / 2
        rates = table / np.maximum(table.sum(axis=2, keepdims=True), FLOOR)
        return np.vstack([shares, rates.reshape(-1, k)])


def fit_dawid_skene(unit: Ints, rater: Ints, counts: Floats, *, both_ways: bool = False) -> DawidSkene:
    """Estimate from counts per (unit, rater) row and class given.

    With `both_ways` every value counts half as it is and half as its mirror image (the classes in reverse
    order), so that it does not matter from which side it was written down. Classes that mirror each other
    then have the same share and the same errors.
    """
    k = counts.shape[1]
    if not unit.size:
        return DawidSkene(np.full(k, 1 / k), np.zeros((0, k, k)))
    votes = _votes(unit, rater, counts, both_ways)
    theta = _maximum(votes)
    return DawidSkene(theta[0], theta[1:].reshape(votes.raters, k, k))


def _votes(unit: Ints, rater: Ints, counts: Floats, both_ways: bool) -> _Votes:
    k, raters = counts.shape[1], int(rater.max()) + 1
    row, given = np.nonzero(counts)
    shape = (int(unit.max()) + 1, raters * k)
    table = csr_array((counts[row, given], (unit[row], rater[row] * k + given)), shape=shape)
    table.sum_duplicates()
    return _Votes(table, table.T.tocsr(), raters, k, both_ways)


def _maximum(votes: _Votes) -> Floats:
    theta = votes.start()
    for _ in range(STEPS // 3):
        once, _ = votes.step(theta)
        twice, reached = votes.step(once)
        first, change = once - theta, twice - 2 * once + theta
        if np.abs(twice - once).max() < CONVERGED:
            return twice
        length = max(1.0, float(np.sqrt((first**2).sum() / max((change**2).sum(), FLOOR**2))))
        longer = _proper(theta + 2 * length * first + length**2 * change, votes.classes)
        after, likelihood = votes.step(longer)
        theta = after if likelihood >= reached else twice
    return theta


def _proper(theta: Floats, classes: int) -> Floats:
    """Rows that are chances again; a row of a rater who was never seen stays empty."""
    inside = np.maximum(theta, 0)
    total = inside.sum(axis=1, keepdims=True)
    return np.asarray(inside / np.where(total > 0, total, 1))


def leave_one_out_points(unit: Ints, rater: Ints, own: Floats, raters: int) -> tuple[Floats, Floats]:
    """Per rater the points for agreeing with the majority of the others, and the values that others shared.

    `own` holds rows x categories counts, `unit` and `rater` their codes, of which there are `raters`. Where
    the majority is tied, each of its categories counts its part.
    """
    total = _sums(unit, own)
    # A rater may have judged one unit twice: all of it is left out together.
    mine, _ = crossed(unit, rater)
    by_rater = _sums(mine, own)
    others = total[unit] - by_rater[mine]
    most = others.max(axis=1, keepdims=True)
    majority = (others == most) & (most > 0)
    points = (own * majority).sum(axis=1) / np.maximum(majority.sum(axis=1), 1)
    shared = np.where(majority.any(axis=1), own.sum(axis=1), 0.0)
    return (
        np.bincount(rater, weights=points, minlength=raters),
        np.bincount(rater, weights=shared, minlength=raters),
    )


def _sums(at: Ints, values: Floats) -> Floats:
    return np.stack([np.bincount(at, weights=column) for column in values.T], axis=1)


@dataclass(frozen=True, slots=True)
class Checks:
    """Of the checks that one rater `made`, the share in which the known-worse script lost (`passed`)."""

    passed: float
    made: int


def checks_passed(checks: pd.DataFrame, known_worse: Sequence[str]) -> Mapping[str, Checks]:
    """Per rater with checks among the rows (of one criterion and language) how they went. A tie is not
    passed; a pair with no known-worse system, or two, is none of these checks."""
    asked, passed = _beaten(checks, known_worse)
    rater, names = coded(checks["rater"])
    made = np.bincount(rater[asked], minlength=len(names))
    right = np.bincount(rater[asked], weights=passed[asked], minlength=len(names))
    return {
        names[at]: Checks(float(right[at] / made[at]), int(made[at])) for at in np.flatnonzero(made).tolist()
    }


def _beaten(rows: pd.DataFrame, worse: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Per row whether one of its two systems is a worse one, and whether that one lost."""
    worse_left = is_any(rows["left_system"], *worse)
    lost = np.where(worse_left, is_any(rows["choice"], "right"), is_any(rows["choice"], "left"))
    return worse_left != is_any(rows["right_system"], *worse), lost


def share_beaten(rows: pd.DataFrame, worse: Sequence[str], tie: float = 0.0) -> Linear | None:
    """The share of judgments that one of the worse systems lost to another one, a tie counted as `tie`; None
    without such judgments."""
    asked, lost = _beaten(rows, worse)
    ties = is_any(rows["choice"], "tie", "neither")
    rows, points = rows[asked], np.where(ties, tie, lost)[asked]
    rater, (item, items) = coded(rows["rater"])[0], coded(rows["item"])
    unknown = Names((), tuple(items), (), (), np.full(len(items), -1))
    return place_mean(points.astype(float), rater.astype(np.int64), item.astype(np.int64), unknown)


def _outcomes_by_unit(scope: Scope) -> tuple[Ints, Ints, Floats]:
    """Per row the code of its item and pair of systems, its rater, and the outcomes with sides undone."""
    pairs = scope.cells.pairs
    unit, _ = crossed(pairs.index, pairs.item)
    return unit, pairs.rater, np.stack([pairs.wins, pairs.ties, pairs.losses], axis=1).astype(float)


def leave_one_out(scope: Scope) -> tuple[Floats, Floats]:
    """Per rater the points for agreeing with the majority of the others, and the judgments that others
    shared."""
    return leave_one_out_points(*_outcomes_by_unit(scope), len(scope.names.raters))


def _medians(seconds: Floats, rater: Ints, raters: int) -> Floats:
    """Per rater, NaN where nothing is known."""
    known = np.isfinite(seconds)
    seconds, rater = seconds[known], rater[known]
    seconds = seconds[np.lexsort((seconds, rater))]
    counts = np.bincount(rater, minlength=raters)
    result, there = np.full(raters, np.nan), counts > 0
    first = (np.cumsum(counts) - counts)[there]
    low, high = first + (counts[there] - 1) // 2, first + counts[there] // 2
    result[there] = (seconds[low] + seconds[high]) / 2
    return result


def rater_entries(
    scope: Scope, rows: pd.DataFrame, passed: Mapping[str, Checks] | None = None
) -> Iterator[Entry]:
    """One entry a rater; its estimate is the leave-one-out agreement. `rows` are the judgments of the scope,
    `passed` how the checks of each rater went, None where no script is known to be the worse one."""
    cells, size = scope.cells, len(scope.names.raters)
    points, shared = leave_one_out(scope)
    several = len(cells.pairs.bounds) > 1  # of one pair the two systems have an order of their own
    accuracy = fit_dawid_skene(*_outcomes_by_unit(scope), both_ways=several).accuracy
    left = np.bincount(cells.rater, weights=cells.left_wins, minlength=size)
    decided = left + np.bincount(cells.rater, weights=cells.right_wins, minlength=size)
    made = np.bincount(cells.rater, weights=cells.n, minlength=size)
    seconds = _medians(numbers(rows["seconds"]), codes(rows["rater"], scope.names.raters), size)
    items = np.bincount(cells.rater[crossed(cells.rater, cells.item)[1]], minlength=size)
    for code in np.flatnonzero(made).tolist():
        name = scope.names.raters[code]
        median = float(seconds[code])
        agreed = float(points[code] / shared[code]) if shared[code] else None
        yield Entry(
            criterion=scope.criterion,
            estimate=agreed,
            low=None,
            high=None,
            level=scope.plan.level,
            method=METHOD,
            n=int(made[code]),
            raters=1,
            items=int(items[code]),
            language=scope.language,
            family="exploratory",
            reason=_why_no_limits(name, passed) if agreed is not None else message("not_shared_pairs"),
            own={
                "rater": name,
                "left_share": float(left[code] / decided[code]) if decided[code] else None,
                "median_seconds": median if np.isfinite(median) else None,
                "leave_one_out": agreed,
                "checks_passed": passed[name].passed if passed and name in passed else None,
                "checks": passed[name].made if passed and name in passed else 0,
                "accuracy": float(accuracy[code]) if shared[code] else None,
            },
        )


def _why_no_limits(name: str, passed: Mapping[str, Checks] | None) -> Message:
    """Why there are no limits, and why no checks, where there are none."""
    if passed is None:
        return DESCRIPTIVE
    return CHECKED if name in passed else UNCHECKED
