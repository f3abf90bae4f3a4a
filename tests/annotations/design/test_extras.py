"""Design: practice, checks, same and repeat pairings around the main draw; single scripts."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.design import (
    BriefInput,
    DesignInput,
    ExtrasInput,
    SeatPlan,
    audit,
    audit_extras,
    design_problems,
    extras_problems,
    main_slots_only,
)
from annotations.design.draws import draw
from annotations.design.extra_pairs import draw_extras
from tests import pace
from tests.annotations.design.test_design import make, plans

DAMAGE = ("shuffle", "swap", "cut")


def outside(name: str, count: int) -> tuple[BriefInput, ...]:
    """Briefs from other series, in each language."""
    return tuple(
        BriefInput(f"{name}-{language}-{number}", language, f"{name}-{language}", number + 1)
        for language in ("en", "zh")
        for number in range(count)
    )


def wanted(given_: DesignInput, **changes: object) -> ExtrasInput:
    second = frozenset((brief.slug, system) for brief in given_.briefs for system in given_.systems)
    value = ExtrasInput(
        practice=outside("practice", 2),
        practice_damage=DAMAGE,
        needed=2,
        tries=2,
        checks=outside("check", 3),
        check_damage=DAMAGE,
        per_seat=2,
        same=1,
        second=second,
        repeat=1,
    )
    return replace(value, **changes)


def with_extras(given_: DesignInput, extras: ExtrasInput, seed: int = 1) -> tuple[SeatPlan, ...]:
    return draw_extras(given_, extras, plans(given_, seed), np.random.default_rng([seed, 1]))


@settings(max_examples=pace.examples(6), deadline=None)
@given(
    systems=st.integers(3, 5),
    briefs=st.integers(6, 9),
    seats=st.integers(3, 9),
    seed=st.integers(0, 999),
)
def test_extras_keep_their_promises(systems: int, briefs: int, seats: int, seed: int) -> None:
    """Counted here without the product's own audit, which must find nothing either."""
    given_ = make(systems, briefs * 2, seats)
    extras = wanted(given_)
    assert extras_problems(given_, extras) == []
    found = with_extras(given_, extras, seed)
    assert audit_extras(given_, extras, found) == []
    assert main_slots_only(found) == list(plans(given_, seed)), (
        "the main draw is the same with extras and without"
    )
    sides: dict[str, list[bool]] = defaultdict(list)
    for plan in found:
        kinds = Counter(slot.kind for slot in plan.slots)
        assert (kinds["check"], kinds["same"], kinds["repeat"]) == (2, 1, 1)
        assert plan.slots[0].kind == "main"
        texts: set[tuple[str, str, int]] = set()
        for slot in plan.slots:
            sides[slot.kind].append(slot.first_on_left)
            if slot.kind == "repeat":
                continue
            ends = ((slot.first, 1), (slot.second, 2 if slot.kind == "same" else 1))
            for system, sample in ends:
                assert (slot.brief, system, sample) not in texts
                texts.add((slot.brief, system, sample))
        main = {slot.brief: slot for slot in plan.slots if slot.kind == "main"}
        (again,) = (slot for slot in plan.slots if slot.kind == "repeat")
        source = main[again.brief]
        assert (source.first, source.second) == (again.first, again.second)
        assert source.first_on_left != again.first_on_left
        assert again.position - source.position >= len(main) / 3
        assert len(plan.practice) == 4 if len(plan.reads) == 1 else 8
        assert len({(s.brief, s.second, s.variant) for s in plan.practice}) == len(plan.practice)
        told = [slot.brief for slot in plan.practice]
        for language in ("en", "zh"):
            met = [int(slug[-1]) for slug in told if slug.startswith(f"practice-{language}")]
            size = len(set(met)) or 1
            turns = [met[at : at + size] for at in range(0, len(met), size)]
            assert all(turn == sorted(turn) for turn in turns)
        first_try = plan.practice[: len(plan.practice) // 2]
        assert len({slot.brief for slot in first_try}) == len(first_try)
        lefts = sum(slot.first_on_left for slot in first_try)
        assert 2 * lefts == len(first_try)
    for kind in ("check", "same"):
        assert abs(2 * sum(sides[kind]) - len(sides[kind])) <= 1
    for language in ("en", "zh"):
        used = Counter(
            s.brief for plan in found for s in plan.slots if s.brief.startswith(f"check-{language}")
        )
        assert max(used.values()) - min(used[f"check-{language}-{number}"] for number in range(3)) <= 1


def test_nothing_asked_for_changes_nothing_and_chance_is_its_own() -> None:
    given_ = make(4, 16, 8)
    assert with_extras(given_, ExtrasInput()) == plans(given_)
    assert with_extras(given_, wanted(given_)) == with_extras(given_, wanted(given_))
    assert with_extras(given_, wanted(given_)) != with_extras(given_, wanted(given_), seed=2)


def test_a_sitting_sets_how_much_later_a_pairing_comes_again() -> None:
    given_ = make(3, 24, 9)
    extras = wanted(given_, gap=7)
    for plan in with_extras(given_, extras):
        where = {(slot.brief, slot.kind): slot.position for slot in plan.slots}
        (again,) = (slot for slot in plan.slots if slot.kind == "repeat")
        assert again.position - where[again.brief, "main"] >= 7


def test_rounds_of_practice_share_no_scene_where_the_study_says_so() -> None:
    given_ = make(3, 8, 9)
    extras = wanted(given_, practice=outside("practice", 4), different_scenes=True)
    assert extras_problems(given_, extras) == []
    for plan in with_extras(given_, extras):
        briefs = [slot.brief for slot in plan.practice]
        assert len(set(briefs)) == len(briefs)


def test_what_has_no_place_is_told_with_its_key() -> None:
    given_ = make(3, 8, 9)
    assert [each.about for each in extras_problems(given_, wanted(given_, needed=3))] == ["practice"] * 2
    assert {each.about for each in extras_problems(given_, wanted(given_, per_seat=5))} == {"checks"}
    assert {each.about for each in extras_problems(given_, wanted(given_, gap=5))} == {"repeat"}
    assert {each.about for each in extras_problems(given_, wanted(given_, second=frozenset()))} == {"same"}
    rounds = extras_problems(given_, wanted(given_, different_scenes=True))
    assert [each.about for each in rounds] == ["practice"] * 2
    assert "practice in 2 rounds with 2 different scenes each needs 4 briefs" in rounds[0].message
    two = make(2, 8, 9)
    (problem,) = extras_problems(two, wanted(two))
    assert "doesn't read otherwise" in problem.message


def test_the_audit_finds_what_is_broken() -> None:
    given_ = make(4, 16, 8)
    extras = wanted(given_)
    first, *others = with_extras(given_, extras)

    def findings(broken: SeatPlan) -> str:
        return "; ".join(audit_extras(given_, extras, [broken, *others]))

    def numbered(slots: list) -> SeatPlan:
        return replace(first, slots=tuple(replace(s, position=at + 1) for at, s in enumerate(slots)))

    slots = list(first.slots)
    check = next(slot for slot in slots if slot.kind == "check")
    again = next(slot for slot in slots if slot.kind == "repeat")
    assert "a check comes first" in findings(numbered([check, *(s for s in slots if s is not check)]))
    assert "comes again too soon" in findings(numbered([again, *(s for s in slots if s is not again)]))
    turned = [replace(s, first_on_left=not s.first_on_left) if s is again else s for s in slots]
    assert "same sides" in findings(numbered(turned))
    assert "0 pairings of kind check" not in findings(first)
    assert "1 pairings of kind check" in findings(numbered([s for s in slots if s is not check]))
    assert "second time" in findings(numbered([*slots, replace(slots[0])]))
    assert "practice pairs" in findings(replace(first, practice=first.practice[1:]))


@settings(max_examples=pace.examples(6), deadline=None)
@given(
    systems=st.integers(2, 5), briefs=st.integers(2, 8), seats=st.integers(6, 14), seed=st.integers(0, 999)
)
def test_one_script_at_a_time(systems: int, briefs: int, seats: int, seed: int) -> None:
    """Everybody reads every script once; those of a brief stand apart by all other briefs, their order is
    even over the raters."""
    given_ = replace(make(systems, 2 * briefs, seats), kind="single")
    assert design_problems(given_, 2) == []
    found = draw(given_, np.random.default_rng(seed))
    assert audit(given_, found, raters_per_pairing=2) == []
    turns: Counter[tuple[str, str, int]] = Counter()
    for plan in found:
        read = [brief for brief in given_.briefs if brief.language in plan.reads]
        assert Counter((s.brief, s.first) for s in plan.slots) == Counter(
            (brief.slug, system) for brief in read for system in given_.systems
        )
        assert all(slot.second == "" for slot in plan.slots)
        assert [slot.position for slot in plan.slots] == list(range(1, len(plan.slots) + 1))
        places = defaultdict(list)
        for slot in plan.slots:
            places[slot.brief].append(slot.position)
            turns[slot.brief, slot.first, (slot.position - 1) // len(read)] += 1
        assert {b - a for each in places.values() for a, b in pairwise(each)} <= {len(read)}
    for brief in given_.briefs:
        counts = [turns[brief.slug, s, turn] for s in given_.systems for turn in range(systems)]
        assert max(counts) - min(counts) <= 1


def test_single_in_parts_and_too_few_raters() -> None:
    given_ = replace(make(3, 12, 12, languages=("en",), briefs_per_seat=4), kind="single")
    found = draw(given_, np.random.default_rng(1))
    assert audit(given_, found, raters_per_pairing=4) == []
    assert {len(plan.slots) for plan in found} == {12}
    (problem,) = design_problems(given_, 5)
    assert problem.about == "seats"
    assert "read 4 times" in problem.message
    swapped = replace(found[0], slots=(found[0].slots[1], *found[0].slots[1:]))
    assert audit(given_, [swapped, *found[1:]]) != []
