"""Every demo script survives export and import as Word and PDF, element by element.

Files that other programs made are read to the letter (`tests/data/office_files/README.md`).
"""

import json
from pathlib import Path

import pytest

from generation.screenplay.formats import read_script, write_script

SCRIPTS = sorted(path for path in Path("examples/scripts").rglob("*") if path.is_file())
FIRST = {path.suffix: path for path in reversed(SCRIPTS)}.values()
CASES = [
    pytest.param(
        path,
        kind,
        id=f"{path.parent.name}-{path.stem}-{kind}",
        marks=[] if kind == "docx" or path in FIRST else pytest.mark.slow,
    )
    for path in SCRIPTS
    for kind in ("docx", "pdf")
]
"""Typesetting takes a second each: the first script of each language as PDF, and all in the slow tests."""


def elements(script):
    return [(each.kind.value, each.text, each.form, each.dual) for each in script.elements if each.printed]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "kind"), CASES)
def test_demo_scripts_survive(path, kind):
    original = read_script(path)
    again = read_script(write_script(original.script, kind), f"again.{kind}", original.language)
    assert elements(again.script) == elements(original.script)
    assert not [line for line in again.lines if line.lost]


SPEECH = "1-3　渡口票房　夜　内\n△雨。\n陈朗：（半天）今天不开门。\n陈朗（低声）：走吧。\n"


@pytest.mark.parametrize("kind", ["docx", "fdx"])
def test_a_parenthetical_keeps_its_place(kind):
    again = read_script(write_script(SPEECH, kind, "zh"), f"again.{kind}", "zh")
    assert again.text == SPEECH


FILES = Path(__file__).resolve().parents[2] / "data" / "office_files"
EXPECTED = json.loads((FILES / "expected.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_read_to_the_letter(name):
    understood = read_script(FILES / name)
    assert [[each.kind.value, each.text] for each in understood.script.elements] == EXPECTED[name]
    assert not understood.lost
