"""Statistics, bootstrap: every replicate is what a plain loop gives; limits stand beside the main ones."""

import numpy as np
import pandas as pd
import pytest

from analysis.stats import analyse, tables_from_frames
from analysis.stats.abilities import davidson
from analysis.stats.abilities.fit import fit_abilities
from analysis.stats.bootstrap import JudgmentBootstrap, ScoreBootstrap, weighted_sums
from analysis.stats.cells import count_cells, name_codes, score_cells
from analysis.stats.resampling import Draw
from analysis.stats.win_rates import win_rate
from tests.analysis.stats.studies import SYSTEMS, judgments, one, plan_for, scores, small

REPLICATES = 100


def _boot(frame, **changes):
    tables = tables_from_frames(frame)
    names = name_codes([tables.judgments], SYSTEMS)
    cells = count_cells(tables.judgments, names)
    draw = Draw(1, REPLICATES, names.raters, names.items, names.series)
    return cells, JudgmentBootstrap(cells, plan_for(tables, **changes), draw), draw


@pytest.fixture(scope="module")
def study():
    return _boot(judgments(raters=9, items=7))


def _row_weights(cells, draw, at):
    return draw.rater_weights[at][cells.rater] * draw.item_weights[at][cells.item]


@pytest.mark.parametrize("turned", [False, True])
def test_sums_are_those_of_a_loop_over_replicates(turned):
    rng = np.random.default_rng(3)
    raters, items = rng.exponential(size=(4, 3)), rng.exponential(size=(4, 6))
    rater, item = rng.integers(3, size=30), rng.integers(6, size=30)
    values = rng.normal(size=(30, 2))
    if turned:
        raters, items, rater, item = items, raters, item, rater
    expected = [(raters[b][rater] * items[b][item]) @ values for b in range(4)]
    assert weighted_sums(raters, items, rater, item, values) == pytest.approx(np.array(expected), rel=1e-12)


@pytest.mark.parametrize(("system", "opponents"), [(0, [3]), (3, [0]), (1, [0, 2, 3])])
def test_win_rates_of_replicates_are_those_of_weighted_rows(study, system, opponents):
    cells, boot, draw = study
    found = boot.win_rate(system, opponents)()
    for at in (0, 57):
        weight, rates = _row_weights(cells, draw, at), []
        for other in opponents:
            mine = (cells.left == system) & (cells.right == other)
            theirs = (cells.left == other) & (cells.right == system)
            points = mine * cells.left_wins + theirs * cells.right_wins + (mine | theirs) * cells.ties / 2
            rates.append((weight @ points) / (weight @ ((mine | theirs) * cells.n)))
        assert found[at] == pytest.approx(np.mean(rates), rel=1e-12)
    assert found.mean() == pytest.approx(win_rate(cells, system, opponents).linear.value, abs=0.05)


def _weighted_fit(cells, fitted, weight, pseudo=None):
    k = len(SYSTEMS)
    design = np.zeros((len(cells), k))
    rows = np.arange(len(cells))
    for side, sign in ((cells.left, 1), (cells.right, -1)):
        design[rows, side] += sign
    design = design[:, :-1]
    if fitted.order is not None:
        design = np.column_stack([design, np.ones(len(cells))])
    counts = davidson.Counts(cells.left_wins * weight, cells.ties * weight, cells.right_wins * weight)
    worth = np.append(davidson.fit(design, counts, pseudo).terms[: k - 1], 0.0)
    return worth - worth.mean()


def test_abilities_of_replicates_are_fits_of_weighted_rows(study):
    cells, boot, draw = study
    fitted = fit_abilities(cells)
    assert fitted.order is not None
    assert fitted.tie is not None
    found = np.stack([boot.worth(fitted, at)() for at in range(len(SYSTEMS))], axis=1)
    assert np.isfinite(found).all()
    for at in (0, 31, 99):
        expected = _weighted_fit(cells, fitted, _row_weights(cells, draw, at))
        assert found[at] == pytest.approx(expected, abs=1e-7)


def test_abilities_that_need_the_prior_keep_it_in_every_replicate():
    frame = judgments(raters=9, items=7)
    loses = [(side == "direct") for side in (frame["left_system"], frame["right_system"])]
    frame["choice"] = np.where(loses[0], "right", np.where(loses[1], "left", frame["choice"]))
    cells, boot, draw = _boot(frame)
    fitted = fit_abilities(cells)
    assert fitted.prior
    pairs = np.array(list(cells.pairs.bounds))
    both = np.concatenate([pairs, pairs[:, ::-1]])
    pseudo = np.zeros((len(both), len(SYSTEMS) - 1 + (fitted.order is not None)))
    for row, (left, right) in enumerate(both.tolist()):
        for code, sign in ((left, 1), (right, -1)):
            if code < len(SYSTEMS) - 1:
                pseudo[row, code] += sign
    pseudo[:, len(SYSTEMS) - 1 :] = 1
    found = np.stack([boot.worth(fitted, at)() for at in range(len(SYSTEMS))], axis=1)
    for at in (0, 31):
        expected = _weighted_fit(cells, fitted, _row_weights(cells, draw, at), pseudo)
        assert found[at] == pytest.approx(expected, abs=1e-7)


def test_by_series_the_scenes_of_a_series_share_their_weight():
    frame = judgments(raters=9, items=8)
    cells, boot, draw = _boot(frame, item_cluster="series")
    weight = draw.rater_weights[5][cells.rater] * draw.series_weights[5][cells.series]
    mine, theirs = (cells.left == 0) & (cells.right == 3), (cells.left == 3) & (cells.right == 0)
    points = mine * cells.left_wins + theirs * cells.right_wins + (mine | theirs) * cells.ties / 2
    expected = (weight @ points) / (weight @ ((mine | theirs) * cells.n))
    assert boot.win_rate(0, [3])()[5] == pytest.approx(expected, rel=1e-12)


def _scored(frame):
    tables = tables_from_frames(scores=frame)
    names = name_codes([tables.scores], SYSTEMS)
    cells = score_cells(tables.scores, names, "single")
    draw = Draw(1, REPLICATES, names.raters, names.items, names.series)
    return cells, ScoreBootstrap(cells, "item", draw), draw


def test_mean_scores_of_replicates_are_those_of_weighted_cells():
    cells, boot, draw = _scored(scores())
    weight = draw.rater_weights[7][cells.rater] * draw.item_weights[7][cells.item]
    mine, human = cells.cells_of(0), cells.cells_of(3)
    mean, other = (np.average(cells.score[at], weights=weight[at]) for at in (mine, human))
    assert boot.mean(0)()[7] == pytest.approx(mean, rel=1e-12)
    assert boot.ratio(0, 3, 0.0)()[7] == pytest.approx(mean / other, rel=1e-12)
    assert boot.ratio(0, 3, 1.0)()[7] == pytest.approx((mean - 1) / (other - 1), rel=1e-12)


def test_a_ratio_of_replicates_is_over_what_has_both_scores():
    cells, boot, draw = _scored(scores().drop(index=[0, 3, 20]))
    places = cells.rater_and_item
    both = np.intersect1d(places[cells.cells_of(0)], places[cells.cells_of(3)])
    top, bottom = (cells.cells_of(code)[np.isin(places[cells.cells_of(code)], both)] for code in (0, 3))
    weight = draw.rater_weights[7][cells.rater[top]] * draw.item_weights[7][cells.item[top]]
    expected = (weight @ cells.score[top]) / (weight @ cells.score[bottom])
    assert boot.ratio(0, 3, 0.0)()[7] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("size", [{"raters": 5, "items": 8}, {"raters": 8, "items": 5}])
def test_adjusted_means_of_replicates_are_weighted_least_squares(size):
    frame = scores(**size)
    cells, boot, draw = _scored(frame.drop(index=range(0, len(frame), 5)))
    assert not cells.complete
    found = boot.adjusted_mean(1)()
    for at in (0, 42):
        raters, items = draw.rater_weights[at], draw.item_weights[at]
        codes = (cells.system, cells.rater, cells.item)
        widths = (4, raters.size, items.size)
        design = np.hstack([np.eye(width)[code] for width, code in zip(widths, codes, strict=True)])
        root = np.sqrt(raters[cells.rater] * items[cells.item])
        effects = np.linalg.lstsq(design * root[:, None], cells.score * root, rcond=None)[0]
        level = np.concatenate([np.eye(4)[1], raters / raters.sum(), items / items.sum()])
        assert found[at] == pytest.approx(level @ effects, rel=1e-7)


LISTS = ("win_rates", "human_level", "mean_scores", "abilities")


@pytest.fixture(scope="module")
def report():
    tables = tables_from_frames(judgments(raters=12, items=20), scores=scores(raters=12, items=20))
    return analyse(tables, plan_for(tables), seed=1, replicates=400).to_dict()


@pytest.mark.parametrize("name", LISTS)
def test_both_opinions_are_about_the_same_number(report, name):
    for entry in report[name]:
        low, high = entry["bootstrap_low"], entry["bootstrap_high"]
        assert low < entry["estimate"] < high
        # Exponential weights err on the wide side; they do not halve or treble an interval.
        assert 0.5 < (high - low) / (entry["high"] - entry["low"]) < 2.5, (name, entry)


def test_parity_is_200_times_the_win_rate_in_the_second_opinion_too(report):
    rate = one(report["win_rates"], system="dsr", opponent="human")
    parity = one(report["human_level"], system="dsr", definition="parity")
    for key in ("bootstrap_low", "bootstrap_high"):
        assert parity[key] == pytest.approx(200 * rate[key], rel=1e-11)


def test_one_rater_or_no_variation_has_no_second_opinion():
    alone = small([("r1", f"s{at}", "dsr", "human", "left" if at % 2 else "right") for at in range(6)])
    sure = small([(f"r{at}", f"s{at % 3}", "dsr", "human", "left") for at in range(6)])
    for tables in (alone, sure):
        report = analyse(tables, plan_for(tables), seed=1, replicates=100).to_dict()
        for name in ("win_rates", "human_level"):
            assert {entry["bootstrap_low"] for entry in report[name]} == {None}


def test_languages_pooled_have_a_second_opinion():
    two = [
        judgments(seed, raters=8, items=9, prefix=f"{name}-", language=name)
        for seed, name in ((1, "en"), (2, "zh"))
    ]
    tables = tables_from_frames(pd.concat(two, ignore_index=True))
    report = analyse(tables, plan_for(tables, pooled=True), seed=1, replicates=200).to_dict()
    for name in ("win_rates", "abilities"):
        pooled = [entry for entry in report[name] if entry["language"] == "*pooled"]
        assert pooled
        for entry in pooled:
            assert entry["bootstrap_low"] < entry["estimate"] < entry["bootstrap_high"]
