"""Files that other programs wrote; `tests/data/other_programs/README.md` says how each was made."""

from pathlib import Path

import pytest

from generation.screenplay.formats import read_script, scenes

FOLDER = Path("tests/data/other_programs")
HARBOUR = [
    ("transition", "FADE IN:", "", ""),
    ("heading", "EXT. HARBOUR - DAWN", "", ""),
    ("action", "Fog. A BELL on a post, unrung for years.\nRopes. Nobody.", "", ""),
    ("character", "ORLEN (O.S.)", "", ""),
    ("parenthetical", "to the bell", "", ""),
    ("dialogue", "One more morning.", "", ""),
    ("parenthetical", "beat", "", ""),
    ("dialogue", "Just one.", "", ""),
    ("heading", "INT. BELL HOUSE - CONTINUOUS", "", ""),
    ("action", "THE TIDE TURNS", "centered", ""),
    ("action", "MARIT, 60, counts ropes. She stops.", "", ""),
    ("character", "MARIT", "", "left"),
    ("dialogue", "Nine.\nTen.", "", "left"),
    ("character", "ORLEN", "", "right"),
    ("dialogue", "Nine, nine!", "", "right"),
    ("action", "BANG\nThe door.", "", ""),
    ("character", "McCabe (V.O.)", "", ""),
    ("dialogue", "Oh the reeds, the river", "lyric", ""),
    ("transition", "CUT TO:", "", ""),
    ("heading", "THE MUDFLATS", "", ""),
    ("action", "Mud & gulls.", "", ""),
    ("transition", "BURN TO WHITE.", "", ""),
]


def differing(row, **fields):
    kind, text, form, dual = row
    new = {"kind": kind, "text": text, "form": form, "dual": dual, **fields}
    return (new["kind"], new["text"], new["form"], new["dual"])


CHANGED = {
    "harbour.fountain": {},
    "harbour-screenplay-tools.fountain": {16: {"kind": "action"}},
    "harbour-screenplain.fdx": {0: {"kind": "action"}, 17: {"text": "~Oh the reeds, the river", "form": ""}},
}
"""What each program changed, by the position in HARBOUR."""


@pytest.mark.parametrize("name", CHANGED)
def test_the_harbour_script(name):
    understood = read_script(FOLDER / name)
    shown = [each for each in understood.script.elements if each.printed]
    assert [(str(each.kind), each.text, each.form, each.dual) for each in shown] == [
        differing(row, **CHANGED[name].get(at, {})) for at, row in enumerate(HARBOUR)
    ]
    assert [line for line in understood.lines if line.lost or line.warning] == []
    assert understood.warnings == ()
    assert len(scenes(understood.script)) == 3
    assert "Pennick" not in understood.text


def test_a_transition_that_is_called_a_heading_opens_no_scene():
    understood = read_script(FOLDER / "harbour-screenplay-tools.fdx")
    assert len(scenes(understood.script)) == 3
    assert [line.source for line in understood.lines if line.warning] == ["McCabe (V.O.)"]


def test_final_draft_paragraphs_of_another_program():
    understood = read_script(FOLDER / "harbour-open-fdx-toolkit.fdx")
    assert [each.text for each in understood.script.elements] == [
        "EXT. HARBOUR - DAWN",
        "Fog. A BELL on a post.",
        "ORLEN (O.S.)",
        "to the bell",
        "One more morning.",
        "THE MUDFLATS",
        "Mud & gulls.",
        "ANGLE ON THE BELL",
        "BURN TO WHITE.",
    ]
    assert [each.code for each in understood.warnings] == ["outline"]
