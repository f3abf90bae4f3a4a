"""Reference data sets with published answers, put through what `from analysis import stats` offers.

Sets that concern one internal estimator are tested beside it: Davidson's model in test_davidson, clustered
errors in test_covariance, limits in test_intervals, adjusted p in test_families. Agreement and the quality of
raters are in test_textbook_tables. The last test here checks that every set has its test.

mixed_logit_cbpp_lme4 is a generalised mixed model, which nothing here fits (its conditional effects are no
win rates). Its nearest kin are the marginal share with clustered limits, and the worlds that simulated
studies are drawn from, which turn conditional effects into marginal shares.

Of the confidence sequences of Howard et al. the two that serve here are tested, the two-sided normal
mixture and the beta-binomial one; the one-sided and stitched bounds are not offered.
"""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from analysis import stats
from analysis.stats.sequential import best_rho, mixture_multiplier
from analysis.stats.simulate import World
from tests.analysis.stats.studies import DATA, reference, reference_table

HOWARD = "confidence_sequences_howard"
LOOKS = reference("group_sequential_constants")
NEWCOMBE = reference("newcombe_1998_difference")["published"]
POWER = reference("power_sample_size")
TOST = reference("tost_ncss")["published"]


def test_the_four_players_of_bradley_and_terry():
    frame = reference_table("bt_wikipedia_4players")
    winners = np.concatenate([np.repeat(frame["a"], frame["wins_a"]), np.repeat(frame["b"], frame["wins_b"])])
    losers = np.concatenate([np.repeat(frame["b"], frame["wins_a"]), np.repeat(frame["a"], frame["wins_b"])])
    expected = reference("bt_wikipedia_4players")["published"]["worth_geomean1"]
    # One side is as good as another here, so every row stands both ways round and no order term is left over.
    left, right = [*winners, *losers], [*losers, *winners]
    choice = ["left"] * len(winners) + ["right"] * len(winners)
    rows = range(len(left))
    judged = stats.Judgments(left, right, choice, rows, rows)
    fitted, half = judged.abilities(), judged.half_win_worths()
    for name, worth in expected.items():
        assert math.exp(fitted.worths[name].estimate) == pytest.approx(worth, abs=6e-4)
        assert math.exp(half[name]) == pytest.approx(worth, abs=6e-4)
    assert fitted.order.estimate == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("case", reference(HOWARD)["published"]["bernoulli_ci"], ids=str)
def test_a_share_at_all_times_is_howards(case):
    limits = stats.bernoulli_sequence(
        case["successes"], case["trials"], alpha=case["alpha"], best_at=case["t_opt"]
    )
    assert limits == pytest.approx(case["ci"], abs=1e-5)


def test_the_normal_mixture_is_howards():
    expected = reference(HOWARD)["published"]["normal_mixture_two_sided"]
    assert best_rho(expected["v_opt"], expected["alpha_opt"]) == pytest.approx(expected["best_rho"], abs=1e-5)
    # A boundary of the sum at variance v = 100 is the multiplier of the standard error times sqrt(v).
    bound = 10 * mixture_multiplier(100, alpha=0.05, best_at=100)
    assert bound == pytest.approx(expected["bound_v100_alpha0.05"], abs=1e-5)
    closed = reference(HOWARD)["verified"]["normal_mixture_closed_form"]
    assert bound == pytest.approx(closed, rel=1e-9)


@pytest.mark.parametrize("looks", [1, 2, 3, 4, 5])
def test_boundaries_of_planned_looks(looks):
    obrien_fleming, pocock = stats.obrien_fleming(looks), stats.pocock(looks)
    assert obrien_fleming.constant == pytest.approx(
        LOOKS["published"]["obrien_fleming_C"][str(looks)], abs=1e-3
    )
    assert pocock.constant == pytest.approx(LOOKS["published"]["pocock"][str(looks)], abs=1e-3)
    if looks > 1:
        verified = LOOKS["verified"]["recomputed"]
        assert obrien_fleming.constant == pytest.approx(verified["obf"][str(looks)], abs=6e-5)
        assert pocock.constant == pytest.approx(verified["pocock"][str(looks)], abs=6e-5)
    shape = [math.sqrt(looks / look) for look in range(1, looks + 1)]
    assert obrien_fleming.boundaries == pytest.approx([obrien_fleming.constant * part for part in shape])
    assert set(pocock.boundaries) == {pocock.constant}


def test_ten_looks_of_pocock():
    assert stats.pocock(10).constant == pytest.approx(LOOKS["published"]["pocock"]["10"], abs=1e-3)


def test_agrestis_approval_ratings():
    frame, expected = reference_table("mcnemar_agresti_approval"), reference("mcnemar_agresti_approval")
    count = frame.set_index(["first", "second"])["count"].to_dict()
    yes, no = "approve", "disapprove"
    # The change is second minus first, so the second survey is the one asked for first here.
    table = (count[yes, yes], count[no, yes], count[yes, no], count[no, no])
    gap = stats.newcombe_paired_difference(*table)
    test = gap.detail["mcnemar"]
    assert gap.estimate == pytest.approx(expected["published"]["paired_difference"], abs=6e-3)
    assert gap.se == pytest.approx(expected["published"]["se"], abs=6e-5)
    assert (gap.low, gap.high) == pytest.approx(expected["published"]["ci95"], abs=6e-3)
    assert test.z == pytest.approx(expected["published"]["z0"], abs=6e-3)
    assert test.chi2 == pytest.approx(expected["published"]["chi2_no_cc"], abs=6e-3)
    verified = expected["verified"]
    assert (test.chi2, test.p_chi2) == pytest.approx(tuple(verified["mcnemar_nocc"].values()), rel=1e-9)
    corrected = (test.chi2_corrected, test.p_chi2_corrected)
    assert corrected == pytest.approx(tuple(verified["mcnemar_cc"].values()), rel=1e-9)
    assert test.p == pytest.approx(verified["exact_p"], rel=1e-9)


def test_marginal_shares_of_the_herds_are_those_of_the_mixed_model():
    frame, expected = reference_table("mixed_logit_cbpp_lme4"), reference("mixed_logit_cbpp_lme4")
    fixed, sd = expected["verified"]["laplace"]["fixef"], expected["verified"]["laplace"]["sd_herd"]
    for period, rows in frame.groupby("period"):
        effect = fixed["(Intercept)"] + (fixed[f"period{period}"] if period > 1 else 0)
        # A herd is rater and item at once: the two-way variance is then the plain one by herd.
        healthy = rows["size"] - rows["incidence"]
        none = [0] * len(rows)
        counted = stats.Judgments.from_counts(rows["incidence"], none, healthy, rows["herd"], rows["herd"])
        share = counted.win_rate("system", "opponent")
        world = World(
            (effect, 0.0), item_system_sd=sd / math.sqrt(2), rater_system_sd=0, left_bias=0, tie_share=0
        )
        marginal = world.win_rate(0, 1)
        assert share.estimate == pytest.approx(marginal, abs=0.02)
        assert share.low < marginal < share.high
        # The conditional effect is another number: it lies farther from one half than the marginal share.
        assert 1 / (1 + math.exp(-effect)) < marginal


@pytest.mark.parametrize("case", list(NEWCOMBE))
def test_differences_of_proportions_are_newcombes_table_2(case):
    (one, n), (two, m) = (map(int, part.split("/")) for part in case.split("-"))
    gap = stats.newcombe_difference(one, n, two, m)
    assert (gap.low, gap.high) == pytest.approx(NEWCOMBE[case]["newcombe_method10"], abs=1.5e-4)
    assert gap.estimate == pytest.approx(one / n - two / m)


def test_the_noncentral_t_power_is_that_of_r():
    # Two groups of n: the error of the standardised difference is sqrt(2/n), with 2n - 2 degrees of freedom.
    verified = POWER["verified"]
    assert stats.t_test_power(1.0, math.sqrt(2 / 20), 38) == pytest.approx(verified["t_n20_d1"], rel=1e-6)
    n = verified["t_power90_d1_n"]
    assert stats.t_test_power(1.0, math.sqrt(2 / n), 2 * n - 2) == pytest.approx(0.9, abs=1e-6)


def test_the_normal_power_is_cohens():
    """Cohen's h is a difference of arcsines with the error 1/sqrt(n); very many degrees of freedom are the
    normal."""
    verified, published = POWER["verified"], POWER["published"]
    many = 1e8
    assert stats.t_test_power(0.2, 1 / math.sqrt(60), many) == pytest.approx(
        verified["pwr_p_h02_n60"], rel=1e-4
    )
    assert stats.t_test_power(0.2, 1 / math.sqrt(verified["pwr_p_h02_power95_n"]), many) == pytest.approx(
        0.95, abs=1e-4
    )
    assert math.ceil(verified["pwr_p_h02_power95_n"]) == published["cohen_6.8_h0.2_power95_n"]


def test_the_power_of_two_proportions_is_rs():
    """R takes the error under the alternative and scales the critical value by the one under the null."""
    p, q, verified = 0.5, 0.75, POWER["verified"]
    for n, expected in ((50, verified["power_prop_n50_p50_p75"]), (verified["n_p50_p75_power90"], 0.9)):
        mean = (p + q) / 2
        null, error = math.sqrt(2 * mean * (1 - mean) / n), math.sqrt((p * (1 - p) + q * (1 - q)) / n)
        # The test rejects beyond z of the error under the null: as a shift of z under the alternative's.
        shift = (q - p) / error - scipy_stats.norm.isf(0.025) * (null / error - 1)
        assert stats.t_test_power(shift, 1.0, 1e8) == pytest.approx(expected, abs=1e-4)
    assert verified["power_prop_n50_p50_p75"] == pytest.approx(
        POWER["published"]["power_prop_n50_p50_p75"], abs=6e-3
    )


def _two_groups(pooled):
    groups = [part["y"].to_numpy(float) for _, part in reference_table("tost_ncss").groupby("group")]
    sizes = np.array([len(group) for group in groups])
    variances = np.array([group.var(ddof=1) for group in groups])
    gap = groups[0].mean() - groups[1].mean()
    if pooled:
        df = sizes.sum() - 2
        return gap, math.sqrt((variances * (sizes - 1)).sum() / df * (1 / sizes).sum()), df
    parts = variances / sizes
    return gap, math.sqrt(parts.sum()), parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum()


@pytest.mark.parametrize("case", ["pooled", "welch"])
def test_equivalence_of_the_two_yields(case):
    gap, se, df = _two_groups(case == "pooled")
    expected = TOST[case]
    assert gap == pytest.approx(TOST["pooled"]["diff"], abs=1e-5)
    assert (se, df) == pytest.approx((expected["se"], expected["df"]), abs=1e-3)
    test = stats.two_one_sided_tests(gap, se, (-110, 110), df=df)
    assert (test.p_above, test.p_below) == pytest.approx((expected["p_lower"], expected["p_upper"]), abs=1e-5)
    assert test.equivalent
    wide = stats.two_one_sided_tests(gap, se, (-110, 110), df=df, alpha=0.025)
    assert (wide.low, wide.high) == pytest.approx(expected["ci95"], abs=1e-4)
    assert not wide.equivalent  # the 95 % limits leave the bounds, the 90 % ones do not
    assert test.low > -110


def test_equivalence_from_a_summary():
    case = TOST["summary_stats"]
    parts = np.array([case["sd1"] ** 2 / case["n1"], case["sd2"] ** 2 / case["n2"]])
    se, bound = math.sqrt(parts.sum()), case["bounds_raw"]
    test = stats.two_one_sided_tests(case["m1"] - case["m2"], se, (-bound, bound), df=case["df_welch"])
    assert (test.p_above, test.p_below) == pytest.approx((case["p1"], case["p2"]), rel=1e-4)
    assert (test.low, test.high) == pytest.approx(case["ci90"], abs=1e-5)


def test_every_data_set_has_its_source_and_a_test():
    sources = "\n".join(path.read_text() for path in sorted(DATA.parent.rglob("test_*.py")))
    files_to_read = {"other_programs", "office_files"}
    for folder in sorted(path for path in DATA.iterdir() if path.is_dir() and path.name not in files_to_read):
        assert {"README.md", "expected.json"} <= {path.name for path in folder.iterdir()}, folder.name
        assert f'"{folder.name}"' in sources, folder.name
