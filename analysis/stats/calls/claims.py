"""What may be claimed against people: non-inferior, equivalent, or neither."""

from analysis.stats.calls.result import Estimate
from analysis.stats.calls.win_rates import win_rate_from_counts
from analysis.stats.equivalence import Claim, claim
from analysis.stats.intervals import interval


def non_inferior(win_rate: Estimate, margin: float) -> bool | None:
    """Whether the lower limit of a win rate over people exceeds 1/2 - margin; None where it has no limits.

    The margin is fixed with its reason before the data. Raises ValueError unless 0 < margin < 1/2 and the
    estimate is a win rate.

    >>> non_inferior(win_rate_from_counts(60, 50), 0.1)
    True
    """
    return human_level_claim(win_rate, margin).non_inferior


def equivalent(win_rate: Estimate, margin: float) -> bool | None:
    """Whether the limits at twice the error (90 % for a win rate at 95 %) lie inside 1/2 -+ margin: two
    one-sided tests (Schuirmann 1987). None where there are no limits. Errors raised as of `non_inferior`.

    >>> equivalent(win_rate_from_counts(60, 50), 0.1)
    False
    """
    return human_level_claim(win_rate, margin).equivalent


def human_level_claim(win_rate: Estimate, margin: float) -> Claim:
    """Both claims with the limits that they rest on. "p above 0.05" shows no equality.

    >>> human_level_claim(win_rate_from_counts(60, 50), 0.2).equivalent
    True
    """
    if not 0 < margin < 0.5:
        raise ValueError(f"margin is {margin!r}: give a number between 0 and 1/2")
    if win_rate.scale != "logit" or (win_rate.null is not None and win_rate.null != 0.5):
        raise ValueError("give a win rate, as win_rate returns it")
    inner = None
    if win_rate.low is not None:
        inner = _limits_at(win_rate, 2 * win_rate.level - 1)
    return claim(win_rate.low, inner, margin, win_rate.reason)


def _limits_at(win_rate: Estimate, level: float) -> tuple[float, float] | None:
    """The limits of a win rate at another level, by the method that it has."""
    if win_rate.linear is not None:
        found = interval(win_rate.linear, win_rate.cluster, level, win_rate.scale)
        return None if found.low is None or found.high is None else (found.low, found.high)
    method = "wilson" if win_rate.method.startswith("Wilson") else "clopper-pearson"
    counts = (int(win_rate.detail[key]) for key in ("wins", "losses", "ties"))
    again = win_rate_from_counts(*counts, method=method, level=level)
    return None if again.low is None or again.high is None else (again.low, again.high)
