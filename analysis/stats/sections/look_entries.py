"""The primary win rate at one of several planned looks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analysis.messages import message
from analysis.stats.intervals import interval
from analysis.stats.linear import Ratio, without_noise
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED, Quantity, entry_of, pool
from analysis.stats.report import Entry
from analysis.stats.sequential import obrien_fleming

Found = Sequence[tuple[str | None, Quantity]]


def look_entries(quantities: Found, plan: Plan) -> Iterator[Entry]:
    """From all quantities of an analysis those that the plan looks at several times, with the limits of this
    look: O'Brien and Fleming's boundary, carried to the t of the interval. Nothing without planned looks."""
    if plan.looks is None or plan.look is None:
        return
    groups: dict[tuple[str, str], list[tuple[str | None, Quantity]]] = {}
    for language, quantity in quantities:
        if quantity.what == "win_rates" and _asked(quantity, plan):
            pair = quantity.keys["system"], quantity.keys["opponent"]
            groups.setdefault(pair, []).append((language, quantity))
    languages = {language for found in groups.values() for language, _ in found}
    for found in groups.values():
        if plan.pooled and len(languages) > 1:
            mean = pool([quantity for _, quantity in found], plan, len(found) == len(languages))
            yield _entry(mean, POOLED, plan)
        else:
            for language, quantity in found:
                yield _entry(quantity, language, plan)


def _asked(quantity: Quantity, plan: Plan) -> bool:
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


def _entry(quantity: Quantity, language: str | None, plan: Plan) -> Entry:
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
