"""Statistics: limits against published tables, and every way in which there are none."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis.stats import analyse, tables_from_frames
from analysis.stats.intervals import (
    NO_VARIATION,
    fieller,
    interval,
    p_value,
)
from analysis.stats.linear import Linear, Ratio
from tests.analysis.stats.studies import judgments, one, plan_for, reference, reference_table

NEWCOMBE = "newcombe_1998_single"
FIELLER = "ratio_of_means_fieller"


def _linear(values, rater, item, series=None):
    values, rater, item = np.asarray(values, float), np.asarray(rater), np.asarray(item)
    series = np.full(len(item), -1) if series is None else np.asarray(series)
    return Linear(values.mean(), (values - values.mean()) / len(values), rater, item, series, len(values))


@pytest.mark.parametrize(("case", "level"), [("asat_pooled95", 0.95), ("asat_pooled_90", 0.90)])
def test_fieller_is_that_of_the_asat_data(case, level):
    frame = reference_table(FIELLER, "asat.csv")
    groups = {name: part["ASAT"].to_numpy() for name, part in frame.groupby("group")}
    control = groups.pop("KON")
    (treated,) = groups.values()
    expected = reference(FIELLER)["verified"]["asat_fieller"][case]
    rest = sum(((part - part.mean()) ** 2).sum() for part in (control, treated)) / expected["df"]
    covariance = np.diag([rest / len(treated), rest / len(control)])
    t = float(stats.t.ppf(0.5 + level / 2, expected["df"]))
    assert treated.mean() / control.mean() == pytest.approx(expected["est"], rel=1e-9)
    limits = fieller(treated.mean(), control.mean(), covariance, t)
    assert limits == pytest.approx((expected["lower"], expected["upper"]), rel=1e-6)


def test_fieller_is_not_bounded_over_a_denominator_near_zero():
    assert fieller(1.0, 0.1, np.diag([0.01, 0.01]), 2.0) is None


def test_logit_interval_of_a_hand_worked_case():
    # Two raters x two items, one row each: y = 1, 1, 0, 1. Cluster sums by rater and by item, with G/(G-1) =
    # 2, are
    # +-1/8 twice; the four cells have (3/16)^2 and three times (1/16)^2, with 4/3.
    estimate = _linear([1, 1, 0, 1], [0, 0, 1, 1], [0, 1, 0, 1])
    by_rater = by_item = 2 * 2 * (1 / 8) ** 2
    cells = 4 / 3 * (3 * (1 / 16) ** 2 + (3 / 16) ** 2)
    variance = max(by_rater + by_item - cells, by_rater)
    reach = stats.t.ppf(0.975, 1) * math.sqrt(variance) / (0.75 * 0.25)
    result = interval(estimate, "item", 0.95, "logit")
    middle = math.log(3)
    assert result.low == pytest.approx(1 / (1 + math.exp(-(middle - reach))), rel=1e-12)
    assert result.high == pytest.approx(1 / (1 + math.exp(-(middle + reach))), rel=1e-12)
    assert result.df == 1


def test_unknown_series_have_no_interval_by_series():
    estimate = _linear([1, 0, 1], [0, 1, 2], [0, 1, 2], [0, 1, -1])
    assert "series" in interval(estimate, "series", 0.95, "logit").reason.code


def test_mean_that_does_not_vary_has_no_interval():
    assert interval(_linear([7, 7, 7], [0, 1, 2], [0, 1, 2]), "item", 0.95).reason == NO_VARIATION


def test_p_of_one_half_where_nothing_varies_is_the_sign_test():
    estimate = _linear(np.ones(12), np.repeat(range(3), 4), np.tile(range(4), 3))
    assert p_value(estimate, "item", 0.5, "logit") == pytest.approx(2 * 0.5**3)


def test_p_agrees_with_the_interval():
    rng = np.random.default_rng(2)
    estimate = _linear(rng.random(60) < 0.6, np.repeat(range(6), 10), np.tile(range(10), 6))
    edge = interval(estimate, "item", 0.95, "logit").low
    assert p_value(estimate, "item", edge, "logit") == pytest.approx(0.05, rel=1e-9)


def test_ratio_far_from_zero_is_by_delta_and_agrees_with_fieller():
    rng = np.random.default_rng(3)
    rater, item = np.repeat(range(8), 10), np.tile(range(10), 8)
    top, bottom = 8 + rng.normal(size=80), 10 + rng.normal(size=80)
    ratio = Ratio(_linear(top, rater, item), _linear(bottom, rater, item), 160)
    result = interval(ratio, "item", 0.95)
    assert result.method.code == "two_way_log"
    # Fieller's limits of so precise a ratio differ in the fourth digit alone.
    assert result.low == pytest.approx(ratio.value - 0.03, abs=0.03)
    assert result.low < ratio.value < result.high


def test_ratio_over_a_shaky_mean_is_fiellers_or_not_bounded():
    rater, item = np.repeat(range(4), 4), np.tile(range(4), 4)
    shaky = np.where(rater < 2, 0.2, 3.0) + 0.01 * item
    steady = 5 + 0.1 * rater + 0.1 * item
    result = interval(Ratio(_linear(steady, rater, item), _linear(shaky, rater, item), 32), "item", 0.95)
    assert result.method.code == "fieller"
    assert result.reason.code == "not_bounded"


def test_ratio_over_a_mean_of_one_rater_has_no_interval():
    top = _linear([1, 0, 1, 1], [0, 0, 1, 1], [0, 1, 0, 1])
    bottom = _linear([1, 0, 1], [0, 0, 0], [0, 1, 2])
    assert interval(Ratio(top, bottom, 7), "item", 0.95).reason.code == "one_rater_only"


def test_shares_that_do_not_vary_have_no_interval_and_say_why():
    frame = judgments(share_read_left="1", share_read_right="1")
    tables = tables_from_frames(frame)
    report = analyse(tables, plan_for(tables), seed=1, replicates=20).to_dict()
    entry = one(report["reading_time"], system="dsr", measure="share_read")
    assert (entry["estimate"], entry["low"], entry["high"]) == (1, None, None)
    assert entry["reason"] == "the data do not vary, so there is no standard error"
    assert "Clopper" not in entry["method"]
