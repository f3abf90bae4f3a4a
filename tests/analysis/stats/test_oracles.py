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
from statsmodels.stats.power import NormalIndPower, TTestPower

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


@pytest.mark.parametrize(("won", "n"), [(0, 12), (3, 12), (100, 100)])
@pytest.mark.parametrize(("ours", "theirs"), [("wilson", "wilson"), ("clopper-pearson", "exact")])
def test_single_proportions(won, n, ours, theirs):
    rate = stats.win_rate_from_counts(won, n - won, method=ours, level=0.9)
    expected = scipy_stats.binomtest(won, n).proportion_ci(0.9, theirs)
    assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_power_of_a_t_test_and_of_a_z_test():
    assert stats.t_test_power(0.5, 1 / math.sqrt(20), 19) == pytest.approx(
        TTestPower().power(0.5, 20, 0.05), rel=1e-9
    )
    z = NormalIndPower().power(0.4, 60, 0.05)
    assert stats.t_test_power(0.4, math.sqrt(2 / 60), 1e9) == pytest.approx(z, rel=1e-6)


# --- Looks and resampling


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
