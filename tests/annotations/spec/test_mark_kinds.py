"""Study file: what raters can mark."""

from pathlib import Path
from typing import Any

import pytest

from annotations.models import Study
from annotations.spec.file import read_study
from annotations.spec.mark_kinds import DEFAULT_MARKS, PAPER_MARKS
from annotations.spec.study_options import mark_labels, mark_options
from annotations.spec.values import as_json, from_json
from evalsite.core.errors import InputErrors
from tests.annotations.study_files import write_minimal


def spec_of(folder: Path, marks: str) -> Any:
    path = write_minimal(folder)
    path.write_text(f"{path.read_text()}\nmarks: {marks}\n")
    return read_study(path).spec


def test_true_means_six_kinds_and_good_lines(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "true")
    assert spec.marks == DEFAULT_MARKS
    assert len(spec.marks.kinds) == 6
    assert from_json(as_json(spec)).marks == DEFAULT_MARKS


def test_the_kinds_of_the_paper_remain(tmp_path: Path) -> None:
    assert spec_of(tmp_path, "paper").marks == PAPER_MARKS
    # A study that was frozen when `true` stood for them keeps them.
    assert mark_options(Study(team=None, spec={"marks": True})) == PAPER_MARKS
    assert mark_labels(Study(team=None, spec={"marks": True}), "zh") == {
        "plot": "情节",
        "character": "人物",
        "pacing": "节奏",
    }
    assert mark_options(Study(team=None, spec={"marks": False})) is None


def test_a_study_has_kinds_of_its_own(tmp_path: Path) -> None:
    kinds = "[{slug: plot}, {slug: tone, label: {en: tone, zh: 基调}}]"
    marks = spec_of(tmp_path, f"{{kinds: {kinds}, severity: true, good_lines: false}}").marks
    assert [(kind.slug, kind.label["zh"]) for kind in marks.kinds] == [("plot", "情节"), ("tone", "基调")]
    assert (marks.severity, marks.good_lines) == (True, False)


@pytest.mark.parametrize(
    ("marks", "wrong"),
    [
        ("sometimes", "true or false"),
        ("{kinds: []}", "kinds"),
        ("{kinds: [good-line]}", "reserved"),
        ("{kinds: [plot, plot]}", "twice"),
        ("{kinds: [tone]}", "no label"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, marks: str, wrong: str) -> None:
    with pytest.raises(InputErrors) as refused:
        spec_of(tmp_path, marks)
    assert any(wrong in line for line in refused.value.lines())
