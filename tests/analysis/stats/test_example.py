"""Statistics: the worked example of docs/statistics.md, whose numbers are those that its files give."""

import re
from pathlib import Path

import pytest

from analysis.render import numbers
from analysis.stats import Plan, analyse, read_tables
from tests.analysis.stats.studies import one

DOCS = Path(__file__).resolve().parents[3] / "docs"
DSR = {"system": "dsr"}


@pytest.fixture(scope="module")
def report():
    folder = DOCS / "example"
    tables = read_tables(folder / "judgments.csv", folder / "scores.csv", folder / "marks.csv")
    plan = Plan.from_json((folder / "plan.json").read_text("utf-8"))
    return analyse(tables, plan, seed=1).to_dict()


@pytest.fixture(scope="module")
def text():
    """The section in one line, without its marks of emphasis."""
    page = (DOCS / "statistics.md").read_text("utf-8")
    section = page.split("## A worked example: the demo study\n")[1].split("\n## ")[0]
    return re.sub(r"\s+", " ", section.replace("*", ""))


def _range(entry, factor=1.0, digits=1, keys=("low", "high")):
    return " to ".join(f"{factor * entry[key]:.{digits}f}" for key in keys)


def _of(report, name, language, **keys):
    criterion = "score" if keys.get("definition") in ("ratio_of_means", "above_floor") else "overall"
    return one(report[name], **{"language": language, "criterion": criterion, **DSR, **keys})


def _win(report, language, opponent="human"):
    return _of(report, "win_rates", language, opponent=opponent)


@pytest.mark.slow
def test_win_rates_and_parity(report, text):
    english, chinese, pooled = (_win(report, language) for language in ("en", "zh", "*pooled"))
    parity = _of(report, "human_level", "*pooled", definition="parity")
    sizes = "{n} judgments by {raters} raters on {items} scenes: dsr won {wins}, tied {ties}, lost {losses}."
    for said in (
        f"In English {sizes.format(**english)}",
        f"(7 + 1/2) / 14 = {100 * english['estimate']:.1f}%",
        f"In Chinese {chinese['wins']}, {chinese['ties']} and {chinese['losses']} of {chinese['n']}:"
        f" {100 * chinese['estimate']:.1f}%",
        f"with equal weight: {100 * pooled['estimate']:.1f}%",
        f"English {_range(english, 100)}%",
        f"Chinese {_range(chinese, 100)}%",
        f"Pooled {_range(pooled, 100)}%. There is no interval by series, because each language has only two.",
        f"200 x {pooled['estimate']:.3f} = {parity['estimate']:.1f} ({_range(parity)})",
        f"{_range(pooled, 100)}%, {pooled['n']} judgments by {pooled['raters']} raters on {pooled['items']}"
        " scenes",
    ):
        assert said in text


def test_the_tests(report, text):
    pooled, direct = _win(report, "*pooled"), _win(report, "*pooled", "direct")
    assert (pooled["family"], pooled["p_adjusted"]) == ("primary", pooled["p"])
    assert f"p is {pooled['p']:.2f}" in text
    assert (
        f"dsr won {100 * direct['estimate']:.1f}% ({_range(direct, 100)}), and p is {direct['p']:.3f}" in text
    )
    assert direct["family"] == "primary"
    assert f"for the two tests, it is {direct['p_adjusted']:.3f}" in text
    assert one(report["answer"], opponent="direct")["verdict"] == "undecided"
    secondary = {
        e["tests"] for e in report["win_rates"] if e["family"] == "secondary" and e.get("p") is not None
    }
    assert secondary == {4}
    assert direct["other_low"] is None  # by series, of which each language has two


def test_scores_sides_and_agreement(report, text):
    english, chinese, pooled = (
        _of(report, "human_level", name, definition="ratio_of_means") for name in ("en", "zh", "*pooled")
    )
    floor = _of(report, "human_level", "en", definition="above_floor")
    left = one(report["position_bias"], language="en", scope="all", measure="left_share", criterion="overall")
    means = f"{english['numerator']:.2f} / {english['denominator']:.2f}"
    for said in (
        f"English {means} = {english['estimate']:.1f}% ({_range(english)})",
        f"Chinese {chinese['estimate']:.1f}% ({_range(chinese)})",
        f"Pooled {pooled['estimate']:.1f}% ({_range(pooled)})",
        f"the English one is {floor['estimate']:.1f}%",
        f"won {100 * left['estimate']:.1f}% of the decided English judgments ({_range(left, 100)})",
    ):
        assert said in text
    for language, name in (("en", "English"), ("zh", "Chinese")):
        alpha, raw = (
            one(report["agreement"], language=language, scope="all", criterion="overall", measure=measure)
            for measure in ("alpha_nominal", "raw")
        )
        assert f"{alpha['estimate']:.2f} in {name} ({_range(alpha, digits=2)}) with" in text
        assert f"with {100 * raw['estimate']:.1f}%" in text
    assert {entry["estimate"] for entry in report["best_of_k"]} == {None}


def test_abilities_strength_lengths_and_errors(report, text):
    worths = {name: _of(report, "abilities", "en", system=name) for name in report["plan"]["systems"]}
    dsr = worths["dsr"]
    strength = _of(report, "strength", "*pooled", opponent="human")
    lengths = {
        name: one(report["lengths"], language="en", system=name)["estimate"]
        for name in ("dsr", "human", "direct")
    }
    plot = one(report["errors"], language="en", system="dsr", **{"class": "plot"})
    low, rate, high = (numbers.rate(plot[key]) for key in ("per_1000_low", "per_1000", "per_1000_high"))
    for said in (
        f"dsr is at {dsr['estimate']:.2f} ({_range(dsr, digits=2)}),"
        f" human at {worths['human']['estimate']:.2f}, direct at {worths['direct']['estimate']:.2f},"
        f" plan-then-write at {worths['plan-then-write']['estimate']:.2f}",
        f"pooled: {strength['estimate']:.2f} ({_range(strength, digits=2)})",
        f"have {lengths['dsr']:.0f} words on average, people's {lengths['human']:.0f},"
        f" direct {lengths['direct']:.0f}",
        f"{plot['count']} plot marks in {plot['n']} readings of English dsr scripts,"
        f" {rate} per 1,000 words ({low} to {high})",
    ):
        assert said in text
    assert {(entry["rank_low"], entry["rank_high"]) for entry in worths.values()} == {(1, 4)}
