"""Statistics, the logit model with covariates: against statsmodels, and what it leaves out and why."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.stats import Plan, analyse, tables_from_frames
from analysis.stats.abilities.davidson import Counts
from analysis.stats.covariance import one_way
from analysis.stats.covariates import MOST_ROWS, fit_logit
from analysis.stats.linear import crossed
from tests.analysis.stats.studies import judgments, one

PLAN = {"primary_criterion": "overall", "human": ["human"], "systems": ["dsr", "direct", "outline", "human"]}


def _rows(seed=1, raters=24, items=40, series=4):
    """Judgments with lengths, in which half the raters prefer machines less."""
    rng = np.random.default_rng(seed)
    frame = judgments(seed=seed, raters=raters, items=items)
    lengths = dict(zip(PLAN["systems"], (1300, 900, 950, 1000), strict=True))
    for side in ("left", "right"):
        frame[f"{side}_length"] = frame[f"{side}_system"].map(lengths) + rng.integers(0, 400, len(frame))
    frame["series"] = "series-" + (frame["item"].str[-2:].astype(int) % series).astype(str)
    frame["position"] = frame.groupby("rater").cumcount() + 1
    return frame.drop_duplicates(["rater", "item", "left_system", "right_system"])


def _raters(frame, bands=("0-2", "3-5")):
    codes = sorted(set(frame["rater"]))
    years = [bands[at % len(bands)] for at in range(len(codes))]
    return pd.DataFrame({"code": codes, "profile_years": years})


def _covariates(frame, raters=None, **plan):
    tables = tables_from_frames(frame, raters=raters)
    plan = {"item_cluster": "item"} | plan
    report = analyse(tables, Plan.from_dict(PLAN | plan), seed=1, replicates=20)
    return report.to_dict()["covariates"]


def _direct_design(frame, raters):
    """The design of the module's docstring, row by row."""
    columns = {}
    for system in ("dsr", "direct", "outline"):
        columns["system", system] = (frame["left_system"] == system) * 1.0 - (frame["right_system"] == system)
    columns["position", ""] = 1.0
    columns["length", ""] = np.log(frame["left_length"] / frame["right_length"])
    human = [(frame[f"{side}_system"] == "human").to_numpy() for side in ("left", "right")]
    sign = human[1] * 1.0 - human[0]
    years = frame["rater"].map(dict(zip(raters["code"], raters["profile_years"], strict=True)))
    columns["group", "3-5"] = sign * (years == "3-5")
    series = sorted(set(frame["series"]))
    for name in series[:-1]:
        columns["series", name] = sign * ((frame["series"] == name) * 1.0 - (frame["series"] == series[-1]))
    y = frame["choice"].map({"left": 1.0, "tie": 0.5, "neither": 0.5, "right": 0.0})
    return pd.DataFrame(columns, index=frame.index), y


def test_coefficients_and_errors_are_those_of_statsmodels():
    """Its errors have z in place of t and the factor (n - 1) / (n - k), which is taken away here."""
    frame = _rows()
    raters = _raters(frame)
    design, y = _direct_design(frame, raters)
    groups = np.column_stack([pd.factorize(frame[name])[0] for name in ("rater", "item")])
    n, k = design.shape

    def errors_by(clusters):
        """The values, and the squared errors that they would have by these clusters."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = sm.GLM(y.to_numpy(), design.to_numpy(), family=sm.families.Binomial())
            oracle = model.fit(cov_type="cluster", cov_kwds={"groups": clusters}, tol=1e-12)
        return oracle.params, np.diag(oracle.cov_params()) * (n - k) / (n - 1)

    values, squared = errors_by(groups)
    # As everywhere, the variance is the largest of the two-way and both one-way ones.
    largest = np.max([squared, *(errors_by(column)[1] for column in groups.T)], axis=0)
    entries = _covariates(frame, raters)
    for (term, name), value, variance in zip(design.columns, values, largest, strict=True):
        key = "system" if term == "system" else "name"
        entry = one(entries, term=term, **{key: name or None})
        assert entry["estimate"] == pytest.approx(value, abs=1e-6)
        assert entry["se"] == pytest.approx(np.sqrt(variance), rel=1e-6)
        assert entry["n"] == n
    fit = fit_logit(design.to_numpy(), Counts(*((y == v).to_numpy(float) for v in (1.0, 0.5, 0.0))))
    phi, (rater, item) = fit.influence, groups.T
    ours = one_way(phi, rater) + one_way(phi, item) - one_way(phi, crossed(rater, item)[0])
    assert np.diag(ours) == pytest.approx(squared, rel=1e-5)


def test_series_effects_sum_to_zero_and_groups_are_against_the_largest():
    frame = _rows()
    entries = _covariates(frame, _raters(frame))
    series = [e for e in entries if e["term"] == "series"]
    assert sum(e["estimate"] for e in series if e["name"]) == pytest.approx(0, abs=1e-9)
    (joint,) = [e for e in series if not e["name"]]
    assert joint["estimate"] >= 0
    assert [e["p"] for e in series if e["name"]] == [None] * 4
    assert (joint["p"], joint["tests"]) == (joint["p_adjusted"], 1)
    conditions = [e for e in entries if e["term"] in ("position", "length")]
    assert [e["tests"] for e in conditions] == [2, 2]
    (group,) = [e for e in entries if e["term"] == "group"]
    assert (group["by"], group["name"], group["reference"]) == ("years", "3-5", "0-2")
    assert {e["opponent"] for e in entries if e["term"] == "system"} == {"human"}
    assert all(e["family"] == "exploratory" for e in entries)
    assert all(e["p_adjusted"] >= e["p"] - 1e-12 for e in entries if e["p"] is not None)


LEFT_OUT = {
    "no lengths": (lambda f: f.assign(left_length="", right_length=""), "length", "lengths"),
    "equal lengths": (lambda f: f.assign(left_length=9, right_length=9), "length", "no variation"),
    "one series": (lambda f: f.assign(series="a"), "series", "no variation"),
    "no series": (lambda f: f.assign(series=""), "series", "series"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_term_that_cannot_be_told_is_left_out_with_a_reason(case):
    change, term, reason = LEFT_OUT[case]
    entry = one(_covariates(change(_rows(raters=12, items=24))), term=term)
    assert entry["estimate"] is None
    assert reason in entry["reason"]


def test_without_groups_the_model_says_why_it_has_none():
    frame = _rows(raters=12, items=24)
    assert "raters table" in one(_covariates(frame), term="group")["reason"]
    few = _raters(frame, ("writer", "writer", "student"))
    assert "enough raters" in one(_covariates(frame, few), term="group")["reason"]
    fixed = frame[frame["left_system"] < frame["right_system"]]
    assert "sides were never swapped" in one(_covariates(fixed), term="position")["reason"]


def test_series_that_are_the_clusters_have_no_effect_beside_them():
    frame = _rows(raters=12, items=40, series=10)
    entries = _covariates(frame, item_cluster="series")
    assert "clustered" in one(entries, term="series")["reason"]
    assert one(entries, term="position")["cluster"] == "series"


def _in_first_two(system):
    return system.isin(["dsr", "direct"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f[f["rater"] < "rater-0006"], "needs at least 8 raters"),
        (lambda f: f[f["item"] < "item-0006"], "needs at least 8 raters"),
        (lambda f: f.assign(choice="left"), "no maximum"),
        (lambda f: f[_in_first_two(f["left_system"]) == _in_first_two(f["right_system"])], "never compared"),
    ],
    ids=["raters", "scenes", "separation", "apart"],
)
def test_there_is_no_model_where_it_could_not_be_trusted(change, reason):
    (entry,) = _covariates(change(_rows(raters=12, items=24)))
    assert (entry["term"], entry["estimate"], entry["p"], entry["se"]) == ("model", None, None, None)
    assert reason in entry["reason"]


@pytest.mark.slow
def test_there_is_no_model_of_very_many_rows():
    frame = _rows(raters=12, items=24)
    many = pd.concat([frame] * (MOST_ROWS // len(frame) + 1), ignore_index=True)
    many["position"] = np.arange(len(many)) + 1
    (entry,) = _covariates(many)
    assert "100,000" in entry["reason"]
