"""Statistics: what the array interface refuses, and what it reports where a number cannot be computed."""

import dataclasses
import pkgutil
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import analysis.stats
from analysis import stats

LEFT, RIGHT = ["d", "h", "d", "h"], ["h", "d", "h", "d"]
CHOICE, RATER, ITEM = ["left", "tie", "left", "left"], [1, 1, 2, 2], ["s", "t", "s", "t"]
SCORED = stats.Scores(["d", "h"] * 2, [7.0, 9, 6, 8], [1, 1, 2, 2], ["s"] * 4)
COUNTS = [1, 2], [1, 2]
COMPONENTS = stats.Components(raters=0.1, scenes=0.1, series=0.0, ties=0.15)
METHOD = {"system", "opponent", "level", "cluster"}


def _judged(**changes):
    columns = {"left": LEFT, "right": RIGHT, "choice": CHOICE, "rater": RATER, "item": ITEM}
    return stats.Judgments(**(columns | changes))


def _rate(**changes):
    keys = {"system": "d", "opponent": "h"} | {key: changes.pop(key) for key in METHOD & set(changes)}
    return _judged(**changes).win_rate(**keys)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choice": ["left", "tie", "left", "maybe"]}, "choice, row 3 .* 'maybe' .* Fix: use one of 'left'"),
        ({"system": "x"}, "system 'x' is unknown. Fix: use one of 'd', 'h'"),
        ({"opponent": ["h", "x"]}, "'x' is unknown"),
        ({"opponent": "d"}, "is its own opponent. Fix: name another"),
        ({"opponent": []}, "Fix: name an opponent"),
        ({"rater": [1, 1, 2]}, "differ in length: left 4, right 4, choice 4, rater 3"),
        ({"rater": [1, 1, None, 2]}, "rater, row 2 .* the label is missing. Fix: add one"),
        ({"item": ["s", float("nan"), "s", "t"]}, "item, row 1 .* label is missing"),
        ({"rater": [1, "1", 2, 2]}, "rater: two labels look the same"),
        ({"item": "stst"}, "item: it is str. Fix: give an array with one value per row"),
        ({"rater": [[1], [1], [2], [2]]}, "Fix: use labels that are hashable"),
        ({"rater": np.ones((4, 1))}, "one dimension"),
        ({"right": ["d", "d", "h", "d"]}, "row 0 .* both scripts are by the same system"),
        ({"level": 95}, "level is 95"),
        ({"cluster": "rater"}, "use item or series"),
        ({"cluster": "series"}, "the series of some items are not known. Fix: give them"),
        ({"series": ["x", "y", "z", "y"]}, "series, row 0 .* item 's' has two series"),
        ({"systems": ["d"]}, "left, row 1 .* 'h' is unknown"),
        ({"strength": [4, 1, 1, 1]}, "strength, row 0 .* it is above 3"),
        ({"strength": [1, 1, "high", 1]}, "strength, row 2 .* not a finite number"),
        ({"left_length": [-1] * 4, "right_length": [1] * 4}, "left_length, row 0 .* below 0"),
        ({"left_guess": ["person"] * 4}, "left_guess, row 0 .* 'person' is unknown"),
        ({key: [] for key in ("left", "right", "choice", "rater", "item")}, "there are no rows"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rows_that_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        _rate(**changes)


@pytest.mark.parametrize("other", ["Zoe\u0308", "Zo\xeb ", "Zo\u200b\xeb"])
def test_labels_that_look_the_same_are_refused_and_other_capitals_warned_of(other):
    with pytest.raises(
        ValueError, match=r"rater: 'Zo.* and 'Zo.* look the same. Fix: write the label in one"
    ):
        _rate(rater=["Zo\xeb", other] * 2)
    with pytest.raises(ValueError, match=r"unit: .* Fix"):
        stats.Ratings(["a", "b"] * 2, ["Zo\xeb", other] * 2)
    with pytest.warns(UserWarning, match="rater: 'R1' and 'r1' differ only in case") as caught:
        stats.Scores(["d", "h"] * 2, [7.0, 9, 6, 8], ["r1", "R1"] * 2, ["s"] * 4)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ([7, 9, float("nan"), 8], "score, row 2 .* not a finite number"),
        ([7, 9, float("inf"), 8], "not a finite number"),
        ([7, 9, "high", 8], "score, row 2 .* not a finite number"),
        ([7, 9, 0, 8], "score, row 2 .* below 1. Fix: correct"),
        ([7, 9, 8], "differ in length"),
    ],
)
def test_scores_that_are_refused(score, message):
    with pytest.raises(ValueError, match=message):
        stats.Scores(["d", "h"] * 2, score, [1, 1, 2, 2], ["s"] * 4, floor=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.win_rate_from_counts(-1, 3),
        lambda: stats.win_rate_from_counts(0, 0),
        lambda: stats.win_rate_from_counts(1.5, 3),
        lambda: stats.win_rate_from_counts(1, 3, 1, method="wilson"),
        lambda: stats.win_rate_from_counts(1, 3, method="normal"),
        lambda: stats.Judgments.from_counts([1, -1], [0, 0], [1, 1], *COUNTS),
        lambda: stats.Judgments.from_counts([0, 0], [0, 0], [0, 0], *COUNTS),
        lambda: stats.newcombe_difference(11, 10, 1, 10),
        lambda: stats.newcombe_paired_difference(0, 0, 0, 0),
        lambda: stats.mcnemar(-1, 2),
        lambda: stats.ErrorMarks(["d", "d"], [1, -1], [1, 2], ["s", "s"]),
        lambda: stats.ErrorMarks(["d", "d"], [1, 1], [1, 2], ["s", "s"], length=[100, 0]),
        lambda: stats.ErrorMarks(["d", "d", "h"], [1] * 3, [1] * 3, ["s"] * 3).rate_ratio("d", "h"),
        lambda: SCORED.difference("d", "d"),
        lambda: SCORED.mean("x"),
        lambda: SCORED.human_level("d", "h", above_floor=True),
        lambda: _judged().mean_strength("d", "h"),
        lambda: _judged().length_bias(),
        lambda: _judged().recognition("h"),
        lambda: _judged(strength=[1] * 4).mean_strength("x", "h"),
        lambda: _judged().win_rate_difference("d", "d"),
        lambda: stats.Ratings(["a", "b"], [1, 1], [1, 1]).alpha(),
        lambda: stats.Ratings(["a", "b"], [1, 1], [1, 2]).alpha("ordinal"),
        lambda: stats.Ratings(["a", "b"], [1, 1], [1, 2]).alpha("cosine"),
        lambda: stats.Ratings(["a", "b"], [1, 1], [1, 2], categories=["a"]),
        lambda: stats.Ratings(["a", "b"], [1, 1], [1, 2], item=["s", "t"]),
        lambda: stats.Ratings(["a"] * 3, [1] * 3, [1] * 3).intra_rater_agreement(),
        lambda: stats.Ratings(["a", "b"], [1, 1]).dawid_skene(),
        lambda: stats.Ratings(["a", "b"], [1, 1], [1, 2]).icc(),
        lambda: SCORED.best_of_k(["h"]),
        lambda: stats.Judgments(["a"], ["b"], ["left"], [1], [1]).half_win_worths(),
        lambda: stats.human_level_claim(_rate(), 0.6),
        lambda: stats.human_level_claim(SCORED.mean("d"), 0.1),
        lambda: stats.confidence_sequence(stats.win_rate_from_counts(3, 4)),
        lambda: stats.two_one_sided_tests(0.0, 0.0, (-1, 1)),
        lambda: stats.two_one_sided_tests(0.0, 1.0, (1, -1)),
        lambda: stats.holm([0.1, float("nan")]),
        lambda: stats.benjamini_hochberg([1.1]),
        lambda: stats.sample_size(stats.Question(0.1, stats.logits_of(COMPONENTS))),
        lambda: stats.study_power(0.1, stats.Sizes(1, 9), COMPONENTS),
        lambda: stats.t_test_power(1.0, 0.0, 9),
        lambda: stats.obrien_fleming(0),
        lambda: stats.obrien_fleming(2, alpha=5),
        lambda: stats.obrien_fleming(3).critical(4),
        lambda: stats.bernoulli_sequence(3, 2),
    ],
)
def test_other_input_that_is_refused(call):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        call()


def test_one_rater_or_one_item_has_an_estimate_and_no_limits():
    for changes, reason in (({"rater": [1] * 4}, "one rater"), ({"item": ["s"] * 4}, "one scene")):
        rate = _rate(**changes)
        assert (rate.estimate, rate.low, rate.high, rate.se, rate.p) == (0.625, None, None, None, None)
        assert reason in rate.reason


def test_systems_that_never_met_have_no_estimate():
    rate = _rate(systems=["d", "h", "x"], opponent="x")
    assert (rate.estimate, rate.n, rate.reason) == (None, 0, "the two were never compared")


def test_a_table_without_a_path_between_its_systems_has_no_abilities():
    table = _judged(left=["a", "c"] * 2, right=["b", "d"] * 2).abilities()
    assert "never compared" in table.reason
    assert {worth.estimate for worth in table.worths.values()} == {None}
    assert table.difference("a", "d").reason == table.reason
    assert table.order_of_merit == ()


def test_agreement_without_exception_shows_no_error():
    alpha = stats.Ratings.from_table([[1, 1], [2, 2], [1, 1]]).alpha(replicates=50)
    assert (alpha.estimate, alpha.low) == (1, None)
    assert "do not vary" in alpha.reason


def test_few_raters_and_items_are_warned_of():
    assert _rate().warnings == (
        "2 raters: below 8 no interval is reliable",
        "2 items: below 8 no interval is reliable",
    )
    many = range(20)
    sides = {"left": ["d"] * 20, "right": ["h"] * 20}
    assert _rate(**sides, choice=["left", "right"] * 10, rater=many, item=many).warnings == ()


def test_results_are_frozen_and_print_all_that_belongs_beside_the_number():
    rate = _rate()
    with pytest.raises(dataclasses.FrozenInstanceError):
        rate.estimate = 1.0
    for part in ("0.625", "95%", "n = 4", "2 raters", "2 items", "two-way cluster-robust"):
        assert part in str(rate)


def test_a_notebook_shows_results_in_a_few_readable_lines():
    shown = repr(_rate())
    assert shown.startswith(f"<Estimate {_rate()}; 2 raters: below 8 no interval is reliable; ")
    assert shown.endswith("more in .detail: wins, ties, losses, neither, without_ties, row_mean>")
    assert "raters" not in str(stats.win_rate_from_counts(12, 3))
    tables = stats.tables_from_frames(
        pd.DataFrame(
            {"item": ITEM, "rater": RATER, "criterion": "overall", "left_system": LEFT, "right_system": RIGHT,
             "choice": CHOICE}
        )
    )  # fmt: skip
    assert repr(tables) == "<Tables judgments: 4 of 4 rows used; systems: d, h>"
    report = stats.analyse(tables, stats.Plan.default(tables, human=["h"]), seed=1, replicates=20)
    assert repr(report).startswith("<Report primary criterion: overall; .lists: win_rates ")


def test_worths_show_a_line_for_each_system_the_best_first():
    left, right = ["a", "b", "c"] * 3, ["b", "c", "a"] * 3
    choice = ["left", "left", "right", "left", "tie", "right", "right", "left", "left"]
    raters = [1, 1, 1, 2, 2, 2, 3, 3, 3]
    worths = stats.Judgments(left, right, choice, raters, ["s", "t", "u"] * 3).abilities()
    lines = repr(worths).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == list(worths.order_of_merit)
    assert f"{worths.worths['a'].estimate:.3f} (95%: " in repr(worths)
    unmet = stats.Judgments(["a", "c"], ["b", "d"], ["left", "left"], [1, 2], ["s", "t"]).abilities()
    assert repr(unmet) == f"<Worths not computed: {unmet.reason}>"


def test_labels_may_be_of_any_hashable_kind():
    plain = _rate()
    labels = {1: ("r", 1), 2: ("r", 2)}
    other = _rate(
        left=[{"d": 7, "h": None.__class__}[name] for name in LEFT],
        right=[{"d": 7, "h": None.__class__}[name] for name in RIGHT],
        rater=[labels[rater] for rater in RATER],
        item=np.array([10, 20, 10, 20]),
        system=7,
        opponent=None.__class__,
    )
    assert (plain.estimate, plain.low, plain.high) == (other.estimate, other.low, other.high)


@pytest.mark.parametrize("kind", ["category", "str", "object", "string"])
def test_columns_of_any_type_give_the_same_numbers(kind):
    plain = _rate()
    frame = pd.DataFrame(
        {"l": LEFT, "r": RIGHT, "c": CHOICE, "a": [str(rater) for rater in RATER], "i": ITEM}
    )
    frame = frame.astype(kind)
    # A category that no row has is label is missing.
    more = frame["i"].cat.add_categories("unused") if kind == "category" else frame["i"]
    other = _rate(left=frame["l"], right=frame["r"], choice=frame["c"], rater=frame["a"], item=more)
    assert (plain.estimate, plain.low, plain.items) == (other.estimate, other.low, other.items)
    with pytest.raises(ValueError, match=r"row 1 .* label is missing"):
        _rate(rater=frame["a"].mask([False, True, False, False]))


def test_limits_by_series_where_series_are_given():
    rng = np.random.default_rng(3)
    rows = [(r, i) for r in range(6) for i in range(8)]
    raters, items = zip(*rows, strict=True)
    columns = (["d"] * 48, ["h"] * 48, rng.choice(["left", "right"], 48), raters, items)
    series = [item // 2 for item in items]
    judged = stats.Judgments(*columns, series=series)
    by_item, by_series = (judged.win_rate("d", "h", cluster=cluster) for cluster in ("item", "series"))
    assert (by_item.series, by_series.cluster, by_series.df) == (4, "series", 3)
    assert by_series.high - by_series.low > by_item.high - by_item.low


def test_names_stay_what_they_are_when_every_module_is_loaded():
    """A module of the same name as a call must not take its place."""
    for module in pkgutil.walk_packages(analysis.stats.__path__, "analysis.stats."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for name in stats.__all__:
        value = getattr(stats, name)
        assert callable(value), name
        assert value.__doc__, name
        assert name in stats.__doc__, "name it in the table of contents"
