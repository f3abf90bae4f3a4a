"""Design: the draw keeps its promises for any numbers, checked without the product's own audit."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.design import (
    BriefInput,
    DesignInput,
    SeatInput,
    SeatPlan,
    audit,
    audit_blind,
    design_problems,
    early_unevenness,
)
from annotations.design.allocation import balanced_orders
from annotations.design.audits import count_components
from annotations.design.draws import draw
from annotations.design.pairings import rounds
from tests import pace

READS = (("zh",), ("en",), ("en", "zh"))


def make(
    systems: int,
    briefs: int,
    seats: int,
    *,
    series: int = 2,
    languages: tuple[str, ...] = ("en", "zh"),
    briefs_per_seat: int | None = None,
) -> DesignInput:
    reads = READS if len(languages) == 2 else ((languages[0],),)
    made = []
    for number in range(briefs):
        language = languages[number % len(languages)]
        made.append(BriefInput(f"brief-{number}", language, f"{language}-{number // 2 % series}", number + 1))
    return DesignInput(
        systems=tuple(f"system-{number}" for number in range(systems)),
        briefs=tuple(made),
        seats=tuple(SeatInput(number + 1, reads[number % len(reads)]) for number in range(seats)),
        criteria=("overall", "plot", "dialogue", "pacing"),
        scheme="crossed" if briefs_per_seat is None else "balanced",
        briefs_per_seat=briefs_per_seat,
    )


def plans(given_: DesignInput, seed: int = 1) -> tuple[SeatPlan, ...]:
    return draw(given_, np.random.default_rng(seed))


@st.composite
def crossed(draw_: st.DrawFn) -> DesignInput:
    languages = draw_(st.sampled_from([("en", "zh"), ("zh",)]))
    briefs = draw_(st.integers(len(languages), 60))
    seats = draw_(st.integers(1, 60))
    return make(
        draw_(st.integers(2, 12)), briefs, seats, series=draw_(st.integers(1, 8)), languages=languages
    )


@st.composite
def balanced(draw_: st.DrawFn) -> DesignInput:
    base = draw_(crossed())
    share = draw_(st.integers(1, len(base.briefs)))
    return replace(base, scheme="balanced", briefs_per_seat=share)


def check_sides(seats: tuple[SeatPlan, ...]) -> None:
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for seat in seats:
        for slot in seat.slots:
            pair = (slot.first, slot.second)
            sign = 1 if slot.first_on_left else -1
            for key in (pair, (slot.brief, pair), (seat.number,), (seat.number, pair)):
                groups[key].append(sign)
    assert all(abs(sum(signs)) <= 1 for signs in groups.values())


def check_seats(given_: DesignInput, seats: tuple[SeatPlan, ...]) -> None:
    briefs = {brief.slug: brief for brief in given_.briefs}
    rank = {system: place for place, system in enumerate(given_.systems)}
    for seat in seats:
        shown = [briefs[slot.brief] for slot in seat.slots]
        assert [slot.position for slot in seat.slots] == list(range(1, len(shown) + 1))
        assert len({brief.slug for brief in shown}) == len(shown)
        assert all(brief.language in seat.reads for brief in shown)
        assert all(rank[slot.first] < rank[slot.second] for slot in seat.slots)
        blocks = [
            name
            for name, before in zip(shown, [None, *shown], strict=False)
            if not before or before.series != name.series
        ]
        assert len({brief.series for brief in blocks}) == len(blocks)
        for one, other in combinations(shown, 2):
            assert one.series != other.series or one.order < other.order


def exposures(given_: DesignInput, seats: tuple[SeatPlan, ...], language: str) -> list[int]:
    count = Counter(
        (slot.brief, system) for seat in seats for slot in seat.slots for system in (slot.first, slot.second)
    )
    slugs = [brief.slug for brief in given_.briefs if brief.language == language]
    return [count[slug, system] for slug in slugs for system in given_.systems]


@pytest.mark.slow
@settings(max_examples=pace.examples(60), deadline=None, derandomize=True)
@given(crossed(), st.integers(0, 2**32))
def test_crossed_draws_are_balanced(given_: DesignInput, seed: int) -> None:
    seats = plans(given_, seed)
    check_seats(given_, seats)
    check_sides(seats)
    for language in given_.languages:
        shown = exposures(given_, seats, language)
        assert max(shown) - min(shown) <= 1
        mine = sum(brief.language == language for brief in given_.briefs)
        for seat in seats:
            read = [
                slot
                for slot in seat.slots
                if slot.brief in {b.slug for b in given_.briefs if b.language == language}
            ]
            assert len(read) == (mine if language in seat.reads else 0)


@settings(max_examples=pace.examples(40), deadline=None, derandomize=True)
@given(crossed(), st.integers(0, 2**32), st.data())
def test_the_first_seats_alone_are_balanced(given_: DesignInput, seed: int, data: st.DataObject) -> None:
    seats = plans(given_, seed)
    first = seats[: data.draw(st.integers(1, len(seats)))]
    for language in given_.languages:
        shown = exposures(given_, first, language)
        assert max(shown) - min(shown) <= 1
    sides: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for slot in (slot for seat in first for slot in seat.slots):
        sides[slot.brief, slot.first, slot.second].append(1 if slot.first_on_left else -1)
    assert all(abs(sum(signs)) <= 1 for signs in sides.values())


@settings(max_examples=pace.examples(60), deadline=None, derandomize=True)
@given(balanced(), st.integers(0, 2**32))
def test_balanced_draws_are_balanced_or_refused(given_: DesignInput, seed: int) -> None:
    seats = plans(given_, seed)
    check_seats(given_, seats)
    check_sides(seats)
    refused = design_problems(given_, raters_per_pairing=0)
    for language in given_.languages:
        slugs = [brief.slug for brief in given_.briefs if brief.language == language]
        read = Counter(slot.brief for seat in seats for slot in seat.slots)
        assert max(read[slug] for slug in slugs) - min(read[slug] for slug in slugs) <= 1
        shown = exposures(given_, seats, language)
        assert refused or max(shown) - min(shown) <= 1
    if not refused:
        assert all(len(seat.slots) == given_.briefs_per_seat for seat in seats)


@settings(max_examples=pace.examples(30), deadline=None, derandomize=True)
@given(crossed(), st.integers(0, 2**32))
def test_a_draw_depends_on_content_and_seed_alone(given_: DesignInput, seed: int) -> None:
    turned = replace(given_, briefs=given_.briefs[::-1], seats=given_.seats[::-1])
    assert plans(given_, seed) == plans(turned, seed)


def test_other_seeds_give_other_draws() -> None:
    given_ = make(4, 8, 24)
    assert len({plans(given_, seed) for seed in range(5)}) == 5


@settings(max_examples=pace.examples(60), deadline=None, derandomize=True)
@given(st.integers(2, 12), st.integers(0, 2**32))
def test_rounds_hold_every_pairing_once_and_keep_exposure_even(systems: int, seed: int) -> None:
    edges = [
        edge for each in rounds(systems, np.random.default_rng(seed)) for block in each for edge in block
    ]
    assert sorted(edges) == list(combinations(range(systems), 2))
    count = Counter(dict.fromkeys(range(systems), 0))
    for edge in edges:
        count.update(edge)
        assert max(count.values()) - min(count.values()) <= 1


@settings(max_examples=pace.examples(60), deadline=None, derandomize=True)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**32))
def test_orders_put_each_thing_at_each_place_equally_often(things: int, wanted: int, seed: int) -> None:
    orders = balanced_orders(things, wanted, np.random.default_rng(seed))
    assert all(sorted(order) == list(range(things)) for order in orders)
    for place in range(things):
        count = Counter(order[place] for order in orders)
        assert (
            max(count[thing] for thing in range(things)) - min(count[thing] for thing in range(things)) <= 1
        )


def test_all_pairings_of_a_brief_are_read_equally_often() -> None:
    seats = plans(make(4, 8, 24))
    read = Counter((slot.brief, slot.first, slot.second) for seat in seats for slot in seat.slots)
    assert len(read) == 8 * 6
    assert set(read.values()) == {2, 3}


def test_a_rater_meets_many_system_pairs() -> None:
    """Eight briefs and six system pairs: nobody sees one pair more than twice."""
    for seat in plans(make(4, 16, 24)):
        count = Counter((slot.first, slot.second) for slot in seat.slots)
        assert max(count.values()) <= (2 if len(seat.slots) == 8 else 4)


def test_system_pairs_are_spread_over_positions() -> None:
    seats = plans(make(4, 8, 24, languages=("en",)))
    count = Counter((slot.position, slot.first, slot.second) for seat in seats for slot in seat.slots)
    assert len(count) == 8 * 6
    assert max(count.values()) <= 8  # 24 readers and 6 pairs: 4 expected at each position


def test_the_primary_criterion_is_first_and_the_others_take_turns() -> None:
    seats = plans(make(4, 8, 24))
    assert {seat.criteria[0] for seat in seats} == {"overall"}
    second = Counter(seat.criteria[1] for seat in seats)
    assert set(second.values()) == {8}


@pytest.mark.parametrize(("languages", "systems"), [(("zh",), 12), (("en", "zh"), 12), (("zh",), 11)])
def test_the_largest_draw_takes_less_than_five_seconds(languages: tuple[str, ...], systems: int) -> None:
    start = process_time()
    given_ = make(systems, 60, 60, languages=languages)
    seats = plans(given_)
    assert process_time() - start < 5
    assert audit(given_, seats) == []


# The audit finds what is broken: each case breaks one thing in a good draw.


def broken(change: str) -> list[str]:
    given_ = make(3, 4, 9)
    seats = list(plans(given_))
    assert audit(given_, seats, raters_per_pairing=2) == []
    seat = next(s for s in seats if len(s.slots) > 2)
    at = seats.index(seat)
    slots = list(seat.slots)
    if change == "twice":
        slots[1] = replace(slots[0], position=2)
    elif change == "side":
        slots = [replace(slot, first_on_left=True) for slot in slots]
    elif change == "canonical":
        slots[0] = replace(slots[0], first=slots[0].second, second=slots[0].first)
    elif change == "position":
        slots[0] = replace(slots[0], position=7)
    elif change == "language":
        slots = slots[:0]
        seats[at] = replace(seat, reads=())
        return audit(given_, seats, raters_per_pairing=2)
    seats[at] = replace(seat, slots=tuple(slots))
    return audit(given_, seats, raters_per_pairing=2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("twice", "for the second time"),
        ("side", "sides per"),
        ("canonical", "canonical order"),
        ("position", "positions do not run"),
        ("language", "does not read"),
    ],
)
def test_the_audit_names_what_is_broken(change: str, words: str) -> None:
    assert any(words in finding for finding in broken(change))


def test_a_blind_audit_sees_sides_and_exposure_by_codes_alone() -> None:
    """Codes stand for systems: a turned slot, a changed script and a brief for the second time are told."""
    given_ = make(4, 8, 24)
    blind = [
        replace(
            seat,
            slots=tuple(
                replace(s, first=f"zz{s.brief}{s.first}", second=f"zz{s.brief}{s.second}") for s in seat.slots
            ),
        )
        for seat in plans(given_)
    ]
    assert audit_blind(given_, blind) == []
    first = blind[0].slots[0]

    def told(**changes: object) -> list[str]:
        changed = replace(first, **changes)  # type: ignore[arg-type]
        return audit_blind(given_, [replace(blind[0], slots=(changed, *blind[0].slots[1:])), *blind[1:]])

    assert any(
        line.startswith("sides per rater: seat 1:") for line in told(first_on_left=not first.first_on_left)
    )
    assert any("scripts are shown from 0" in line or "to 9" in line for line in told(first="zz-none"))
    assert "for the second time" in told(brief=blind[0].slots[1].brief)[0]
    assert not any("zz" in line for line in told(first_on_left=not first.first_on_left))


# Who comes first


def uneven_early(given_: DesignInput, seats: tuple[SeatPlan, ...]) -> int:
    """Groups of the first comers whose sides differ by more than one, counted by hand."""
    uneven = 0
    for numbers in given_.first_comers():
        groups: dict[tuple[object, ...], int] = defaultdict(int)
        for seat in seats:
            for slot in seat.slots if seat.number in numbers else ():
                sign = 1 if slot.first_on_left else -1
                pair = (slot.first, slot.second)
                for key in (pair, (seat.number,), (seat.number, pair), (slot.brief, pair)):
                    groups[key] += sign
        uneven += sum(abs(total) > 1 for total in groups.values())
    return uneven


def test_the_first_comers_are_two_thirds_and_those_after_the_first_of_each_kind() -> None:
    assert make(4, 8, 24).first_comers() == [
        set(range(1, 17)),
        set(range(1, 20)),
        set(range(4, 20)),
    ]


def test_a_few_draws_give_one_that_is_even_for_the_first_comers() -> None:
    """The demonstration's numbers: of 12 draws some are even early, as counted by hand; all are even late."""
    given_ = make(4, 8, 24)
    drawn = [plans(given_, seed) for seed in range(12)]
    counted = [early_unevenness(given_, seats) for seats in drawn]
    assert counted == [uneven_early(given_, seats) for seats in drawn]
    assert 0 in counted
    assert all(audit(given_, seats) == [] for seats in drawn)


@pytest.mark.slow
def test_either_side_is_as_likely_for_every_slot() -> None:
    """Of 60 draws each seat's first slot stands left 30 +- 16 times (four standard deviations)."""
    given_ = make(4, 8, 24)
    left = np.zeros(24)
    for seed in range(60):
        left += [seat.slots[0].first_on_left for seat in plans(given_, seed)]
    assert left.min() >= 14
    assert left.max() <= 46


def test_the_audit_wants_enough_raters_and_a_connected_graph() -> None:
    given_ = make(4, 2, 2, languages=("en",))
    findings = audit(given_, plans(given_), raters_per_pairing=2)
    assert any("needs 2" in finding for finding in findings)
    lone = make(4, 1, 1, languages=("en",))
    assert any("not all compared" in finding for finding in audit(lone, plans(lone)))
    assert count_components("abcd", [("a", "b"), ("c", "d")]) == 2


# What numbers allow


def test_too_few_seats_are_told_with_a_number_that_works() -> None:
    (problem,) = design_problems(make(4, 8, 10, languages=("en",)), 2)
    assert problem.about == "seats"
    assert "at least 12 seats read en" in problem.fix
    assert design_problems(make(4, 8, 12, languages=("en",)), 2) == []


def test_uneven_odd_designs_are_refused_with_numbers_that_work() -> None:
    """3 systems; 4 seats with 1 brief of 3 each: one brief is read twice, the others once. 2c + 1 = 3."""
    given_ = make(3, 3, 4, languages=("en",), briefs_per_seat=1)
    (problem,) = design_problems(given_, 0)
    assert problem.about == "briefs_per_seat"
    assert problem.fix == "set briefs_per_seat: 2 or 3."
    for number in (2, 3):
        better = replace(given_, briefs_per_seat=number)
        assert audit(better, plans(better)) == []


def test_more_briefs_than_there_are_cannot_be_read() -> None:
    (problem,) = design_problems(make(2, 3, 4, languages=("en",), briefs_per_seat=5), 0)
    assert problem.fix.startswith("use at most 3")


def test_a_language_without_readers_or_briefs_is_told() -> None:
    given_ = make(2, 4, 6)
    unread = replace(given_, seats=tuple(s for s in given_.seats if s.reads == ("en",)))
    assert "no seat reads zh" in design_problems(unread, 0)[0].message
    unwritten = replace(given_, briefs=tuple(b for b in given_.briefs if b.language == "en"))
    assert "no brief in it" in design_problems(unwritten, 0)[0].message


@pytest.mark.parametrize(
    "change",
    [
        {"systems": ("a",)},
        {"systems": ("a", "a")},
        {"scheme": "random"},
        {"briefs_per_seat": 2},
        {"seats": (SeatInput(1, ("en",)), SeatInput(1, ("en",)))},
        {"briefs": (BriefInput("b", "en", "s", 1), BriefInput("b", "en", "s", 2))},
    ],
)
def test_input_that_makes_no_sense_raises(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"design|twice|unknown|briefs_per_seat"):
        replace(make(3, 4, 6), **change)  # type: ignore[arg-type]
