"""An admin changes what a line of a file is taken for; what is stored follows."""

import pytest

from generation.screenplay import parse
from generation.screenplay.formats import corrected, join, read_script, scenes
from generation.screenplay.formats.reading_result import CHOICES
from tests.generation.screenplay.readings import fdx, read

FOUNTAIN = """\
Title: The Loft
Author: A. N. Other

Sure! Here is the scene.

INT. LOFT - DAY #1#

Dust.
More dust.

KESTREL
(low)
Here. *Now*.
  
Still here.

MOODY

And me?

Bruno: Go away.

THE YARD AT NIGHT

> **THE END** <
"""  # noqa: W293
CHINESE = """\
1-1　客厅　日　内
人物：小满、阿姨
△雨打在窗上。
小满（低声）：走，
快走。
阿姨
我不走。
院子里
△风。
"""


def flat(understood):
    return [(str(each.kind), each.text) for each in understood.script.elements]


def number(understood, source):
    return next(line.number for line in understood.lines if line.source.strip() == source)


def changed(text, changes, kind="fountain", language="en"):
    understood = read(text, kind, language)
    return corrected(understood, {number(understood, source): kind for source, kind in changes.items()})


def test_nothing_changes_without_changes():
    for text, language in ((FOUNTAIN, "en"), (CHINESE, "zh")):
        understood = read(text, "fountain" if language == "en" else "plain", language)
        again = corrected(understood, {})
        assert again == understood


def test_every_line_of_a_file_can_be_set_to_what_it_is():
    """Setting one line to what it is taken for leaves the script as it is."""
    for text, language in ((FOUNTAIN, "en"), (CHINESE, "zh")):
        understood = read(text, "fountain" if language == "en" else "plain", language)
        for line in understood.lines:
            if len(line.understood) == 1 and line.understood[0] in CHOICES:
                again = corrected(understood, {line.number: line.understood[0]})
                assert flat(again) == flat(understood), line.source


def test_a_name_and_its_speech_across_a_blank_line():
    elements = flat(changed(FOUNTAIN, {"MOODY": "character", "And me?": "dialogue"}))
    at = elements.index(("character", "MOODY"))
    assert elements[at + 1] == ("dialogue", "And me?")


def test_a_line_within_a_speech():
    elements = flat(changed(FOUNTAIN, {"Still here.": "action"}))
    at = elements.index(("dialogue", "Here. Now."))
    assert elements[at + 1] == ("action", "Still here.")
    elements = flat(changed(FOUNTAIN, {"Here. *Now*.": "parenthetical"}))
    assert ("parenthetical", "Here. Now.") in elements
    assert ("dialogue", "Still here.") in elements


def test_a_line_within_action():
    elements = flat(changed(FOUNTAIN, {"More dust.": "transition"}))
    assert elements[2:4] == [("action", "Dust."), ("transition", "More dust.")]


def test_a_heading_opens_a_scene():
    understood = changed(FOUNTAIN, {"THE YARD AT NIGHT": "heading"})
    assert [each.heading for each in scenes(understood.script)] == ["INT. LOFT - DAY", "THE YARD AT NIGHT"]
    lines = {line.source: line for line in understood.lines}
    assert lines["THE YARD AT NIGHT"].scene == 2
    assert lines["> **THE END** <"].scene == 2
    assert join(understood.script, 2, 2) == ".THE YARD AT NIGHT\n\n> THE END <\n"


def test_a_speech_on_one_line():
    assert flat(changed(FOUNTAIN, {"Bruno: Go away.": "speech"}))[-4:-2] == [
        ("character", "Bruno"),
        ("dialogue", "Go away."),
    ]


def test_left_out_and_brought_back():
    understood = changed(FOUNTAIN, {"Sure! Here is the scene.": "left-out"})
    assert flat(understood)[0] == ("heading", "INT. LOFT - DAY")
    assert [each.code for each in understood.warnings] == []
    line = understood.lines[2]
    assert (line.understood, line.dropped, line.warning) == (("left-out",), True, "")
    understood = changed(FOUNTAIN, {"Title: The Loft": "action"})
    assert flat(understood)[0] == ("action", "Title: The Loft")


def test_warnings_follow():
    understood = changed(FOUNTAIN, {"INT. LOFT - DAY #1#": "action"})
    assert not [line for line in understood.lines if line.warning == "before-heading"]
    understood = changed(FOUNTAIN, {"(low)": "left-out", "Here. *Now*.": "left-out", "Still here.": "action"})
    assert {line.source: line.warning for line in understood.lines}["KESTREL"] == "cue-alone"
    understood = changed(FOUNTAIN, {"Dust.": "dialogue"})
    assert {line.source: line.warning for line in understood.lines}["Dust."] == "read-differently"


@pytest.mark.parametrize("kind", sorted(CHOICES))
def test_chinese_lines(kind):
    understood = changed(CHINESE, {"院子里": kind}, "plain", "zh")
    assert flat(understood)[:3] == flat(read(CHINESE, "plain", "zh"))[:3]
    line = next(line for line in understood.lines if line.source == "院子里")
    if kind == "left-out":
        assert "院子里" not in understood.text
    elif line.warning != "read-differently":  # the Chinese layout has no mark for a transition
        assert line.understood == (("dialogue",) if kind == "speech" else (kind,))
        assert "院子里" in understood.text
    assert (line.warning == "read-differently") is (kind == "transition")
    assert parse(understood.text, "zh") == understood.script


def test_a_chinese_name_above_its_speech():
    elements = flat(changed(CHINESE, {"阿姨": "character", "我不走。": "dialogue"}, "plain", "zh"))
    at = elements.index(("character", "阿姨"))
    assert elements[at + 1] == ("dialogue", "我不走。")


def test_a_chinese_speech_taken_for_action():
    text = "1-1　客厅　日　内\n△墙上的牌子：禁止入内\n△小满：走。\n"
    elements = flat(changed(text, {"△小满：走。": "speech"}, "plain", "zh"))
    assert elements[-2:] == [("character", "小满"), ("dialogue", "走。")]
    text = "1-1　客厅　日　内\n小满：走。\n牌子：禁止入内\n"
    assert flat(changed(text, {"牌子：禁止入内": "action"}, "plain", "zh"))[-1] == (
        "action",
        "牌子：禁止入内",
    )


def test_a_line_of_a_chinese_speech_over_two_lines():
    elements = flat(changed(CHINESE, {"快走。": "action"}, "plain", "zh"))
    at = elements.index(("dialogue", "走，"))
    assert elements[at + 1] == ("action", "快走。")


def test_names_above_speeches_and_fountain_marks_in_chinese():
    named = "1-1　客厅　日　内\n人物：小满、阿姨\n\n小满\n（低声）\n走。\n\n阿姨\n不走。\n\n小满\n走吧。\n"
    elements = flat(changed(named, {"（低声）": "left-out"}, "plain", "zh"))
    assert elements[2:6] == [
        ("character", "小满"),
        ("dialogue", "走。"),
        ("character", "阿姨"),
        ("dialogue", "不走。"),
    ]
    marked = ".内景 茶馆 日\n\n@掌柜的\n（低声）\n打烊了。\n都回吧。\n\n!灯灭。\n"
    elements = flat(changed(marked, {"都回吧。": "action"}, "fountain", "zh"))
    assert elements[1:] == [
        ("character", "掌柜的"),
        ("parenthetical", "低声"),
        ("dialogue", "打烊了。"),
        ("action", "都回吧。"),
        ("action", "灯灭。"),
    ]


def test_final_draft_paragraphs():
    rows = [
        ("Scene Heading", "INT. A - DAY"),
        ("Action", "LENA"),
        ("Action", "Hello."),
        ("Summary", "She dies."),
    ]
    understood = changed(fdx(*rows), {"LENA": "character", "Hello.": "dialogue"}, "fdx")
    assert flat(understood) == [("heading", "INT. A - DAY"), ("character", "LENA"), ("dialogue", "Hello.")]


@pytest.mark.parametrize("kind", sorted(CHOICES))
@pytest.mark.parametrize(
    "line", ["<script>alert(1)</script>", "[[x", "*/", "@", "=== ", "(()", "：", "\\*_", "~"]
)
def test_hostile_lines_stay_text(line, kind):
    for language in ("en", "zh"):
        text = (
            f"INT. A - DAY\n\nRain.\n\n{line}\n\nMud.\n"
            if language == "en"
            else f"1-1　屋　日　内\n△雨。\n{line}\n△泥。\n"
        )
        understood = read(text, "plain", language)
        for row in understood.lines:
            again = corrected(understood, {row.number: kind})
            assert parse(again.text, language) == again.script


def test_a_word_file_through_the_public_door():
    understood = read_script(FOUNTAIN.encode(), "x.fountain", "en")
    again = corrected(understood, {8: "heading"})
    assert ("heading", "Dust.") in flat(again)


def test_unknown_types_are_refused():
    with pytest.raises(ValueError, match="no such type"):
        corrected(read(FOUNTAIN), {1: "poem"})
