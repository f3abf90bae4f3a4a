"""What could tell who wrote a script: cases as data, and the scripts of the demonstration."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.leaks import MOST_FINDINGS, scan
from generation.reading import read_brief, read_script_file
from generation.screenplay import canonical_text, check_format, parse

ROOT = Path(__file__).resolve().parents[2]
CASES = tomllib.loads((Path(__file__).parent / "cases/leaks.toml").read_text())
NAMES = {
    "system_names": ["dsr", "human", "direct", "plan-then-write"],
    "series_titles": ["Nobody's Acre", "豆花店"],
}


def of(case):
    return pytest.param(case, id=case["text"][:30].replace("\n", " "))


@pytest.mark.parametrize("case", [of(case) for case in CASES["found"]])
def test_found(case):
    kinds = {finding.kind for finding in scan(case["text"], case["language"], **NAMES)}
    assert case["kind"] in kinds


@pytest.mark.parametrize("case", [of(case) for case in CASES["clean"]])
def test_left_alone(case):
    assert scan(case["text"], case["language"], **NAMES) == []


def test_a_finding_points_at_its_place():
    text = "Rain.\n\nHe asks Chat\u200bGPT, again.\n"
    model, hidden = sorted(scan(text, "en"), key=lambda finding: finding.kind, reverse=True)
    assert text[model.start : model.end] == "Chat\u200bGPT"
    assert (hidden.kind, text[hidden.start : hidden.end]) == ("hidden", "\u200b")
    assert "He asks" in model.excerpt


def test_findings_have_a_limit():
    assert len(scan("ChatGPT. " * 1000, "en")) == MOST_FINDINGS


def test_a_system_called_by_an_ordinary_word_is_not_looked_for_but_a_longer_name_is():
    text = "A direct answer. The direct generation of heat."
    assert [f.kind for f in scan(text, "en", system_names=["direct", "Direct generation"])] == ["system"]


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from(["en", "zh"]))
def test_any_text_can_be_scanned(text, language):
    text = canonical_text(text)
    for finding in scan(text, language, **NAMES):
        assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize("piece", ["\n", "[", "*", "- ", "<div ", "我", "`", "|", "here is the ", "А"])
def test_repetition_does_not_make_it_slow(piece):
    began = time.process_time()
    scan(piece * (60_000 // len(piece)), "en")
    assert time.process_time() - began < 5


def scripts():
    return sorted(
        path for path in (ROOT / "examples/scripts").glob("*/*") if path.suffix in (".txt", ".fountain")
    )


@pytest.mark.parametrize("path", scripts(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_demonstration_is_clean(path):
    briefs = {brief.slug: brief for brief in map(read_brief, (ROOT / "examples/briefs").glob("*/*.yaml"))}
    brief = briefs[path.parent.name]
    titles = {each.series_title for each in briefs.values()}
    text = read_script_file(path)
    assert (
        scan(text, brief.language, system_names=["dsr", "direct", "plan-then-write"], series_titles=titles)
        == []
    )
    assert [problem for problem in check_format(parse(text, brief.language)) if problem.serious] == []


def test_there_is_a_demonstration():
    assert len(scripts()) >= 32
