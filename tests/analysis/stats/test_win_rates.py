"""Statistics: win rates and what follows from them, on tables small enough to count by hand."""

import pytest

from analysis.stats import Plan, analyse, tables_from_frames
from analysis.stats.errors import InputErrors
from analysis.stats.intervals import clopper_pearson
from tests.analysis.stats.studies import judgments, one, plan_for, report_of, small

# (rater, item, left, right, choice): dsr over human 2 wins, 1 tie, 1 neither, 1 loss.
ROWS = [
    ("r1", "s1", "dsr", "human", "left"),
    ("r2", "s1", "human", "dsr", "right"),
    ("r1", "s2", "human", "dsr", "tie"),
    ("r2", "s2", "dsr", "human", "neither"),
    ("r1", "s3", "human", "dsr", "left"),
    ("r1", "s4", "direct", "human", "right"),
    ("r2", "s4", "direct", "human", "right"),
]


def _report(rows=ROWS, plan=None, **columns):
    tables = small(rows, **columns)
    return analyse(tables, plan or Plan.default(tables), seed=1, replicates=200).to_dict()


def test_it_works():
    entry = one(_report()["win_rates"], system="dsr", opponent="human")
    assert [entry[key] for key in ("wins", "ties", "losses", "neither", "n")] == [2, 2, 1, 1, 5]
    assert entry["estimate"] == pytest.approx(3 / 5)
    assert entry["without_ties"] == pytest.approx(2 / 3)
    assert (entry["raters"], entry["items"], entry["series"]) == (2, 3, None)
    assert entry["low"] < 0.6 < entry["high"]


def test_over_a_set_every_opponent_has_the_same_weight():
    rates = _report()["win_rates"]
    human = one(rates, system="human", opponent="*all")
    assert human["estimate"] == pytest.approx((2 / 5 + 1) / 2)
    assert human["row_mean"] == pytest.approx((1 + 1 + 2) / 7)
    machines = one(rates, system="human", opponent="*machines")
    assert {**human, "opponent": "*machines"} == machines
    # dsr and direct never met: no entry, and the report says so.
    assert not [entry for entry in rates if {entry["system"], entry["opponent"]} == {"dsr", "direct"}]
    assert "unmet" in [warning["code"] for warning in _report()["warnings"]]


def test_never_winning_is_named_conservative():
    entry = one(_report()["win_rates"], system="direct", opponent="human")
    # One item only, so there is no interval at all ...
    assert (entry["estimate"], entry["low"], entry["high"]) == (0, None, None)
    assert "one scene" in entry["reason"]
    # ... and with more of them it is Clopper and Pearson's with n = min(2 raters, 3 items).
    rows = [(rater, item, "dsr", "human", "right") for rater in ("r1", "r2") for item in ("s1", "s2", "s3")]
    entry = one(_report(rows)["win_rates"], system="dsr", opponent="human")
    assert (entry["low"], entry["high"]) == pytest.approx(clopper_pearson(0, 2, 0.95))
    assert "Clopper-Pearson" in entry["method"]


def test_all_ties_are_one_half_with_a_wide_interval():
    rows = [
        (rater, item, "dsr", "human", "tie") for rater in ("r1", "r2", "r3") for item in ("s1", "s2", "s3")
    ]
    entry = one(_report(rows)["win_rates"], system="dsr", opponent="human")
    assert (entry["estimate"], entry["without_ties"]) == (0.5, None)
    exact = clopper_pearson(1.5, 3, 0.95)
    assert exact[0] < entry["low"] < 0.5 < entry["high"] < exact[1]


def _full_report(**changes):
    tables = tables_from_frames(judgments(raters=12, items=20))
    return analyse(tables, plan_for(tables, **changes), seed=1, replicates=200).to_dict()


def test_common_baseline_is_a_ratio_of_win_rates():
    report = _full_report()
    top = one(report["win_rates"], system="dsr", opponent="direct")["estimate"]
    bottom = one(report["win_rates"], system="human", opponent="direct")["estimate"]
    entry = one(report["human_level"], system="dsr", definition="common_baseline", baseline="direct")
    assert entry["estimate"] == pytest.approx(100 * top / bottom, rel=1e-11)
    assert entry["low"] < entry["estimate"] < entry["high"]


def test_the_other_cluster_stands_beside_where_series_are_known():
    rows = [
        (f"r{rater}", f"s{item}", "dsr", "human", "left" if (rater * item + item // 2) % 3 else "right")
        for rater in range(4)
        for item in range(8)
    ]
    series = [f"series-{int(row[1][1:]) // 2}" for row in rows]
    planned = {"primary_criterion": "overall", "human": ["human"]}
    these = Plan.from_dict(planned | {"generalize_to": "these-series"})
    by_item = one(_report(rows, these, series=series)["win_rates"], system="dsr", opponent="human")
    by_series = one(_report(rows, series=series)["win_rates"], system="dsr", opponent="human")
    with pytest.raises(
        InputErrors, match="generalize_to is series, but the series of some rows is not known"
    ):
        _report(rows, Plan.from_dict(planned | {"generalize_to": "series"}))
    old = Plan.from_dict(planned | {"item_cluster": "item"})
    assert one(_report(rows, old, series=series)["win_rates"], system="dsr", opponent="human") == by_item
    assert (by_item["cluster"], by_item["other_cluster"], by_item["series"]) == ("item", "series", 4)
    assert (by_series["cluster"], by_series["other_cluster"]) == ("series", "item")
    assert (by_item["low"], by_item["high"]) == (by_series["other_low"], by_series["other_high"])
    assert (by_series["low"], by_series["high"]) == (by_item["other_low"], by_item["other_high"])


@pytest.mark.slow
@pytest.mark.parametrize("margin", [0.02, 0.15, 0.3, 0.49])
def test_a_margin_makes_the_claims_of_parity(margin):
    report = _full_report(margin=margin, margin_reason="the smallest that matters")
    inner = _full_report(level=0.9)
    for system in ("dsr", "direct", "outline"):
        entry = one(report["human_level"], system=system, definition="parity")
        ninety = one(inner["human_level"], system=system, definition="parity")
        assert entry["non_inferior"] is (entry["low"] > 100 - 200 * margin)
        assert entry["equivalent"] is (abs(ninety["low"] - 100) < 200 * margin > abs(ninety["high"] - 100))


def test_without_a_margin_there_is_no_claim():
    assert "non_inferior" not in one(_full_report()["human_level"], system="dsr", definition="parity")


def test_position_bias_counts_decided_rows():
    report = _report()
    everyone = one(report["position_bias"], scope="all", measure="left_share")
    # Decided: left, right, left, right, right.
    assert (everyone["estimate"], everyone["n"]) == (pytest.approx(2 / 5), 5)
    first = one(report["position_bias"], scope="r1", measure="left_share")
    assert (first["low"], first["high"]) == pytest.approx(clopper_pearson(2, 3, 0.95))
    assert first["p"] == 1


def test_raters_agree_with_the_majority_of_the_others():
    rows = [
        *((f"r{at}", "s1", "dsr", "human", "left") for at in range(3)),
        ("r3", "s1", "human", "dsr", "left"),
        ("r3", "s2", "dsr", "human", "left"),
    ]
    raters = _report(rows, seconds=[10, 20, 30, 40, 60])["raters"]
    assert one(raters, rater="r0")["leave_one_out"] == 1
    assert one(raters, rater="r3")["leave_one_out"] == 0
    assert one(raters, rater="r3")["median_seconds"] == 50


RECOGNITION_ROWS = [
    (f"r{at}", f"s{at % 3}", "dsr", other, "left") for at, other in enumerate(["human", "direct"] * 3)
]


def test_recognition_is_hits_minus_false_alarms():
    # Five decided guesses about machines, four of them "machine"; two about people, one of them "machine".
    left = ["machine", "human", "machine", "unsure", "machine", ""]
    right = ["human", "machine", "machine", "", "", ""]
    report = report_of(small(RECOGNITION_ROWS, guess_left=left, guess_right=right))["blinding"]
    gap = one(report, system="*all", measure="hits_minus_false_alarms")
    assert gap["estimate"] == pytest.approx(4 / 5 - 1 / 2)
    assert (gap["n"], gap["unsure"]) == (7, 1)
    assert 0 < gap["p"] <= 1
    share = one(report, system="*all", measure="machine_share")
    assert (share["estimate"], share["p"]) == (pytest.approx(5 / 7), None)
    own = one(report, system="dsr", measure="machine_share_vs_others")
    assert own["estimate"] == pytest.approx(3 / 4 - 1)
    assert not [entry for entry in report if entry["system"] == "human"]


@pytest.mark.parametrize(
    ("left", "right", "changes", "estimate", "reason"),
    [
        (["machine"] * 6, ["machine"] * 6, {}, 0, "no_variation"),
        (["machine"] * 6, [""] * 6, {}, None, "one_origin_guessed"),
        (["machine", "human"] * 3, ["human"] * 6, {"human": []}, None, "one_origin_guessed"),
        (["unsure"] * 6, ["unsure"] * 6, {}, None, "no_guess"),
    ],
)
def test_recognition_without_a_number_or_limits_has_a_reason(left, right, changes, estimate, reason):
    report = report_of(small(RECOGNITION_ROWS, guess_left=left, guess_right=right), **changes)
    gap = one(report["blinding"], system="*all", measure="hits_minus_false_alarms")
    assert (gap["estimate"], gap["low"], gap["p"], gap["reason_code"]) == (estimate, None, None, reason)
