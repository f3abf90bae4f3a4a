"""What the import preview says of lines: never that a correct one was not understood."""

import pytest

from generation.screenplay import Kind
from generation.screenplay.formats import join, scenes
from tests.generation.screenplay.readings import fdx, read


def account(understood):
    return [(line.number, " ".join(line.understood), line.warning) for line in understood.lines]


def codes(understood):
    return [warned.code for warned in understood.warnings]


TWO_SPACES = """\
INT. BARN - NIGHT

LENA
First line of it.
  
Second line of it.
(she stops)
[[really?]]
Third. [[or fourth]]
  
/* cut */
*Fourth*, with \\*stars\\*.

She waits.
A horse  waits.

~Row, row
~Row

@Moody ^
  
...
"""  # noqa: W293


def test_every_line_of_a_long_speech_is_understood():
    understood = read(TWO_SPACES)
    assert account(understood) == [
        (1, "heading", ""),
        (3, "character", ""),
        (4, "dialogue", ""),
        (6, "dialogue", ""),
        (7, "parenthetical", ""),
        (8, "note", ""),
        (9, "dialogue", ""),
        (11, "comment", ""),
        (12, "dialogue", ""),
        (14, "action", ""),
        (15, "action", ""),
        (17, "lyric", ""),
        (18, "lyric", ""),
        (20, "character", ""),
        (22, "dialogue", ""),
    ]
    assert codes(understood) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1-1　客厅　日　内\n△雨。\n△\n", "1 line wasn't recognized"),
        ("1-1　客厅　日　内\n△雨。\n△\n△\n", "2 lines weren't recognized"),
    ],
)
def test_lost_lines_are_counted_in_words(text, message):
    assert [each.message for each in read(text, "plain", "zh").warnings] == [message]


DENSE = "INT. BARN - NIGHT\nRain on tin.\nLENA\nWho left the gate?\nMOODY\nNot me.\nA horse screams.\n"


@pytest.mark.parametrize(
    "text",
    [
        DENSE,
        "Rain on tin.\n" + DENSE,
        "LENA: Who left the gate?\nMOODY: Not me.\nA horse screams.\nThey run.\n",
        "The barn. Rain on tin.\n\nLena asks who left the gate.\n\nMoody says nothing.\n\nThey run.\n",
    ],
    ids=["no-blank-lines", "no-blank-lines-and-no-heading", "names-with-colons", "prose"],
)
@pytest.mark.parametrize("kind", ["fountain", "plain"])
def test_a_text_without_structure_gets_a_warning(text, kind):
    assert "no-structure" in codes(read(text, kind))


def test_a_chinese_text_without_structure_gets_a_warning():
    prose = "谷仓里很黑。\n雨打在铁皮上。\n丽娜问是谁没关门。\n老穆不说话。\n"
    assert "no-structure" in codes(read(prose, "plain", "zh"))
    fountain = ".内景 谷仓 夜\n雨打在铁皮上。\n@丽娜\n谁没关门？\n@老穆\n不是我。\n"
    assert "no-structure" not in codes(read(fountain, "plain", "zh"))


@pytest.mark.parametrize(
    "text",
    [
        "INT. BARN - NIGHT\n\nRain.\n\nLENA\nWho left the gate?\n",
        "INT. BARN - NIGHT\n\nRain.\nMore rain.\nBANG\nA shot.\nGlass.\nA horse screams.\nThey run.\n",
        "The lamp is out.\n",
        "LENA\nWho left the gate?\n\nMOODY\nNot me.\n",
    ],
    ids=["script", "one-long-action", "one-line", "speech-only"],
)
def test_a_text_with_structure_gets_none(text):
    assert "no-structure" not in codes(read(text))


def test_headings_within_action_are_doubtful():
    understood = read("INT. BARN - NIGHT\n\nRain.\nEXT. YARD - NIGHT\nMud.\n!INT. is painted on it.\n")
    assert [number for number, _, warning in account(understood) if warning == "maybe-heading"] == [4]


CHAT = "Sure! Here is the screenplay you asked for.\n\n"
SCENE = "INT. BARN - NIGHT\n\nRain.\n\nLENA\nWho left the gate?\n"


@pytest.mark.parametrize("above", [CHAT, CHAT + "FADE IN:\n\n", "TITLE CARD\n\nLENA\nHello.\n\n"])
def test_text_before_the_first_heading_is_reported(above):
    understood = read(above + SCENE)
    before = [line.source for line in understood.lines if line.warning == "before-heading"]
    assert before == [line for line in above.split("\n") if line and line != "FADE IN:"]
    assert "before-heading" in codes(understood)


def test_a_numbered_heading_is_read_without_its_number():
    understood = read("1. INT. BARN - DAY 1.\n\nRain.\n\nLENA\nHello.\n\n2   EXT. PIER - DAY   2\n\nGulls.\n")
    assert [each for each in account(understood) if each[0] in (1, 8)] == [
        (1, "heading", ""),
        (8, "heading", ""),
    ]
    headings = [each.text for each in understood.script.of(Kind.HEADING)]
    assert headings == ["INT. BARN - DAY", "EXT. PIER - DAY"]


def test_a_marked_action_with_a_colon_is_doubtful_only_behind_a_known_name():
    text = "1-1　渡口　夜　内\n△手机屏幕：末班船已取消。\n△陈朗：不开。\n陈朗：不开。\n"
    assert [line.warning for line in read(text, "plain", "zh").lines] == ["", "", "maybe-speech", ""]


def test_a_chinese_heading_that_begins_with_the_time_is_doubtful():
    understood = read("3夜内渡口票房\n△雨。\n陈朗：不开。\n", "plain", "zh")
    assert account(understood)[0] == (1, "action", "maybe-heading")


@pytest.mark.parametrize("line", ["切回：", "切黑。", "（切黑）", "切黑"])
def test_a_chinese_cut_is_a_transition_and_nobody(line):
    understood = read(f"1-1　渡口　夜　内\n△雨。\n陈朗：不开。\n{line}\n雨停了。\n", "plain", "zh")
    assert account(understood)[3:] == [(4, "transition", ""), (5, "action", "")]


def test_text_before_the_first_heading_is_no_scene():
    understood = read(CHAT + SCENE + "\nEXT. YARD - DAY\n\nMud.\n")
    assert [each.heading for each in scenes(understood.script)] == ["INT. BARN - NIGHT", "EXT. YARD - DAY"]
    assert [line.scene for line in understood.lines] == [0, 1, 1, 1, 1, 2, 2]
    assert join(understood.script, 1, 1) == SCENE
    assert join(understood.script, 2, 2) == "EXT. YARD - DAY\n\nMud.\n"


def test_what_may_stand_above_a_heading_belongs_to_its_scene():
    script = read("> ACT ONE <\n\n" + SCENE).script
    assert len(scenes(script)) == 1
    assert join(script, 1, 1) == "> ACT ONE <\n\n" + SCENE


def test_chinese_text_before_the_first_heading_is_reported():
    understood = read("好的，以下是剧本：\n\n1-1　客厅　日　内\n△雨。\n小满：走。\n", "plain", "zh")
    assert [line.number for line in understood.lines if line.warning == "before-heading"] == [1]


def test_final_draft_text_before_the_first_heading_is_reported():
    rows = [("Action", "Here is your script."), ("Scene Heading", "INT. A - DAY"), ("Action", "Rain.")]
    assert account(read(fdx(*rows), "fdx"))[0] == (1, "action", "before-heading")


@pytest.mark.parametrize("above", ["", "FADE IN:\n\n", "> ACT ONE <\n\n", "# Act One\n\n= They meet.\n\n"])
def test_what_may_stand_above_a_heading_is_not_reported(above):
    understood = read(above + SCENE)
    assert [line for line in understood.lines if line.warning] == []
    assert codes(understood) == []


def test_a_heading_right_below_another_is_doubtful():
    understood = read("INT. BARN - NIGHT\n\nEXT. YARD - NIGHT\n\nCUT TO:\n\nINT. LOFT - DAY\n\nDust.\n")
    assert [line.number for line in understood.lines if line.warning == "no-scene-between"] == [3, 7]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1-1　客厅　日　内\n1-2　院子　夜　外\n△雨。\n小满：走。\n", [2]),
        ("第1集\n1-1　客厅　日　内\n人物：小满\n△雨。\n小满：走。\n", []),
    ],
    ids=["two-scenes", "episode"],
)
def test_a_chinese_heading_right_below_another(text, numbers):
    lines = read(text, "plain", "zh").lines
    assert [line.number for line in lines if line.warning == "no-scene-between"] == numbers
