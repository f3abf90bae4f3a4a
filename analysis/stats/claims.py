"""What the plan claims of its primary contrasts, tested: a difference, non-inferiority, or equivalence.

Non-inferior: the lower limit at the level of the plan lies above the margin. Equivalent: two one-sided tests
(Schuirmann 1987), so the limits at twice the error lie inside it. Several contrasts are adjusted by Holm.
Neither may be claimed of raters who might see no difference at all: `assay` is what proves that these do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.stats.intervals import find_root, interval, p_value
from analysis.stats.linear import Linear, Pooled
from analysis.stats.multiple_testing import holm
from analysis.stats.plan import DIFFERENCE, EQUIVALENT, Plan
from analysis.stats.rater_quality import share_of_checks_passed
from analysis.stats.report import Entry
from analysis.stats.tables import Tables
from analysis.stats.win_rates import ALL

ASSAY_LEVEL = 0.95
SMALLEST_P = 1e-12  # by searching


@dataclass(frozen=True)
class Tested:
    """The test of one contrast. `low` and `high` are the limits that decided it, at `level`; `alpha` is the
    error that the adjusted p must not exceed."""

    p: float | None
    p_adjusted: float | None
    tests: int
    alpha: float
    low: float | None
    high: float | None
    level: float

    @property
    def holds(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted <= self.alpha


def test_claims(entries: Sequence[Entry], plan: Plan) -> list[Tested]:
    """Test what the plan claims of these primary contrasts, win rates or differences of mean scores."""
    if plan.claim == DIFFERENCE:
        return [_difference(entry) for entry in entries]
    sides = 2 if plan.claim == EQUIVALENT else 1
    alpha = (1 - plan.level) * sides / 2
    p = [_p_of_claim(entry, plan) for entry in entries]
    known = [value for value in p if value is not None]
    adjusted = iter(holm(known))
    found = []
    for entry, value in zip(entries, p, strict=True):
        own = None if value is None else next(adjusted)
        level = 1 - 2 * alpha * _share_of_error(value, own, len(known))
        found.append(Tested(value, own, len(known), alpha, *_limits_at(entry, level), level))
    return found


def _difference(entry: Entry) -> Tested:
    p, own, tests = entry.own.get("p"), entry.own.get("p_adjusted"), entry.own.get("tests") or 1
    level = 1 - (1 - entry.level) * _share_of_error(p, own, tests)
    return Tested(p, own, tests, 1 - entry.level, *_limits_at(entry, level), level)


def _share_of_error(p: float | None, adjusted: float | None, tests: int) -> float:
    """The part of the error that Holm's method leaves this test, so that its limits agree with the adjusted
    p."""
    if p is None or adjusted is None or tests < 2:
        return 1.0
    return p / adjusted if p > 0 and adjusted < 1 else 1 / tests


def _limits_at(entry: Entry, level: float) -> tuple[float | None, float | None]:
    if level == entry.level or entry.tested is None or entry.low is None:
        return entry.low, entry.high
    found = interval(entry.tested, entry.cluster, level, _scale(entry))
    return found.low, found.high


def _scale(entry: Entry) -> str:
    return "logit" if "opponent" in entry.own and entry.own.get("of") is None else "identity"


def _p_of_claim(entry: Entry, plan: Plan) -> float | None:
    """p of the value being no better than the margin allows; of an equivalence the larger of both sides."""
    if entry.tested is None or entry.low is None or plan.margin is None:
        return None
    scale = _scale(entry)
    level = 0.5 if scale == "logit" else 0.0
    above = _one_sided(entry.tested, entry.cluster, level - plan.margin, scale, 1)
    if plan.claim != EQUIVALENT:
        return above
    return max(above, _one_sided(entry.tested, entry.cluster, level + plan.margin, scale, -1))


def _one_sided(estimate: Linear | Pooled, by: str, bound: float, scale: str, sign: int) -> float:
    """p of the value not lying above `bound` (`sign` 1) or below it (-1). Exact limits have no error: there
    it is the smallest error at which the limit still lies beyond the bound."""

    def beyond(alpha: float) -> float:
        found = interval(estimate, by, 1 - 2 * alpha, scale)
        limit = found.low if sign > 0 else found.high
        assert limit is not None
        return sign * (limit - bound)

    if interval(estimate, by, ASSAY_LEVEL, scale).se is not None:
        p = p_value(estimate, by, bound, scale)
        assert p is not None
        return p / 2 if sign * (estimate.value - bound) > 0 else 1 - p / 2
    if beyond(0.5 - SMALLEST_P) <= 0:
        return 1.0
    return SMALLEST_P if beyond(SMALLEST_P) > 0 else find_root(beyond, SMALLEST_P, 0.5 - SMALLEST_P)


def find_assay(tables: Tables, plan: Plan, lists: Mapping[str, Sequence[Entry]]) -> str | None:
    """What proves that the raters see a difference: "checks" or "baseline", else None.

    The share of checks passed (by rater and scene), or of the win rates over the plan's weak baseline, has
    its lower limit above one half.
    """
    checks = tables.checks
    if checks is not None and len(checks) and plan.known_worse:
        passed = share_of_checks_passed(
            checks[checks["criterion"] == plan.primary_criterion], plan.known_worse
        )
        limits = None if passed is None else interval(passed, "item", ASSAY_LEVEL, "logit")
        if limits is not None and limits.low is not None and limits.low > 0.5:
            return "checks"
    beaten = [
        entry.high is not None and entry.high < 0.5
        for entry in lists["win_rates"]
        if (entry.own["system"], entry.own["opponent"]) == (plan.weak_baseline, ALL)
        and entry.criterion == plan.primary_criterion
    ]
    return "baseline" if beaten and all(beaten) else None
