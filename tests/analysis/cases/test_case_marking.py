"""Cases: marks in the HTML of a script, and marks that overlap as one passage. No database."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cases.page import TextMark, insert_marks
from analysis.cases.passages import PlacedMark, group_marks
from generation.screenplay import parse, render_html
from generation.screenplay.house import house

ENGLISH = """INT. STAIRWELL - NIGHT

The lamp & the <b>door</b> "creak". She counts.

ORLA
(quietly)
One more -- one more.
And again.

They leave.
"""
CHINESE = "第一场 楼道 夜 内\n\n△ 灯灭了。她一级一级数着台阶。\n\n阿罗（低声）：再来一级。再来一级。\n"


def script(text, language):
    parsed = house(parse(text, language))
    return parsed.text, render_html(parsed)


def marked_text(html, error_class):
    """The text inside marks of a class; elements and breaks are ignored."""
    found = re.findall(rf'<mark class="[^"]*\bmark-{error_class}\b[^"]*">(.*?)</mark>', html, re.DOTALL)
    return "".join(unescape(re.sub(r"<[^>]*>", "", each)) for each in found)


def without_marks(html):
    return re.sub(r"</?mark[^>]*>", "", html)


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_a_mark_selects_exactly_its_text(text, language):
    plain, html = script(text, language)
    for start in range(0, len(plain) - 1, 3):
        for end in (start + 1, start + 7, len(plain)):
            marked = insert_marks(html, [TextMark(start, end, "plot")])
            wanted = plain[start:end].replace("\n", "")
            assert marked_text(marked, "plot") == wanted
            assert without_marks(marked) == html


@given(places=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 60)), max_size=5))
def test_overlapping_marks_are_cut_into_pieces_that_are_well_formed(places):
    plain, html = script(ENGLISH, "en")
    kinds = ("plot", "character", "pacing", "other", "more")
    marks = [
        TextMark(start, start + length, kind) for (start, length), kind in zip(places, kinds, strict=False)
    ]
    marked = insert_marks(html, marks)
    assert without_marks(marked) == html
    for mark in marks:
        assert marked_text(marked, mark.error_class) == plain[mark.start : mark.end].replace("\n", "")
    depth = 0
    for tag in re.findall(r"</?mark|</?p\b|</?h3", marked):
        depth += -1 if tag.startswith("</mark") else tag == "<mark"
        assert depth in (0, 1)
        assert tag in ("<mark", "</mark") or depth == 0


def test_a_number_stands_once_in_front_of_its_mark():
    plain, html = script(ENGLISH, "en")
    start = plain.index("counts")
    mark = TextMark(start, len(plain), "plot", '<a href="#m">1</a>')
    marked = insert_marks(html, [mark])
    assert marked.count('<a href="#m">1</a><mark') == marked.count('<a href="#m">') == 1


def test_hostile_text_stays_escaped():
    plain, html = script('INT. A - DAY\n\n<script>alert("1")</script> & \u202e<img src=x onerror=y>\n', "en")
    marked = insert_marks(html, [TextMark(start, start + 3, "plot") for start in range(len(plain))])
    assert "<script" not in marked
    assert "<img" not in marked
    assert "\u202e" not in marked


def test_marks_of_a_kind_that_overlap_are_one_passage():
    def mark(pk, start, end, rater, kind="plot", entry=1):
        return PlacedMark(pk, entry, "dsr", kind, start, end, rater)

    passages = group_marks(
        [
            mark(1, 10, 20, 1),
            mark(2, 19, 30, 2),
            mark(3, 29, 40, 2),
            mark(4, 40, 50, 3),  # begins where the last one ends: no overlap
            mark(5, 12, 18, 4, kind="pacing"),
            mark(6, 12, 18, 4, entry=2),
            mark(7, None, None, 5),
            mark(8, None, None, 6),
        ]
    )
    found = sorted((each.start, each.end, each.raters) for each in passages if each.start is not None)
    assert found == [(10, 40, 2), (12, 18, 1), (12, 18, 1), (40, 50, 1)]
    assert [len(each.marks) for each in passages if each.start is None] == [1, 1]
