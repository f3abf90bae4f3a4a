"""Davidson's model of paired comparisons with ties, with a term for the left side and further covariates.

Source: Davidson (1970), Journal of the American Statistical Association 65:317-328; the order term as in
Davidson and Beaver (1977), Biometrics 33:693-702. With d the log worth of left minus right plus the linear
terms, the chances of left, tie and right are as exp(d/2) : v : exp(-d/2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.stats.covariance import two_way
from analysis.stats.linear import Floats, Ints

STEPS = 100
CONVERGED = 1e-10
LARGE = 12.0  # a log term beyond this is a likelihood without a maximum
PRIOR = 0.5  # wins added each way to every pair that met, where the likelihood separates


@dataclass(frozen=True, eq=False)
class Counts:
    """Outcomes per row."""

    left: Floats
    ties: Floats
    right: Floats

    @property
    def n(self) -> Floats:
        return self.left + self.ties + self.right


@dataclass(frozen=True, eq=False)
class Fit:
    """A maximum of the likelihood. `terms` are the coefficients of the design; `log_tie` is None without
    ties.

    `bread` is the inverse information and `score` the score per row, both over (terms, log_tie).
    """

    terms: Floats
    log_tie: float | None
    loglik: float
    bread: Floats
    score: Floats
    prior: float

    @property
    def values(self) -> Floats:
        return self.terms if self.log_tie is None else np.append(self.terms, self.log_tie)

    @property
    def influence(self) -> Floats:
        """Rows x (terms, log_tie)."""
        return self.score @ self.bread

    @property
    def model_covariance(self) -> Floats:
        """As if every row had its own rater and item: for comparison with published fits alone."""
        return self.bread

    def covariance(self, rater: Ints, item: Ints) -> Floats:
        """Two-way sandwich."""
        return two_way(self.influence, rater, item)


def fit(design: Floats, counts: Counts, pseudo: Floats | None = None) -> Fit | None:
    """Fit by Newton's method. `design` is rows x terms; None where there is no maximum.

    `pseudo` (rows x terms) are rows that get PRIOR wins on each side besides; they take no part in the score.
    """
    with_ties = bool(counts.ties.sum() > 0)
    extra = np.zeros((0, design.shape[1])) if pseudo is None else pseudo
    half = np.full(len(extra), PRIOR)
    everything = Counts(
        np.concatenate([counts.left, half]),
        np.concatenate([counts.ties, 0 * half]),
        np.concatenate([counts.right, half]),
    )
    all_design = np.vstack([design, extra])
    theta = _maximum(all_design, everything, with_ties)
    if theta is None:
        return None
    score, information = _derivatives(theta, all_design, everything, with_ties)
    return Fit(
        terms=theta[: design.shape[1]],
        log_tie=float(theta[-1]) if with_ties else None,
        loglik=_loglik(theta, design, counts, with_ties),
        bread=np.linalg.inv(information),
        score=score[: len(design)],
        prior=PRIOR if len(extra) else 0.0,
    )


def _maximum(design: Floats, counts: Counts, with_ties: bool) -> Floats | None:
    theta = np.zeros(design.shape[1] + with_ties)
    loglik = _loglik(theta, design, counts, with_ties)
    for _ in range(STEPS):
        score, information = _derivatives(theta, design, counts, with_ties)
        try:
            step = np.linalg.solve(information, score.sum(axis=0))
        except np.linalg.LinAlgError:
            return None
        if np.abs(step).max() < CONVERGED:
            return theta
        size = 1.0
        while True:
            trial = theta + size * step
            better = _loglik(trial, design, counts, with_ties)
            if better >= loglik - 1e-12 * abs(loglik) or size < 1e-6:
                break
            size /= 2
        theta, loglik = trial, better
        if np.abs(theta).max() > LARGE:
            return None
    return None


def _chances(theta: Floats, design: Floats, with_ties: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Chances of left, tie and right, and the log of their sum before scaling."""
    half = design @ theta[: design.shape[1]] / 2
    tie = theta[-1] if with_ties else -np.inf
    top = np.maximum(np.abs(half), tie)
    left, even, right = np.exp(half - top), np.exp(tie - top), np.exp(-half - top)
    total = left + even + right
    return left / total, even / total, right / total, np.log(total) + top


def _loglik(theta: Floats, design: Floats, counts: Counts, with_ties: bool) -> float:
    half = design @ theta[: design.shape[1]] / 2
    log_total = _chances(theta, design, with_ties)[3]
    tie = theta[-1] * counts.ties if with_ties else 0.0
    return float(((counts.left - counts.right) * half + tie - counts.n * log_total).sum())


def _derivatives(theta: Floats, design: Floats, counts: Counts, with_ties: bool) -> tuple[Floats, Floats]:
    """Score per row and information, over (terms, log_tie)."""
    p_left, p_tie, p_right, _ = _chances(theta, design, with_ties)
    n, mean = counts.n, (p_left - p_right) / 2
    score = design * ((counts.left - counts.right) / 2 - n * mean)[:, None]
    variance = n * ((p_left + p_right) / 4 - mean**2)
    information = design.T @ (design * variance[:, None])
    if with_ties:
        score = np.column_stack([score, counts.ties - n * p_tie])
        cross = -(design * (n * mean * p_tie)[:, None]).sum(axis=0)
        corner = float((n * p_tie * (1 - p_tie)).sum())
        information = np.block([[information, cross[:, None]], [cross[None, :], np.array([[corner]])]])
    return score, information


def separates(systems: int, winner: Ints, loser: Ints) -> bool:
    """Whether some systems never lose to, nor tie with, the others (Ford 1957): then worths run away.

    `winner` and `loser` list who beat whom, a tie both ways round.
    """
    graph = coo_array((np.ones(len(winner)), (winner, loser)), shape=(systems, systems))
    return bool(connected_components(graph, directed=True, connection="strong")[0] > 1)


def connected(systems: int, first: Ints, second: Ints) -> bool:
    """Whether every system was compared with every other, if through third ones."""
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(systems, systems))
    return bool(connected_components(graph, directed=False)[0] == 1)
