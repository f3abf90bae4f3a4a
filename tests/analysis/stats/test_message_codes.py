"""Statistics, messages: every code of a report has its sentence in English and Chinese."""

import re

import pytest

from analysis.messages import DETAILS, TEXTS, message, parse_message, sentence, steps
from tests.analysis.stats.test_analyse import MADE, made

NAMES = {"logit", "direct", "outline", "human"}


@pytest.mark.parametrize("text", [*TEXTS.values(), *DETAILS.values()], ids=lambda text: text.singular[:40])
def test_both_languages_name_the_same_values(text) -> None:
    english, chinese = (text.translate(lang, 2) for lang in ("en", "zh-hans"))
    values = re.compile(r"%\(\w+\)[^a-z]*[a-z]")
    assert sorted(values.findall(english)) == sorted(values.findall(chinese))
    assert chinese != english or english == "%(reason)s"


@pytest.mark.parametrize(
    ("found", "english", "chinese"),
    [
        (
            message("clopper_pearson", clusters=message("scenes")),
            "Clopper-Pearson, n = min(raters, scenes), conservative",
            "Clopper-Pearson，n = min(评审数, 场次数)，偏保守",
        ),
        (
            steps(message("mean_score_ratio"), message("two_way_log")),
            "ratio of mean scores; two-way cluster-robust, log scale, t",
            "平均分之比；双向聚类稳健，对数尺度，t 分布",
        ),
        (
            message("language_without_interval", reason=message("one_rater_only")),
            "no interval for one of the languages: with one rater, variation between raters is unknown",
            "其中一种语言没有区间：只有一位评审，无法估计评审之间的差异",
        ),
        (
            message(
                "unmet",
                pairs=message(
                    "and_others",
                    names=(message("pair", one="a", two="b"), message("pair", one="a", two="c")),
                ),
            ),
            "Never compared: a and b, a and c and others. Win rates against several systems exclude"
            " these opponents.",
            "从未比较过：a与b、a与c等。对多个系统的胜率不含这些对手。",
        ),
        (
            message("excluded", reason="failed 2% of checks"),
            "excluded: failed 2% of checks",
            "已排除：failed 2% of checks",
        ),
    ],
)
def test_a_message_is_rendered_and_read_back(found, english, chinese) -> None:
    assert str(found) == english
    assert sentence(found, "zh-hans") == chinese
    assert parse_message(found.to_dict()) == found


def test_a_code_without_a_text_is_refused() -> None:
    with pytest.raises(KeyError):
        message("no_such_code")


@pytest.mark.parametrize("name", MADE)
def test_a_report_holds_each_sentence_and_its_code(name) -> None:
    report = made(name).to_dict()
    entries = [entry for rows in report.values() if isinstance(rows, list) for entry in rows]
    found = [
        (entry[key], {"code": entry[f"{key}_code"], "params": entry[f"{key}_params"]})
        for entry in entries
        for key in ("method", "reason", "text")
        if entry.get(key)
    ]
    assert found
    found += [
        (said, one)
        for source in report["inputs"]
        for said, one in zip(source["left_out"], source["left_out_codes"], strict=True)
    ]
    for said, code in found:
        one = parse_message(code)
        assert str(one) == said
        assert set(re.findall(r"\b[a-z]{4,}\b", sentence(one, "zh-hans"))) <= NAMES, said
