"""Statistics: other packages, wherever they compute the same thing: choix, evalica, statsmodels, scipy.

statsmodels' clustered errors differ from ours in two known ways: limits by the normal instead of t, and a
factor (n - 1)/(n - k) on the variance. Both are accounted for to the last digit.
"""

import math

import choix
import evalica
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.weightstats import ttost_ind

from analysis import stats
from analysis.stats.sequential import mixture_multiplier
from tests.analysis.stats.studies import as_judgments, as_scores, judgments, scores


@pytest.fixture(scope="module")
def table():
    return judgments(seed=11, raters=12, items=15)


def _largest_error(y, frame):
    """The largest of statsmodels' two-way and both one-way errors of a mean, which is what a single value
    takes. With one parameter its factor (n - 1)/(n - k) is 1."""
    groups = frame[["rater", "item"]].apply(lambda column: pd.factorize(column)[0]).to_numpy()
    fit = sm.OLS(y, np.ones(len(y))).fit()
    kinds = (groups, groups[:, 0], groups[:, 1])
    return max(fit.get_robustcov_results("cluster", groups=kind).bse[0] for kind in kinds)


def _winners(frame):
    word = {"left": evalica.Winner.X, "right": evalica.Winner.Y}
    return [word.get(choice, evalica.Winner.Draw) for choice in frame["choice"]]


# --- Bradley and Terry's model


def test_choix_and_evalica_give_the_half_win_worths(table):
    worths = as_judgments(table).half_win_worths()
    names = sorted(worths)
    pairs = []
    for left, right, choice in zip(table["left_system"], table["right_system"], table["choice"], strict=True):
        one, two = names.index(left), names.index(right)
        # choix knows no ties: every win stands twice, and a tie once each way.
        pairs += {"left": [(one, two)] * 2, "right": [(two, one)] * 2}.get(choice, [(one, two), (two, one)])
    expected = choix.ilsr_pairwise(len(names), pairs)
    assert [worths[name] for name in names] == pytest.approx(expected - expected.mean(), abs=1e-6)

    sides = table["left_system"].tolist(), table["right_system"].tolist()
    other = evalica.bradley_terry(*sides, _winners(table), tolerance=1e-12, limit=10_000).scores
    logs = np.log(other.reindex(names).to_numpy())
    assert [worths[name] for name in names] == pytest.approx(logs - logs.mean(), abs=1e-4)


def test_evalicas_average_win_rates_are_those_over_all(table):
    found = evalica.average_win_rate(
        table["left_system"].tolist(), table["right_system"].tolist(), _winners(table)
    ).scores
    for name, value in found.items():
        # It gives every opponent the same weight too, and counts a tie as half.
        rate = as_judgments(table).win_rate(name)
        assert rate.estimate == pytest.approx(value, abs=1e-9)


def test_a_logit_model_gives_the_order_term(table):
    decided = table[table["choice"].isin(["left", "right"])]
    fitted = as_judgments(decided).abilities()
    names = list(fitted.worths)
    design = np.stack(
        [(decided["left_system"] == name) * 1.0 - (decided["right_system"] == name) for name in names[1:]]
    )
    design = np.column_stack([design.T, np.ones(len(decided))])
    fit = sm.Logit((decided["choice"] == "left") * 1.0, design).fit(disp=0)
    gaps = [fitted.difference(name, names[0]).estimate for name in names[1:]]
    assert [*gaps, fitted.order.estimate] == pytest.approx(fit.params.to_numpy(), abs=1e-7)
    groups = decided[["rater", "item"]].apply(lambda column: pd.factorize(column)[0]).to_numpy()
    robust = sm.GLM((decided["choice"] == "left") * 1.0, design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    n, k = design.shape
    covariance = np.asarray(robust.cov_params()) * (n - k) / (n - 1)
    # Ours takes the largest of the two-way and both one-way variances; theirs is the two-way one alone.
    own = [fitted.difference(name, names[0]).se for name in names[1:]]
    two_way = np.sqrt(np.diag(covariance))[: len(own)]
    assert all(ours >= theirs * (1 - 1e-7) for ours, theirs in zip(own, two_way, strict=True))
    assert any(ours == pytest.approx(theirs, rel=1e-6) for ours, theirs in zip(own, two_way, strict=True))


# --- Clustered limits


def test_a_two_way_glm_gives_the_limits_of_a_win_rate(table):
    rate = as_judgments(table).win_rate("dsr", "human")
    pair = table[table[["left_system", "right_system"]].isin(["dsr", "human"]).all(axis=1)]
    won = np.where(pair["left_system"] == "dsr", pair["choice"] == "left", pair["choice"] == "right")
    y = np.where(pair["choice"].isin(["tie", "neither"]), 0.5, won)
    assert rate.estimate == pytest.approx(y.mean())
    error = _largest_error(y, pair)
    assert rate.se == pytest.approx(error, rel=1e-9)
    # Theirs would be the estimate -+ z errors; ours are t, on the logit scale.
    reach = scipy_stats.t.ppf(0.975, min(rate.raters, rate.items) - 1) * error / (y.mean() * (1 - y.mean()))
    logit = math.log(y.mean() / (1 - y.mean()))
    limits = [1 / (1 + math.exp(-(logit + side * reach))) for side in (-1, 1)]
    assert (rate.low, rate.high) == pytest.approx(limits, rel=1e-9)


def test_a_regression_gives_the_score_difference():
    frame = scores(seed=3, raters=9, items=10)
    gap = as_scores(frame).difference("dsr", "human")
    wide = frame.pivot_table(index=["rater", "item"], columns="system", values="score").reset_index()
    y = wide["dsr"] - wide["human"]
    error = _largest_error(y, wide)
    assert (gap.estimate, gap.se) == (pytest.approx(y.mean()), pytest.approx(error, rel=1e-9))
    assert gap.p == pytest.approx(2 * scipy_stats.t.sf(abs(y.mean() / error), 8), rel=1e-9)


def test_a_regression_with_dummies_gives_the_adjusted_difference():
    frame = scores(seed=4, raters=8, items=9).sample(frac=0.7, random_state=1)
    gap = as_scores(frame).difference("direct", "human")
    fit = smf.ols("score ~ C(system, Treatment('human')) + C(rater) + C(item)", frame).fit()
    assert gap.estimate == pytest.approx(fit.params["C(system, Treatment('human'))[T.direct]"], rel=1e-9)
    assert "adjusted" in gap.method


# --- Small tables


@pytest.mark.parametrize(("won", "n"), [(0, 12), (3, 12), (57, 100), (100, 100)])
@pytest.mark.parametrize(("ours", "theirs"), [("wilson", "wilson"), ("clopper-pearson", "beta")])
def test_single_proportions(won, n, ours, theirs):
    rate = stats.win_rate_from_counts(won, n - won, method=ours, level=0.9)
    assert (rate.low, rate.high) == pytest.approx(proportion_confint(won, n, 0.1, method=theirs), abs=1e-9)
    exact = scipy_stats.binomtest(won, n).proportion_ci(0.9, "wilson" if ours == "wilson" else "exact")
    assert (rate.low, rate.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_differences_of_two_proportions():
    gap = stats.newcombe_difference(56, 70, 48, 80)
    assert (gap.low, gap.high) == pytest.approx(confint_proportions_2indep(56, 70, 48, 80, method="newcomb"))


def test_mcnemars_tests():
    table = [[794, 86], [150, 570]]
    ours = stats.mcnemar(86, 150)
    assert ours.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    plain, corrected = (mcnemar(table, exact=False, correction=flag) for flag in (False, True))
    assert (ours.chi2, ours.p_chi2) == pytest.approx((plain.statistic, plain.pvalue))
    assert (ours.chi2_corrected, ours.p_chi2_corrected) == pytest.approx(
        (corrected.statistic, corrected.pvalue)
    )


def test_two_one_sided_tests():
    rng = np.random.default_rng(7)
    one, two = rng.normal(0.1, 1, 40), rng.normal(0, 1, 35)
    p, lower, upper = ttost_ind(one, two, -0.5, 0.5, usevar="pooled")
    df = len(one) + len(two) - 2
    spread = ((one.var(ddof=1) * 39) + (two.var(ddof=1) * 34)) / df
    test = stats.two_one_sided_tests(
        one.mean() - two.mean(), math.sqrt(spread * (1 / 40 + 1 / 35)), (-0.5, 0.5), df=df
    )
    assert (test.p_above, test.p_below) == pytest.approx((lower[1], upper[1]), rel=1e-9)
    assert test.p == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), [(stats.holm, "holm"), (stats.benjamini_hochberg, "fdr_bh")])
def test_adjusted_p(ours, theirs):
    p = np.random.default_rng(5).random(25) ** 2
    assert ours(p) == pytest.approx(multipletests(p, method=theirs)[1], rel=1e-12)


def test_power_of_a_t_test_and_of_a_z_test():
    assert stats.t_test_power(0.5, 1 / math.sqrt(20), 19) == pytest.approx(
        TTestPower().power(0.5, 20, 0.05), rel=1e-9
    )
    z = NormalIndPower().power(0.4, 60, 0.05)
    assert stats.t_test_power(0.4, math.sqrt(2 / 60), 1e9) == pytest.approx(z, rel=1e-6)


# --- Agreement


def test_fleisss_kappa():
    values = np.random.default_rng(6).integers(0, 3, (30, 5))
    expected = fleiss_kappa(aggregate_raters(values)[0])
    assert stats.Ratings.from_table(values.tolist()).fleiss_kappa() == pytest.approx(expected, rel=1e-9)


def test_nominal_alpha_of_two_raters_is_scotts_pi_but_for_its_small_sample_term():
    rng = np.random.default_rng(8)
    first = rng.integers(0, 3, 40)
    second = np.where(rng.random(40) < 0.6, first, rng.integers(0, 3, 40))
    share = np.bincount([*first, *second]) / 80
    chance = (share**2).sum()
    scott = ((first == second).mean() - chance) / (1 - chance)
    alpha = stats.Ratings.from_table(np.stack([first, second]).T.tolist()).alpha(replicates=0)
    assert 1 - alpha.estimate == pytest.approx((1 - scott) * (79 / 80), rel=1e-9)


@pytest.mark.parametrize("metric", ["ordinal", "interval", "ratio"])
def test_alpha_by_its_definition(metric):
    """Pair by pair, as Krippendorff (2011) defines it: no matrix of coincidences."""
    rng = np.random.default_rng(9)
    table = rng.integers(1, 6, (12, 4)).astype(float)
    table[rng.random((12, 4)) < 0.2] = np.nan
    groups = [row[~np.isnan(row)].tolist() for row in table]
    groups = [group for group in groups if len(group) > 1]
    everything = [value for group in groups for value in group]
    count = {value: everything.count(value) for value in everything}

    def squared(a, b):
        if metric == "interval":
            return (a - b) ** 2
        if metric == "ratio":
            return ((a - b) / (a + b)) ** 2
        low, high = sorted((a, b))
        between = sum(count[value] for value in count if low <= value <= high)
        return (between - (count[a] + count[b]) / 2) ** 2

    n = len(everything)
    observed = sum(squared(a, b) / (len(group) - 1) for group in groups for i, a in enumerate(group)
                   for j, b in enumerate(group) if i != j) / n  # fmt: skip
    expected = sum(squared(a, b) for a in everything for b in everything) / (n * (n - 1))
    alpha = stats.Ratings.from_table(table.tolist()).alpha(metric, replicates=0)
    assert alpha.estimate == pytest.approx(1 - observed / expected, rel=1e-9)


def test_an_analysis_of_variance_gives_the_intraclass_correlation():
    rng = np.random.default_rng(10)
    table = rng.normal(size=(10, 1)) + 0.5 * rng.normal(size=(1, 4)) + rng.normal(size=(10, 4))
    frame = pd.DataFrame(table).reset_index().melt("index", var_name="rater", value_name="y")
    fit = sm.stats.anova_lm(smf.ols("y ~ C(index) + C(rater)", frame).fit())
    rows, columns, rest = fit["mean_sq"].to_numpy()
    expected = (rows - rest) / (rows + 3 * rest + 4 * (columns - rest) / 10)
    result = stats.Ratings(frame["y"], frame["index"], frame["rater"]).icc()
    assert result.estimate == pytest.approx(expected, rel=1e-9)


# --- Looks and resampling


def test_boundaries_hold_their_chance_in_a_multivariate_normal():
    plan = stats.obrien_fleming(3)
    steps = np.minimum.outer([1, 2, 3], [1, 2, 3]) / np.sqrt(np.outer([1, 2, 3], [1, 2, 3]))
    law = scipy_stats.multivariate_normal(cov=steps, seed=1)
    inside = law.cdf(plan.boundaries, lower_limit=-np.array(plan.boundaries))
    assert 1 - inside == pytest.approx(0.05, abs=1e-4)


def test_five_naive_looks_find_something_one_time_in_seven():
    # Armitage, McPherson and Rowe (1969), table 2: 0.083, 0.107, 0.126, 0.142 for 2 to 5 looks.
    chances = [stats.naive_chance(looks) for looks in (2, 3, 4, 5)]
    assert chances == pytest.approx([0.083, 0.107, 0.126, 0.142], abs=6e-4)


def test_the_pigeonhole_bootstrap_comes_near_the_two_way_error(table):
    rate = as_judgments(table).win_rate("dsr", "direct")
    pair = table[table[["left_system", "right_system"]].isin(["dsr", "direct"]).all(axis=1)]
    won = np.where(pair["left_system"] == "dsr", pair["choice"] == "left", pair["choice"] == "right")
    y = np.where(pair["choice"].isin(["tie", "neither"]), 0.5, won)
    found = stats.pigeonhole_bootstrap(
        lambda weights: float(weights @ y / weights.sum()), pair["rater"], pair["item"], replicates=1000
    )
    assert found.estimate == pytest.approx(rate.estimate)
    assert 0.9 < found.se / rate.se < 2.0


def test_a_confidence_sequence_holds_at_every_look_and_one_interval_does_not():
    rng = np.random.default_rng(12)
    n = np.arange(1, 401)
    z = np.abs(rng.standard_normal((1000, n.size)).cumsum(axis=1)) / np.sqrt(n)
    reach = np.array([mixture_multiplier(int(count), best_at=100) for count in n])
    # Crossings of 1,000 sequences without any effect; the standard error of a share of 0.05 is 0.007.
    assert (z > reach).any(axis=1).mean() < 0.065
    assert (z > 1.96).any(axis=1).mean() > 0.3


def test_a_planned_look_carried_to_t_keeps_its_chance():
    """Looks after 10 and 20 items, the error estimated anew at each, by the interval at the level of the
    look."""
    rng = np.random.default_rng(13)
    values = rng.standard_normal((20_000, 20))
    crossed = np.zeros(len(values), dtype=bool)
    for look, n in ((1, 10), (2, 20)):
        part = values[:, :n]
        t = np.abs(part.mean(axis=1)) / (part.std(axis=1, ddof=1) / math.sqrt(n))
        crossed |= t > scipy_stats.t.ppf(0.5 + stats.look_level(look, 2) / 2, n - 1)
    # 0.05 with a standard error of 0.0015.
    assert crossed.mean() == pytest.approx(0.05, abs=0.006)
