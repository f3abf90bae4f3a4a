"""Sequential tests: boundaries of planned looks at the data, and confidence sequences for looks at any time.

Planned looks: O'Brien and Fleming (1979), Biometrics 35:549-556, and Pocock (1977), Biometrika 64:191-199,
the constants found by the recursive integration of Armitage, McPherson and Rowe (1969), JRSS A 132:235-244.
Continuous: the normal mixture of Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics
49:1055-1080, with an estimated error, which makes it asymptotic (Waudby-Smith et al., Annals of Statistics
2024).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy import special

from analysis.messages import message
from analysis.stats.estimate import Estimate
from analysis.stats.intervals import find_root, interval, limits_around
from analysis.stats.linear import Linear, Ratio, without_noise
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED, Quantity, entry_of, pool
from analysis.stats.report import Entry

SEQUENCE = "asymptotic confidence sequence, normal mixture, two-way cluster-robust, n = items"
EXACT_SEQUENCE = "confidence sequence, beta-binomial mixture, n = min(raters, items), conservative"
MOST_LOOKS = 20
NODES = 80  # of the quadrature at each look
Quantities = Sequence[tuple[str | None, Quantity]]


@dataclass(frozen=True, slots=True)
class Looks:
    """Two-sided boundaries of looks after equal shares of the data.

    `boundaries` are critical values of a normal statistic, `levels` the confidence levels whose interval at
    that look crosses when the boundary does: with them any interval is carried to its t. The chance of
    crossing at any look is `alpha` where nothing is there.
    """

    constant: float
    boundaries: tuple[float, ...]
    levels: tuple[float, ...]
    alpha: float
    method: str

    def critical(self, look: int, df: float | None = None) -> float:
        """Critical value of one look (1, 2, ...); with `df` that of Student's t of the same tail. Raises
        ValueError for a look that is not planned."""
        if not 1 <= look <= len(self.boundaries):
            raise ValueError(f"look {look!r} is not planned: there are {len(self.boundaries)}")
        boundary = self.boundaries[look - 1]
        return boundary if df is None else float(-special.stdtrit(df, special.ndtr(-boundary)))


def obrien_fleming(looks: int, *, alpha: float = 0.05) -> Looks:
    """Return O'Brien and Fleming's boundaries: C sqrt(K/k) at look k of K.

    `alpha` is the chance of crossing any of them where there is no difference. Raises ValueError unless
    1 <= looks <= 20 and 0 < alpha < 1.

    >>> plan = obrien_fleming(3)
    >>> round(plan.constant, 3), [round(z, 2) for z in plan.boundaries]
    (2.004, [3.47, 2.45, 2.0])
    >>> round(plan.critical(3, df=19), 2)
    2.15
    """
    shape = tuple(math.sqrt(looks / look) for look in range(1, _checked(looks, alpha) + 1))
    return _looks(shape, alpha, "O'Brien-Fleming")


def pocock(looks: int, *, alpha: float = 0.05) -> Looks:
    """Return Pocock's boundary, which is the same at every look.

    `alpha` is the chance of crossing it at any look where there is no difference. Raises ValueError unless
    1 <= looks <= 20 and 0 < alpha < 1.

    >>> round(pocock(5).constant, 3)
    2.413
    """
    return _looks((1.0,) * _checked(looks, alpha), alpha, "Pocock")


def naive_chance(looks: int, *, alpha: float = 0.05) -> float:
    """Return the chance of a false positive at any of several looks, if each of them is tested at `alpha`.

    >>> round(naive_chance(5), 3)
    0.142
    """
    z = float(-special.ndtri(alpha / 2))
    return _chance_of_crossing(np.full(_checked(looks, alpha), z))


def look_level(look: int, looks: int, level: float = 0.95) -> float:
    """Return the confidence level of the interval to print at one of the planned O'Brien-Fleming looks.

    An interval of that level with t of min(raters, items) - 1 degrees of freedom excludes what the carried
    boundary rejects.

    >>> round(look_level(1, 2), 4), round(look_level(2, 2), 4)
    (0.9948, 0.952)
    """
    plan = obrien_fleming(looks, alpha=1 - level)
    plan.critical(look)
    return plan.levels[look - 1]


def best_rho(n: float, alpha: float = 0.05) -> float:
    """The tuning of the normal mixture that makes it all but narrowest after `n` observations, the closed
    form of Howard et al. (2021), section 3.5."""
    twice = 2 * math.log(1 / alpha)
    return n / (twice + math.log1p(twice))


def mixture_multiplier(n: float, *, alpha: float = 0.05, best_at: float | None = None) -> float:
    """What stands in the place of the critical value: limits are the estimate -+ this many standard errors.

    `n` counts the independent observations so far, here the items; the sequence is narrowest at `best_at` of
    them (`n` itself where none is given: then fix it before the first look). Raises ValueError unless n > 0.

    >>> round(mixture_multiplier(100, best_at=100) * 10, 3)  # Howard et al.: the boundary at v = 100
    30.352
    """
    if not n > 0:
        raise ValueError("a confidence sequence needs observations")
    rho = best_rho(best_at if best_at is not None else n, alpha)
    return math.sqrt((n + rho) / n * math.log((n + rho) / (rho * alpha**2)))


def bernoulli_sequence(
    successes: float, n: float, *, alpha: float = 0.05, best_at: float = 50
) -> tuple[float, float]:
    """Return limits of a share that hold at all looks together, exact for independent successes and failures.

    They are the two-sided beta-binomial mixture of Howard et al. (2021), from 0 to 1. `alpha` is the chance
    that they ever miss the true share, `best_at` the n at which they are narrowest. Raises ValueError unless
    0 <= successes <= n and n > 0.

    >>> [round(limit, 3) for limit in bernoulli_sequence(15, 50)]
    [0.13, 0.512]
    """
    if not 0 <= successes <= n or not n > 0:
        raise ValueError("give 0 <= successes <= n and n above 0")

    def excess(p: float) -> float:
        return _log_mixture(p, successes, n, alpha, best_at) + math.log(alpha)

    share, edge = successes / n, 1e-9
    low = _root(excess, edge, share) if successes > 0 else 0.0
    high = _root(excess, 1 - edge, share) if successes < n else 1.0
    return low, high


def _log_mixture(p: float, successes: float, n: float, alpha: float, best_at: float) -> float:
    """Log of the beta-binomial mixture over the binomial likelihood at p."""
    q = 1 - p
    prior = max(best_rho(best_at * p * q, alpha) - p * q, 1e-3 * p * q)
    failures = n - successes
    mixed = special.betaln(prior / q + successes, prior / p + failures) - special.betaln(prior / q, prior / p)
    return float(mixed - successes * math.log(p) - failures * math.log(q))


def _root(excess: Callable[[float], float], edge: float, share: float) -> float:
    """Where the mixture reaches 1/alpha between the edge of the scale and the share."""
    inside = min(max(share, 1e-9), 1 - 1e-9)
    if excess(edge) <= 0:
        return float(round(edge))
    return find_root(excess, edge, inside, 1e-12)


def _checked(looks: int, alpha: float) -> int:
    if isinstance(looks, bool) or not isinstance(looks, int) or not 1 <= looks <= MOST_LOOKS:
        raise ValueError(f"give a whole number of 1 to {MOST_LOOKS} looks, not {looks!r}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha!r}: give a number between 0 and 1")
    return looks


@cache
def _looks(shape: tuple[float, ...], alpha: float, method: str) -> Looks:
    form = np.array(shape)
    least, most = float(-special.ndtri(alpha / 2)), float(-special.ndtri(alpha / (2 * len(shape)))) + 1e-6
    constant = least
    if len(shape) > 1:
        constant = find_root(lambda c: _chance_of_crossing(c * form) - alpha, least, most, 1e-10)
    boundaries = tuple(float(value) for value in constant * form)
    levels = tuple(1 - 2 * float(special.ndtr(-z)) for z in boundaries)
    return Looks(constant, boundaries, levels, alpha, method)


def _chance_of_crossing(boundaries: np.ndarray) -> float:
    """Chance that a driftless sum, after equal steps, leaves the boundaries at any look."""
    sums = boundaries * np.sqrt(np.arange(1, len(boundaries) + 1))  # on the scale of the sum, one unit a step
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    place = sums[0] * nodes
    density = _normal(place) * sums[0] * weights
    crossed = 2 * special.ndtr(-sums[0])
    for limit in sums[1:]:
        crossed += density @ (special.ndtr(place - limit) + special.ndtr(-limit - place))
        after = limit * nodes
        density = _normal(after[:, None] - place) @ density * limit * weights
        place = after
    return float(crossed)


def _normal(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(values**2) / 2) / math.sqrt(2 * math.pi))


def confidence_sequence(estimate: Estimate, *, best_at: float | None = None) -> Estimate:
    """Return the same estimate with limits that hold at every look, however many there are.

    Parameters
    ----------
    estimate : Estimate
        A win rate, a mean or a difference, from rows: else ValueError.
    best_at : float, optional
        Number of items at which the sequence is narrowest: fix it before the first look (the number planned).

    Returns
    -------
    Estimate
        Asymptotic confidence sequence with n = items (Howard et al. 2021, Waudby-Smith et al. 2024). Where a
        win rate shows no error, the exact sequence of independent outcomes with n = min(raters, items).

    Examples
    --------
    >>> from analysis.stats import Judgments
    >>> j = Judgments.from_counts([3, 1, 2, 2], [0, 1, 0, 0], [1, 2, 2, 1], list("rrss"), list("abab"))
    >>> always = confidence_sequence(j.win_rate("system", "opponent"), best_at=40)
    >>> round(always.estimate, 4), always.p is None
    (0.5667, True)
    """
    value = estimate.linear
    if not isinstance(value, Linear):
        raise ValueError(
            "the estimate has no rows. Fix: give a win rate, a mean or a difference by its rows."
        )
    if estimate.low is None or estimate.df is None or estimate.estimate is None:
        return replace(estimate, p=None, null=None)
    alpha = 1 - estimate.level
    factor = estimate.estimate / value.value if value.value else 1.0
    if estimate.se is None:
        n = int(estimate.df) + 1
        method = EXACT_SEQUENCE
        low, high = bernoulli_sequence(value.value * n, n, alpha=alpha, best_at=best_at or n)
    else:
        reach = mixture_multiplier(estimate.items, alpha=alpha, best_at=best_at) * estimate.se / factor
        method = SEQUENCE
        low, high = limits_around(value.value, reach, estimate.scale)
    return replace(estimate, low=low * factor, high=high * factor, method=method, df=None, p=None, null=None)


def look_entries(quantities: Quantities, plan: Plan) -> Iterator[Entry]:
    """From all quantities of an analysis those that the plan looks at several times, with the limits of this
    look: O'Brien and Fleming's boundary, carried to the t of the interval. Nothing without planned looks."""
    if plan.looks is None or plan.look is None:
        return
    groups: dict[tuple[str, str], list[tuple[str | None, Quantity]]] = {}
    for language, quantity in quantities:
        if quantity.what == "win_rates" and _is_primary_contrast(quantity, plan):
            pair = quantity.keys["system"], quantity.keys["opponent"]
            groups.setdefault(pair, []).append((language, quantity))
    languages = {language for found in groups.values() for language, _ in found}
    for found in groups.values():
        if plan.pooled and len(languages) > 1:
            mean = pool([quantity for _, quantity in found], plan, len(found) == len(languages))
            yield _look_entry(mean, POOLED, plan)
        else:
            for language, quantity in found:
                yield _look_entry(quantity, language, plan)


def _is_primary_contrast(quantity: Quantity, plan: Plan) -> bool:
    """The primary contrast from one side: that of the machine, else that of the earlier system."""
    one, two = quantity.keys["system"], quantity.keys["opponent"]
    if quantity.criterion != plan.primary_criterion or two.startswith("*"):
        return False
    if quantity.family != "primary":
        return False
    if (one in plan.human) != (two in plan.human):
        return two in plan.human
    order = list(plan.systems) or sorted([one, two])
    return order.index(one) < order.index(two)


def _look_entry(quantity: Quantity, language: str | None, plan: Plan) -> Entry:
    assert plan.looks is not None
    assert plan.look is not None
    looks = obrien_fleming(plan.looks, alpha=1 - plan.level)
    level = looks.levels[plan.look - 1]
    bare = replace(quantity, what="looks", counts={}, rates={}, extra={}, null=None, tested=None)
    entry = entry_of(replace(bare, method=message("obrien_fleming", look=plan.look, looks=plan.looks)),
                     language, replace(plan, level=level))  # fmt: skip
    boundary = None
    estimate = quantity.estimate
    if estimate is not None and not isinstance(estimate, Ratio):
        limits = interval(estimate, plan.item_cluster, level, quantity.scale)
        if limits.se is not None:
            boundary = without_noise(looks.critical(plan.look, limits.df))
    crossed = None
    if entry.low is not None and entry.high is not None:
        crossed = not entry.low <= 0.5 <= entry.high
    own = {
        "look": plan.look,
        "of": plan.looks,
        **quantity.keys,
        "boundary": boundary,
        "crossed": crossed,
    }
    # The family stays that of the plan: the pooled look is the primary one where languages are pooled.
    return replace(entry, level=plan.level, own=own)
