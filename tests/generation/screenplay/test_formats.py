"""Files of every format: written and read back, told apart, refused with a place and a remedy."""

import io
import re
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from contextlib import suppress
from pathlib import Path

import docx
import pdfplumber
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evalsite.core.errors import InputErrors
from generation.screenplay import Kind, detect, parse, source_text
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import EXTENSIONS, join, read_script, scenes, write_script
from generation.screenplay.formats.read_text import decode, read_text
from generation.screenplay.formats.reading import as_meant, understand
from generation.screenplay.formats.write_pdf import pdf
from generation.screenplay.model import Builder
from tests.generation.screenplay.readings import READERS, flat, read

CASES = Path(__file__).parent / "cases"

EN = """\
INT. BOAT SHED - NIGHT

Rain. Two chairs. The lamp is out and nobody has come to light it again, though it is late.
Mud on the floor.

KESTREL (V.O.)
(not turning)
You kept the key and you never told me about it, not once in all those years.

[[Is she lying?]]

MOODY
No!

KESTREL ^
Yes! And he knows it.

> THE END <

!CUT TO BLACK.

@McAvoy
A .38 calibre, no less.
*.38* it was.

CUT TO:

.THE LOFT

Dust, <dust> & "dust".
"""
ZH = """\
1-1　林家客厅　夜　内
人物：林晓、林母
△林晓推门进来，放下包，走到窗边，看见院子里的灯还亮着，她没有回头，只是把手里的信慢慢折好，放进抽屉里。
林母（OS）（头也不抬）：回来了？
林晓：回来了。他说“走”，就走？
字幕：三年后
没有记号的一行。
闪回

1-2　江边　日　外
△船。
旁白：天亮了。
林晓、林母：谁？
"""
TEXTS = {"en": EN, "zh": ZH}


def refused(content, name):
    with pytest.raises(InputErrors) as caught:
        read_script(content, name)
    (fault,) = caught.value.errors
    assert fault.path == name
    assert fault.fix
    return fault


# There and back


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["fountain", "fdx", "docx"])
def test_text_to_file_and_back(kind, language):
    text = TEXTS[language]
    content = write_script(text, kind, language)
    understood = read_script(content, f"x.{EXTENSIONS[kind]}")
    assert understood.text == text
    assert (understood.language, understood.format) == (language, kind)
    assert flat(understood.script) == flat(parse(text, language))
    assert understood.lost == ()
    assert understood.warnings == ()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(EXTENSIONS))
def test_the_same_script_gives_the_same_bytes(kind, language):
    assert write_script(TEXTS[language], kind, language) == write_script(
        parse(TEXTS[language], language), kind
    )


def test_a_chinese_pdf_is_read_back():
    assert read_script(write_script(ZH, "pdf", "zh"), "x.pdf").text == ZH


def test_an_english_pdf_is_read_back():
    text = EN.replace(".THE LOFT", "INT. LOFT - DAY")  # on a page nothing tells a heading without INT or EXT
    script = read_script(write_script(text, "pdf", "en"), "x.pdf").script
    printed = [row for row in flat(parse(text, "en")) if row[0] != "note"]
    upper = [
        (k, t.upper() if k in ("heading", "character", "transition") else t, f, d) for k, t, f, d in printed
    ]
    assert flat(script) == upper


def test_plain_text_is_read_back_by_its_columns():
    understood = read_script(write_script(EN, "plain", "en"), "x.txt")
    speech = "You kept the key and you never told me about it, not once in all those years."
    assert speech in [each.text for each in understood.script.of(Kind.DIALOGUE)]
    assert "columns" in {each.code for each in understood.warnings}


@pytest.mark.parametrize(
    "name", ["fountain.toml", "fountain_syntax.toml", "chinese.toml", "chinese_oddities.toml"]
)
@pytest.mark.parametrize("kind", ["fountain", "fdx", "docx"])
def test_all_cases_there_and_back(name, kind):
    language = "en" if "fountain" in name else "zh"
    cases = tomllib.loads((CASES / name).read_text())["case"]
    held = sum(check_there_and_back(case["text"], kind, language) for case in cases)
    assert held >= len(cases) - 4


def check_there_and_back(text, kind, language):
    first = parse(source_text(parse(text, language)), language)
    script = parse(source_text(first), language)
    if not _can_be_held(script, kind):
        return False
    understood = read(write_script(script, kind), kind, language)
    if any("title-page" in line.understood for line in understood.lines):
        return False  # what reads like a line of a title page is taken off, and the account says so
    assert flat(understood.script) == flat(script)
    assert understood.text.strip() == source_text(script).strip()
    return True


def _can_be_held(script, kind):
    """What no file of a kind can hold is said in `source_text` and `write_script`."""
    layout = {"en": "fountain", "zh": "chinese"}[script.language]
    lost = any(piece in script.text for piece in ("[[", "]]", "\ufffd"))
    if lost or not any(each.printed for each in script.elements):
        return False
    if not script.layout == detect(source_text(script), script.language) == layout:
        return False
    # Fountain forces a heading by a point before a letter only.
    headings = [each.text[0] for each in script.of(Kind.HEADING)]
    return kind != "fountain" or script.language == "en" or all(first.isalnum() for first in headings)


@pytest.mark.parametrize("kind", ["fountain", "fdx", "docx"])
@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("©INT. BOAT SHED - NIGHT", True),
        ("Copyright law fills the lowest shelf.", True),
        ("© is painted on the door.", True),
        ("© 2024 Jo Bloggs. All rights reserved.", False),
        ("Copyright (c) 2024 by Jo Bloggs", False),
        ("Copyright Jo Bloggs", False),
        ("Copyright held by the author.", False),
        ("© Éva Kis", False),
    ],
)
def test_a_copyright_line_has_a_year_or_a_name(line, kept, kind):
    text = f"{line}\n\nINT. X - DAY\n\nRain.\n"
    understood = read(write_script(text, kind, "en"), kind)
    assert (understood.text == text) is kept
    assert understood.lines[0].understood == (("action",) if kept else ("title-page",))


def test_a_comments_opening_in_a_name_swallows_nothing():
    for name, shown in (("A/*旁白", "A/*旁白"), ("A (/*)", "A (/ *)")):
        builder = Builder("en", "fountain")
        for kind, text in ((Kind.CHARACTER, name), (Kind.DIALOGUE, "Hi."), (Kind.ACTION, "He goes.")):
            builder.add(kind, text, 1)
        again = parse(source_text(builder.script()), "en")
        assert [each.text for each in again.elements] == [shown, "Hi.", "He goes."]


PIECES = (CASES / "pieces.txt").read_text().split("\n")
LINES = [line + "\n" for line in (EN + ZH).split("\n")]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["fountain", "fdx", "docx"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_script_there_and_back(kind, language, data):
    pieces = st.sampled_from([*PIECES, *LINES, "\n\n", "\n", " ", "　"]) | st.text(max_size=5)
    text = as_meant("".join(data.draw(st.lists(pieces, max_size=25))))
    assume(check_there_and_back(text, kind, language))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"%PDF-1.4", b"PK\x03\x04", b"<x>"]),
)
def test_no_bytes_crash_a_reader(content, head):
    for kind, reader in READERS.items():
        with suppress(InvalidInput, InputErrors):
            sent = reader(head + content)
            for language in ("en", "zh"):
                understand(kind, sent, language)


@pytest.mark.parametrize("kind", ["fdx", "docx"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damaged_file_crashes_a_reader(kind, data):
    content = bytearray(write_script(data.draw(st.sampled_from([EN, ZH])), kind, "zh"))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(InvalidInput, InputErrors):
        read(bytes(content), kind, "zh")


# What a file gives away


def test_a_word_file_holds_no_more_than_it_must():
    content = write_script(ZH, "docx", "zh")
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert sorted(archive.namelist()) == [
        "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/document.xml",
        "word/styles.xml",
    ]  # fmt: skip
    assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_word_files_open_in_another_reader():
    opened = docx.Document(io.BytesIO(write_script(EN, "docx", "en")))
    rows = [(each.style.name, each.text) for each in opened.paragraphs]
    assert rows[0] == ("Scene Heading", "INT. BOAT SHED - NIGHT")
    assert rows[3] == ("Parenthetical", "(not turning)")
    assert docx.Document(io.BytesIO(write_script(ZH, "docx", "zh"))).paragraphs[1].text == "人物：林晓、林母"


def test_an_fdx_file_is_what_final_draft_writes():
    root = ET.fromstring(write_script(EN, "fdx", "en"))
    assert root.tag == "FinalDraft"
    kinds = [each.get("Type") for each in root.find("Content")]
    assert kinds[:4] == ["Scene Heading", "Action", "Character", "Parenthetical"]
    assert len(root.findall(".//DualDialogue/Paragraph")) == 4


def test_a_pdf_names_nobody():
    with pdfplumber.open(io.BytesIO(pdf(parse(EN, "en")))) as opened:
        assert set(opened.metadata) <= {"Creator", "Producer", "CreationDate", "ModDate"}
        starts = {round(each["x0"]) for each in opened.pages[0].extract_words()}
    assert {108, 180, 216, 252} <= starts  # 1.5, 2.5, 3.0 and 3.5 inches


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="no such format"):
        write_script(EN, "odt", "en")


# Text in its encodings


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-32", "utf-32")],
)
def test_encodings_by_their_marks(encoding, found, language):
    text = TEXTS[language]
    understood = read_script(text.replace("\n", "\r\n").encode(encoding), "x.txt")
    assert (understood.text, understood.encoding) == (text, found)


def test_utf_16_the_other_way_round():
    assert read_script(b"\xfe\xff" + ZH.encode("utf-16-be"), "x.txt").text == ZH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(ZH, "gb18030"), ("林晓：好。\n", "gb18030"), ("INT. CAFÉ - DAY\n\nÉlodie waits.\n", "cp1252")],
)
def test_old_encodings_are_chosen_and_named(text, encoding):
    understood = read_script(text.encode(encoding), "x.txt")
    assert (understood.text, understood.encoding) == (text, encoding)
    assert understood.warnings[0].message == f"read as {encoding.upper()}"


def test_big5_is_told_from_gb18030():
    text = "第3場　客廳　日　內\n林曉：我們走吧，時間已經不早了。\n林母：這麼晚了，你們還要去哪裡？\n" * 3
    assert decode(text.encode("big5")) == (text, "big5")
    assert decode(text.encode("gb18030")) == (text, "gb18030")  # as WPS saves traditional characters


@pytest.mark.parametrize(
    "garbled",
    [
        (ZH * 2).encode().decode("gb18030", "ignore"),
        "â€œHello,â€\x9d she said.\nDonâ€™t go.\n",
        ZH.encode("gb18030").decode("latin-1").replace("\x85", ""),
        "锟斤拷锟斤拷\n",
        "He says “it’s over”.\nDon’t go, José.\n".encode("mac-roman").decode("cp1252"),
    ],
    ids=["UTF-8 as GBK", "UTF-8 as Windows-1252", "GBK as Latin-1", "replaced", "Mac Roman as Windows-1252"],
)
def test_garbled_text_is_refused_or_warned_of(garbled):
    codes = []
    with suppress(InputErrors):
        codes = [each.code for each in read_script(garbled.encode(), "x.txt").warnings]
        assert "mojibake" in codes
    if not codes:
        assert re.search("garbled|control character", refused(garbled.encode(), "x.txt").message)


@pytest.mark.parametrize("text", [EN, ZH])
def test_clean_text_is_not_called_garbled(text):
    assert read_text(text.encode()).warnings == ()


# Cut


def test_scenes_are_cut():
    cut = scenes(read_script(ZH.encode(), "x.txt").script)
    assert [(each.number, each.label, each.heading) for each in cut] == [
        (1, "1-1", "1-1　林家客厅　夜　内"), (2, "1-2", "1-2　江边　日　外"),
    ]  # fmt: skip
    assert cut[1].text == ZH[ZH.index("1-2") :]
    assert (cut[1].first_line, cut[1].last_line) == (10, 13)
    # 江边日外, 船, 旁白天亮了, 林晓林母谁
    assert (cut[1].length, cut[1].unit) == (15, "characters")
    assert cut[1].first_lines == ("船。", "旁白", "天亮了。")
    assert cut[0].speakers == ("林母", "林晓")


def test_scenes_are_joined():
    script = parse(ZH, "zh")
    assert join(script, 1, 2) == ZH
    with pytest.raises(ValueError, match="there are 2"):
        join(script, 2, 3)


def test_signs_that_only_look_like_others_are_read_as_what_they_stand_for() -> None:
    """As browsers print Chinese, and typesetters English, into a PDF."""
    typed = (
        "内景 渡口 - 日\n\n人物：老秦 小顾\n\n"
        "老秦：用户长大了，风从西边来，你没见过黄昏，民国的门一直没关。\n小顾：好。\n"
    )
    likes = {
        "日": "⽇",
        "人": "⼈",
        "老": "⽼",
        "小": "⼩",
        "用": "⽤",
        "户": "⼾",
        "长": "⻓",
        "风": "⻛",
        "西": "⻄",
        "见": "⻅",
    }
    likes |= {"黄": "⻩", "民": "⺠", "门": "⻔", "一": "⼀", "大": "⼤"}
    printed = typed.translate(str.maketrans(likes))
    assert len(set(printed) & set(likes.values())) == len(likes)
    one, other = (read_script(text.encode(), "ep.txt", "zh") for text in (typed, printed))
    assert one.text == other.text
    script = "INT. OFFICE - DAY\n\nHer ﬁnger ﬂoats over the oﬃce bell.\n\nORLA\nOﬀ. Get it oﬀ.\n"
    shown = read_script(script.encode(), "ep.fountain", "en").text
    assert "Her finger floats over the office bell." in shown
    assert "Off. Get it off." in shown


COLUMNS = """\
1   INT. NET SHED - NIGHT                                    1

    Rain on tin.

                        WREN
              You came back.

                        KESTREL
                   (low)
              I said I would.

2A  EXT. HARBOUR - DAWN                                     2A

    Boats.
"""


@pytest.mark.parametrize("columns", [True, False])
def test_scene_numbers_in_the_left_margin_move_nothing(columns):
    lines = COLUMNS.splitlines()
    typed = COLUMNS if columns else "\n".join(re.sub(r" {3,}\d+A?$", "", line).strip() for line in lines)
    understood = read_script(typed.encode(), "x.txt", "en")
    assert [(each.kind.value, each.text) for each in understood.script.elements] == [
        ("heading", "INT. NET SHED - NIGHT"), ("action", "Rain on tin."),
        ("character", "WREN"), ("dialogue", "You came back."),
        ("character", "KESTREL"), ("parenthetical", "low"), ("dialogue", "I said I would."),
        ("heading", "EXT. HARBOUR - DAWN"), ("action", "Boats."),
    ]  # fmt: skip


@pytest.mark.parametrize("above", ["小满：走。\n陈朗：走。", "小满\n走。\n小满\n快走。\n小满\n走啊。"])
def test_a_chinese_name_with_a_label_speaks_even_once(above):
    text = f"1-1　日　内　网棚\n△雨打在铁皮上。\n{above}\n领航（V.O.）\n是你吗？\n△海鸥叫了一声。\n"
    *_, cue, speech, action = read_script(text.encode(), "x.txt", "zh").script.elements
    assert [each.kind for each in (cue, speech, action)] == [Kind.CHARACTER, Kind.DIALOGUE, Kind.ACTION]
    assert (cue.text, speech.text) == ("领航（V.O.）", "是你吗？")


@pytest.mark.parametrize("speech", ["小满：「走。」", "小满\n「走。」\n小满\n「快走。」\n小满\n「走啊。」"])
def test_quotation_marks_that_are_not_shown_are_reported(speech):
    text = f"1-1　日　内　网棚\n△雨。\n{speech}\n"
    (warned,) = read_script(text.encode(), "x.txt", "zh").warnings
    assert (warned.code, warned.message.params["what"]) == ("quotes", speech.count("「"))
