"""What is said of each line: the preview on which a person decides whether a file was understood."""

import time
from pathlib import Path

import pytest

from generation.screenplay.formats import read_script

CASES = Path(__file__).parent / "cases"


def account(content, name, language=None):
    lines = read_script(content, name, language).lines
    return [(line.number, " ".join(line.understood), line.warning) for line in lines]


def test_final_draft():
    understood = read_script(CASES / "pilot.fdx")
    assert understood.text == (
        "> ACT ONE <\n\nINT. BOAT SHED - NIGHT\n\nRain. Two chairs & a lamp.\n\nANGLE ON THE KEY\n\n"
        "@Kestrel (V.O.)\n(not turning)\nYou kept the key.\n\n[[Is she lying?]]\n\nMOODY\n~Row, row\n\n"
        "KESTREL\nNo!\n\nMOODY ^\n(loud)\nYes!\n\nCUT TO:\n\nMud.\n"
    )
    assert [(line.number, *line.understood) for line in understood.lines] == [
        (1, "centered"),
        (2, "heading"),
        (3, "action"),
        (4, "shot"),
        (5, "character"),
        (6, "parenthetical"),
        (7, "dialogue"),
        (8, "note"),
        (9, "character"),
        (10, "lyric"),
        (11, "character"),
        (12, "dialogue"),
        (13, "character"),
        (14, "parenthetical"),
        (15, "dialogue"),
        (16, "transition"),
        (17, "action"),
        (18, "title-page"),
        (19, "title-page"),
    ]
    assert "Other" not in understood.text


FOUNTAIN = b"""\
Title: The Loft
Author: A. N. Other

# Act One

INT. LOFT - DAY #1#

Dust. [[more?]]
More dust.

/* cut
all this */

===

KESTREL
(low)
Here.
[[really?]]
Still here.

MOODY

Kestrel: And me?
"""


def test_fountain():
    assert account(FOUNTAIN, "x.fountain") == [
        (1, "title-page", ""),
        (2, "title-page", ""),
        (4, "section", ""),
        (6, "heading", ""),
        (8, "action", ""),
        (9, "action", ""),
        (11, "comment", ""),
        (12, "comment", ""),
        (14, "page-break", ""),
        (16, "character", ""),
        (17, "parenthetical", ""),
        (18, "dialogue", ""),
        (19, "note", ""),
        (20, "dialogue", ""),
        (22, "action", ""),
        (24, "action", "speech-as-action"),
    ]


CHINESE = """\
《渡口》
编剧：某人

1-1　客厅　夜　内
人物：林晓、林母
△林晓进来。
林晓（OS）（低声）：“走。”
字幕：三年后
闪回
她低头说：算了。
12、她抬头
林母：

△
"""


def test_chinese():
    assert account(CHINESE.encode("gb18030"), "x.txt") == [
        (1, "title-page", ""),
        (2, "title-page", ""),
        (4, "heading", ""),
        (5, "cast", ""),
        (6, "action", ""),
        (7, "character parenthetical dialogue", ""),
        (8, "super", ""),
        (9, "flashback", ""),
        (10, "action", "maybe-speech"),
        (11, "action", "maybe-heading"),
        (12, "character", "cue-alone"),
        (14, "not-understood", ""),
    ]


def test_what_was_lost_is_counted():
    understood = read_script(CHINESE.encode(), "x.txt")
    assert [line.number for line in understood.lost] == [14]
    assert [(each.code, each.number) for each in understood.warnings] == [
        ("quotes", 0), ("not-understood", 14),
    ]  # fmt: skip


def test_garbled_and_hidden_letters_are_placed():
    text = "INT. LOFT - DAY\n\nDust.\n\nIt\u200b is caf\u00c3\u00a9 time.\n\n" + "More dust.\n\n" * 9
    understood = read_script(text.encode(), "x.txt")
    assert [(each.code, each.number) for each in understood.warnings] == [("mojibake", 5)]
    assert [line.number for line in understood.lines if line.warning == "hidden-characters"] == [5]


def test_another_language_than_was_said():
    understood = read_script(CHINESE.encode(), "x.txt", "en")
    assert "language" in {each.code for each in understood.warnings}


def test_a_cue_that_the_layout_cannot_hold_is_said_to_be_read_differently():
    content = (
        '<FinalDraft><Content><Paragraph Type="Scene Heading"><Text>1-1　客厅　日　内</Text></Paragraph>'
        '<Paragraph Type="Character"><Text>墙上写着</Text></Paragraph>'
        '<Paragraph Type="Dialogue"><Text>禁止入内</Text></Paragraph></Content></FinalDraft>'
    )
    assert account(content.encode(), "x.fdx")[1:] == [
        (2, "character", "read-differently"),
        (3, "dialogue", "read-differently"),
    ]


@pytest.mark.parametrize(
    "line", ["A" * 19_000 + "a", " " * 19_000 + "x", "1:" * 9_000, "【" * 19_000, "（" * 19_000]
)
def test_long_lines_take_no_time(line):
    far, near = " " * 20, " " * 10
    text = f"INT. A - DAY\n\n{far}KESTREL\n{near}Yes.\n\n{far}MOODY\n{near}No.\n\n"
    began = time.process_time()
    for language in ("en", "zh"):
        read_script(f"{text}{far}{line}\n".encode(), "x.txt", language)
    assert time.process_time() - began < 1


def test_a_speech_that_runs_on_in_the_next_line_is_all_understood():
    lines = read_script(
        "1-1　客厅　日　内\n林晓：我昨天去了，\n没见到他。\n△门开。\n".encode(), "x.txt"
    ).lines
    assert [each.understood[-1] for each in lines] == ["heading", "dialogue", "dialogue", "action"]
