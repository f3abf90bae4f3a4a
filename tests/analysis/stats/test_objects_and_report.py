"""Statistics: the array interface and the report give the same numbers, for they use the same estimators."""

import numpy as np
import pytest

from analysis import stats
from tests.analysis.stats.studies import as_judgments, as_scores, judgments, marks, one, plan_for, scores

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


@pytest.fixture(scope="module")
def judged(frame):
    return as_judgments(
        frame,
        series=frame["series"],
        strength=[float(text) if text else None for text in frame["strength"]],
        left_length=frame["left_length"],
        right_length=frame["right_length"],
        left_guess=frame["guess_left"],
    )


@pytest.fixture(scope="module")
def scored(score_frame):
    return as_scores(score_frame, floor=1)


def _same(result, entry, keys=KEYS):
    for key in keys:
        wanted = entry[key] if entry[key] is None else pytest.approx(entry[key], rel=1e-9)
        assert getattr(result, key) == wanted, key
    assert (result.reason, result.level) == (entry["reason"], entry["level"])
    if "p" in entry:
        assert result.p == pytest.approx(entry["p"], rel=1e-9)


@pytest.mark.parametrize("opponent", ["human", "direct"])
def test_win_rates(judged, report, opponent):
    rate = judged.win_rate("dsr", opponent)
    entry = one(report["win_rates"], system="dsr", opponent=opponent)
    _same(rate, entry)
    for key in ("wins", "ties", "losses", "neither", "without_ties"):
        assert rate.detail[key] == pytest.approx(entry[key])
    by_series = judged.win_rate("dsr", opponent, cluster="series")
    assert (by_series.low, by_series.high) == pytest.approx((entry["other_low"], entry["other_high"]))


def test_over_all_others_and_differences(judged, report):
    _same(judged.win_rate("dsr"), one(report["win_rates"], system="dsr", opponent="*all"))
    gap = judged.win_rate_difference("dsr", "direct")
    _same(gap, one(report["differences"], system="dsr", other="direct", of="win_rate"))


def test_human_level_by_all_definitions(judged, scored, report):
    def entry(definition, **keys):
        return one(report["human_level"], system="dsr", definition=definition, **keys)

    _same(judged.human_level("dsr", "human"), entry("parity"))
    claim = stats.human_level_claim(judged.win_rate("dsr", "human"), 0.2)
    assert claim.non_inferior == entry("parity")["non_inferior"]
    assert claim.equivalent == entry("parity")["equivalent"]
    baseline = judged.human_level("dsr", "human", baseline="direct")
    _same(baseline, entry("common_baseline", baseline="direct"))
    _same(scored.human_level("dsr", "human"), entry("ratio_of_means"))
    _same(scored.human_level("dsr", "human", above_floor=True), entry("above_floor"))


def test_scores_and_strength(judged, scored, report):
    _same(scored.mean("outline"), one(report["mean_scores"], system="outline"))
    gap = scored.difference("dsr", "human")
    _same(gap, one(report["differences"], system="dsr", other="human", of="score"))
    strength = judged.mean_strength("dsr", "human")
    _same(strength, one(report["strength"], system="dsr", opponent="human"))


def test_abilities_their_differences_and_ranks(judged, report):
    table = judged.abilities()
    for name, worth in table.worths.items():
        entry = one(report["abilities"], system=name)
        _same(worth, entry)
        assert worth.se == pytest.approx(entry["se"])
        assert table.ranks[name] == (entry["rank_low"], entry["rank_high"])
    gap = table.difference("dsr", "human")
    _same(gap, one(report["differences"], system="dsr", other="human", of="ability"))
    for term in ("tie", "order"):
        entry = one(report["ability_model"], term=f"{term}_term")
        assert getattr(table, term).estimate == pytest.approx(entry["estimate"])


def test_biases(judged, report):
    bias = judged.position_bias()
    _same(bias, one(report["position_bias"], scope="all", measure="left_share"))
    for name, (share, low, high, p, decided) in bias.detail["raters"].items():
        entry = one(report["position_bias"], scope=name)
        numbers = [entry[key] for key in ("estimate", "low", "high", "p", "n")]
        assert numbers == pytest.approx([share, low, high, p, decided])
    _same(judged.length_bias(), one(report["length_bias"], measure="slope"))
    found = judged.recognition("human")
    _same(found, one(report["blinding"], system="*all", measure="hits_minus_false_alarms"))


def test_agreement_and_raters(judged, report):
    names = {"alpha": "alpha_nominal", "raw": "raw", "ac1": "ac1"}
    for name, result in judged.agreement(replicates=REPLICATES).items():
        entry = one(report["agreement"], measure=names[name], scope="all", criterion="overall")
        assert result.estimate == pytest.approx(entry["estimate"], rel=1e-9)
        assert (result.low, result.high) == pytest.approx((entry["low"], entry["high"]), rel=1e-6)
    quality = judged.ratings().dawid_skene()
    for name, share in judged.ratings().leave_one_out().items():
        entry = one(report["raters"], rater=name)
        assert share == pytest.approx(entry["leave_one_out"])
        assert quality.accuracy[name] == pytest.approx(entry["accuracy"], abs=1e-4)


def test_intraclass_correlations(scored, report):
    for measure, average in (("icc_a1", False), ("icc_ak", True)):
        result = scored.ratings().icc(average=average)
        _same(
            result, one(report["agreement"], measure=measure), keys=("estimate", "low", "high", "n", "raters")
        )


def test_best_of_k(judged, scored, report):
    for name, result in scored.best_of_k(["human"], replicates=REPLICATES).items():
        entry = one(report["best_of_k"], system=name, by="scores")
        _same(result, entry, keys=("estimate", "n", "raters", "items"))
        assert (result.low, result.high) == pytest.approx((entry["low"], entry["high"]), rel=1e-6)
    for name, result in judged.best_of_k(["human"], replicates=REPLICATES).items():
        _same(result, one(report["best_of_k"], system=name, by="votes"), keys=("estimate", "n"))


def _readings(frames, mark_frame):
    """Columns of ErrorMarks: the plot marks of each reading, a script that a rater judged or scored."""
    read = {
        (system, rater, item): 0
        for frame in frames
        for column in ("system", "left_system", "right_system")
        if column in frame
        for system, rater, item in zip(frame[column], frame["rater"], frame["item"], strict=True)
    }
    plot = mark_frame[mark_frame["class"] == "plot"]
    for place in zip(plot["system"], plot["rater"], plot["item"], strict=True):
        if place in read:
            read[place] += 1
    system, rater, item = zip(*read, strict=True)
    return system, list(read.values()), rater, item


def test_error_marks(score_frame, frame, mark_frame, report):
    marked = stats.ErrorMarks(*_readings((frame, score_frame), mark_frame))
    _same(marked.rate("dsr"), one(report["errors"], system="dsr", **{"class": "plot"}))
    entry = one(report["error_ratios"], system="dsr", human="human", per="reading", **{"class": "plot"})
    _same(marked.rate_ratio("dsr", "human"), entry)


def test_error_marks_per_1000(frame, mark_frame):
    # One length per script, so that a reading has one whichever row it comes from.
    rows = frame.assign(
        left_length=[300 + 40 * len(name) for name in frame["left_system"]],
        right_length=[300 + 40 * len(name) for name in frame["right_system"]],
    )
    readings = _readings((rows,), mark_frame)
    marked = stats.ErrorMarks(*readings, length=[300 + 40 * len(name) for name in readings[0]])
    tables = stats.tables_from_frames(rows, marks=mark_frame)
    report = stats.analyse(tables, plan_for(tables, replicates=REPLICATES), seed=1).to_dict()
    entry = one(report["errors"], system="human", **{"class": "plot"})
    rate = marked.rate("human")
    numbers = (entry["per_1000"], entry["per_1000_low"], entry["per_1000_high"])
    assert (rate.estimate, rate.low, rate.high) == pytest.approx(numbers, rel=1e-9)
    entry = one(report["error_ratios"], system="direct", human="human", per="1000", **{"class": "plot"})
    _same(marked.rate_ratio("direct", "human"), entry)


def test_a_difference_on_the_same_items_leaves_out_the_others(frame):
    contrast = ("dsr", "direct", "human")
    met = {}
    for system in ("dsr", "direct"):
        pair = frame[frame[["left_system", "right_system"]].isin([system, "human"]).all(axis=1)]
        met[system] = set(pair["item"])
    shared = met["dsr"] & met["direct"]
    same_items = as_judgments(frame).win_rate_difference(*contrast, same_items=True)
    by_hand = as_judgments(frame[frame["item"].isin(shared)]).win_rate_difference(*contrast)
    assert (same_items.estimate, same_items.low) == pytest.approx((by_hand.estimate, by_hand.low))
    assert same_items.items == len(shared)
    # Without an item of one of them the other loses its rows there.
    has_dsr = frame["left_system"].isin(["dsr"]) | frame["right_system"].isin(["dsr"])
    gone = frame[~((frame["item"] == min(shared)) & has_dsr)]
    difference = as_judgments(gone).win_rate_difference(*contrast, same_items=True)
    assert difference.items == len(shared) - 1
