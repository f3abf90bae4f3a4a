"""Statistics: signed strength: its mean by hand, its interval from the definition."""

import numpy as np
import pytest

from analysis.stats import tables_from_frames
from tests.analysis.stats.direct import t_limits
from tests.analysis.stats.studies import judgments, one, report_of, small

SIGN = {"left": 1, "right": -1, "tie": 0, "neither": 0}


def _strength(tables, **changes):
    return report_of(tables, **changes)["strength"]


def _strong(seed=1, **columns):
    frame = judgments(seed=seed, **columns)
    given = np.random.default_rng(seed).integers(1, 4, len(frame)).astype(str)
    return frame.assign(strength=np.where(frame["choice"].isin(["left", "right"]), given, ""))


def test_wins_count_for_losses_against_and_ties_for_nothing():
    rows = [
        ("r1", "s1", "dsr", "human", "left"),
        ("r1", "s2", "human", "dsr", "left"),
        ("r2", "s1", "dsr", "human", "neither"),
        ("r2", "s2", "human", "dsr", "right"),
        ("r3", "s2", "human", "dsr", "right"),
    ]
    tables = small(rows, strength=["3", "2", "", "1", ""])
    entry = one(_strength(tables), system="dsr", opponent="human")
    # (3 - 2 + 0 + 1) / 4: the last row was won, and nobody said how clearly.
    assert entry["estimate"] == pytest.approx(0.5)
    assert (entry["n"], entry["raters"], entry["items"], entry["left_out"]) == (4, 2, 2, 1)
    assert entry["family"] == "secondary"


def test_the_interval_is_the_two_way_one():
    frame = _strong()
    entry = one(_strength(tables_from_frames(frame)), system="dsr", opponent="human")
    rows = frame[[{"dsr", "human"} == set(two) for two in zip(frame["left_system"], frame["right_system"],
                                                             strict=True)]]  # fmt: skip
    side = np.where(rows["left_system"] == "dsr", 1, -1)
    values = side * rows["choice"].map(SIGN) * rows["strength"].replace("", "0").astype(int)
    mean, low, high = t_limits(values, rows["rater"], rows["item"])
    assert [entry[key] for key in ("estimate", "low", "high")] == pytest.approx([mean, low, high])
    assert entry["method"] == "mean signed strength; two-way cluster-robust, t"


def test_each_two_systems_stand_once_the_machine_over_the_human_one():
    entries = _strength(tables_from_frames(_strong()), systems=["human", "direct", "dsr", "outline"])
    pairs = [(entry["system"], entry["opponent"]) for entry in entries]
    assert len({frozenset(pair) for pair in pairs}) == len(pairs) == 6
    assert all(system != "human" for system, _ in pairs)
    assert ("direct", "dsr") in pairs


def test_not_asked_is_not_there():
    assert _strength(tables_from_frames(judgments())) == []
