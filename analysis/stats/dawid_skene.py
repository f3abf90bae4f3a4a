"""How good each rater is where nobody knows the answer.

Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm,
Applied Statistics 28:20-28. Starts from the shares of votes.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.stats.linear import Floats, Ints

STEPS = 200
CONVERGED = 1e-6
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


def rater_quality(unit: Ints, rater: Ints, counts: Floats) -> Quality:
    """Estimate from counts per (unit, rater) row and class given."""
    by_unit, by_rater = _indicator(unit), _indicator(rater)
    k = counts.shape[1]
    given = counts[:, None, :]
    votes = by_unit @ counts
    truth = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)

    def rates(truth: Floats) -> tuple[Floats, Floats]:
        flat = by_rater @ (truth[unit][:, :, None] * given).reshape(-1, k * k)
        table = flat.reshape(-1, k, k)
        return truth.mean(axis=0), table / np.maximum(table.sum(axis=2, keepdims=True), FLOOR)

    for _ in range(STEPS):
        shares, errors = rates(truth)
        logs = (np.log(np.maximum(errors, FLOOR))[rater] * given).sum(axis=2)
        weight = by_unit @ logs + np.log(np.maximum(shares, FLOOR))
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        new = weight / weight.sum(axis=1, keepdims=True)
        moved, truth = float(np.abs(new - truth).max()), new
        if moved < CONVERGED:
            break
    return Quality(*rates(truth))


def _indicator(code: Ints) -> csr_array:
    """Sums rows by code, as a matrix: codes x rows."""
    return csr_array((np.ones(code.size), (code, np.arange(code.size))))
