"""What the plan claims of its primary contrasts, tested: a difference, non-inferiority, or equivalence.

Non-inferior: the lower limit at the level of the plan lies above the margin. Equivalent: two one-sided tests
(Schuirmann 1987), so the limits at twice the error lie inside it. Several contrasts are tested by Holm's
method. Neither may be claimed of raters who might see no difference: `assay` is what proves that these do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.stats.coded_columns import is_any, used_names
from analysis.stats.intervals import interval
from analysis.stats.plan import EQUIVALENT, Plan
from analysis.stats.rater_quality import share_beaten
from analysis.stats.report import Entry
from analysis.stats.tables import Tables

ASSAY_LEVEL = 0.95
ROUNDING = 1e-9


@dataclass(frozen=True)
class Decision:
    """Whether the claim about one contrast holds, and the limits that decided it, at their level."""

    holds: bool
    low: float | None
    high: float | None
    level: float


def decide_claims(entries: Sequence[Entry], plan: Plan) -> list[Decision]:
    """Decide the plan's claim within its margin for these contrasts (win rates, or score differences).

    Holm's method: all are tested at the error divided by their number. Those that hold are taken out, and
    the rest are tested at the error divided by what is left, until none of them holds.
    """
    sides = 2 if plan.claim == EQUIVALENT else 1
    found: dict[int, Decision] = {}
    while left := [at for at, entry in enumerate(entries) if at not in found and entry.low is not None]:
        level = 1 - (1 - plan.level) * sides / len(left)
        tested = {at: _within_margin(entries[at], plan, level) for at in left}
        found |= {at: one for at, one in tested.items() if one.holds}
        if not any(one.holds for one in tested.values()):
            found |= tested
    unknown = Decision(False, None, None, plan.level)
    return [found.get(at, unknown) for at in range(len(entries))]


def _within_margin(entry: Entry, plan: Plan, level: float) -> Decision:
    low, high = _limits_at(entry, level)
    even, margin = 0.5 if _is_win_rate(entry) else 0.0, plan.margin or 0.0
    above = low is not None and low > even - margin
    below = high is not None and high < even + margin
    return Decision(above and (below or plan.claim != EQUIVALENT), low, high, level)


def decide_difference(entry: Entry, still_open: int = 1) -> Decision:
    """Whether a contrast differs from none, by its adjusted p, and limits at a level that agrees with it.

    Holm's method divides the error by the number of tests that are left at this contrast, or, for one that
    does not differ, by `still_open`: the number of tests that do not reject.
    """
    p, adjusted = entry.own.get("p"), entry.own.get("p_adjusted")
    error, shares = 1 - entry.level, max(1, still_open)
    holds = adjusted is not None and adjusted <= error
    if holds and p is not None and adjusted is not None:
        shares = math.floor((adjusted / p if p > 0 else entry.own["tests"]) + ROUNDING)
    level = 1 - error / shares
    return Decision(holds, *_limits_at(entry, level), level)


def _limits_at(entry: Entry, level: float) -> tuple[float | None, float | None]:
    if level == entry.level or entry.tested is None or entry.low is None:
        return entry.low, entry.high
    found = interval(entry.tested, entry.cluster, level, "logit" if _is_win_rate(entry) else "identity")
    return found.low, found.high


def _is_win_rate(entry: Entry) -> bool:
    return entry.own.get("of") is None


def find_assay(tables: Tables, plan: Plan) -> str | None:
    """What proves that the raters see a difference: "checks" or "baseline", else None.

    In each language the share of checks passed, or of the comparisons that the plan's weak baseline lost (a
    tie as half), has its lower limit (by rater and scene) above one half. Imputed judgments prove nothing.
    """
    return next((name for name, found in _proofs(tables, plan) if found and all(found)), None)


def _proofs(tables: Tables, plan: Plan) -> Iterator[tuple[str, list[bool]]]:
    weak = (plan.weak_baseline,) if plan.weak_baseline else ()
    judged = None if tables.made is None else used_names(tables.made["language"])
    for name, rows, worse, tie in (
        ("checks", tables.checks, plan.known_worse, 0.0),
        ("baseline", tables.made, weak, 0.5),
    ):
        if rows is None or judged is None or not worse:
            continue
        rows = rows[is_any(rows["criterion"], plan.primary_criterion or "")]
        shares = [share_beaten(rows[is_any(rows["language"], one)], worse, tie) for one in judged]
        limits = [None if one is None else interval(one, "item", ASSAY_LEVEL, "logit").low for one in shares]
        yield name, [low is not None and low > 0.5 for low in limits]
