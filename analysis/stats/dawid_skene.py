"""How good each rater is where nobody knows the answer.

Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm,
Applied Statistics 28:20-28. Starts from the shares of votes; the steps of the EM algorithm are lengthened
after Varadhan and Roland (2008), Scandinavian Journal of Statistics 35:335-353, and a lengthened step counts
only where the likelihood does not fall.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.stats.linear import Floats, Ints

STEPS = 400
CONVERGED = 1e-7  # of every error rate from one step to the next
FLOOR = 1e-12  # keeps the logarithm of a chance of zero finite


@dataclass(frozen=True, eq=False)
class Quality:
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


def rater_quality(unit: Ints, rater: Ints, counts: Floats, *, both_ways: bool = False) -> Quality:
    """Estimate from counts per (unit, rater) row and class given.

    With `both_ways` every value counts half as it is and half as its mirror image (the classes in reverse
    order), so that it does not matter from which side it was written down. Classes that mirror each other
    then have the same share and the same errors.
    """
    k = counts.shape[1]
    if not unit.size:
        return Quality(np.full(k, 1 / k), np.zeros((0, k, k)))
    votes = _votes(unit, rater, counts, both_ways)
    theta = _maximum(votes)
    return Quality(theta[0], theta[1:].reshape(votes.raters, k, k))


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
