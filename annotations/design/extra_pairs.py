"""What is placed around the main pairings: practice before them; checks, same and repeat pairings among them.

The main draw is made first and knows nothing of this: with the same seed and nonce it is the same whether
extras are asked for or not. Chance comes from a generator of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from annotations.design.allocation import quotas
from annotations.design.inputs import BriefInput, DesignInput, ExtrasInput, SeatInput, SeatPlan, SlotPlan
from annotations.design.limits import DesignProblem
from annotations.design.sides import balanced_sides

ORIGINAL = "original"


def practice_size(slots: int, tries: int) -> int:
    """How many pairs one try has in a seat with so many practice slots: try t are the positions from
    (t - 1) x size + 1 to t x size."""
    return slots // max(tries, 1)


def draw_extras(
    given: DesignInput, wanted: ExtrasInput, plans: Sequence[SeatPlan], rng: np.random.Generator
) -> tuple[SeatPlan, ...]:
    """The drawn seats with what is `wanted` besides.

    What there is no place for is left out: `extras_problems` tells beforehand, `audit_extras` afterwards.
    """
    if wanted.is_empty:
        return tuple(plans)
    languages = {brief.slug: brief.language for brief in (*given.briefs, *wanted.checks)}
    placed: dict[int, list[_Placed]] = {plan.number: [] for plan in plans}
    practice = _practice(wanted, plans, rng)
    for each in (
        *_checks(wanted, plans, languages, rng),
        *_same(given, wanted, plans, languages, rng),
        *_repeats(wanted, plans, languages, rng),
    ):
        placed[each.seat].append(each)
    return tuple(
        replace(
            plan,
            slots=_merged(plan.slots, placed[plan.number], rng),
            practice=practice.get(plan.number, ()),
        )
        for plan in plans
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A slot that comes after the main slot with position `after` of its seat."""

    seat: int
    after: int
    slot: SlotPlan


def _merged(
    main: Sequence[SlotPlan], placed: Sequence[_Placed], rng: np.random.Generator
) -> tuple[SlotPlan, ...]:
    found: list[SlotPlan] = []
    for after in range(len(main) + 1):
        found += [main[after - 1]] if after else []
        here = [each.slot for each in placed if each.after == after]
        found += [here[index] for index in rng.permutation(len(here))]
    return tuple(replace(slot, position=position) for position, slot in enumerate(found, start=1))


def _least[T: Hashable](options: Iterable[T], counts: Counter[T], rng: np.random.Generator) -> T:
    """The option that was taken least so far, ties by chance; counted as taken."""
    listed = list(options)
    chances = rng.random(len(listed))
    best = min(range(len(listed)), key=lambda index: (counts[listed[index]], chances[index]))
    counts[listed[best]] += 1
    return listed[best]


def _after(
    first: int,
    last: int,
    language: str,
    main: Sequence[SlotPlan],
    languages: dict[str, str],
    rng: np.random.Generator,
) -> int:
    """A place after one of the main slots `first` to `last`, if there is one after one in the language."""
    places = range(first, last + 1)
    alike = [place for place in places if languages[main[place - 1].brief] == language]
    return int(rng.choice(alike or list(places)))


# Practice


def _practice(
    wanted: ExtrasInput, plans: Sequence[SeatPlan], rng: np.random.Generator
) -> dict[int, tuple[SlotPlan, ...]]:
    slots: list[tuple[int, int, SlotPlan]] = []
    for plan in plans:
        briefs, size = wanted.practised(plan.reads), wanted.practice_size(plan.reads)
        if not size:
            continue
        briefs = _as_told([briefs[index] for index in rng.permutation(len(briefs))])
        shift = int(rng.integers(len(wanted.practice_damage)))
        for index in range(size * wanted.tries):
            use, place = divmod(index, len(briefs))
            variant, kind = divmod(use, len(wanted.practice_damage))
            damage = wanted.practice_damage[(shift + place + kind) % len(wanted.practice_damage)]
            slot = _known("practice", briefs[place].slug, damage, variant)
            slots.append((plan.number, index // size, replace(slot, position=index + 1)))
    found: dict[int, list[SlotPlan]] = {}
    for (number, _, slot), left in zip(
        slots,
        _sides([(s.brief, n, (n, turn)) for n, turn, s in slots], rng),
        strict=True,
    ):
        found.setdefault(number, []).append(replace(slot, first_on_left=left))
    return {number: tuple(each) for number, each in found.items()}


def _as_told(briefs: Sequence[BriefInput]) -> list[BriefInput]:
    """The briefs with the scenes of a series in the order of its story, on the places that these have."""
    scenes: dict[str, list[BriefInput]] = {}
    for brief in sorted(briefs, key=lambda each: each.order, reverse=True):
        scenes.setdefault(brief.series, []).append(brief)
    return [scenes[brief.series].pop() for brief in briefs]


def _known(kind: str, brief: str, damage: str, variant: int = 0) -> SlotPlan:
    return SlotPlan(0, brief, f"{kind}:{ORIGINAL}", f"{kind}:{damage}", True, kind, variant)


def _sides(keys: Sequence[tuple[Hashable, int, Hashable]], rng: np.random.Generator) -> list[bool]:
    """Sides for slots with a brief (or pair), a seat, and a part of the seat: even in each, and over all."""
    by_text: list[list[Hashable]] = [[text for text, _, _ in keys], [0 for _ in keys]]
    by_seat: list[list[Hashable]] = [[part for _, _, part in keys], [seat for _, seat, _ in keys]]
    return balanced_sides((by_text, by_seat), len(keys), rng)


def _with_sides(
    placed: Sequence[_Placed], texts: Sequence[Hashable], rng: np.random.Generator
) -> list[_Placed]:
    keys = [(text, each.seat, each.seat) for text, each in zip(texts, placed, strict=True)]
    return [
        replace(each, slot=replace(each.slot, first_on_left=left))
        for each, left in zip(placed, _sides(keys, rng), strict=True)
    ]


# Checks


def _checks(
    wanted: ExtrasInput, plans: Sequence[SeatPlan], languages: dict[str, str], rng: np.random.Generator
) -> list[_Placed]:
    """Each seat's checks, one in each of as many equal parts of it: never first, never two in a row."""
    briefs, damages = Counter[str](), Counter[tuple[str, str]]()
    found: list[_Placed] = []
    for plan in plans:
        left = {brief.slug for brief in wanted.checks if brief.language in plan.reads}
        for (first, last), _ in zip(
            segments(len(plan.slots), wanted.per_seat), range(len(left)), strict=False
        ):
            slug = _least(sorted(left), briefs, rng)
            left.remove(slug)
            _, damage = _least([(slug, kind) for kind in wanted.check_damage], damages, rng)
            after = _after(first, last, languages[slug], plan.slots, languages, rng)
            found.append(_Placed(plan.number, after, _known("check", slug, damage)))
    return _with_sides(found, [each.slot.brief for each in found], rng)


def segments(slots: int, parts: int) -> list[tuple[int, int]]:
    """The main slots 1 to `slots` in as many parts, as equal as can be, by first and last; fewer where there
    are fewer slots."""
    parts = min(parts, slots)
    ends = [slots * part // parts for part in range(parts + 1)] if parts else []
    return [(start + 1, end) for start, end in pairwise(ends)]


# Two samples of one system


def _same(
    given: DesignInput,
    wanted: ExtrasInput,
    plans: Sequence[SeatPlan],
    languages: dict[str, str],
    rng: np.random.Generator,
) -> list[_Placed]:
    briefs = {brief.slug: brief for brief in given.briefs}
    systems, pairs = Counter[str](), Counter[tuple[str, str]]()
    found: list[_Placed] = []
    for plan in plans:
        used: set[str] = set()
        for _ in range(wanted.same):
            options = [
                (slug, system)
                for slug, system in sorted(wanted.second)
                if slug not in used and same_places(plan, briefs, slug, system)
            ]
            if not options:
                break
            unread = {slot.brief for slot in plan.slots}
            fresh = [option for option in options if option[0] not in unread] or options
            system = _least(sorted({name for _, name in fresh}), systems, rng)
            slug, _ = _least([option for option in fresh if option[1] == system], pairs, rng)
            used.add(slug)
            places = same_places(plan, briefs, slug, system)
            after = _after(places[0], places[-1], languages[slug], plan.slots, languages, rng)
            found.append(_Placed(plan.number, after, SlotPlan(0, slug, system, system, True, "same")))
    return _with_sides(found, [each.slot.first for each in found], rng)


def same_places(plan: SeatPlan, briefs: dict[str, BriefInput], slug: str, system: str) -> list[int]:
    """After which main slots two samples of a system's script for a brief may come, in a row; none where the
    rater reads one of them anyway.

    A brief that the rater reads comes again later, with texts that are new; another one keeps to the story.
    """
    brief = briefs[slug]
    if brief.language not in plan.reads:
        return []
    here = [slot for slot in plan.slots if slot.brief == slug]
    if any(system in (slot.first, slot.second) for slot in here):
        return []
    if here:
        return list(range(here[0].position + 1, len(plan.slots) + 1))
    series = [slot for slot in plan.slots if briefs[slot.brief].series == brief.series]
    before = [slot.position for slot in series if briefs[slot.brief].order < brief.order]
    behind = [slot.position for slot in series if briefs[slot.brief].order > brief.order]
    first = max(before, default=1)
    last = min(behind, default=len(plan.slots) + 1) - 1
    return list(range(first, last + 1))


# The same pairing again


def _repeats(
    wanted: ExtrasInput, plans: Sequence[SeatPlan], languages: dict[str, str], rng: np.random.Generator
) -> list[_Placed]:
    """Main pairings again, sides changed, so much later that it is another sitting."""
    counts = Counter[tuple[str, str]]()
    found: list[_Placed] = []
    for plan in plans:
        gap = wanted.gap_of(len(plan.slots))
        left = list(plan.slots[: max(len(plan.slots) - gap + 1, 0)])
        for _ in range(min(wanted.repeat, len(left))):
            pair = _least(sorted({(slot.first, slot.second) for slot in left}), counts, rng)
            options = [slot for slot in left if (slot.first, slot.second) == pair]
            source = options[int(rng.integers(len(options)))]
            left.remove(source)
            first = source.position + gap - 1
            after = _after(first, len(plan.slots), languages[source.brief], plan.slots, languages, rng)
            again = replace(source, kind="repeat", first_on_left=not source.first_on_left)
            found.append(_Placed(plan.number, after, again))
    return found


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


def extras_problems(given: DesignInput, wanted: ExtrasInput) -> list[DesignProblem]:
    """Why the extras cannot be placed in every seat; empty when they can. `about` is a key of the file.

    Whether a rater meets a brief's second samples unread depends on the draw: freezing says so then.
    """
    slots = {number: sum(share.values()) for number, share in quotas(given).items()}
    kinds: dict[tuple[str, ...], tuple[SeatInput, int]] = {}
    for seat in given.sorted_seats():
        reads, least = tuple(sorted(set(seat.reads))), slots[seat.number]
        known = kinds.get(reads)
        if known is None or least < known[1]:
            kinds[reads] = (seat, least)
    found: list[DesignProblem] = []
    for reads, (_, least) in sorted(kinds.items()):
        who = f"seats that read {' and '.join(reads)}"
        for problem in (
            _practice(wanted, reads, who),
            _checks(wanted, reads, who, least),
            _repeat(wanted, who, least),
        ):
            found += [problem] if problem else []
    return found + _same(given, wanted)


def _practice(wanted: ExtrasInput, reads: tuple[str, ...], who: str) -> DesignProblem | None:
    count = len(wanted.practised(reads))
    if not wanted.practice or count >= wanted.needed:
        return None
    message = f"practice needs {wanted.needed} right answers, and for {who} there are {count} briefs."
    return DesignProblem("practice", message, "add briefs in their language, or lower pass.")


def _checks(wanted: ExtrasInput, reads: tuple[str, ...], who: str, slots: int) -> DesignProblem | None:
    count = sum(brief.language in reads for brief in wanted.checks)
    if count < wanted.per_seat:
        message = f"there are {count} checks for {who}, and per_seat is {wanted.per_seat}."
        return DesignProblem("checks", message, "add briefs in their language, or lower per_seat.")
    if slots < wanted.per_seat:
        message = f"{who} have {slots} pairs, and per_seat is {wanted.per_seat}."
        return DesignProblem("checks", message, f"say per_seat: {slots} or fewer.")
    return None


def _repeat(wanted: ExtrasInput, who: str, slots: int) -> DesignProblem | None:
    if not wanted.repeat:
        return None
    gap = wanted.gap_of(slots)
    most = max(slots - gap + 1, 0)
    if wanted.repeat <= most:
        return None
    message = f"{who} have {slots} pairs: {most} of them can come again {gap} pairs later."
    mend = "lower repeat" + (", or sittings: pairs." if wanted.gap else ", or add briefs.")
    return DesignProblem("repeat", message, mend)


def _same(given: DesignInput, wanted: ExtrasInput) -> list[DesignProblem]:
    if not wanted.same:
        return []
    if len(given.systems) < 3 and given.scheme == "crossed":
        message = (
            "same needs two texts of a system that a rater does not read anyway, and both systems are read."
        )
        return [DesignProblem("same", message, "take same out, or say scheme: balanced.")]
    found = []
    for language in given.languages:
        briefs = {slug for slug, _ in wanted.second}
        count = sum(brief.slug in briefs for brief in given.sorted_briefs(language))
        if count < wanted.same:
            message = (
                f"{count} briefs in {language} have a second sample of a system, and same is {wanted.same}."
            )
            mend = "generate or import second samples, write them as BRIEF/SYSTEM.2.txt, or lower same."
            found.append(DesignProblem("same", message, mend))
    return found
