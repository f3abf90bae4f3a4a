"""Screenplay: pages on screen are those of the PDF that raters can print."""

import io
from pathlib import Path

import pdfplumber

from annotations.desk import printing
from annotations.desk.pair_page import html_with_pages, keep_dashes_with_words
from generation.screenplay import parse, render_html
from generation.screenplay.page_count import count_pages

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
ENGLISH = sorted((EXAMPLES / "paper-study" / "corpus").glob("*.fountain"))[0]
CHINESE = sorted((EXAMPLES / "scripts").glob("*/human.txt"))[0]


def printed(html: str, language: str) -> list[str]:
    """The text of each page of the script's PDF."""
    pdf = printing.pair_pdf(
        code="c", paging="{page}/{pages}", where="w", scene="s", name="Brief", brief=[("a", "b")],
        people=("People", []), scripts={"Script A": keep_dashes_with_words(html)}, language=language,
    )  # fmt: skip
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return [page.extract_text() for page in opened.pages[1:]]


def test_as_many_in_chinese_as_in_print() -> None:
    html = render_html(parse(CHINESE.read_text("utf-8"), "zh"))
    assert count_pages(html, "zh").count == len(printed(html, "zh"))


def test_english_pages_begin_where_those_in_print_do() -> None:
    script = parse(ENGLISH.read_text("utf-8"), "en")
    html = render_html(script)
    tops = [text.split("\n")[0] for text in printed(html, "en")[1:]]
    pages = count_pages(html, "en")
    assert pages.count == len(tops) + 1
    found = [script.text[start : start + 20] for start in pages.starts]
    assert [text[: min(12, len(top))] for text, top in zip(found, tops, strict=True)] == [
        top[:12] for top in tops
    ]


def test_a_short_scene_has_one_page_and_some_eighths() -> None:
    pages = count_pages(render_html(parse("INT. SHED - DAY\n\nA shed.\n\nMARA\nNo.\n", "en")), "en")
    assert (pages.starts, pages.count, pages.eighths) == ((), 1, 1)


def test_a_page_begins_at_an_element_of_the_script() -> None:
    html = render_html(parse(ENGLISH.read_text("utf-8"), "en"))
    pages = count_pages(html, "en")
    marked = html_with_pages(html, None)
    assert f'data-pages="{pages.count}"' in marked
    for number, start in enumerate(pages.starts, start=2):
        assert f'data-o="{start}" data-page="{number}">' in marked
