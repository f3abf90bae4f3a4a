"""Scores from both languages are pooled, so raters of both must be asked for the same."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from annotations.spec.reading import SHIPPED
from annotations.spec.rules import preset

DEMO = Path(__file__).parents[3] / "examples" / "texts"
PAIRS = [path for folder in (SHIPPED, DEMO) for path in sorted((folder / "en").iterdir())]
WITH_TIERS = [DEMO / "en" / f"instructions{kind}.md" for kind in ("", "-desk", "-single")]


def chinese(path: Path) -> Path:
    return path.parents[1] / "zh" / path.name


def shape(path: Path) -> list[tuple[str, list[str]]]:
    """The lines of a text: whether each is a list item, starts in bold, or begins or ends a collapsed part;
    its numbers and placeholders."""
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    kind = re.compile(r"- |\d+\. |\*\*|\+ |\+$")
    return [
        (found[0] if (found := kind.match(line)) else "", re.findall(r"\d+|{\w+}", line)) for line in lines
    ]


def criteria(path: Path) -> list[dict[str, str]]:
    return list(YAML(typ="safe").load(path.read_text()))


@pytest.mark.parametrize("folder", [SHIPPED, DEMO], ids=["shipped", "demo"])
def test_every_text_exists_in_both_languages(folder: Path) -> None:
    english, other = ({path.name for path in (folder / language).iterdir()} for language in ("en", "zh"))
    assert english == other


@pytest.mark.parametrize(
    "path", [path for path in PAIRS if path.suffix == ".md"], ids=lambda path: f"{path.parts[-4]}-{path.stem}"
)
def test_both_languages_have_the_same_paragraphs_lists_headings_and_numbers(path: Path) -> None:
    assert shape(path) == shape(chinese(path))


FACTS = {
    "adults only": ("18 or older", "18 周岁"),
    "optional, no reason needed": ("need to give a reason|without giving a reason", "不需要说明理由"),
    "random code": ("random code", "随机编号"),
    "published tables": ("may be published", "可能公开"),
    "no training without consent": ("used to train a model unless", "用来训练模型"),
    "no screenshots": ("screenshot", "截图"),
    "no talk with other raters": ("other raters until the study has closed", "研究关闭之前.*其他评审"),
    "erasure": ("erase your profile|everything you wrote erased", "删除您的个人情况"),
    "machines": ("machines", "机器"),
    "nothing outside the pages": ("outside these pages", "这些页面以外"),
    "shared data": ("can't be recalled", "无法收回"),
    "no pay": ("nothing is paid", "不支付"),
    "risk": ("no greater than in everyday", "不超过日常"),
    "rewrite": ("page-one rewrite", "只能重写"),
    "no time limit": ("no minimum and no limit", "没有最短时间，也没有时间限制"),
    "length": ("Length is neither good nor bad", "长短无所谓好坏"),
    "read before": ("before this study, tick", "参加本研究之前读过"),
    "repeated pair": ("One pair comes up twice", "有一组会出现两次"),
    "withdraw after closing": ("even after the study has closed", "研究关闭以后也可以"),
}
"""Statements of the texts by a name: how each language makes them."""


@pytest.mark.parametrize(
    "path", [path for path in PAIRS if path.suffix == ".md"], ids=lambda path: f"{path.parts[-4]}-{path.stem}"
)
def test_both_languages_make_the_same_statements(path: Path) -> None:
    english, other = path.read_text(), chinese(path).read_text()
    made = {
        name: (bool(re.search(en, english)), bool(re.search(zh, other))) for name, (en, zh) in FACTS.items()
    }
    assert {name: both for name, both in made.items() if both[0] != both[1]} == {}


LONGEST = {"en": 350, "zh": 550}
"""Words of English, or Chinese characters, that a text shows before anybody opens a collapsed part."""


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "path", [path for path in PAIRS if path.suffix == ".md"], ids=lambda path: f"{path.parts[-4]}-{path.stem}"
)
def test_texts_are_short(path: Path, language: str) -> None:
    text = (path if language == "en" else chinese(path)).read_text()
    shown = re.sub(r"(?ms)^\+ ([^\n]*)$.*?(?=^\+)", r"\1\n", text)
    words = re.findall(r"[\w'’-]+" if language == "en" else r"[\u4e00-\u9fff]|\w+?\b", shown)
    assert len(words) <= LONGEST[language]


@pytest.mark.parametrize("path", WITH_TIERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_instructions_define_each_tier_of_the_scale_once_and_in_order(path: Path, language: str) -> None:
    text = (path if language == "en" else chinese(path)).read_text()
    ranges = [
        (tier.label[language], f"{tier.low}–{tier.high}" if tier.low < tier.high else str(tier.low))
        for tier in preset("tiers-figure").tiers
    ]
    assert re.findall(r"^- (.+?)(?: \(|（)([\d–]+)(?:\): | 分）：)", text, re.MULTILINE) == ranges


@pytest.mark.parametrize(
    "path", [path for path in PAIRS if path.suffix == ".yaml"], ids=lambda path: path.parts[-4]
)
def test_criteria_have_the_same_slugs_and_fields_in_both_languages(path: Path) -> None:
    english, other = criteria(path), criteria(chinese(path))
    assert [row["slug"] for row in english] == [row["slug"] for row in other]
    assert [list(row) for row in english] == [list(row) for row in other]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demo_asks_for_shipped_criteria_in_the_shipped_words(language: str) -> None:
    shipped = {row["slug"]: row for row in criteria(SHIPPED / language / "criteria.yaml")}
    for row in criteria(DEMO / language / "criteria.yaml"):
        assert row == shipped[row["slug"]]
