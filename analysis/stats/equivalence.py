"""At human level or not: non-inferiority, and equivalence by two one-sided tests.

Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657-680. "p above 0.05" never shows
that two things are equal.
"""

from dataclasses import dataclass

from scipy import special

from analysis.messages import Message
from analysis.stats.estimate import Estimate
from analysis.stats.intervals import critical, interval
from analysis.stats.proportions import win_rate_from_counts


@dataclass(frozen=True, slots=True)
class OneSidedTests:
    """Two one-sided tests of lying above `bounds[0]` and below `bounds[1]`.

    `low` and `high` are the limits at level 1 - 2 alpha; both tests reject exactly where they lie inside the
    bounds. `p` is the larger of the two.
    """

    estimate: float
    low: float
    high: float
    bounds: tuple[float, float]
    p_above: float
    p_below: float
    alpha: float
    df: float | None

    @property
    def p(self) -> float:
        return max(self.p_above, self.p_below)

    @property
    def equivalent(self) -> bool:
        return self.p < self.alpha

    @property
    def non_inferior(self) -> bool:
        """Above the lower bound, whatever the upper one says."""
        return self.p_above < self.alpha


def two_one_sided_tests(
    estimate: float, se: float, bounds: tuple[float, float], *, df: float | None = None, alpha: float = 0.05
) -> OneSidedTests:
    """Test whether a true value lies inside two bounds, by two one-sided tests (Schuirmann 1987).

    `estimate`, its standard error `se` and the bounds are on one scale. `df` are the degrees of freedom of
    Student's t; None takes the normal distribution. Raises ValueError unless se > 0 and the bounds are in
    order.

    >>> test = two_one_sided_tests(0.02, 0.03, (-0.1, 0.1), df=19)
    >>> test.equivalent, round(test.p, 4)
    (True, 0.0076)
    """
    if not se > 0:
        raise ValueError(f"the standard error is {se!r}: it must be above zero")
    if not bounds[0] < bounds[1]:
        raise ValueError(f"the bounds {bounds!r} are not in order")
    estimate, se = float(estimate), float(se)
    reach = critical(1 - 2 * alpha, df if df is not None else float("inf")) * se
    return OneSidedTests(
        estimate=estimate,
        low=estimate - reach,
        high=estimate + reach,
        bounds=bounds,
        p_above=_below((bounds[0] - estimate) / se, df),
        p_below=_below((estimate - bounds[1]) / se, df),
        alpha=alpha,
        df=None if df is None else float(df),
    )


def _below(t: float, df: float | None) -> float:
    """The lower tail of Student's t, or of the normal law."""
    return float(special.ndtr(t) if df is None else special.stdtr(df, t))


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be said of a win rate against people, `margin` being the distance from 1/2 that counts as
    level.

    None where no limits could be computed. `low` is the lower limit of the two-sided interval at the study's
    level, `inner` the limits at twice its error (90% beside 95%).
    """

    non_inferior: bool | None
    equivalent: bool | None
    margin: float
    low: float | None
    inner: tuple[float, float] | None
    reason: Message | str | None = None


def claim(
    low: float | None, inner: tuple[float, float] | None, margin: float, reason: Message | str | None
) -> Claim:
    """Non-inferior where the two-sided interval ends above 1/2 - margin; equivalent where the inner one lies
    inside 1/2 -+ margin."""
    if low is None or inner is None:
        return Claim(None, None, margin, None, None, reason)
    return Claim(
        non_inferior=low > 0.5 - margin,
        equivalent=0.5 - margin < inner[0] and inner[1] < 0.5 + margin,
        margin=margin,
        low=low,
        inner=inner,
    )


def human_level_claim(win_rate: Estimate, margin: float) -> Claim:
    """Return what may be claimed against people: non-inferior, equivalent, or neither.

    Parameters
    ----------
    win_rate : Estimate
        Win rate over people: else ValueError.
    margin : float
        Distance from 1/2 that counts as level, above 0 and below 1/2, fixed with its reason before there are
        data.

    Returns
    -------
    Claim
        Non-inferior: the lower limit exceeds 1/2 - margin. Equivalent: the limits at twice the error (90%
        for a win rate at 95%) lie inside 1/2 -+ margin, two one-sided tests (Schuirmann 1987). None without
        limits. A p value above 0.05 shows no equality.

    Examples
    --------
    >>> claim = human_level_claim(win_rate_from_counts(60, 50), 0.1)
    >>> claim.non_inferior, claim.equivalent
    (True, False)
    """
    if not 0 < margin < 0.5:
        raise ValueError(f"margin is {margin!r}. Fix: give a number between 0 and 1/2.")
    if win_rate.scale != "logit" or (win_rate.null is not None and win_rate.null != 0.5):
        raise ValueError("the estimate is no win rate. Fix: give one, as Judgments.win_rate returns it.")
    inner = _limits_at(win_rate, 2 * win_rate.level - 1) if win_rate.low is not None else None
    return claim(win_rate.low, inner, margin, win_rate.reason)


def _limits_at(win_rate: Estimate, level: float) -> tuple[float, float] | None:
    """Return the limits of a win rate at another level, by the method that it has."""
    if win_rate.linear is not None:
        found = interval(win_rate.linear, win_rate.cluster, level, win_rate.scale)
        return None if found.low is None or found.high is None else (found.low, found.high)
    counts = (int(win_rate.detail[key]) for key in ("wins", "losses", "ties"))
    again = win_rate_from_counts(*counts, method=win_rate.detail["interval"], level=level)
    return None if again.low is None or again.high is None else (again.low, again.high)
