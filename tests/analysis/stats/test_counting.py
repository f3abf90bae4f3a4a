"""Statistics: rows counted once: the same cells by every way, and many systems within bounds."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from analysis.stats import Plan, analyse, cells, tables_from_frames
from analysis.stats.cells import count_cells, name_codes
from analysis.stats.coded_columns import codes, is_any, numbers, sums
from analysis.stats.linear import crossed
from tests.analysis.stats.studies import SYSTEMS, judgments

COUNTS = [field.name for field in fields(cells.Cells) if field.name != "names"]


def _frame():
    rng = np.random.default_rng(4)
    frame = tables_from_frames(judgments(raters=6, items=5, study="one")).judgments
    again = tables_from_frames(judgments(seed=2, raters=6, items=5, study="two")).judgments
    both = pd.concat([frame, again], ignore_index=True).astype("str")
    lengths = rng.integers(1, 900, size=(2, len(both))).astype(str)
    return both.assign(left_length=lengths[0], right_length=lengths[1])


def _cells(frame):
    return count_cells(frame, name_codes([frame], SYSTEMS))


def _same(one, other):
    for name in COUNTS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_a_sparse_grid_is_sorted_and_a_dense_one_counted_with_the_same_result(monkeypatch):
    frame = _frame()
    counted = _cells(frame)
    monkeypatch.setattr(cells, "SMALL", 0)
    monkeypatch.setattr(cells, "DENSE", 0)
    _same(counted, _cells(frame))


def test_the_order_of_rows_does_not_reach_the_last_bit_of_a_sum():
    rng = np.random.default_rng(1)
    at, values = rng.integers(5, size=60), rng.normal(size=60) * 10.0 ** rng.integers(-8, 8, size=60)
    first = sums(at, values, 5)
    for _ in range(20):
        order = rng.permutation(60)
        np.testing.assert_array_equal(first, sums(at[order], values[order], 5))


def test_columns_speak_of_their_rows_alone():
    column = pd.Series(["b", "", "b", "2.5"], dtype=pd.CategoricalDtype(["", "2.5", "b", "gone"]))
    assert is_any(column, "b", "gone").tolist() == [True, False, True, False]
    assert codes(column, ["", "2.5", "b"]).tolist() == [2, 0, 2, 1]
    with pytest.raises(KeyError, match=r"2\.5"):
        codes(column, ["", "b"])
    assert numbers(column[column.isin(["", "2.5"])].cat.remove_unused_categories())[1] == 2.5


@pytest.mark.parametrize("far", [1, 10**6])
def test_places_are_numbered_in_their_order(far):
    first, second = np.array([2, 0, 2, 1]) * far, np.array([1, 3, 1, 0])
    place, row = crossed(first, second)
    assert place.tolist() == [2, 0, 2, 1]
    assert (first[row] // far).tolist() == [0, 1, 2]


def test_many_systems_are_bounded_and_what_is_left_out_is_said():
    rng = np.random.default_rng(2)
    count, rows = 300, 1500
    left = rng.integers(count, size=rows)
    names = np.array([f"system-{at:03d}" for at in range(count)], dtype=object)
    frame = pd.DataFrame(
        {
            "rater": [f"r{at}" for at in rng.integers(9, size=rows)],
            "item": [f"i{at}" for at in rng.integers(9, size=rows)],
            "criterion": "overall",
            "left_system": names[left],
            "right_system": names[(left + rng.integers(1, count, size=rows)) % count],
            "choice": rng.choice(["left", "right", "tie"], size=rows),
            "position": np.arange(rows) + 1,
        }
    )
    tables = tables_from_frames(frame)
    report = analyse(tables, Plan.default(tables, human=["system-000"]), seed=1, replicates=100).to_dict()
    codes_ = [warning["code"] for warning in report["warnings"]]
    assert "many_systems" in codes_
    assert len(report["abilities"]) == count
    assert {entry["estimate"] for entry in report["abilities"]} == {None}
    assert "more than 200 systems" in report["abilities"][0]["reason"]
    assert (report["differences"], report["best_of_k"]) == ([], [])
    assert {entry["scope"] for entry in report["agreement"]} == {"all"}
    met = {frozenset(pair) for pair in zip(frame["left_system"], frame["right_system"], strict=True)}
    single = [entry for entry in report["win_rates"] if not entry["opponent"].startswith("*")]
    assert len(single) == 2 * len(met)
