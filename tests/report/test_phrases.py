"""Sentences of the analysis in Chinese."""

import re

import pytest

from analysis.render.phrases import FORMS, chinese
from tests.stats.test_analyse import REPORTS


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_is_said_in_chinese(form: str) -> None:
    filled = re.sub(r"\{(\w+)\}", "7", form)
    said = chinese(filled)
    assert said != filled
    assert said.count("7") == form.count("{")


@pytest.mark.parametrize(
    ("english", "said"),
    [
        (
            "Clopper-Pearson, n = min(raters, scenes), conservative",
            "Clopper-Pearson，n = min(评审数, 场次数)，偏保守",
        ),
        (
            "ratio of mean scores; two-way cluster-robust, log scale, t",
            "平均分之比；双向聚类稳健，对数尺度，t 分布",
        ),
        (
            "Never compared: a and b, a and c and others. Win rates over several systems leave out those that"
            " were not met.",
            "从未比较过：a与b、a与c等。对多个系统的胜率不含未交手的系统。",
        ),
        ("excluded: failed two checks", "已排除：failed two checks"),
        ("a sentence that nobody knows", "a sentence that nobody knows"),
    ],
)
def test_parts_names_and_the_unknown(english: str, said: str) -> None:
    assert chinese(english) == said


@pytest.mark.parametrize("name", REPORTS)
def test_every_sentence_of_an_analysis_has_its_chinese(name: str) -> None:
    report = REPORTS[name]().to_dict()
    entries = [entry for rows in report.values() if isinstance(rows, list) for entry in rows]
    said = {entry[key] for entry in entries for key in ("method", "reason", "text") if entry.get(key)}
    left_out = {reason for source in report["inputs"] for reason in source["left_out"]}
    for sentence in said | left_out:
        for part in sentence.split("; ") if sentence not in FORMS else [sentence]:
            assert chinese(part) != part, sentence
        words = set(re.findall(r"\b[a-z]{4,}\b", chinese(sentence)))
        assert words <= {"logit", "direct", "outline", "human"}, sentence
