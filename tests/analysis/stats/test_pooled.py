"""Statistics, pooled languages: no interval where one has none; the error of each by its own clusters."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.stats import tables_from_frames
from analysis.stats.covariance import two_way_variance
from analysis.stats.coverage.table import count
from analysis.stats.intervals import clopper_pearson, interval, p_value
from analysis.stats.linear import Linear, Pooled
from tests.analysis.stats.studies import judgments, one, report_of

SEED = 20_260_302
BY, LEVEL = "item", 0.95


def _report(frames, **changes):
    tables = tables_from_frames(pd.concat(frames, ignore_index=True))
    return report_of(tables, pooled=True, primary_contrast=["dsr", "human"], **changes)


def _two(english, chinese, **changes):
    return _report([english.assign(language="en"), chinese.assign(language="zh")], **changes)


def test_a_language_with_one_rater_leaves_the_pooled_number_without_limits():
    english = judgments(raters=10, prefix="en-").query("rater == 'en-rater-0001'")
    report = _two(english, judgments(seed=2, prefix="zh-"))
    keys = {"system": "human", "opponent": "*all"}
    alone = one(report["win_rates"], language="en", **keys)
    pooled = one(report["win_rates"], language="*pooled", **keys)
    assert alone["low"] is None
    assert (pooled["low"], pooled["high"]) == (None, None)
    assert pooled["estimate"] is not None
    assert pooled["reason"] == (
        "no interval for one of the languages: with one rater, variation between raters is unknown"
    )
    gaps = [entry for entry in report["differences"] if entry["language"] == "*pooled"]
    assert {(entry["low"], entry["p"]) for entry in gaps} == {(None, None)}


def test_what_one_language_lacks_is_not_pooled_and_says_so():
    chinese = judgments(seed=2, prefix="zh-")
    without = chinese[(chinese["left_system"] != "outline") & (chinese["right_system"] != "outline")]
    report = _two(judgments(prefix="en-"), without)
    entry = one(report["win_rates"], language="*pooled", system="dsr", opponent="outline")
    assert (entry["estimate"], entry["n"]) == (None, 0)
    assert entry["reason"] == "not available in every language"


def _linear(y, raters, first_item):
    """The mean of a raters x items table, with the codes of its raters."""
    rater, item = np.indices(y.shape)
    item = item.ravel() + first_item
    phi = (y - y.mean()).ravel() / y.size
    codes = np.asarray(raters)[rater.ravel()]
    return Linear(float(y.mean()), phi, codes, item, np.full(item.size, -1), y.size)


def test_without_a_common_rater_the_variances_add_up_each_with_its_own_factors():
    rng = np.random.default_rng(5)
    parts = [_linear(rng.random((5, 9)), range(5), 0), _linear(rng.random((12, 7)), range(5, 17), 9)]
    own = [two_way_variance(part.phi, part.rater, part.item) for part in parts]
    limits = interval(Pooled(tuple(parts)), BY, LEVEL)
    assert limits.se == pytest.approx(math.sqrt(sum(own)) / 2)
    # Satterthwaite (1946); min(5 raters, 9 items) - 1 = 4 and min(12, 7) - 1 = 6.
    df = sum(own) ** 2 / (own[0] ** 2 / 4 + own[1] ** 2 / 6)
    assert limits.df == pytest.approx(df)
    reach = stats.t.ppf(0.975, df) * limits.se
    value = (parts[0].value + parts[1].value) / 2
    assert (limits.low, limits.high) == pytest.approx((value - reach, value + reach))


def test_raters_of_both_languages_keep_their_covariance():
    # The very same judgments in both languages: the mean is as uncertain as either of them by raters alone.
    taste = np.repeat(np.linspace(0.2, 0.8, 8)[:, None], 6, axis=1)
    parts = [_linear(taste, range(8), 0), _linear(taste, range(8), 6)]
    alone = interval(parts[0], BY, LEVEL)
    both = interval(Pooled(tuple(parts)), BY, LEVEL)
    assert both.se == pytest.approx(alone.se)
    assert both.df == pytest.approx(alone.df)
    strangers = interval(Pooled((parts[0], _linear(taste, range(8, 16), 6))), BY, LEVEL)
    assert strangers.se == pytest.approx(alone.se / math.sqrt(2))
    assert strangers.df == pytest.approx(2 * alone.df)


def test_a_language_without_variation_enters_by_its_exact_interval():
    rng = np.random.default_rng(6)
    sure = _linear(np.ones((6, 10)), range(6), 0)
    other = _linear(rng.random((12, 20)), range(6, 18), 10)
    limits = interval(Pooled((sure, other)), BY, LEVEL, "logit")
    low, _ = clopper_pearson(6, 6, LEVEL)
    own = two_way_variance(other.phi, other.rater, other.item)
    imputed = ((1 - low) / stats.t.ppf(0.975, 5)) ** 2
    assert limits.se == pytest.approx(math.sqrt(own + imputed) / 2)
    assert "exact_language" in [step.code for step in limits.method.steps]


def test_all_won_in_both_languages_is_exact_with_the_smaller_n():
    both = Pooled((_linear(np.ones((6, 10)), range(6), 0), _linear(np.ones((9, 7)), range(6, 15), 10)))
    limits = interval(both, BY, LEVEL, "logit")
    assert (limits.low, limits.high) == pytest.approx(clopper_pearson(6, 6, LEVEL))
    assert str(limits.method).startswith("Clopper-Pearson, n = min(raters, scenes), conservative")
    assert p_value(both, BY, 0.5, "logit") == pytest.approx(2 * 0.5**6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("english", "chinese", "common", "least", "most"),
    [(12, 12, 6, 0.93, 0.98), (12, 12, 0, 0.93, 0.98), (12, 12, 12, 0.93, 0.98), (4, 12, 0, 0.93, 1),
     (4, 12, 2, 0.93, 1), (2, 8, 0, 0.93, 1)],
)  # fmt: skip
def test_coverage_of_pooled_win_rates(english, chinese, common, least, most):
    """Raters who judge in both languages keep their taste. With four raters or fewer the interval is too
    wide, as the docs say."""
    name = f"pooled/{english} + {chinese} raters, {common} in both"
    share = count(name, 2000, SEED)["win rate"] / 2000
    assert least <= share <= most


def test_pooled_coverage_of_few_studies_is_not_far_off():
    # 200 studies: with a true coverage of 95 % the share lies below 88 % less than once in 10,000 times.
    assert count("pooled/12 + 12 raters, 6 in both", 200, SEED)["win rate"] / 200 > 0.88
