"""Simulation: the opinion model keeps the shares and effects that it promises."""

import itertools
from collections import Counter

import pytest

from annotations.simulation.mind import Mind, Opinion
from annotations.simulation.qualities import Qualities

EVEN = Qualities({"quillon": 0.0, "marrow": 0.0})
APART = Qualities({"people": 1.6, "quillon": 1.2, "vesper": -0.2, "marrow": -0.8})
CRITERIA = ["overall", "dialogue"]


def opinions(qualities: Qualities, briefs: int, seats: int) -> list[tuple[str, str, str, Opinion]]:
    """(brief, left, right, opinion) of every rater on every pair, on one side and the other in turn."""
    found = []
    for seat, number in itertools.product(range(1, seats + 1), range(briefs)):
        for place, pair in enumerate(itertools.combinations(qualities.systems, 2)):
            left, right = pair if (seat + number + place) % 2 else pair[::-1]
            brief = f"scene-{number}"
            opinion = Mind(5, seat, qualities).judge(brief, left, right, CRITERIA, "overall")
            found.append((brief, left, right, opinion))
    return found


def test_ties_are_about_fifteen_percent_and_neither_is_rare() -> None:
    read = opinions(APART, briefs=12, seats=30)
    counts = Counter(opinion.choices["overall"][0] for *_, opinion in read)
    shares = {choice: count / len(read) for choice, count in counts.items()}
    assert 0.12 < shares["tie"] < 0.18
    assert 0.001 < shares["neither"] < 0.03


def test_left_is_preferred_a_little() -> None:
    """A bias of 0.2 on the logit scale between equals: 1 / (1 + exp(-0.2)) = 0.55 of the decided ones, a
    little less for the spread of items and raters (standard error here 0.008)."""
    read = opinions(EVEN, briefs=60, seats=60)
    counts = Counter(opinion.choices["overall"][0] for *_, opinion in read)
    assert 0.51 < counts["left"] / (counts["left"] + counts["right"]) < 0.57


def test_the_better_system_wins_and_scores_higher() -> None:
    wins: Counter[str] = Counter()
    scores: dict[str, list[int]] = {system: [] for system in APART.systems}
    for number, (brief, left, right, opinion) in enumerate(opinions(APART, briefs=12, seats=24)):
        choice = opinion.choices["overall"][0]
        wins[left] += choice == "left"
        wins[right] += choice == "right"
        values = Mind(5, 1 + number % 24, APART).scores(brief, opinion, 1, 12)
        scores[left].append(values[0])
        scores[right].append(values[1])
    means = {system: sum(values) / len(values) for system, values in scores.items()}
    assert sorted(wins, key=wins.__getitem__) == ["marrow", "vesper", "quillon", "people"]
    assert sorted(means, key=means.__getitem__) == ["marrow", "vesper", "quillon", "people"]
    assert all(1 <= value <= 12 for values in scores.values() for value in values)


def test_criteria_go_along_with_the_overall_choice() -> None:
    pairs = [
        (opinion.choices["overall"][0], opinion.choices["dialogue"][0])
        for *_, opinion in opinions(APART, briefs=12, seats=12)
    ]
    decided = [(a, b) for a, b in pairs if {a, b} <= {"left", "right"}]
    same = sum(a == b for a, b in decided) / len(decided)
    assert 0.75 < same < 0.98


def test_strength_goes_with_a_choice_alone() -> None:
    for *_, opinion in opinions(APART, briefs=4, seats=6):
        for choice, strength in opinion.choices.values():
            assert (strength in (1, 2, 3)) if choice in ("left", "right") else (strength is None)


def test_a_quality_of_its_own_has_no_effect_drawn_upon_it() -> None:
    own = Qualities({"quillon": 0.0, "marrow": 0.0}, {"scene-1": {"quillon": 2.0}})
    worths = [Mind(5, seat, own).worth("scene-1", "quillon") for seat in range(400)]
    # Only the effect of rater and system is left: sd 0.4, so a standard error of 0.02.
    assert sum(worths) / len(worths) == pytest.approx(2.0, abs=0.08)


def test_an_opinion_depends_on_names_alone_and_not_on_what_was_asked_before() -> None:
    mind = Mind(5, 3, APART)
    first = mind.judge("scene-1", "people", "marrow", CRITERIA, "overall")
    mind.judge("scene-2", "people", "marrow", CRITERIA, "overall")
    assert first == mind.judge("scene-1", "people", "marrow", list(reversed(CRITERIA)), "overall")
    assert first != Mind(6, 3, APART).judge("scene-1", "people", "marrow", CRITERIA, "overall")


def test_errors_of_a_script_gather_at_a_few_elements() -> None:
    places = [(20 * number, 5 + number) for number in range(30)]
    found = {Mind(5, seat, APART).error_place("scene-1", "marrow", 1, places) for seat in range(1, 40)}
    assert len(found) == 3
    assert found <= {place for place in places if place[1] >= 12}
    assert Mind(5, 1, APART).error_place("scene-1", "marrow", 1, [(0, 4)]) is None
