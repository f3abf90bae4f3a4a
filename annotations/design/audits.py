"""What a draw must keep, checked on the slots themselves: in tests, at freezing, and while a study runs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from annotations.design.inputs import BriefInput, DesignInput, SeatPlan
from annotations.design.singles import audit_single


def audit(given: DesignInput, seats: Sequence[SeatPlan], *, raters_per_pairing: int = 0) -> list[str]:
    """Every broken promise as a line for people; empty when all are kept."""
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

    Sides per system pair and the graph of systems are left out; `audit` has them. Of a draw that is not shown
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
    None can be where one script is shown at a time."""
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
            # Codes of entries stay out of what is told.
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
