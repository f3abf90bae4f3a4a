"""The two layouts, case by case, and typed again: what is written reads back to the same script."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from generation.screenplay import Kind, bare_text, detect, parse, source_text
from generation.screenplay.formats.items import Item, build
from tests.generation.screenplay.readings import flat

CASES = Path(__file__).parent / "cases"


def cases(name, language):
    found = tomllib.loads((CASES / name).read_text())["case"]
    return [pytest.param(case, language, id=case["name"]) for case in found]


SYNTAX = cases("fountain_syntax.toml", "en") + cases("chinese_oddities.toml", "zh")
ALL = SYNTAX + cases("fountain.toml", "en") + cases("chinese.toml", "zh")


def marked(script):
    """With action without its mark as action with it: where a line needs its mark, it gets one."""
    return [(kind, text, form if form != "unmarked" else "", dual) for kind, text, form, dual in flat(script)]


@pytest.mark.parametrize(("case", "language"), SYNTAX)
def test_read(case, language):
    script = parse(case["text"], language)
    rows = [list(row) for row in flat(script)]
    assert [row[: len(want)] for row, want in zip(rows, case["expected"], strict=True)] == case["expected"]
    assert all(not any(row[len(want) :]) for row, want in zip(rows, case["expected"], strict=True))
    assert [problem.code for problem in script.problems] == case.get("problems", [])


@pytest.mark.parametrize(("case", "language"), ALL)
def test_typed_again(case, language):
    script = parse(case["text"], language)
    if language == "zh" and script.layout == "fountain":
        pytest.skip("Chinese is typed in the Chinese layout")
    again = parse(source_text(script), language)
    assert flat(again) == flat(script)
    assert source_text(again) == source_text(script)


# Any text, and any model

PIECES = (CASES / "pieces.txt").read_text().split("\n")
LINES = {
    "en": """INT. LOFT - DAY||KESTREL|(low)|Hello there.||MOODY ^|CUT TO:||> SMASH|~la la|> END <|!|=
|[[note]]|\\|.38 calibre|#1#""",
    "zh": """1-1　客厅　夜　内|人物：林晓、老耿|△林晓推门。|林晓（低声）：好。|林晓OS：|旁白：|（笑）|“走。”
|闪回|字幕：三年后|林母：|【|】|1.|8：30""",
}


def texts(language):
    lines = [f"{line}\n" for line in LINES[language].split("|")]
    pieces = st.sampled_from([*PIECES, *lines, "\n\n", "\n", " ", "　"])
    return st.lists(pieces | st.text(max_size=5), max_size=30).map("".join)


@pytest.mark.parametrize("language", ["en", "zh"])
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_script_is_typed_again(language, data):
    script = parse(data.draw(texts(language)), language)
    typed = source_text(script)
    assume("[[" not in script.text and "]]" not in script.text)
    assume(script.layout == detect(typed, language) == ("fountain" if language == "en" else "chinese"))
    again = parse(typed, language)
    assert marked(again) == marked(script)
    assert source_text(again) == typed


WORDS = st.text(alphabet="aZé .,'’!?-—…*_\\/()@#>~=^:&\"0<{", min_size=1, max_size=25)
LINE = WORDS.map(lambda text: " ".join(text.split())).filter(
    lambda text: any(letter.isalpha() for letter in text) and "/*" not in text and "*/" not in text
)
SPOKEN = LINE.filter(lambda line: not (line.startswith("(") and line.endswith(")")))
NAME = (
    st.text(alphabet="AZÉa.'-# 0&", min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: any(letter.isalpha() for letter in name))
)


@st.composite
def models(draw):
    """An English scene model such as no parser need ever have made."""
    items = []
    for _ in range(draw(st.integers(1, 6))):
        shape = draw(st.sampled_from(["heading", "action", "speech", "transition", "centered"]))
        if shape == "heading":
            heading = draw(st.sampled_from(["INT. ", "EXT ", "", "É"])) + "x" + draw(LINE)
            items.append((Kind.HEADING, heading, ""))
        elif shape == "action":
            items.append((Kind.ACTION, "\n".join(draw(st.lists(LINE, min_size=1, max_size=3))), ""))
        elif shape == "transition":
            items.append((Kind.TRANSITION, draw(LINE.filter(lambda line: not line.endswith("<"))), ""))
        elif shape == "centered":
            items.append((Kind.ACTION, draw(LINE.filter(lambda line: "<" not in line)), "centered"))
        else:
            items.append((Kind.CHARACTER, draw(NAME) + draw(st.sampled_from(["", " (V.O.)"])), ""))
            if draw(st.booleans()):
                items.append((Kind.PARENTHETICAL, draw(LINE), ""))
            items.append((Kind.DIALOGUE, "\n".join(draw(st.lists(SPOKEN, min_size=1, max_size=3))), ""))
    return build((Item(at, text, text, kind, form) for at, (kind, text, form) in enumerate(items, 1)), "en")


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(models())
def test_any_model_is_typed(model):
    assert flat(parse(source_text(model), "en")) == flat(model)


NATURAL = """INT. QUAY - NIGHT

TOMÁS
You came back.

ÉLODIE (V.O.)
(low)
Nobody asked you to.

HARBOURMASTER DUNNE (55), soaked, comes in with the lamp.

TOMÁS shuts the door. NOBODY MOVES.

THE END
"""


def test_capitals_of_any_alphabet_need_no_mark_of_force():
    assert source_text(parse(NATURAL, "en")) == NATURAL
    above = "INT. QUAY - NIGHT\n\n!DUNNE (55)\nThe lamp goes out.\n\n!CUT TO:\n"
    assert source_text(parse(above, "en")) == above, "these would be read as something else"


def test_a_bare_text_has_no_marks_of_force():
    marked = """.THE QUAY

@McCoy
Hold it there.

@TOMÁS (V.O.)
NO!

!DUNNE (55), soaked.

[[Is he?]]

> THE END <

> SMASH TO BLACK
"""
    bare = (
        ".THE QUAY\n\nMCCOY\nHold it there.\n\nTOMÁS (V.O.)\nNO!\n\nDUNNE (55), soaked.\n\nTHE END\n\n"
        "SMASH TO BLACK\n"
    )
    assert bare_text(marked, "en") == bare
    kinds = [each.kind for each in parse(bare, "en").elements]
    assert kinds[:5] == [Kind.HEADING, Kind.CHARACTER, Kind.DIALOGUE, Kind.CHARACTER, Kind.DIALOGUE]
    typed = ".内景 渡口 - 夜\n\n@老庞\n(低声)\n还有一班？\n\n!老庞走了。\n"
    assert bare_text(typed, "zh") == source_text(parse(typed, "zh"))
    assert "老庞（低声）：还有一班？" in bare_text(typed, "zh")
    assert bare_text(NATURAL, "en") == NATURAL
