"""What a draw must keep, checked on the slots themselves: in tests, at freezing, and while a study runs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from annotations.design.inputs import BriefInput, DesignInput, ExtrasInput, SeatPlan, SlotPlan


def audit(given: DesignInput, seats: Sequence[SeatPlan], *, raters_per_pairing: int = 0) -> list[str]:
    """List every broken promise as a line for people; empty if there is none."""
    if given.kind == "single":
        return audit_single(given, seats, raters=raters_per_pairing)
    briefs = {brief.slug: brief for brief in given.briefs}
    found = [finding for seat in seats for finding in _seat_findings(given, seat, briefs)]
    if found:
        return found
    found += _side_findings(seats)
    for language in given.languages:
        found += _language_findings(given, seats, briefs, language, raters_per_pairing)
    return found


def audit_blind(given: DesignInput, seats: Sequence[SeatPlan], *, whole: bool = True) -> list[str]:
    """What can be checked without knowing systems: `first` and `second` are codes of entries.

    Sides per system pair and the graph of systems are left out; `audit` has them. Of a draw that is not given
    as a `whole`, for scripts are missing, each seat is checked by itself: what is left need not be even.
    """
    if given.kind == "single":
        return audit_single(given, seats, blind=True)
    briefs = {brief.slug: brief for brief in given.briefs}
    found = [finding for seat in seats for finding in _seat_findings(given, seat, briefs, blind=True)]
    if found or not whole:
        return found
    found += _side_findings(seats, blind=True)
    for language in given.languages:
        shown = Counter(
            code
            for seat in seats
            for slot in seat.slots
            if briefs[slot.brief].language == language
            for code in (slot.first, slot.second)
        )
        every = len(given.systems) * len(given.sorted_briefs(language))
        fewest = min(shown.values()) if len(shown) == every else 0
        most = max(shown.values(), default=0)
        if most - fewest > 1:
            found.append(f"language {language}: scripts are shown from {fewest} to {most} times")
    return found


def early_unevenness(given: DesignInput, seats: Sequence[SeatPlan]) -> int:
    """How many groups are uneven while only the first comers have judged; see `DesignInput.first_comers`.
    There are none where one script is judged at a time."""
    if given.kind == "single":
        return 0
    language = {brief.slug: brief.language for brief in given.briefs}
    uneven = 0
    for numbers in given.first_comers():
        come = [seat for seat in seats if seat.number in numbers]
        uneven += len(_side_findings(come))
        for each in given.languages:
            slots = [slot for seat in come for slot in seat.slots if language[slot.brief] == each]
            shown = Counter((slot.brief, system) for slot in slots for system in (slot.first, slot.second))
            counts = [shown[b.slug, system] for b in given.sorted_briefs(each) for system in given.systems]
            uneven += max(counts) - min(counts) > 1
    return uneven


def _seat_findings(
    given: DesignInput, seat: SeatPlan, briefs: dict[str, BriefInput], *, blind: bool = False
) -> list[str]:
    found = []
    name = f"seat {seat.number}"
    if [slot.position for slot in seat.slots] != list(range(1, len(seat.slots) + 1)):
        found.append(f"{name}: positions do not run from 1")
    rank = {system: index for index, system in enumerate(given.systems)}
    seen: set[str] = set()
    for slot in seat.slots:
        brief = briefs.get(slot.brief)
        if brief is None or brief.language not in seat.reads:
            found.append(f"{name}, position {slot.position}: a brief that this rater does not read")
            continue
        if slot.brief in seen:
            found.append(f"{name}, position {slot.position}: brief {slot.brief} for the second time")
        seen.add(slot.brief)
        if not blind and not rank.get(slot.first, 1) < rank.get(slot.second, 0):
            found.append(f"{name}, position {slot.position}: the two systems are not in canonical order")
    return found or _order_findings(name, [briefs[slot.brief] for slot in seat.slots])


def _order_findings(name: str, briefs: list[BriefInput]) -> list[str]:
    blocks = [
        brief.series for at, brief in enumerate(briefs) if not at or briefs[at - 1].series != brief.series
    ]
    if len(set(blocks)) != len(blocks):
        return [f"{name}: a series is not in one block"]
    for before, after in pairwise(briefs):
        if before.series == after.series and before.order > after.order:
            return [f"{name}: {after.slug} comes after {before.slug}, against the story"]
    return []


def _side_findings(seats: Sequence[SeatPlan], *, blind: bool = False) -> list[str]:
    groups: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for seat in seats:
        for slot in seat.slots:
            pair = f"{slot.first} and {slot.second}"
            groups["rater", f"seat {seat.number}"].append(slot.first_on_left)
            # The messages hold no codes of entries.
            groups["pairing", f"{slot.brief}, {pair}"].append(slot.first_on_left)
            if not blind:
                groups["system pair", pair].append(slot.first_on_left)
                groups["rater and system pair", f"seat {seat.number}, {pair}"].append(slot.first_on_left)
    return [
        f"sides per {what}: {who.split(',')[0] if blind else who}: {sum(lefts)} left of {len(lefts)}"
        for (what, who), lefts in groups.items()
        if abs(2 * sum(lefts) - len(lefts)) > 1
    ]


def _language_findings(
    given: DesignInput,
    seats: Sequence[SeatPlan],
    briefs: dict[str, BriefInput],
    language: str,
    raters_per_pairing: int,
) -> list[str]:
    slots = [slot for seat in seats for slot in seat.slots if briefs[slot.brief].language == language]
    slugs = [brief.slug for brief in given.sorted_briefs(language)]
    exposure = Counter((slot.brief, system) for slot in slots for system in (slot.first, slot.second))
    shown = [exposure[slug, system] for slug in slugs for system in given.systems]
    found = []
    if max(shown) - min(shown) > 1:
        found.append(f"language {language}: scripts are shown from {min(shown)} to {max(shown)} times")
    edges = {(slot.first, slot.second) for slot in slots}
    if count_components(given.systems, edges) > 1:
        found.append(
            f"language {language}: the systems are not all compared with each other, even indirectly"
        )
    read = Counter((slot.brief, slot.first, slot.second) for slot in slots)
    pairs = [(a, b) for at, a in enumerate(given.systems) for b in given.systems[at + 1 :]]
    fewest = min(read[slug, *pair] for slug in slugs for pair in pairs)
    if fewest < raters_per_pairing:
        found.append(f"language {language}: a pairing has {fewest} raters and needs {raters_per_pairing}")
    return found


def count_components(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> int:
    """Into how many unconnected parts the graph falls."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for a, b in edges:
        root[find(a)] = find(b)
    return len({find(name) for name in root})


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
    found = [finding for plan in plans for finding in _extra_seat_findings(given, wanted, plan)]
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


def _extra_seat_findings(given: DesignInput, wanted: ExtrasInput, plan: SeatPlan) -> list[str]:
    name = f"seat {plan.number}"
    found = _practice_findings(wanted, plan, name)
    if [slot.position for slot in plan.slots] != list(range(1, len(plan.slots) + 1)):
        found.append(f"{name}: positions do not run from 1")
    counts = Counter(slot.kind for slot in plan.slots)
    for kind, count in (("check", wanted.per_seat), ("same", wanted.same), ("repeat", wanted.repeat)):
        if counts[kind] != count:
            found.append(f"{name}: {counts[kind]} pairings of kind {kind}, and {count} are wanted")
    found += _checks_findings(wanted, plan, name)
    found += _repeats_findings(wanted, plan, name)
    found += _shown_twice(plan, name)
    for kind in ("check", "same"):
        lefts = [slot.first_on_left for slot in plan.slots if slot.kind == kind]
        if abs(2 * sum(lefts) - len(lefts)) > 1:
            found.append(f"{name}: sides of {kind}: {sum(lefts)} left of {len(lefts)}")
    return found


def _practice_findings(wanted: ExtrasInput, plan: SeatPlan, name: str) -> list[str]:
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


def _checks_findings(wanted: ExtrasInput, plan: SeatPlan, name: str) -> list[str]:
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


def _repeats_findings(wanted: ExtrasInput, plan: SeatPlan, name: str) -> list[str]:
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


def _shown_twice(plan: SeatPlan, name: str) -> list[str]:
    """One rater never reads one text twice, but for what comes again on purpose."""
    read = Counter(text for slot in plan.slots if slot.kind != "repeat" for text in _texts_of_slot(slot))
    return [f"{name}: a text of brief {brief} for the second time" for (brief, _), n in read.items() if n > 1]


def _texts_of_slot(slot: SlotPlan) -> list[tuple[str, str]]:
    if slot.kind == "same" and slot.first == slot.second:
        return [(slot.brief, slot.first), (slot.brief, f"{slot.first}, second sample")]
    return [(slot.brief, text) for text in (slot.first, slot.second) if text]


# Studies of one script at a time


def audit_single(
    given: DesignInput, seats: Sequence[SeatPlan], *, raters: int = 0, blind: bool = False
) -> list[str]:
    """Every broken promise as a line for people. With `blind`, `first` is the code of an entry."""
    briefs = {brief.slug: brief for brief in given.briefs}
    found = [finding for seat in seats for finding in _single_seat_findings(given, seat, briefs)]
    if found or blind:
        return found
    read = Counter((slot.brief, slot.first) for seat in seats for slot in seat.slots)
    for language in given.languages:
        counts = [
            read[brief.slug, system] for brief in given.sorted_briefs(language) for system in given.systems
        ]
        if max(counts) - min(counts) > 1:
            found.append(f"language {language}: scripts are shown from {min(counts)} to {max(counts)} times")
        if min(counts) < raters:
            found.append(f"language {language}: a script has {min(counts)} raters and needs {raters}")
    return found


def _single_seat_findings(given: DesignInput, seat: SeatPlan, briefs: dict[str, BriefInput]) -> list[str]:
    name = f"seat {seat.number}"
    if [slot.position for slot in seat.slots] != list(range(1, len(seat.slots) + 1)):
        return [f"{name}: positions do not run from 1"]
    if any(slot.brief not in briefs or briefs[slot.brief].language not in seat.reads for slot in seat.slots):
        return [f"{name}: a brief that this rater does not read"]
    if len({(slot.brief, slot.first) for slot in seat.slots}) != len(seat.slots):
        return [f"{name}: a script for the second time"]
    size = len({slot.brief for slot in seat.slots})
    rounds = [seat.slots[start : start + size] for start in range(0, len(seat.slots), size)] if size else []
    orders = {tuple(slot.brief for slot in each) for each in rounds}
    if len(orders) > 1 or any(len(set(order)) != size for order in orders):
        return [f"{name}: the scripts of a brief do not stand apart as far as they can"]
    return [
        finding for order in orders for finding in _order_findings(name, [briefs[slug] for slug in order])
    ]
