"""Textbook data as tables of judgments and scores, through the whole analysis and the array interface.

Whoever checks the package with data of known answers goes this way: rows in, report out.
"""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chisquare

from analysis import stats
from tests.analysis.stats.studies import as_judgments, as_scores, one, reference, reference_table, small

CANON = "krippendorff_canonical"


def _rows(frame, left, right, counts):
    """One row per comparison; every row has its own rater and item, as the books take them."""
    parts = [np.repeat(np.arange(len(frame)), frame[column].to_numpy()) for column in counts.values()]
    at = np.concatenate(parts)
    choice = np.repeat(list(counts), [len(part) for part in parts])
    return pd.DataFrame(
        {
            "left_system": frame[left].astype(str).to_numpy()[at],
            "right_system": frame[right].astype(str).to_numpy()[at],
            "choice": choice,
            "criterion": "overall",
            "rater": [f"r{row}" for row in range(len(at))],
            "item": [f"s{row}" for row in range(len(at))],
        }
    )


def _report(frame=None, scores=None):
    tables = stats.tables_from_frames(frame, scores=scores)
    return stats.analyse(tables, stats.Plan.default(tables), seed=1, replicates=100).to_dict()


def _both_ways(frame):
    """The log worths of the report and of `Judgments`, which must be the same, and the latter."""
    report = _report(frame)
    told = {entry["system"]: entry["estimate"] for entry in report["abilities"]}
    table = as_judgments(frame).abilities()
    assert told == pytest.approx({name: worth.estimate for name, worth in table.worths.items()}, abs=1e-9)
    return report, table


def test_davidsons_puddings():
    counts = {"left": "wins_i", "tie": "ties", "right": "wins_j"}
    frame = _rows(reference_table("davidson_pudding_1970"), "i", "j", counts)
    published = reference("davidson_pudding_1970")["published"]
    report, table = _both_ways(frame)
    worth = np.exp([table.worths[str(name)].estimate for name in range(1, 7)])
    assert worth / worth.sum() == pytest.approx(published["davidson_worth_sum1"], abs=1e-4)
    assert math.exp(table.tie.estimate) == pytest.approx(published["nu"], abs=1e-4)
    verified = reference("davidson_pudding_1970")["verified"]["log_abilities_ref6"]
    assert np.log(worth / worth[5])[:5] == pytest.approx(list(verified.values()), rel=1e-6)
    # The table lists the lower number first and knows no sides: there is no order term.
    assert one(report["ability_model"], term="order_term")["estimate"] is None
    assert table.order.reason == "the sides did not change"


def test_stiglers_citations():
    counts = {"left": "wins1", "right": "wins2"}
    table = reference_table("bt_citations_stigler")
    published = reference("bt_citations_stigler")["published"]
    frame = _rows(table, "journal1", "journal2", counts)
    fitted = as_judgments(frame).abilities()
    for name, value in published["log_ability"].items():
        if name != "Biometrika":
            gap = fitted.difference(name, "Biometrika")
            assert gap.estimate == pytest.approx(value, abs=5e-4)
            # With a rater and an item of its own to each row the sandwich comes near the model's error.
            assert gap.se == pytest.approx(published["se"][name], rel=0.1)


def test_agrestis_baseball_with_its_home_advantage():
    counts = {"left": "home_wins", "right": "away_wins"}
    frame = _rows(reference_table("bt_baseball_1987"), "home_team", "away_team", counts)
    published = reference("bt_baseball_1987")["published"]
    report, table = _both_ways(frame)
    assert table.order.estimate == pytest.approx(published["home_log_odds"], abs=5e-4)
    order = one(report["position_bias"], measure="order_term")
    assert order["estimate"] == pytest.approx(published["home_log_odds"], abs=5e-4)
    names = list(published["agresti_table_10.11_col3_log_ability_no_home"])
    worth = np.exp([table.worths[name].estimate for name in names])
    expected = published["agresti_table_10.11_col5_worth_sum1_with_home"]
    assert worth / worth.sum() == pytest.approx(expected, abs=5e-4)
    share = as_judgments(frame).position_bias()
    home = reference_table("bt_baseball_1987")["home_wins"].sum()
    assert (share.estimate, share.n) == (pytest.approx(home / 273), 273)


def test_the_schools_of_cems_with_errors_by_student():
    table = reference_table("cems_clustered_ties")
    verified = reference("cems_clustered_ties")["verified"]
    choice = table["outcome"].map({"a": "left", "b": "right", "tie": "tie"})
    # A student is rater and item at once: the two-way variance is then the one by student.
    judged = stats.Judgments(table["a"], table["b"], choice, table["rater"], table["rater"])
    fitted = judged.abilities()
    groups = verified["n_raters"]
    for name, value in verified["davidson"]["coef"].items():
        gap = fitted.tie if name == "(undecided)" else fitted.difference(name, "Stockholm")
        error = verified["davidson"]["se_cluster_rater_CR0"][name] * math.sqrt(groups / (groups - 1))
        assert (gap.estimate, gap.se) == (pytest.approx(value, rel=1e-5), pytest.approx(error, rel=1e-4))
    assert fitted.loglik == pytest.approx(verified["davidson"]["loglik"], rel=1e-9)
    halves = judged.half_win_worths()
    for name, value in verified["half_win_bt"]["coef"].items():
        assert halves[name] - halves["Stockholm"] == pytest.approx(value, rel=1e-6)
    counts = reference("cems_clustered_ties")["published"]["counts_from_psychotree_Rout"]
    london = judged.win_rate("London", "Paris")
    won = [london.detail[key] for key in ("wins", "ties", "losses")]
    assert won == [counts["London>Paris"], counts["London=Paris"], counts["Paris>London"]]


@pytest.mark.parametrize(
    ("file", "case"), [("data.csv", "C_4coders"), ("data_3coders_15units.csv", "wikipedia_3coders")]
)
@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorffs_alphas(file, case, metric):
    table = reference_table(CANON, file).drop(columns="coder").T.to_numpy(dtype=float).tolist()
    alpha = stats.Ratings.from_table(table).alpha(metric, replicates=0)
    expected = reference(CANON)
    assert alpha.estimate == pytest.approx(expected["verified"]["krippendorff_0.9.0"][case][metric], rel=1e-9)
    if metric in expected["published"][case]:
        assert alpha.estimate == pytest.approx(expected["published"][case][metric], abs=6e-4)


def test_fleisss_diagnoses():
    values = stats.Ratings.from_table(reference_table("fleiss_1971_diagnoses").to_numpy().tolist())
    expected = reference("fleiss_1971_diagnoses")
    assert values.fleiss_kappa() == pytest.approx(expected["published"]["kappa"], abs=1e-3)
    assert values.fleiss_kappa() == pytest.approx(expected["verified"]["statsmodels_fleiss"], rel=1e-9)


def test_gwets_coefficients():
    """Values printed in the documentation of the R package irrCAC, by the author of the method: the first
    15 of the diagnoses, 100 pregnancies judged by two, and the canonical table with its gaps."""
    fifteen = stats.Ratings.from_table(reference_table("fleiss_1971_diagnoses").head(15).to_numpy().tolist())
    assert fifteen.ac1(replicates=0).estimate == pytest.approx(0.4448007, abs=1e-7)
    assert fifteen.fleiss_kappa() == pytest.approx(0.4139265, abs=1e-7)
    assert fifteen.alpha(replicates=0).estimate == pytest.approx(0.4204384, abs=1e-7)
    assert fifteen.raw_agreement(replicates=0).estimate == pytest.approx(0.5511111, abs=1e-7)

    counts = {("e", "e"): 13, ("a", "a"): 20, ("a", "n"): 7, ("n", "a"): 4, ("n", "n"): 56}
    pregnancies = stats.Ratings.from_table([pair for pair, count in counts.items() for _ in range(count)])
    assert pregnancies.ac1(replicates=0).estimate == pytest.approx(0.8493305, abs=1e-7)
    assert pregnancies.alpha(replicates=0).estimate == pytest.approx(0.7972585, abs=1e-7)
    assert pregnancies.raw_agreement(replicates=0).estimate == pytest.approx(0.89)

    gaps = stats.Ratings.from_table(
        reference_table(CANON).drop(columns="coder").T.to_numpy(dtype=float).tolist()
    )
    assert gaps.ac1(replicates=0).estimate == pytest.approx(0.77544, abs=5e-6)
    assert gaps.fleiss_kappa() == pytest.approx(0.76117, abs=5e-6)
    assert gaps.raw_agreement(replicates=0).estimate == pytest.approx(0.8181818, abs=1e-7)


def test_scores_of_shrout_and_fleiss_through_the_report():
    table = reference_table("icc_shrout_fleiss_1979").set_index("target")
    published = reference("icc_shrout_fleiss_1979")["published"]
    frame = table.reset_index().melt("target", var_name="rater", value_name="score")
    frame = frame.rename(columns={"target": "item"}).assign(system="it", scale_min=1, scale_max=10)
    agreement = _report(scores=frame.astype({"item": str}))["agreement"]
    verified = {row["type"]: row for row in reference("icc_shrout_fleiss_1979")["verified"]["results"]}
    for measure, name, kind in (("icc_a1", "ICC(2,1)", "ICC2"), ("icc_ak", "ICC(2,4)", "ICC2k")):
        told, row = one(agreement, measure=measure), verified[kind]
        assert told["estimate"] == pytest.approx(published[name], abs=6e-3)
        assert told["estimate"] == pytest.approx(row["ICC"], rel=1e-9)
        limits = row["lower bound"], row["upper bound"]
        assert (told["low"], told["high"]) == pytest.approx(limits, rel=1e-6)
        result = as_scores(frame).ratings().icc(average=measure == "icc_ak")
        assert (result.low, result.high) == pytest.approx(limits, rel=1e-6)


def test_the_anaesthetists_of_dawid_and_skene():
    table = reference_table("dawid_skene_1979").drop(columns="patient").to_numpy()
    rater = np.tile([1, 1, 1, 2, 3, 4, 5], len(table))
    quality = stats.Ratings(table.ravel(), np.repeat(np.arange(len(table)), 7), rater).dawid_skene()
    expected = reference("dawid_skene_1979")["published"]["marginals"]
    assert [quality.shares[grade] for grade in (1, 2, 3, 4)] == pytest.approx(expected, abs=6e-3)


@pytest.mark.parametrize("case", ["81/263", "15/148", "0/20", "1/29"])
@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
def test_newcombes_single_proportions(case, method):
    won, n = map(int, case.split("/"))
    rate = stats.win_rate_from_counts(won, n - won, method=method)
    expected = reference("newcombe_1998_single")["published"][case][method.replace("-", "_")]
    assert (rate.low, rate.high) == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "method"), [("81/263", "wilson"), ("1/29", "wilson"), ("0/20", "clopper_pearson")]
)
def test_newcombes_single_proportions_through_the_report(case, method):
    """Every row with its own rater and scene; where nothing was won, the exact limits."""
    won, n = map(int, case.split("/"))
    rows = [(f"r{at}", f"s{at}", "dsr", "human", "left" if at < won else "right") for at in range(n)]
    tables = small(rows)
    report = stats.analyse(tables, stats.Plan.default(tables), seed=1, replicates=50).to_dict()
    rate = one(report["win_rates"], system="dsr", opponent="human")
    expected = reference("newcombe_1998_single")["published"][case][method]
    assert (rate["low"], rate["high"]) == pytest.approx(expected, abs=1e-4)
    assert rate["method"].lower().startswith(method.replace("_", "-"))
    if won:
        # The test whose limits these are: chi-squared without correction.
        assert rate["p"] == pytest.approx(chisquare([won, n - won]).pvalue, rel=1e-9)
    # With a tie, or one rater twice, it is the two-way interval again.
    for other in ([*rows[:-1], (*rows[-1][:4], "tie")], [*rows[:-1], ("r0", *rows[-1][1:])]):
        tables = small(other)
        report = stats.analyse(tables, stats.Plan.default(tables), seed=1, replicates=50).to_dict()
        assert "Wilson" not in one(report["win_rates"], system="dsr", opponent="human")["method"]


@pytest.mark.parametrize("name", ["paired", "paired_b"])
def test_bonett_and_prices_paired_ratios_as_scores(name):
    frame = reference_table("ratio_of_means_fieller", f"statpsych_{name}.csv")
    expected = reference("ratio_of_means_fieller")["published"][name]
    pairs = [f"p{row}" for row in range(len(frame))] * 2
    scores = pd.DataFrame(
        {
            "score": [*frame["y1"], *frame["y2"]],
            "system": ["new"] * len(frame) + ["human"] * len(frame),
            "rater": pairs,
            "item": pairs,
        }
    )
    call = as_scores(scores).human_level("new", "human")
    told = one(
        _report(scores=scores.assign(scale_min=0, scale_max=100))["human_level"], definition="ratio_of_means"
    )
    for result in ((call.estimate, call.low, call.high), (told["estimate"], told["low"], told["high"])):
        limits = [value / 100 for value in result]
        assert limits == pytest.approx([expected["ratio"], *expected["ci95"]], abs=1e-5)


def test_petersens_firms_and_years():
    """Two-way errors of a mean: those of an intercept with nothing beside it. By firm alone it is larger,
    and a single value takes the largest of the three."""
    frame = reference_table("twoway_cluster_petersen_2009", "data.csv.gz")
    mean = stats.Scores(["only"] * len(frame), frame["y"], frame["firm"], frame["year"]).mean("only")
    fit = sm.OLS(frame["y"], np.ones(len(frame))).fit()
    errors = [
        fit.get_robustcov_results("cluster", groups=groups).bse[0]
        for groups in (frame[["firm", "year"]].to_numpy(), frame["firm"], frame["year"])
    ]
    assert mean.estimate == pytest.approx(frame["y"].mean())
    assert (mean.se, mean.df) == (pytest.approx(max(errors), rel=1e-9), 9)
    phi = ((frame["y"] - frame["y"].mean()) / len(frame)).to_numpy()[:, None]
    variance = stats.two_way_covariance(phi, frame["firm"].to_numpy(), frame["year"].to_numpy())[0, 0]
    assert math.sqrt(variance) == pytest.approx(errors[0], rel=1e-9)
