"""Reading and typesetting: cases as data, properties over any text, hostile input."""

import os
import re
import signal
import time
import tomllib
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.screenplay import (
    MAX_BYTES,
    Kind,
    TextTooLarge,
    canonical_text,
    check_format,
    digest,
    measure,
    parse,
    plain_text,
    render_html,
    script_text,
)
from generation.screenplay import fountain as fountain_module
from generation.screenplay.fountain import FountainProcess, ReaderFailed
from generation.screenplay.text import is_hidden

CASES = Path(__file__).parent / "cases"


def load(name):
    return [pytest.param(case, id=case["name"]) for case in tomllib.loads((CASES / name).read_text())["case"]]


def flat(script, widths):
    rows = [[e.kind.value, e.text, e.form, e.dual] for e in script.elements]
    return [row[:width] for row, width in zip(rows, widths, strict=False)] + rows[len(widths) :]


def check(case, language):
    script = parse(case["text"], language)
    assert flat(script, [len(row) for row in case["expected"]]) == case["expected"]
    assert [problem.code for problem in script.problems] == case.get("problems", [])


@pytest.mark.parametrize("case", load("chinese.toml"))
def test_chinese(case):
    check(case, "zh")


@pytest.mark.parametrize("case", load("fountain.toml"))
def test_fountain(case):
    check(case, "en")


# Any text

CONTROLS = ["\n\n", "\n", "\u202e", "\u200b", "\x00", "e\u0301", " ", "　"]

PIECES = st.sampled_from([*(CASES / "pieces.txt").read_text().split("\n"), *CONTROLS])
ANY = st.one_of(st.text(), st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
LANGUAGES = st.sampled_from(["en", "zh"])


class Balanced(HTMLParser):
    """Collects what the markup says: tags must close in order, text is kept per data-o element."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.spans, self.seen, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag == "br":
            self.handle_data("\n")
            return
        offset = dict(attrs).get("data-o")
        self.open.append((tag, offset, []))

    def handle_data(self, data):
        self.text += data
        if self.open:
            self.open[-1][2].append(data)

    def handle_endtag(self, tag):
        name, offset, parts = self.open.pop()
        assert name == tag
        if offset is not None:
            self.spans.append((int(offset), "".join(parts)))


def read(html):
    page = Balanced()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


@settings(max_examples=150, deadline=None)
@given(ANY, LANGUAGES)
def test_any_text_is_read_and_typeset(text, language):
    """Nothing is lost or added, scenes cover all elements in order, and only known markup comes out."""
    script = parse(text, language)
    for element in script.elements:
        assert script.text[element.start : element.end] == element.text
        assert element.text.strip() == element.text != ""
    numbers = [index for scene in script.scenes for index in range(scene.first, scene.last)]
    assert numbers == list(range(len(script.elements)))
    html = render_html(script)
    assert html == render_html(parse(text, language)) == render_html(parse(canonical_text(text), language))
    page = read(html)
    for tag, attributes in page.seen:
        assert tag in {"div", "section", "h3", "p", "span", "br"}
        assert set(attributes) <= {"class", "lang", "data-o"}
        assert re.fullmatch(
            r"(?:(?:sp-[a-z]+|scene|script|script-en|script-zh)(?: |$))*", attributes.get("class", "")
        )
    for offset, shown in page.spans:
        assert script.text[offset : offset + len(shown)] == shown
    printed = [element for element in script.elements if element.printed]
    assert sorted(page.spans) == [(element.start, element.text) for element in printed]
    assert not any(is_hidden(character) for character in page.text)
    plain_text(script)


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_canonical_text_is_storable_and_stays(text):
    canonical = canonical_text(text)
    assert canonical_text(canonical.removeprefix("\ufeff")) == canonical.removeprefix("\ufeff")
    assert "\x00" not in canonical
    assert "\r" not in canonical
    assert canonical.encode("utf-8").decode("utf-8") == canonical
    assert unicodedata.is_normalized("NFC", canonical)


# Texts


def test_equal_texts_have_equal_digests():
    assert digest("café\r\nx") == digest("\ufeffcafe\u0301\nx")


def test_digest_is_sha256_of_the_text():
    # printf 'abc' | sha256sum
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_script_text_has_no_blank_ends():
    assert script_text("\n\n  A\nB \n\n") == "  A\nB\n"
    assert script_text(" \n \n") == ""


def test_a_text_too_long_is_refused():
    with pytest.raises(TextTooLarge):
        parse("字" * (MAX_BYTES // 3 + 1), "zh")


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no such language"):
        parse("x", "fr")


def test_hidden_characters_are_reported_and_not_shown():
    script = parse("INT. X - DAY\n\nA\u202eB\u200bC\x07.\n", "en")
    assert [p.code for p in script.problems] == ["hidden-characters"] * 3
    assert {p.line for p in script.problems} == {3}
    assert next(script.of(Kind.ACTION)).text == "ABC."


# The house layouts, whole


def test_chinese_html():
    script = parse("1-1 客厅 夜 内\n▲林晓<进>来。\n林晓:(低声)你好", "zh")
    assert render_html(script) == (
        '<div class="script script-zh" lang="zh-Hans">\n'
        '<section class="scene">\n'
        '<h3 class="sp-heading" data-o="0">1-1　客厅　夜　内</h3>\n'
        '<p class="sp-action"><span class="sp-mark">△</span><span data-o="11">林晓&lt;进&gt;来。</span></p>\n'
        '<p class="sp-speech"><span class="sp-cue" data-o="19">林晓</span><span class="sp-mark">（</span>'
        '<span class="sp-paren" data-o="22">低声</span><span class="sp-mark">）</span>'
        '<span class="sp-mark">：</span>'
        '<span class="sp-dialogue" data-o="25">你好</span></p>\n'
        "</section>\n</div>"
    )


def test_english_html():
    script = parse("INT. HALL - DAY\n\nRain & wind.\n\nNORA\n(low)\nNot again.\n\nShe waits.\n", "en")
    assert render_html(script) == (
        '<div class="script script-en" lang="en">\n'
        '<section class="scene">\n'
        '<h3 class="sp-heading" data-o="0">INT. HALL - DAY</h3>\n'
        '<p class="sp-action" data-o="16">Rain &amp; wind.</p>\n'
        '<p class="sp-cue" data-o="29">NORA</p>\n'
        '<p class="sp-paren"><span class="sp-mark">(</span><span data-o="34">low</span>'
        '<span class="sp-mark">)</span></p>\n'
        '<p class="sp-dialogue" data-o="38">Not again.</p>\n'
        '<p class="sp-action" data-o="49">She waits.</p>\n'
        "</section>\n</div>"
    )


def test_english_html_of_dual_dialogue():
    html = render_html(parse("KESTREL\nNo!\n\nMOODY ^\nYes!\n", "en"))
    assert html.count('<div class="sp-dual">') == 1
    assert html.count('<div class="sp-speech">') == 2


def test_layout_marks_do_not_tell_how_it_was_typed():
    typed = ["△进来。\n林晓（低声）：好。", "▲ 进来。\n林晓:（低声）“好。”", "进来。\n**林晓**：(低声) 好。"]
    assert len({render_html(parse(text, "zh")) for text in typed}) == 1


def test_plain_text_keeps_the_columns():
    lines = plain_text(parse("INT. A - DAY\n\nRain.\n\nKESTREL\n(low)\nYes.\n\nCUT TO:\n", "en")).split("\n")
    assert lines[4:7] == [" " * 20 + "KESTREL", " " * 15 + "(low)", " " * 10 + "Yes."]
    assert lines[8] == "CUT TO:".rjust(60)


def test_plain_text_reads_back():
    text = "1-1　客厅　夜　内\n人物：林晓\n△进来。\n林晓（OS）（低声）：好。\n"
    script = parse(text, "zh")
    assert [(e.kind, e.text) for e in parse(plain_text(script), "zh").elements] == [
        (e.kind, e.text) for e in script.elements
    ]


# The library in its process


def test_the_child_is_replaced_when_it_dies():
    process = FountainProcess()
    rows = process.rows("KESTREL\nYes.\n")
    os.kill(process._child.pid, signal.SIGKILL)
    process._child.wait()
    assert process.rows("KESTREL\nYes.\n") == rows
    process._stop()


def test_a_slow_library_is_given_up():
    process = FountainProcess(time_limit=0.0)
    with pytest.raises(ReaderFailed, match="longer than 0 s"):
        process.rows("KESTREL\nYes.\n")
    assert process._child is None


def test_a_text_that_the_library_gives_up_is_still_shown(monkeypatch):
    monkeypatch.setattr(fountain_module, "_process", FountainProcess(time_limit=0.0))
    script = parse("INT. A - DAY\n\nRain.\nMud.\n", "en")
    assert [(p.code, p.serious) for p in script.problems] == [("unreadable", True)]
    assert [e.text for e in script.elements] == ["INT. A - DAY", "Rain.\nMud."]


def test_an_overlong_line_never_reaches_the_library():
    script = parse("A" * 30_000, "en")
    assert [p.code for p in script.problems] == ["unreadable"]


# Hostile repetition: nothing of ours may take time that grows with the square

HOSTILE = [
    "\n",
    "/*",
    "[[",
    "[[a]]\n",
    "**a** ",
    "A ",
    "人：",
    "△",
    "(",
    "（",
    "林晓：（",
    "**",
    "#",
    "# \n",
    "\u200b",
    "a\n\n",
]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("piece", HOSTILE)
def test_repetition_does_not_make_it_slow(piece, language, monkeypatch):
    monkeypatch.setattr(fountain_module, "_process", FountainProcess(time_limit=0.5))
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    script = parse(text, language)
    render_html(script)
    plain_text(script)
    measure(script)
    check_format(script)
    script_text(text)
    assert time.process_time() - began < 4


@pytest.mark.parametrize("tail", [" " * 19_000, "A " * 9_000, "* " * 9_000, "( " * 9_000])
def test_long_lines_do_not_make_it_slow(tail, monkeypatch):
    monkeypatch.setattr(fountain_module, "_process", FountainProcess(time_limit=0.5))
    began = time.process_time()
    for language in ("en", "zh"):
        parse(f"\n\n**A**{tail}x\nA{tail}x\n林晓{tail}：x\n" * 5, language)
    assert time.process_time() - began < 4
