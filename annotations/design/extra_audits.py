"""What the extras must keep, checked on the slots themselves: in tests, at freezing, while a study runs."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from annotations.design.inputs import DesignInput, ExtrasInput, SeatPlan, SlotPlan


def main_slots_only(plans: Sequence[SeatPlan]) -> list[SeatPlan]:
    """The seats with their main slots alone, counted from 1 again: what the main draw gave."""
    return [
        replace(
            plan,
            slots=tuple(
                replace(slot, position=position)
                for position, slot in enumerate((s for s in plan.slots if s.kind == "main"), start=1)
            ),
            practice=(),
        )
        for plan in plans
    ]


def audit_extras(given: DesignInput, wanted: ExtrasInput, plans: Sequence[SeatPlan]) -> list[str]:
    """Every broken promise of the extras, as a line for people. `first` and `second` may be codes of entries
    instead of systems: what names a system is not needed."""
    found = [finding for plan in plans for finding in _seat(given, wanted, plan)]
    sides: dict[str, list[bool]] = defaultdict(list)
    for plan in plans:
        for slot in (*plan.practice, *plan.slots):
            if slot.kind not in ("main", "repeat"):
                sides[slot.kind].append(slot.first_on_left)
    return found + [
        f"sides of {kind}: {sum(lefts)} left of {len(lefts)}"
        for kind, lefts in sorted(sides.items())
        if abs(2 * sum(lefts) - len(lefts)) > 1
    ]


def _seat(given: DesignInput, wanted: ExtrasInput, plan: SeatPlan) -> list[str]:
    name = f"seat {plan.number}"
    found = _practice(wanted, plan, name)
    if [slot.position for slot in plan.slots] != list(range(1, len(plan.slots) + 1)):
        found.append(f"{name}: positions do not run from 1")
    counts = Counter(slot.kind for slot in plan.slots)
    for kind, count in (("check", wanted.per_seat), ("same", wanted.same), ("repeat", wanted.repeat)):
        if counts[kind] != count:
            found.append(f"{name}: {counts[kind]} pairings of kind {kind}, and {count} are wanted")
    found += _checks(wanted, plan, name)
    found += _repeats(wanted, plan, name)
    found += _twice(plan, name)
    for kind in ("check", "same"):
        lefts = [slot.first_on_left for slot in plan.slots if slot.kind == kind]
        if abs(2 * sum(lefts) - len(lefts)) > 1:
            found.append(f"{name}: sides of {kind}: {sum(lefts)} left of {len(lefts)}")
    return found


def _practice(wanted: ExtrasInput, plan: SeatPlan, name: str) -> list[str]:
    known = {brief.slug for brief in wanted.practised(plan.reads)}
    size = wanted.practice_size(plan.reads)
    found = []
    if [slot.position for slot in plan.practice] != list(range(1, size * wanted.tries + 1)):
        found.append(f"{name}: {len(plan.practice)} practice pairs, and {size * wanted.tries} are wanted")
    if any(slot.kind != "practice" or slot.brief not in known for slot in plan.practice):
        found.append(f"{name}: a practice pair that is none for this rater")
    pairs = Counter((slot.brief, slot.first, slot.second, slot.variant) for slot in plan.practice)
    if max(pairs.values(), default=1) > 1:
        found.append(f"{name}: a practice pair for the second time")
    return found


def _checks(wanted: ExtrasInput, plan: SeatPlan, name: str) -> list[str]:
    known = {brief.slug for brief in wanted.checks if brief.language in plan.reads}
    checks = [slot for slot in plan.slots if slot.kind == "check"]
    found = []
    if any(slot.brief not in known for slot in checks):
        found.append(f"{name}: a check that is none for this rater")
    if any(slot.position == 1 for slot in checks):
        found.append(f"{name}: a check comes first")
    if any(b.position - a.position == 1 for a, b in pairwise(checks)):
        found.append(f"{name}: two checks in a row")
    return found


def _repeats(wanted: ExtrasInput, plan: SeatPlan, name: str) -> list[str]:
    main = {slot.brief: slot for slot in plan.slots if slot.kind == "main"}
    gap = wanted.gap_of(len(main))
    found = []
    for slot in plan.slots:
        if slot.kind != "repeat":
            continue
        source = main.get(slot.brief)
        if source is None or (source.first, source.second) != (slot.first, slot.second):
            found.append(f"{name}, position {slot.position}: repeats nothing of this seat")
        elif slot.position - source.position < gap:
            found.append(f"{name}, position {slot.position}: comes again too soon")
        elif slot.first_on_left == source.first_on_left:
            found.append(f"{name}, position {slot.position}: comes again with the same sides")
    return found


def _twice(plan: SeatPlan, name: str) -> list[str]:
    """One rater never reads one text twice, but for what comes again on purpose."""
    read = Counter(text for slot in plan.slots if slot.kind != "repeat" for text in _texts(slot))
    return [f"{name}: a text of brief {brief} for the second time" for (brief, _), n in read.items() if n > 1]


def _texts(slot: SlotPlan) -> list[tuple[str, str]]:
    if slot.kind == "same" and slot.first == slot.second:
        return [(slot.brief, slot.first), (slot.brief, f"{slot.first}, second sample")]
    return [(slot.brief, text) for text in (slot.first, slot.second) if text]
