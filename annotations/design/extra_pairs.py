"""What is placed around the main pairings: practice before them; checks, same and repeat pairings among them.

The main draw is made first and knows nothing of this: with the same seed and nonce it is the same whether
extras are asked for or not. Chance comes from a generator of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from annotations.design.inputs import BriefInput, DesignInput, ExtrasInput, SeatPlan, SlotPlan

if TYPE_CHECKING:
    import numpy as np

ORIGINAL = "original"


def practice_size(slots: int, tries: int) -> int:
    """How many pairs one try has in a seat with this number of practice slots: try t has the positions from
    (t - 1) x size + 1 to t x size."""
    return slots // max(tries, 1)


def draw_extras(
    given: DesignInput, wanted: ExtrasInput, plans: Sequence[SeatPlan], rng: np.random.Generator
) -> tuple[SeatPlan, ...]:
    """The drawn seats with what is `wanted` besides.

    Pairs without a place are left out: `extras_problems` lists them beforehand, `audit_extras` afterwards.
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
        briefs = _in_story_order([briefs[index] for index in rng.permutation(len(briefs))])
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


def _in_story_order(briefs: Sequence[BriefInput]) -> list[BriefInput]:
    """The briefs with the scenes of a series in the order of its story, on the places that these have."""
    scenes: dict[str, list[BriefInput]] = {}
    for brief in sorted(briefs, key=lambda each: each.order, reverse=True):
        scenes.setdefault(brief.series, []).append(brief)
    return [scenes[brief.series].pop() for brief in briefs]


def _known(kind: str, brief: str, damage: str, variant: int = 0) -> SlotPlan:
    return SlotPlan(0, brief, f"{kind}:{ORIGINAL}", f"{kind}:{damage}", True, kind, variant)


def _sides(keys: Sequence[tuple[Hashable, int, Hashable]], rng: np.random.Generator) -> list[bool]:
    """Sides for slots with a brief (or pair), a seat, and a part of the seat: even in each, and over all."""
    from annotations.design.sides import balanced_sides  # late: others want what is above, without numpy

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
            equal_segments(len(plan.slots), wanted.per_seat), range(len(left)), strict=False
        ):
            slug = _least(sorted(left), briefs, rng)
            left.remove(slug)
            _, damage = _least([(slug, kind) for kind in wanted.check_damage], damages, rng)
            after = _after(first, last, languages[slug], plan.slots, languages, rng)
            found.append(_Placed(plan.number, after, _known("check", slug, damage)))
    return _with_sides(found, [each.slot.brief for each in found], rng)


def equal_segments(slots: int, parts: int) -> list[tuple[int, int]]:
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
                if slug not in used and places_for_same(plan, briefs, slug, system)
            ]
            if not options:
                break
            unread = {slot.brief for slot in plan.slots}
            fresh = [option for option in options if option[0] not in unread] or options
            system = _least(sorted({name for _, name in fresh}), systems, rng)
            slug, _ = _least([option for option in fresh if option[1] == system], pairs, rng)
            used.add(slug)
            places = places_for_same(plan, briefs, slug, system)
            after = _after(places[0], places[-1], languages[slug], plan.slots, languages, rng)
            found.append(_Placed(plan.number, after, SlotPlan(0, slug, system, system, True, "same")))
    return _with_sides(found, [each.slot.first for each in found], rng)


def places_for_same(plan: SeatPlan, briefs: dict[str, BriefInput], slug: str, system: str) -> list[int]:
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
