"""Statistics, ranks: the common limit of all differences, against tabulated distributions."""

import numpy as np
import pytest
from scipy import stats

from analysis.stats.abilities.fit import Abilities, rank_limits
from analysis.stats.abilities.fit import _draw_largest_differences as largest
from analysis.stats.linear import Linear
from tests.analysis.stats.studies import as_judgments, report_of, small


def _reach(covariance, df):
    return float(
        np.quantile(largest(np.asarray(covariance, dtype=float), df, np.random.default_rng(1)), 0.95)
    )


@pytest.mark.parametrize("df", [1, 7, 39])
def test_two_systems_are_one_t_test(df):
    # 20,000 draws leave the level of the 95 % point a standard error of 0.0015, its upper half 0.0008.
    assert stats.t.cdf(_reach([[1, -1], [-1, 1]], df), df) == pytest.approx(0.975, abs=0.004)


@pytest.mark.parametrize(("k", "df"), [(3, 11), (6, 11), (6, 39)])
def test_many_systems_lie_between_tukey_and_hotelling(k, df):
    """Tukey's range has one error for all differences; Hotelling's bound holds for every contrast."""
    reach = _reach(np.eye(k) - 1 / k, df)
    tukey = stats.studentized_range.ppf(0.95, k, df) / np.sqrt(2)
    p = k - 1
    hotelling = np.sqrt(stats.f.ppf(0.95, p, df - p + 1) * p * df / (df - p + 1))
    assert tukey < reach < hotelling


def test_with_many_clusters_the_limit_is_that_of_tukey_s_range():
    reach = _reach(np.eye(5) - 0.2, 100_000)
    assert reach == pytest.approx(stats.studentized_range.ppf(0.95, 5, np.inf) / np.sqrt(2), rel=0.02)


def test_fewer_clusters_than_systems_still_give_a_limit():
    assert np.isfinite(_reach(np.eye(9) - 1 / 9, 4))


def test_the_limit_does_not_depend_on_the_names_of_the_systems():
    """How far the best must lie ahead for its rank to be certain, with the systems listed in two orders."""
    rng = np.random.default_rng(4)
    rater, item = np.divmod(np.arange(60), 6)
    phi = rng.normal(size=(60, 3))
    phi -= phi.mean(axis=1, keepdims=True)

    def certain(lead, order):
        values = np.array([lead, 0.0, -0.5])
        worths = tuple(Linear(values[at], phi[:, at], rater, item, 0 * item - 1, 60) for at in order)
        fitted = Abilities((0, 1, 2), worths, None, None, None, 0.0, 0.0)
        return rank_limits(fitted, "item", 0.95, 1, "")[order.index(0)][1] == 1

    leads = []
    for order in ([0, 1, 2], [2, 1, 0]):
        low, high = 0.0, 1000.0
        for _ in range(45):
            middle = (low + high) / 2
            low, high = (low, middle) if certain(middle, order) else (middle, high)
        leads.append(low)
    assert leads[0] == pytest.approx(leads[1], rel=1e-9)


def _study_of(outcomes):
    """Each pair of systems with the choices that every one of 6 raters made about it on 5 scenes."""
    rows = [
        (f"r{rater}", f"s{item}", *pair, choices[(rater + item) % len(choices)])
        for rater in range(6)
        for item in range(5)
        for pair, choices in outcomes.items()
    ]
    return small(rows)


MIXED = ("left", "left", "right")


@pytest.mark.parametrize(
    ("outcomes", "ends"),
    [
        # An open end above the only winner, and below those that it always beat.
        (
            {("a", "b"): ["left"], ("a", "c"): ["left"], ("b", "c"): MIXED},
            {"a": (False, True), "b": (True, False), "c": (True, False)},
        ),
        # The one in the middle has no limit at all.
        (
            {("a", "b"): ["left"], ("b", "c"): ["left"], ("b", "d"): ["left"], ("c", "d"): MIXED},
            {"a": (False, True), "b": (True, True), "c": (True, False), "d": (True, False)},
        ),
        # A tie binds two systems, except where ties and wins alone can explain everything.
        (
            {("a", "b"): ("left", "tie"), ("b", "c"): MIXED},
            {"a": (False, False), "b": (False, False), "c": (False, False)},
        ),
        ({("a", "b"): ("left", "tie")}, {"a": (False, True), "b": (True, False)}),
        ({("a", "b"): MIXED, ("b", "c"): ("right", *MIXED)}, dict.fromkeys("abc", (False, False))),
    ],
)
def test_a_limit_is_missing_where_only_the_prior_makes_the_ability_finite(outcomes, ends):
    report = report_of(_study_of(outcomes), systems=list("abcd"), human=[])
    found = {e["system"]: (e["low"] is None, e["high"] is None) for e in report["abilities"]}
    assert found == ends
    for entry in report["abilities"]:
        assert (entry["reason_code"] == "prior_only") is any(ends[entry["system"]])
        missing = entry["bootstrap_low"] is None, entry["bootstrap_high"] is None
        assert missing == ends[entry["system"]]


def test_a_difference_has_an_open_end_where_one_system_always_won():
    tables = _study_of({("a", "b"): ["left"], ("a", "c"): ["left"], ("b", "c"): MIXED})
    gaps = [
        entry
        for entry in report_of(tables, systems=list("abcd"), human=[])["differences"]
        if entry["of"] == "ability"
    ]
    ends = {(e["system"], e["other"]): (e["low"] is None, e["high"] is None) for e in gaps}
    assert ends == {("a", "b"): (False, True), ("a", "c"): (False, True), ("b", "c"): (False, False)}
    assert all(entry["p"] is not None for entry in gaps)
    worths = as_judgments(tables.judgments).abilities()
    found = worths.difference("b", "a")
    assert (found.low, found.high is None) == (None, False)
    assert " or less" in str(found)
    assert " or more" in repr(worths)
