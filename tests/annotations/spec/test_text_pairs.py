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
    """The lines of a text: whether each is a list item or starts in bold, its numbers and placeholders."""
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    kind = re.compile(r"- |\d+\. |\*\*")
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


@pytest.mark.parametrize("path", WITH_TIERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_instructions_define_each_tier_of_the_scale_once_and_in_order(path: Path, language: str) -> None:
    text = (path if language == "en" else chinese(path)).read_text()
    labels = [tier.label[language] for tier in preset("tiers-figure").tiers]
    items = re.findall(r"^- (.+?)(?:: |：)", text, re.MULTILINE)
    assert [item for item in items if item in labels] == labels


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
