"""Desk, pages: a study's own text rendered as HTML."""

from annotations.templatetags.study_text import prose


def test_lists_have_points_or_numbers() -> None:
    assert prose("**How.**\n\n1. Read.\n2. Judge <b>.") == (
        "<p><strong>How.</strong></p>\n<ol><li>Read.</li><li>Judge &lt;b&gt;.</li></ol>"
    )
    assert prose("- one\n- two") == "<ul><li>one</li><li>two</li></ul>"


def test_a_year_at_the_start_of_a_line_is_no_number_of_a_list() -> None:
    assert prose("2026. A year.") == "<p>2026. A year.</p>"
