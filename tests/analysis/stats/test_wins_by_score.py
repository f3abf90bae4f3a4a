"""Statistics: a study of scores alone: win rates from two scores by one rater on one scene."""

import numpy as np
import pandas as pd
import pytest

from analysis.render import render_html
from analysis.stats import Plan, analyse, tables_from_frames
from tests.analysis.stats.direct import t_limits, two_way_se
from tests.analysis.stats.studies import SYSTEMS, judgments, one, scores


def _analyse(frame, rows=None, **changes):
    tables = tables_from_frames(rows, scores=frame)
    plan = {"primary_criterion": "score", "human": ["human"], "systems": list(SYSTEMS)} | changes
    return analyse(tables, Plan.from_dict(plan), seed=1, replicates=100).to_dict()


def _points(frame, system, opponent):
    """Per rater and scene that has both scores 1, 1/2 or 0."""
    wide = frame.pivot_table(index=["rater", "item"], columns="system", values="score")
    both = wide[[system, opponent]].dropna()
    points = 0.5 + np.sign(both[system] - both[opponent]) / 2
    return points.to_numpy(), *both.reset_index()[["rater", "item"]].to_numpy().T


@pytest.fixture(scope="module")
def frame():
    """Some raters scored some systems of a scene only, and a few scored a script twice."""
    rows = scores(seed=7, raters=9, items=12).sample(frac=0.85, random_state=1)
    return pd.concat([rows, rows.head(5).assign(study="again", score=3)], ignore_index=True).fillna(
        {"study": ""}
    )


@pytest.fixture(scope="module")
def report(frame):
    return _analyse(frame)


def test_win_rates_are_shares_of_paired_scores_with_two_way_limits(frame, report):
    for system, opponent in (("dsr", "human"), ("human", "dsr"), ("outline", "direct")):
        entry = one(report["win_rates"], system=system, opponent=opponent)
        points, raters, items = _points(frame, system, opponent)
        assert entry["estimate"] == pytest.approx(points.mean(), rel=1e-9)
        assert [entry[key] for key in ("wins", "ties", "losses", "n")] == [
            (points == 1).sum(), (points == 0.5).sum(), (points == 0).sum(), len(points)
        ]  # fmt: skip
        assert (entry["raters"], entry["items"]) == (len(set(raters)), len(set(items)))
        # Limits of the mean, carried to the logit scale by its slope.
        mean, low, _ = t_limits(points, raters, items)
        middle, reach = np.log(mean / (1 - mean)), (mean - low) / (mean * (1 - mean))
        assert two_way_se(points - mean, raters, items) > 0
        limits = [1 / (1 + np.exp(-(middle + side * reach))) for side in (-1, 1)]
        assert [entry["low"], entry["high"]] == pytest.approx(limits, rel=1e-9)
        assert entry["bootstrap_low"] is not None
        assert 0 < entry["p"] <= entry["p_adjusted"] <= 1


def test_every_pair_and_both_sets_of_opponents_are_listed(report):
    pairs = {(entry["system"], entry["opponent"]) for entry in report["win_rates"]}
    assert pairs == {(a, b) for a in SYSTEMS for b in (*SYSTEMS, "*all", "*machines") if a != b}
    over_all = one(report["win_rates"], system="dsr", opponent="*all")
    parts = [one(report["win_rates"], system="dsr", opponent=other) for other in SYSTEMS if other != "dsr"]
    assert over_all["estimate"] == pytest.approx(np.mean([entry["estimate"] for entry in parts]))


def test_they_say_that_they_come_from_scores(report):
    for entry in report["win_rates"]:
        assert (entry["criterion"], entry["derived_from"], entry["context"]) == ("score", "scores", "single")
        assert entry["method"].startswith("comparing two scores by one rater for one scene; ")
        assert entry["family"] == "exploratory"  # the planned test is that of the mean scores
    html = render_html(report, lang="en")
    assert "comparing two scores by one rater for one scene" in html
    assert "比较同一评审对同一场戏的两个评分" in render_html(report, lang="zh-hans")


def test_judgments_are_the_win_rates_where_there_are_any(frame):
    report = _analyse(frame, judgments(seed=7), primary_criterion="overall")
    assert {entry["criterion"] for entry in report["win_rates"]} == {"overall"}
    assert all("derived_from" not in entry for entry in report["win_rates"])


def test_languages_and_ways_of_reading_stay_apart():
    parts = [
        scores(seed=at, language=language, context=context, prefix=f"{language}-")
        for at, (language, context) in enumerate((("en", "single"), ("en", "pair"), ("zh", "single")))
    ]
    report = _analyse(pd.concat(parts, ignore_index=True), pooled=True)
    found = {(entry["language"], entry["context"]) for entry in report["win_rates"]}
    assert {("en", "single"), ("en", "pair"), ("zh", "single"), ("*pooled", "single")} <= found


def test_scores_that_no_rater_can_compare_give_no_win_rate():
    frame = scores(raters=4)
    frame["rater"] = frame["rater"] + frame["system"]
    assert _analyse(frame)["win_rates"] == []
