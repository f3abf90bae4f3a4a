"""What single calls refuse, and what they say where a number cannot be computed."""

import dataclasses
import pkgutil
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis.stats
from analysis import stats
from analysis.stats.calls.labels import coded

LEFT, RIGHT = ["d", "h", "d", "h"], ["h", "d", "h", "d"]
CHOICE, RATER, ITEM = ["left", "tie", "left", "left"], [1, 1, 2, 2], ["s", "t", "s", "t"]
SCORES = ([7.0, 9, 6, 8], ["d", "h"] * 2, [1, 1, 2, 2], ["s"] * 4)


def _rate(**changes):
    columns = {"left_system": LEFT, "right_system": RIGHT, "choice": CHOICE, "rater": RATER, "item": ITEM}
    keys = {"system": "d", "opponent": "h"}
    return stats.win_rate(**(columns | keys | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choice": ["left", "tie", "left", "maybe"]}, "choice 'maybe' is not known: use one of 'left'"),
        ({"system": "x"}, "system 'x' is not known: use one of 'd', 'h'"),
        ({"opponent": ["h", "x"]}, "'x' is not known"),
        ({"opponent": "d"}, "cannot be its own opponent"),
        ({"opponent": []}, "name an opponent"),
        ({"rater": [1, 1, 2]}, "differ in length: left_system 4, right_system 4, choice 4, rater 3"),
        ({"rater": [1, 1, None, 2]}, "rater: row 2 .* has no label"),
        ({"item": ["s", float("nan"), "s", "t"]}, "item: row 1 .* has no label"),
        ({"rater": [1, "1", 2, 2]}, "read alike"),
        ({"item": "stst"}, "one value a row"),
        ({"rater": [[1], [1], [2], [2]]}, "not hashable"),
        ({"rater": np.ones((4, 1))}, "one dimension"),
        ({"right_system": ["d", "d", "h", "d"]}, "row 0 .* 'd' stands on both sides"),
        ({"level": 95}, "level is 95"),
        ({"cluster": "rater"}, "use item or series"),
        ({"cluster": "series"}, "give the series of every item"),
        ({"series": ["x", "y", "z", "y"]}, "item 's' has two series"),
        ({"systems": ["d"]}, "'h' is not known"),
        ({key: [] for key in ("left_system", "right_system", "choice", "rater", "item")}, "no rows"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rows_that_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        _rate(**changes)


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ([7, 9, float("nan"), 8], "score: nan in row 2"),
        ([7, 9, float("inf"), 8], "not a finite number"),
        ([7, 9, "high", 8], "not a number"),
        ([7, 9, 0, 8], "is below 1"),
        ([7, 9, 8], "differ in length"),
    ],
)
def test_scores_that_are_refused(score, message):
    with pytest.raises(ValueError, match=message):
        stats.above_floor(score, *SCORES[1:], of="d", human="h", floor=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.win_rate_from_counts(-1, 3),
        lambda: stats.win_rate_from_counts(0, 0),
        lambda: stats.win_rate_from_counts(1.5, 3),
        lambda: stats.win_rate_from_counts(1, 3, 1, method="wilson"),
        lambda: stats.win_rate_from_counts(1, 3, method="normal"),
        lambda: stats.win_rate_from_cells([1, -1], [0, 0], [1, 1], [1, 2], [1, 2]),
        lambda: stats.win_rate_from_cells([0, 0], [0, 0], [0, 0], [1, 2], [1, 2]),
        lambda: stats.newcombe_difference(11, 10, 1, 10),
        lambda: stats.newcombe_paired_difference(0, 0, 0, 0),
        lambda: stats.mcnemar(-1, 2),
        lambda: stats.error_rate([1, -1], ["d", "d"], [1, 2], ["s", "s"], of="d"),
        lambda: stats.error_rate([1, 1], ["d", "d"], [1, 2], ["s", "s"], of="d", length=[100, 0]),
        lambda: stats.error_rate_ratio([1] * 3, ["d", "d", "h"], [1] * 3, ["s"] * 3, of="d", human="h"),
        lambda: stats.score_difference(*SCORES, of="d", other="d"),
        lambda: stats.mean_score(*SCORES, of="x"),
        lambda: stats.mean_strength(LEFT, RIGHT, CHOICE, [4, 1, 1, 1], RATER, ITEM, system="d", opponent="h"),
        lambda: stats.mean_strength(LEFT, RIGHT, CHOICE, [1] * 4, RATER, ITEM, system="x", opponent="h"),
        lambda: stats.win_rate_difference(LEFT, RIGHT, CHOICE, RATER, ITEM, system="d", other="d"),
        lambda: stats.krippendorff_alpha(["a", "b"], [1, 1], [1, 1]),
        lambda: stats.krippendorff_alpha(["a", "b"], [1, 1], [1, 2], metric="ordinal"),
        lambda: stats.krippendorff_alpha(["a", "b"], [1, 1], [1, 2], metric="cosine"),
        lambda: stats.krippendorff_alpha(["a", "b"], [1, 1], [1, 2], categories=["a"]),
        lambda: stats.krippendorff_alpha(["a", "b"], [1, 1], [1, 2], item=["s", "t"]),
        lambda: stats.intra_rater(["a"] * 3, [1] * 3, [1] * 3),
        lambda: stats.blinding_share(["person"], ["h"], [1], ["s"], human="h"),
        lambda: stats.best_of_k_by_scores(*SCORES, leave_out=["h"]),
        lambda: stats.half_win_bradley_terry(["a"], ["b"], ["left"]),
        lambda: stats.human_level_claim(_rate(), 0.6),
        lambda: stats.human_level_claim(stats.mean_score(*SCORES, of="d"), 0.1),
        lambda: stats.confidence_sequence(stats.win_rate_from_counts(3, 4)),
        lambda: stats.two_one_sided_tests(0.0, 0.0, (-1, 1)),
        lambda: stats.two_one_sided_tests(0.0, 1.0, (1, -1)),
        lambda: stats.holm([0.1, float("nan")]),
        lambda: stats.benjamini_hochberg([1.1]),
        lambda: stats.sample_size(0.1, sd_raters=0.1, sd_items=0.1),
        lambda: stats.study_power(0.1, raters=1, items=9, sd_raters=0.1, sd_items=0.1),
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
    table = stats.abilities(["a", "c"] * 2, ["b", "d"] * 2, ["left", "right"] * 2, RATER, ITEM)
    assert "never compared" in table.reason
    assert {worth.estimate for worth in table.worths.values()} == {None}
    assert table.difference("a", "d").reason == table.reason
    assert table.order_of_merit == ()


def test_a_system_that_never_loses_is_told_with_its_prior():
    table = stats.abilities(
        ["a", "b"] * 3, ["b", "a"] * 3, ["left", "right"] * 3, [1, 2, 3] * 2, list("stuvwx")
    )
    assert table.prior == 0.5
    assert table.order_of_merit == ("a", "b")


def test_agreement_without_exception_shows_no_error():
    alpha = stats.krippendorff_alpha(*stats.long_form([[1, 1], [2, 2], [1, 1]]), replicates=50)
    assert (alpha.estimate, alpha.low) == (1, None)
    assert "do not vary" in alpha.reason


def test_few_raters_and_items_are_warned_of():
    assert _rate().warnings == (
        "2 raters: below 8 no interval is reliable",
        "2 items: below 8 no interval is reliable",
    )
    many = range(20)
    assert _rate(left_system=["d"] * 20, right_system=["h"] * 20, choice=["left", "right"] * 10, rater=many,
                 item=many).warnings == ()  # fmt: skip


def test_results_are_frozen_and_print_all_that_belongs_beside_the_number():
    rate = _rate()
    with pytest.raises(dataclasses.FrozenInstanceError):
        rate.estimate = 1.0
    for part in ("0.625", "95 %", "n = 4", "2 raters", "2 items", "two-way cluster-robust"):
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
    worths = stats.abilities(left, right, choice, [1, 1, 1, 2, 2, 2, 3, 3, 3], ["s", "t", "u"] * 3)
    lines = repr(worths).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == list(worths.order_of_merit)
    assert f"{worths.worth('a').estimate:.3f} (95 %: " in repr(worths)
    unmet = stats.abilities(["a", "c"], ["b", "d"], ["left", "left"], [1, 2], ["s", "t"])
    assert repr(unmet) == f"<Worths not computed: {unmet.reason}>"


def test_labels_may_be_of_any_hashable_kind():
    plain = _rate()
    labels = {1: ("r", 1), 2: ("r", 2)}
    other = _rate(
        left_system=[{"d": 7, "h": None.__class__}[name] for name in LEFT],
        right_system=[{"d": 7, "h": None.__class__}[name] for name in RIGHT],
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
    # A category that no row has is no label.
    more = frame["i"].cat.add_categories("unused") if kind == "category" else frame["i"]
    other = _rate(
        left_system=frame["l"], right_system=frame["r"], choice=frame["c"], rater=frame["a"], item=more
    )
    assert (plain.estimate, plain.low, plain.items) == (other.estimate, other.low, other.items)
    with pytest.raises(ValueError, match=r"row 1 .* has no label"):
        _rate(rater=frame["a"].mask([False, True, False, False]))


def test_limits_by_series_where_series_are_given():
    rng = np.random.default_rng(3)
    rows = [(r, i) for r in range(6) for i in range(8)]
    raters, items = zip(*rows, strict=True)
    columns = (["d"] * 48, ["h"] * 48, rng.choice(["left", "right"], 48), raters, items)
    series = [item // 2 for item in items]
    keys = {"system": "d", "opponent": "h", "series": series}
    by_item, by_series = (stats.win_rate(*columns, cluster=cluster, **keys) for cluster in ("item", "series"))
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


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab0\xe9\u5267\U0001f600 ", max_size=22), min_size=1, max_size=30), st.booleans())
def test_an_array_of_texts_is_coded_as_the_list_of_them_is(texts, turned):
    """Arrays of texts of one width are not hashed but counted place by place."""
    array = np.array(texts)
    array = array.astype(array.dtype.newbyteorder(">")) if turned else array
    one, other = coded(array, "item"), coded(texts, "item")
    assert one.labels == other.labels
    assert one.codes.tolist() == other.codes.tolist()
