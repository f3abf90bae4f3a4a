"""Single calls and the whole analysis say the same, for they are the same estimators."""

from functools import partial

import numpy as np
import pytest

from analysis import stats
from tests.stats.studies import SYSTEMS, judgments, marks, one, plan_for, scores

KEYS = ("estimate", "low", "high", "n", "raters", "items")
REPLICATES = 100


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(5)
    rows = judgments(seed=5, raters=9, items=12)
    lengths = rng.integers(200, 900, size=(2, len(rows)))
    strength = np.where(rows["choice"].isin(["left", "right"]), rng.integers(1, 4, len(rows)).astype(str), "")
    guesses = rng.choice(["human", "machine", "unsure", ""], size=len(rows))
    return rows.assign(
        left_length=lengths[0], right_length=lengths[1], strength=strength, guess_left=guesses, guess_right=""
    )


@pytest.fixture(scope="module")
def score_frame():
    rows = scores(seed=6, raters=9, items=12)
    return rows.assign(series="series-" + (rows["item"].str[-2:].astype(int) // 2).astype(str))


@pytest.fixture(scope="module")
def mark_frame():
    return marks(seed=7, count=150, raters=9, items=12)


@pytest.fixture(scope="module")
def report(frame, score_frame, mark_frame):
    tables = stats.tables_from_frames(frame, scores=score_frame, marks=mark_frame)
    plan = plan_for(tables, margin=0.2, margin_reason="the smallest that matters", replicates=REPLICATES)
    return stats.analyse(tables, plan, seed=1).to_dict()


def _columns(frame):
    return [frame[name] for name in ("left_system", "right_system", "choice", "rater", "item")]


def _cells(frame):
    return [frame[name] for name in ("score", "system", "rater", "item")]


def _same(result, entry, keys=KEYS):
    for key in keys:
        wanted = entry[key] if entry[key] is None else pytest.approx(entry[key], rel=1e-9)
        assert getattr(result, key) == wanted, key
    assert (result.reason, result.level) == (entry["reason"], entry["level"])
    if "p" in entry:
        assert result.p == pytest.approx(entry["p"], rel=1e-9)


@pytest.mark.parametrize("opponent", ["human", "direct"])
def test_win_rates(frame, report, opponent):
    rate = stats.win_rate(*_columns(frame), system="dsr", opponent=opponent, series=frame["series"])
    entry = one(report["win_rates"], system="dsr", opponent=opponent)
    _same(rate, entry)
    for key in ("wins", "ties", "losses", "neither", "without_ties"):
        assert rate.detail[key] == pytest.approx(entry[key])
    by_series = stats.win_rate(
        *_columns(frame), system="dsr", opponent=opponent, series=frame["series"], cluster="series"
    )
    assert (by_series.low, by_series.high) == pytest.approx((entry["other_low"], entry["other_high"]))


def test_over_all_others_and_differences(frame, report):
    entry = one(report["win_rates"], system="dsr", opponent="*all")
    _same(stats.win_rate(*_columns(frame), system="dsr"), entry)
    gap = stats.win_rate_difference(*_columns(frame), system="dsr", other="direct")
    _same(gap, one(report["differences"], system="dsr", other="direct", of="win_rate"))


def test_human_level_by_all_definitions(frame, score_frame, report):
    parity = stats.parity(*_columns(frame), system="dsr", human="human")
    entry = one(report["human_level"], system="dsr", definition="parity")
    _same(parity, entry)
    rate = stats.win_rate(*_columns(frame), system="dsr", opponent="human")
    claim = stats.human_level_claim(rate, 0.2)
    assert (claim.non_inferior, claim.equivalent) == (entry["non_inferior"], entry["equivalent"])
    baseline = stats.common_baseline(*_columns(frame), system="dsr", human="human", baseline="direct")
    _same(baseline, one(report["human_level"], system="dsr", definition="common_baseline", baseline="direct"))
    ratio = stats.ratio_of_means(*_cells(score_frame), of="dsr", human="human")
    _same(ratio, one(report["human_level"], system="dsr", definition="ratio_of_means"))
    above = stats.above_floor(*_cells(score_frame), of="dsr", human="human", floor=1)
    _same(above, one(report["human_level"], system="dsr", definition="above_floor"))


def test_scores_and_strength(frame, score_frame, report):
    mean = stats.mean_score(*_cells(score_frame), of="outline")
    _same(mean, one(report["mean_scores"], system="outline"))
    gap = stats.score_difference(*_cells(score_frame), of="dsr", other="human")
    _same(gap, one(report["differences"], system="dsr", other="human", of="score"))
    given = [float(text) if text else float("nan") for text in frame["strength"]]
    columns = [frame[name] for name in ("left_system", "right_system", "choice")]
    strength = stats.mean_strength(
        *columns, given, frame["rater"], frame["item"], system="dsr", opponent="human"
    )
    _same(strength, one(report["strength"], system="dsr", opponent="human"))


def test_abilities_their_differences_and_ranks(frame, report):
    table = stats.abilities(*_columns(frame))
    for name, worth in table.worths.items():
        entry = one(report["abilities"], system=name)
        _same(worth, entry)
        assert worth.se == pytest.approx(entry["se"])
        assert table.ranks[name] == (entry["rank_low"], entry["rank_high"])
    _same(
        table.difference("dsr", "human"),
        one(report["differences"], system="dsr", other="human", of="ability"),
    )
    for term in ("tie", "order"):
        entry = one(report["ability_model"], term=f"{term}_term")
        assert getattr(table, term).estimate == pytest.approx(entry["estimate"])


def test_biases(frame, report):
    bias = stats.position_bias(*_columns(frame))
    _same(bias, one(report["position_bias"], scope="all", measure="left_share"))
    for name, (share, low, high, p, decided) in bias.detail["raters"].items():
        entry = one(report["position_bias"], scope=name)
        told = [entry[key] for key in ("estimate", "low", "high", "p", "n")]
        assert told == pytest.approx([share, low, high, p, decided])
    slope = stats.length_bias(
        *_columns(frame), left_length=frame["left_length"], right_length=frame["right_length"]
    )
    _same(slope, one(report["length_bias"], measure="slope"))
    guessed = frame[frame["guess_left"] != ""]
    share = stats.blinding_share(
        guessed["guess_left"], guessed["left_system"], guessed["rater"], guessed["item"],
        human="human", of="dsr",
    )  # fmt: skip
    _same(share, one(report["blinding"], system="dsr", measure="right_share"))


def test_agreement_and_raters(frame, report):
    values, units = stats.outcomes(*_columns(frame)[:3], frame["item"], systems=SYSTEMS)
    keys = {"item": frame["item"], "replicates": REPLICATES}
    measures = {
        "alpha_nominal": partial(stats.krippendorff_alpha, both_ways=True),
        "raw": stats.raw_agreement,
        "ac1": partial(stats.gwet_ac1, both_ways=True),
    }
    for name, measure in measures.items():
        entry = one(report["agreement"], measure=name, scope="all", criterion="overall")
        result = measure(values, units, frame["rater"], **keys)
        assert result.estimate == pytest.approx(entry["estimate"], rel=1e-9)
        assert (result.low, result.high) == pytest.approx((entry["low"], entry["high"]), rel=1e-6)
    alone = stats.leave_one_out(values, units, frame["rater"])
    quality = stats.dawid_skene(values, units, frame["rater"], both_ways=True)
    for name, share in alone.items():
        entry = one(report["raters"], rater=name)
        assert share == pytest.approx(entry["leave_one_out"])
        assert quality.accuracy[name] == pytest.approx(entry["accuracy"], abs=1e-4)


def test_intraclass_correlations(score_frame, report):
    unit = list(zip(score_frame["item"], score_frame["system"], strict=True))
    for measure, average in (("icc_a1", False), ("icc_ak", True)):
        entry = one(report["agreement"], measure=measure)
        result = stats.intraclass_correlation(
            score_frame["score"], unit, score_frame["rater"], average=average
        )
        _same(result, entry, keys=("estimate", "low", "high", "n", "raters"))


def test_best_of_k(frame, score_frame, report):
    best = stats.best_of_k_by_scores(*_cells(score_frame), leave_out=["human"], replicates=REPLICATES)
    for name, result in best.items():
        entry = one(report["best_of_k"], system=name, by="scores")
        _same(result, entry, keys=("estimate", "n", "raters", "items"))
        assert (result.low, result.high) == pytest.approx((entry["low"], entry["high"]), rel=1e-6)
    votes = stats.best_of_k_by_votes(*_columns(frame), leave_out=["human"], replicates=REPLICATES)
    for name, result in votes.items():
        _same(result, one(report["best_of_k"], system=name, by="votes"), keys=("estimate", "n"))


def test_error_marks(score_frame, frame, mark_frame, report):
    # A reading is a script that a rater judged or scored.
    read = {}
    for rater, item, system in zip(*(score_frame[key] for key in ("rater", "item", "system")), strict=True):
        read[rater, item, system] = 0
    for side in ("left", "right"):
        for key in zip(frame["rater"], frame["item"], frame[f"{side}_system"], strict=True):
            read[key] = 0
    keys = zip(
        mark_frame["rater"], mark_frame["item"], mark_frame["system"], mark_frame["class"], strict=True
    )
    for rater, item, system, kind in keys:
        if kind == "plot" and (rater, item, system) in read:
            read[rater, item, system] += 1
    rater, item, system = zip(*read, strict=True)
    columns = (list(read.values()), system, rater, item)
    rate = stats.error_rate(*columns, of="dsr")
    entry = one(report["errors"], system="dsr", **{"class": "plot"})
    _same(rate, entry)
    ratio = stats.error_rate_ratio(*columns, of="dsr", human="human")
    entry = one(report["error_ratios"], system="dsr", human="human", per="reading", **{"class": "plot"})
    _same(ratio, entry)


def test_error_marks_per_1000(frame, mark_frame):
    # One length per script, so that a reading has one whichever row it comes from.
    rows = frame.assign(
        left_length=[300 + 40 * len(name) for name in frame["left_system"]],
        right_length=[300 + 40 * len(name) for name in frame["right_system"]],
    )
    read = {
        (rater, item, system): 0
        for side in ("left", "right")
        for rater, item, system in zip(rows["rater"], rows["item"], rows[f"{side}_system"], strict=True)
    }
    columns = ("rater", "item", "system", "class")
    for *place, kind in zip(*(mark_frame[name] for name in columns), strict=True):
        if kind == "plot" and tuple(place) in read:
            read[tuple(place)] += 1
    rater, item, system = zip(*read, strict=True)
    arrays = (list(read.values()), system, rater, item)
    length = [300 + 40 * len(name) for name in system]
    tables = stats.tables_from_frames(rows, marks=mark_frame)
    report = stats.analyse(tables, plan_for(tables, replicates=REPLICATES), seed=1).to_dict()
    entry = one(report["errors"], system="human", **{"class": "plot"})
    rate = stats.error_rate(*arrays, of="human", length=length)
    told = (entry["per_1000"], entry["per_1000_low"], entry["per_1000_high"])
    assert (rate.estimate, rate.low, rate.high) == pytest.approx(told, rel=1e-9)
    ratio = stats.error_rate_ratio(*arrays, of="direct", human="human", length=length)
    _same(ratio, one(report["error_ratios"], system="direct", human="human", per="1000", **{"class": "plot"}))


def test_a_difference_on_the_same_items_leaves_out_the_others(frame):
    keys = {"system": "dsr", "other": "direct", "opponent": "human"}
    met = {}
    for system in ("dsr", "direct"):
        pair = frame[frame[["left_system", "right_system"]].isin([system, "human"]).all(axis=1)]
        met[system] = set(pair["item"])
    shared = met["dsr"] & met["direct"]
    kept = frame[frame["item"].isin(shared)]
    same_items = stats.win_rate_difference(*_columns(frame), same_items=True, **keys)
    by_hand = stats.win_rate_difference(*_columns(kept), **keys)
    assert (same_items.estimate, same_items.low) == pytest.approx((by_hand.estimate, by_hand.low))
    assert same_items.items == len(shared)
    # Without an item of one of them the other loses its rows there.
    gone = frame[
        ~(
            (frame["item"] == min(shared))
            & (frame["left_system"].isin(["dsr"]) | frame["right_system"].isin(["dsr"]))
        )
    ]
    assert stats.win_rate_difference(*_columns(gone), same_items=True, **keys).items == len(shared) - 1
