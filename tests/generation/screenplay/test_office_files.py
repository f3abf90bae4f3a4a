"""Word and PDF files that other programs made, read to the letter (`tests/data/office_files/README.md`)."""

import json
from pathlib import Path

import pytest

from generation.screenplay.formats import read_script

FILES = Path(__file__).resolve().parents[2] / "data" / "office_files"
EXPECTED = json.loads((FILES / "expected.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_read_to_the_letter(name):
    understood = read_script(FILES / name)
    assert [[each.kind.value, each.text] for each in understood.script.elements] == EXPECTED[name]
    assert not understood.lost
