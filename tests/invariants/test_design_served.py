"""Whole site, design: what sixteen raters at once are served is what was drawn."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.invariants.live import Shown, count, exposures, manage, shown, uneven_sides
from tests.servers import LiveStack, live_stack_in

# Everyday tests: the drawn design in annotations/design, sixteen raters at once in desk/test_concurrency.
pytestmark = pytest.mark.slow

AT_ONCE = 16
CRITERIA = 4
SYSTEMS = ("dsr", "direct", "plan-then-write", "human")
BRIEFS = {"zh": 4, "en": 4}


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    """The open demonstration study, and nobody has a seat yet."""
    with live_stack_in(demo=False) as live:
        manage(live, "load_study", "examples/demo.yaml", "--open")
        yield live


@pytest.fixture(scope="module")
def sixteen(stack: LiveStack) -> list[Shown]:
    """All slots after sixteen simulated raters have finished, side by side."""
    told = manage(stack, "simulate_raters", "demo", "--raters", str(AT_ONCE), "--seed", "1")
    assert told.startswith(f"{AT_ONCE} simulated raters judged ")
    return shown(stack, "demo")


@pytest.fixture(scope="module")
def all_seats(stack: LiveStack, sixteen: list[Shown]) -> list[Shown]:
    """All slots after the other seats have been filled too."""
    left = len({slot.seat for slot in sixteen}) - AT_ONCE
    manage(stack, "simulate_raters", "demo", "--raters", str(left), "--seed", "1")
    return shown(stack, "demo")


def test_counts_are_exact(stack: LiveStack, sixteen: list[Shown]) -> None:
    taken = {slot.seat for slot in sixteen if slot.rater}
    assert taken == set(range(1, AT_ONCE + 1))
    served = [slot for slot in sixteen if slot.seat in taken]
    assert {slot.state for slot in served} == {"submitted"}
    assert {slot.judgments for slot in served} == {CRITERIA}
    # One assignment for each slot: nothing was handed out twice.
    assert len({(slot.seat, slot.position) for slot in served}) == len(served)
    expected = sum(BRIEFS[language] for slot in served if slot.position == 1 for language in slot.reads)
    assert len(served) == expected
    assert count(stack, "SELECT count(*) FROM annotations_judgment") == expected * CRITERIA
    assert count(stack, "SELECT count(*) FROM annotations_score") == expected * 2
    assert (
        count(
            stack,
            "SELECT count(*) FROM (SELECT DISTINCT assignment_id, criterion_id FROM annotations_judgment) x",
        )
        == expected * CRITERIA
    )
    raters = count(stack, "SELECT count(*) FROM annotations_rater WHERE kind = 'simulated'")
    assert raters == AT_ONCE == len({slot.rater for slot in served})


def test_each_seat_has_one_rater_who_reads_its_languages(sixteen: list[Shown]) -> None:
    by_seat: dict[int, set[str]] = {}
    for slot in sixteen:
        if slot.rater:
            by_seat.setdefault(slot.seat, set()).add(slot.rater)
            assert slot.language in slot.reads
    assert all(len(raters) == 1 for raters in by_seat.values())


def test_nobody_reads_a_text_or_a_brief_twice(sixteen: list[Shown]) -> None:
    for seat in {slot.seat for slot in sixteen}:
        mine = [slot for slot in sixteen if slot.seat == seat]
        texts = [text for slot in mine for text in (slot.left_text, slot.right_text)]
        assert len(set(texts)) == len(texts)
        assert len({slot.brief for slot in mine}) == len(mine)


def test_sides_of_the_raters_who_came_are_even(sixteen: list[Shown]) -> None:
    """Freezing takes a draw that is even for two thirds of the seats too: 16 of 24."""
    assert uneven_sides([slot for slot in sixteen if slot.rater]) == []


@pytest.mark.parametrize("language", BRIEFS)
def test_exposure_of_the_seats_that_came_is_even(sixteen: list[Shown], language: str) -> None:
    served = [slot for slot in sixteen if slot.rater]
    counts = exposures(served, language, SYSTEMS)
    assert len(counts) == BRIEFS[language] * len(SYSTEMS)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_sides_are_even_in_every_group_when_all_have_come(all_seats: list[Shown]) -> None:
    assert {slot.state for slot in all_seats} == {"submitted"}
    assert uneven_sides(all_seats) == []
    # The check can fail: a single slot turned round breaks a group somewhere.
    turned = [
        Shown(**{**vars(all_seats[0]), "first_on_left": not all_seats[0].first_on_left}),
        *all_seats[1:],
    ]
    assert uneven_sides(turned) != []


@pytest.mark.parametrize("language", BRIEFS)
def test_exposure_is_even_when_all_have_come(all_seats: list[Shown], language: str) -> None:
    counts = exposures(all_seats, language, SYSTEMS)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_every_pairing_has_the_raters_that_the_study_promised(all_seats: list[Shown]) -> None:
    readers = Counter((slot.brief, slot.pair) for slot in all_seats)
    pairs = len(SYSTEMS) * (len(SYSTEMS) - 1) // 2
    assert len(readers) == sum(BRIEFS.values()) * pairs
    assert min(readers.values()) >= 2


def test_a_series_is_read_in_the_order_of_its_story(all_seats: list[Shown]) -> None:
    for seat in {slot.seat for slot in all_seats}:
        series = [slot.series for slot in all_seats if slot.seat == seat]
        blocks = [name for at, name in enumerate(series) if at == 0 or series[at - 1] != name]
        assert len(set(blocks)) == len(blocks)
