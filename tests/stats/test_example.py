"""The worked example of docs/statistics.md: each number of the text is the one that the files give."""

import re
from pathlib import Path

import pytest

from analysis.stats import Plan, analyse, read_tables
from tests.stats.studies import one

DOCS = Path(__file__).resolve().parents[2] / "docs"
DSR = {"system": "dsr"}
HUMAN = {"opponent": "human"}


@pytest.fixture(scope="module")
def report():
    folder = DOCS / "example"
    tables = read_tables(folder / "judgments.csv", scores=folder / "scores.csv")
    plan = Plan.from_json((folder / "plan.json").read_text("utf-8"))
    return analyse(tables, plan, seed=1).to_dict()


@pytest.fixture(scope="module")
def text():
    """The section in one line, without its marks of emphasis."""
    section = (DOCS / "statistics.md").read_text("utf-8").split("## An example\n")[1].split("\n## ")[0]
    return re.sub(r"\s+", " ", section.replace("*", ""))


def _range(entry, factor=1.0, digits=1, keys=("low", "high")):
    return " to ".join(f"{factor * entry[key]:.{digits}f}" for key in keys)


def _win(report, language, opponent="human"):
    return one(report["win_rates"], language=language, opponent=opponent, **DSR)


def _level(report, language, definition):
    return one(report["human_level"], language=language, definition=definition, **DSR)


def test_win_rates_and_parity(report, text):
    english, chinese, pooled = (_win(report, language) for language in ("en", "zh", "*pooled"))
    parity = {name: _level(report, name, "parity") for name in ("en", "zh", "*pooled")}
    both = parity["*pooled"]
    sizes = "{n} judgments by {raters} raters on {items} scenes: dsr won {wins}, tied {ties}, lost {losses}"
    for said in (
        sizes.format(**english),
        f"(9 + 1/2) / 14 = {100 * english['estimate']:.1f} %",
        f"200 x 0.679 = {parity['en']['estimate']:.1f}",
        f"Interval {_range(english, 100)} %, with 7 degrees",
        f"By series it is {_range(english, 100, keys=('other_low', 'other_high'))} %",
        "{wins}, {ties} and {losses} of {n}".format(**chinese),
        f"{100 * chinese['estimate']:.1f} % ({_range(chinese, 100)}), parity {parity['zh']['estimate']:.1f}",
        f"{100 * pooled['estimate']:.1f} % ({_range(pooled, 100)})",
        f"parity {both['estimate']:.1f} ({_range(both)}), by {pooled['raters']} raters",
    ):
        assert said in text


def test_the_tests(report, text):
    pooled, direct = _win(report, "*pooled"), _win(report, "*pooled", "direct")
    assert (pooled["family"], pooled["p_adjusted"]) == ("primary", pooled["p"])
    assert (direct["family"], direct["p_adjusted"]) == ("secondary", 1)
    assert f"p is {pooled['p']:.2f}, and the adjusted p is the same" in text
    said = f"dsr won {100 * direct['estimate']:.1f} % ({_range(direct, 100)}), p {direct['p']:.3f}"
    assert said in text


def test_scores_sides_and_agreement(report, text):
    english, chinese = (_level(report, name, "ratio_of_means") for name in ("en", "zh"))
    left = one(report["position_bias"], language="en", scope="all", measure="left_share")
    means = f"{english['numerator']:.2f} / {english['denominator']:.2f}"
    for said in (
        f"{means} = {english['estimate']:.1f} % ({_range(english)})",
        f"in Chinese {chinese['estimate']:.1f} % ({_range(chinese)})",
        f"won {100 * left['estimate']:.1f} % of the decided English judgments ({_range(left, 100)})",
    ):
        assert said in text
    for language in ("en", "zh"):
        alpha, raw = (
            one(report["agreement"], language=language, scope="all", criterion="overall", measure=measure)
            for measure in ("alpha_nominal", "raw")
        )
        assert f"{alpha['estimate']:.2f} in {'English' if language == 'en' else 'Chinese'}" in text
        assert f"({_range(alpha, digits=2)}) with {100 * raw['estimate']:.1f} %" in text
    assert {entry["estimate"] for entry in report["best_of_k"]} == {None}
