"""Desk, pages: a study's own text rendered as HTML."""

from annotations.templatetags.study_text import prose


def test_lists_have_points_or_numbers() -> None:
    assert prose("**How.**\n\n1. Read.\n2. Judge <b>.") == (
        "<p><strong>How.</strong></p>\n<ol><li>Read.</li><li>Judge &lt;b&gt;.</li></ol>"
    )
    assert prose("- one\n- two") == "<ul><li>one</li><li>two</li></ul>"


def test_a_year_at_the_start_of_a_line_is_no_number_of_a_list() -> None:
    assert prose("2026. A year.") == "<p>2026. A year.</p>"


def test_parts_start_collapsed_until_a_plus_ends_them() -> None:
    assert prose("One.\n\n+ More <b>\n\nTwo.\n\n- a\n\n+ Last\n\nThree.\n\n+\n\nFour.") == "\n".join(
        [
            "<p>One.</p>",
            '<details class="fold"><summary>More &lt;b&gt;</summary><div>',
            "<p>Two.</p>",
            "<ul><li>a</li></ul>",
            "</div></details>",
            '<details class="fold"><summary>Last</summary><div>',
            "<p>Three.</p>",
            "</div></details>",
            "<p>Four.</p>",
        ]
    )
    assert prose("+ Open\n\nEnd.").endswith("</div></details>")
    assert prose("1 + 1\n+2") == "<p>1 + 1<br>+2</p>"
