"""Findings: marking passages in the house layout changes nothing else of the text."""

import re

import pytest

from annotations.findings.highlights import excerpt_around, highlight_findings
from generation.screenplay import parse, render_html
from generation.screenplay.house import house
from generation.screenplay.leaks.scanning import Finding
from tests.generation.screenplay.clean_scripts import clean

EN = (
    "INT. BUS - NIGHT\n\nRain & <b>rain</b>. ADA waits.\n\n"
    "ADA\n(low)\nI am a model. A model!\n\nShe waits -- she waits.\n"
)
ZH = "1-1 车站 夜 内\n\n△ 雨。阿罗等着。\n\n阿罗：（低声）我是模型。模型！\n"


def place(text: str, words: str, nth: int = 0, kind: str = "model") -> Finding:
    start = [match.start() for match in re.finditer(re.escape(words), text)][nth]
    return Finding(start, start + len(words), kind, words)


def plain(html: str) -> str:
    return re.sub(r'<mark data-finding="[^"]*">|</mark>', "", html)


def marked(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<mark data-finding="([^"]*)">(.*?)</mark>', html)


@pytest.mark.parametrize(("text", "language", "words"), [(EN, "en", "model"), (ZH, "zh", "模型")])
def test_the_right_one_of_equal_words_is_marked(text: str, language: str, words: str) -> None:
    parsed = house(parse(text, language))
    html, shown = highlight_findings(text, parsed, {place(text, words, 1): "b"})
    assert (marked(html), shown) == ([("b", words)], {"b"})
    assert html.index("<mark") > html.index(words)
    assert plain(html) == render_html(parsed)


def test_overlaps_have_all_codes_and_markup_stays_escaped() -> None:
    parsed = parse(EN, "en")
    found = {place(EN, "<b>rain</b>"): "a", place(EN, "rain</b>. ADA"): "b"}
    html, _shown = highlight_findings(EN, parsed, found)
    assert marked(html) == [("a", "&lt;b&gt;"), ("a b", "rain&lt;/b&gt;"), ("b", ". ADA")]
    assert plain(html) == render_html(parsed)


def test_what_the_layout_sets_otherwise_is_marked_as_a_whole_and_what_it_omits_not_at_all() -> None:
    text = EN + "\n[[a note]]\n\n.  --\n"
    parsed = house(parse(text, "en"))
    html, shown = highlight_findings(text, parsed, {place(text, "waits --"): "a", place(text, "a note"): "b"})
    assert shown == {"a"}
    assert len(marked(html)) == 1
    assert plain(html) == render_html(parsed)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_marks_change_nothing_else(language: str) -> None:
    """Every word of three clean scripts, and private characters, marked at once."""
    for seed in range(3):
        text = clean(language, seed) + "\n\ufdd0 1\ufdd1 \ufdd2 <mark>\n"
        parsed = house(parse(text, language))
        found = {
            Finding(m.start(), m.end(), "note", m[0]): f"c{m.start()}" for m in re.finditer(r"\S+", text)
        }
        html, _shown = highlight_findings(text, parsed, found)
        assert plain(html) == re.sub("[\ufdd0-\ufdd2]", "", render_html(parsed))


def test_lines_as_they_were_typed() -> None:
    told = excerpt_around(EN, place(EN, "model", 1))
    assert told is not None
    assert (told.line, told.before, told.found, told.after) == (7, "I am a model. A ", "model", "!")
    assert excerpt_around(EN, Finding(0, 0, "layout", "another language")) is None
