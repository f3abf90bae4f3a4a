"""Davidson's model of paired comparisons with ties, with a term for the left side and further covariates.

Source: Davidson (1970), Journal of the American Statistical Association 65:317-328; the order term as in
Davidson and Beaver (1977), Biometrics 33:693-702. With d the log worth of left minus right plus the linear
terms, the chances of left, tie and right are as exp(d/2) : v : exp(-d/2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from analysis.stats.covariance import two_way
from analysis.stats.linear import Floats, Ints

MOST_SYSTEMS = 200
STEPS = 100
CONVERGED = 1e-10
PRIOR = 0.5  # wins added each way to every pair that met, where the likelihood separates
SEPARATED = 1e-6  # above the rounding of the linear program, and far below what any separation gives


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
class Rows:
    """Outcomes with their design: `design[kind]` per row, and the covariate of the row as a last column if
    there is one."""

    design: Floats
    counts: Counts
    kind: Ints | None = None
    covariate: Floats | None = None

    @property
    def terms(self) -> int:
        return self.design.shape[1] + (self.covariate is not None)

    def half(self, theta: Floats) -> Floats:
        """Half the log worth of left minus right, per row."""
        width = self.design.shape[1]
        half = self.design @ theta[:width] / 2
        half = half if self.kind is None else half[self.kind]
        return half if self.covariate is None else half + self.covariate * (theta[width] / 2)

    def total(self, values: Floats) -> Floats:
        """The sum over rows of value x design."""
        part = values @ self.design if self.kind is None else self._by_kind(values) @ self.design
        return part if self.covariate is None else np.append(part, values @ self.covariate)

    def square(self, values: Floats) -> Floats:
        """The sum over rows of value x design x design."""
        by_kind = values if self.kind is None else self._by_kind(values)
        square = self.design.T @ (self.design * by_kind[:, None])
        if self.covariate is None:
            return square
        scaled = values * self.covariate
        side = (scaled if self.kind is None else self._by_kind(scaled)) @ self.design
        corner = np.array([[scaled @ self.covariate]])
        return np.block([[square, side[:, None]], [side[None, :], corner]])

    def per_row(self, values: Floats) -> Floats:
        """Value x design: rows x terms."""
        design = self.design if self.kind is None else self.design[self.kind]
        design = design if self.covariate is None else np.column_stack([design, self.covariate])
        return design * values[:, None]

    def _by_kind(self, values: Floats) -> Floats:
        assert self.kind is not None
        return np.bincount(self.kind, weights=values, minlength=len(self.design))


@dataclass(frozen=True, eq=False)
class Fit:
    """A maximum of the likelihood. `terms` are the coefficients of the design; `log_tie` is None without
    ties.

    `bread` is the inverse information over (terms, log_tie). `side` and `even` are what each row adds to the
    score: of its design, and of log_tie.
    """

    rows: Rows
    terms: Floats
    log_tie: float | None
    loglik: float
    bread: Floats
    side: Floats
    even: Floats
    prior: float

    @property
    def values(self) -> Floats:
        return self.terms if self.log_tie is None else np.append(self.terms, self.log_tie)

    @property
    def score(self) -> Floats:
        """Rows x (terms, log_tie)."""
        score = self.rows.per_row(self.side)
        return score if self.log_tie is None else np.column_stack([score, self.even])

    @property
    def influence(self) -> Floats:
        """Rows x (terms, log_tie)."""
        return self.score @ self.bread

    def covariance(self, rater: Ints, item: Ints) -> Floats:
        """Two-way sandwich."""
        return two_way(self.influence, rater, item)


def fit(design: Floats, counts: Counts, pseudo: Floats | None = None) -> Fit | None:
    """Fit by Newton's method. `design` is rows x terms; None where there is no maximum.

    `pseudo` (rows x terms) are rows that get PRIOR wins on each side besides; they take no part in the score.
    """
    return fit_rows(Rows(design, counts), pseudo)


def fit_rows(rows: Rows, pseudo: Floats | None = None, start: Floats | None = None) -> Fit | None:
    """The same of rows that share their designs; `start` is where the search begins (terms, log_tie)."""
    with_ties = bool(rows.counts.ties.sum() > 0)
    extra = np.zeros((0, rows.terms)) if pseudo is None else pseudo
    half = np.full(len(extra), PRIOR)
    parts = [rows, Rows(extra, Counts(half, 0 * half, half))]
    theta = None if _separated(parts, with_ties) else _maximum(parts, with_ties, start)
    if theta is None:
        return None
    information = _derivatives(theta, parts, with_ties)[1]
    side, even, _ = _residuals(theta, rows, with_ties)
    return Fit(
        rows=rows,
        terms=theta[: rows.terms],
        log_tie=float(theta[-1]) if with_ties else None,
        loglik=_loglik(theta, rows, with_ties),
        bread=np.linalg.inv(information),
        side=side,
        even=even,
        prior=PRIOR if len(extra) else 0.0,
    )


@dataclass(frozen=True, eq=False)
class _OutcomesSeen:
    """Outcomes (left, tie, right) x kinds of row: whether it was seen, and the smallest and the largest
    covariate of the rows that had it (0 without a covariate)."""

    design: Floats
    there: np.ndarray
    low: Floats
    high: Floats


def _outcomes_seen(rows: Rows) -> _OutcomesSeen:
    size = len(rows.design)
    kind = np.arange(size) if rows.kind is None else rows.kind
    there = np.zeros((3, size), dtype=bool)
    low, high = np.full((3, size), np.inf), np.full((3, size), -np.inf)
    for at, counts in enumerate((rows.counts.left, rows.counts.ties, rows.counts.right)):
        of = kind[counts > 0]
        there[at, of] = True
        value = np.zeros(of.size) if rows.covariate is None else rows.covariate[counts > 0]
        np.minimum.at(low[at], of, value)
        np.maximum.at(high[at], of, value)
    return _OutcomesSeen(rows.design, there, low, high)


def _separated(parts: Sequence[Rows], with_ties: bool) -> bool:
    """Whether the likelihood has no maximum: some change of the terms, continued without end, makes no
    outcome that was seen less likely (Albert and Anderson 1984, Biometrika 71:1-10).

    The outcomes that were seen must then stay the largest of their row in that direction, which is a linear
    program (Konis 2007, Linear programming algorithms for detecting separated data).
    """
    covariate = parts[0].covariate is not None
    seen = [_outcomes_seen(part) for part in parts]
    if _overlap(seen, covariate):
        return False
    from scipy.optimize import linprog  # takes long to import, and few tables need it

    blocks = [block for part in seen for block in _directions(part, parts[0].terms, covariate, with_ties)]
    at_least_zero = vstack(blocks, format="csr")
    found = linprog(
        -at_least_zero.sum(axis=0), -at_least_zero, np.zeros(at_least_zero.shape[0]), bounds=(-1, 1)
    )
    return bool(found.fun is not None and found.fun < -SEPARATED)


def _overlap(seen: Sequence[_OutcomesSeen], covariate: bool) -> bool:
    """Whether rows that were won by both sides fix every term already, which is the usual case: then nothing
    separates, and no linear program is needed."""
    both = [part.there[0] & part.there[2] for part in seen]
    if covariate:
        first, won = seen[0], both[0]
        up, down = first.high[2] > first.low[0], first.high[0] > first.low[2]
        if not ((up & won).any() and (down & won).any()):
            return False
    if not any(won.any() for won in both):
        return False
    width = seen[0].design.shape[1]
    fixed = [part.design[won | part.there[1], :width] for part, won in zip(seen, both, strict=True)]
    gram = sum(rows.T @ rows for rows in fixed)
    return int(np.linalg.matrix_rank(gram, hermitian=True)) == width


def _directions(seen: _OutcomesSeen, terms: int, covariate: bool, with_ties: bool) -> Iterator[csr_array]:
    """Rows over (terms, log_tie) that are at least zero in a direction in which the outcomes seen stay the
    largest."""
    for outcome, sign in ((0, 1.0), (1, 0.0), (2, -1.0)):
        there = seen.there[outcome]
        for value in (seen.low[outcome, there], seen.high[outcome, there]):
            columns = [seen.design[there]]
            if covariate and seen.design.shape[1] < terms:
                columns.append(value[:, None])
            worth = csr_array(np.hstack(columns))
            # Twice the log chances, up to a common term: left `worth`, tie 2 log_tie, right -`worth`.
            others = [(sign * 2, 0.0), (sign, -2.0)] if sign else [(1.0, 2.0), (-1.0, 2.0)]
            for times, tie in others if with_ties else others[:1]:
                block = times * worth
                column = csr_array(np.full((block.shape[0], 1), tie))
                yield hstack([block, column], format="csr") if with_ties else block


def _maximum(parts: Sequence[Rows], with_ties: bool, start: Floats | None) -> Floats | None:
    theta = np.zeros(parts[0].terms + with_ties) if start is None else start
    loglik = sum(_loglik(theta, part, with_ties) for part in parts)
    for _ in range(STEPS):
        score, information = _derivatives(theta, parts, with_ties)
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            return None
        if np.abs(step).max() < CONVERGED * max(1.0, np.abs(theta).max()):
            return theta
        size = 1.0
        while True:
            trial = theta + size * step
            better = sum(_loglik(trial, part, with_ties) for part in parts)
            if better >= loglik - 1e-12 * abs(loglik) or size < 1e-6:
                break
            size /= 2
        theta, loglik = trial, better
    return None


def chances(half: Floats, log_tie: Floats | float) -> tuple[Floats, Floats, Floats, Floats]:
    """Chances of left, tie and right, and the log of their sum before scaling, from half the log worth of
    left minus right."""
    top = np.maximum(np.abs(half), log_tie)
    left, even, right = np.exp(half - top), np.exp(log_tie - top), np.exp(-half - top)
    total = left + even + right
    return left / total, even / total, right / total, np.log(total) + top


def _tie(theta: Floats, with_ties: bool) -> float:
    return float(theta[-1]) if with_ties else -np.inf


def _loglik(theta: Floats, rows: Rows, with_ties: bool) -> float:
    half, counts = rows.half(theta), rows.counts
    log_total = chances(half, _tie(theta, with_ties))[3]
    tie = theta[-1] * counts.ties if with_ties else 0.0
    return float(((counts.left - counts.right) * half + tie - counts.n * log_total).sum())


def _residuals(theta: Floats, rows: Rows, with_ties: bool) -> tuple[Floats, Floats, tuple[Floats, ...]]:
    """What each row adds to the score, of its design and of log_tie; and its weights in the information."""
    counts = rows.counts
    left, even, right, _ = chances(rows.half(theta), _tie(theta, with_ties))
    n, mean = counts.n, (left - right) / 2
    weights = (n * ((left + right) / 4 - mean**2), -n * mean * even, n * even * (1 - even))
    return (counts.left - counts.right) / 2 - n * mean, counts.ties - n * even, weights


def _derivatives(theta: Floats, parts: Sequence[Rows], with_ties: bool) -> tuple[Floats, Floats]:
    """Score and information, over (terms, log_tie)."""
    size = len(theta)
    score, information = np.zeros(size), np.zeros((size, size))
    for rows in parts:
        side, even, (variance, cross, corner) = _residuals(theta, rows, with_ties)
        terms = rows.terms
        score[:terms] += rows.total(side)
        information[:terms, :terms] += rows.square(variance)
        if with_ties:
            score[-1] += even.sum()
            between = rows.total(cross)
            information[:terms, -1] += between
            information[-1, :terms] += between
            information[-1, -1] += corner.sum()
    return score, information


def connected(systems: int, first: Ints, second: Ints) -> bool:
    """Whether every system was compared with every other, if through third ones."""
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(systems, systems))
    return bool(connected_components(graph, directed=False)[0] == 1)
