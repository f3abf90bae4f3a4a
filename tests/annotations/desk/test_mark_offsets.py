"""Desk, marks: offsets into an entry's text are limited to what the page shows."""

from bisect import bisect_right

import pytest

from annotations.desk.answers import MarkPlace, element_spans, locate_mark
from annotations.desk.practice import read_elements
from annotations.desk.printing import script_blocks
from generation.screenplay import parse, render_html
from tests.annotations.desk.cast import CHINESE, ENGLISH, with_older_markup

SECOND = "\nINT. STAIRWELL - LATER\n\nNORA listens. 𠮷 is on the wall.\n"


@pytest.mark.parametrize(("language", "text"), [("en", ENGLISH + SECOND), ("zh", CHINESE)])
def test_every_span_is_what_stands_at_its_offsets(language: str, text: str) -> None:
    script = parse(text, language)
    found = element_spans(render_html(script))
    shown = [element for element in script.elements if element.printed]
    assert [(span.start, span.end) for span in found] == [(one.start, one.end) for one in shown]
    starts = [script.elements[scene.first].start for scene in script.scenes]
    assert [span.scene for span in found] == [max(1, bisect_right(starts, one.start)) for one in shown]


def test_scripts_with_older_markup_have_the_same_spans() -> None:
    html = render_html(parse(ENGLISH + SECOND, "en"))
    older = with_older_markup(html)
    assert older != html
    assert element_spans(older) == element_spans(html)
    assert script_blocks(older) == script_blocks(html)
    assert read_elements(older) == read_elements(html)


def test_a_place_keeps_its_own_ends() -> None:
    script = parse(ENGLISH + SECOND, "en")
    start = script.text.index("𠮷")
    assert locate_mark(render_html(script), len(script.text), start, start + 1) == MarkPlace(
        start, start + 1, 2
    )


def test_ends_between_two_elements_move_inwards() -> None:
    script = parse(ENGLISH, "en")
    heading, action, *_ = script.elements
    found = locate_mark(render_html(script), len(script.text), heading.end, action.end + 1)
    assert found == MarkPlace(action.start, action.end, 1)


@pytest.mark.parametrize(("start", "end"), [(None, 4), (4, None), (4, 4), (9, 4), (-1, 4), (10_000, 10_001)])
def test_nonsense_is_no_place(start: int | None, end: int | None) -> None:
    script = parse(ENGLISH, "en")
    assert locate_mark(render_html(script), len(script.text), start, end) is None


def test_an_end_past_the_text_is_the_end_of_the_text() -> None:
    script = parse(ENGLISH, "en")
    length = len(script.text)
    assert locate_mark(render_html(script), length, 3, 10_000) == locate_mark(
        render_html(script), length, 3, length
    )
    assert locate_mark(render_html(script), length, 3, 10_000) is not None
