"""Report: one is singular: in the planner's answers, in warnings and in what a notebook shows."""

import pytest

from analysis.command_line.main import main
from analysis.messages import message, parse_message, sentence
from analysis.stats import Judgments
from analysis.stats.power import words
from analysis.stats.power.closed_form import CROSSED, Sizes
from tests.analysis.stats.test_sizes import _judgments, _report

# Of each contrast two judgments, one pair a rater.
SMALL = Sizes(raters=6, scenes=2, per_pairing=1, systems=3)


def test_the_planner_counts_one_pair_and_one_judgment() -> None:
    single = Sizes(raters=2, scenes=3, per_pairing=1, systems=3, design=CROSSED)
    assert words.headline(single).endswith("2 judgments for the comparison, 3 pairs per rater")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "6 raters, 2 scenes: 2 judgments for the comparison, 1 pair per rater"),
        ("zh-hans", "6 位评审，2 场戏：该对比共 2 次评判，每位评审 1 组"),
    ],
)
def test_the_planner_counts_one_pair(lang: str, said: str) -> None:
    assert words.headline(SMALL, lang) == said


def test_one_rater_per_pairing(capfd: pytest.CaptureFixture[str]) -> None:
    main(["power", "--raters", "12", "--scenes", "12", "--per-pairing", "1", "--no-simulation"])
    assert "1 rater, assigned at random to each pair" in " ".join(capfd.readouterr().out.split())


def test_one_study_simulated(capfd: pytest.CaptureFixture[str]) -> None:
    main(["power", "--raters", "12", "--scenes", "12", "--studies", "1"])
    assert "1 simulated study" in " ".join(capfd.readouterr().out.split())


def test_one_judgment_was_made_by_nobody() -> None:
    frame = _judgments([("alpha", "beta", 0, 0)], raters=3, items=3)
    frame["imputed"] = ["true", *["false"] * 8]
    said = next(warn for warn in _report(judgments=frame)["warnings"] if warn["code"] == "missing_scripts")
    assert said["text"].startswith("1 of 9 judgments was not made by a rater")
    chinese = sentence(parse_message({"code": said["text_code"], "params": said["text_params"]}), "zh-hans")
    assert chinese.startswith("9 次评判中有 1 次并非由评审作出")


def test_one_rater_is_pointed_out() -> None:
    one = message("careless_raters", n=1, of=20)
    assert str(one).startswith("1 of 20 raters shows signs")
    assert sentence(one, "zh-hans").startswith("20 位评审中有 1 位")


def test_a_result_of_one_rater() -> None:
    columns = (["a"] * 3, ["b"] * 3, ["left", "right", "left"], [1] * 3, [1, 2, 3])
    assert "1 rater, 3 items" in str(Judgments(*columns).win_rate("a", "b"))
