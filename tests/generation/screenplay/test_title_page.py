"""A title page names the writer: no part of it may reach a rater, whatever its last field is."""

import pytest

from generation.screenplay import parse
from tests.generation.screenplay.readings import fdx, read

FIELDS = {
    "Title": ["_**THE LAMPLIGHTER'S LEDGER**_", "_**A Winter in Two Accounts**_"],
    "Credit": ["Written by"],
    "Author": ["Orla Pennick", "Dov Harrow", "Mina Tull"],
    "Source": ["Based on the short story by Dov Harrow"],
    "Draft date": ["3/11/2019"],
    "Contact": ["Harrow & Daughters", "12 Quay Row", "555-0134", "post@harrow.example"],
    "Copyright": ["(c) 2021 Salt Road Ltd"],
    "Notes": ["First pass.", "Please do not forward."],
}
BODY = "FADE IN:\n\nA bell. Nobody pulls it.\n\nINT. TICKET OFFICE - DAY\n\nRain on the glass.\n"
SCRIPT = [
    ("transition", "FADE IN:"),
    ("action", "A bell. Nobody pulls it."),
    ("heading", "INT. TICKET OFFICE - DAY"),
    ("action", "Rain on the glass."),
]
CHINESE = ".内景 票房 日\n\n!雨打在玻璃上。\n\n@小满\n走。\n"


def flat(script):
    return [(str(each.kind), each.text) for each in script.elements]


def page(last, indented, ending="\n"):
    """A title page whose last field is `last`, with its values on the key's line or below it."""
    lines = []
    for key, values in [*((key, FIELDS[key]) for key in FIELDS if key != last), (last, FIELDS[last])]:
        if indented:
            lines += [f"{key}:", *(f"{indented}{value}" for value in values)]
        else:
            lines += [f"{key}: {values[0]}", *(f"    {value}" for value in values[1:])]
    return ending.join(lines) + 2 * ending


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("indented", ["", "\t", "    "], ids=["same-line", "tab", "spaces"])
@pytest.mark.parametrize("kind", ["fountain", "plain"])
@pytest.mark.parametrize("last", FIELDS)
def test_the_last_field_is_left_out_with_all_its_lines(last, kind, indented, ending):
    text = page(last, indented, ending)
    understood = read(text + BODY, kind)
    assert flat(understood.script) == SCRIPT
    titles = [line.source for line in understood.lines if line.understood == ("title-page",)]
    assert titles == [line for line in text.split(ending) if line]
    assert not understood.lost


@pytest.mark.parametrize("last", FIELDS)
def test_values_without_an_indent_are_left_out(last):
    text = page(last, "\t").replace("\t", "")
    assert flat(read(text + BODY).script) == SCRIPT


@pytest.mark.parametrize("indented", ["", "\t"], ids=["same-line", "tab"])
@pytest.mark.parametrize("last", FIELDS)
def test_a_chinese_script_below_an_english_title_page(last, indented):
    understood = read(page(last, indented) + CHINESE, "fountain", "zh")
    assert flat(understood.script) == [
        ("heading", "票房　日　内"),
        ("action", "雨打在玻璃上。"),
        ("character", "小满"),
        ("dialogue", "走。"),
    ]


def test_values_without_an_indent_above_a_chinese_script_are_left_out():
    text = "Title: 渡口的钟\nContact:\n白石影坊\npost@baishi.example\n\n1-1　票房　日　内\n△雨打在玻璃上。\n"
    assert [each.text for each in read(text, "plain", "zh").script.elements] == [
        "1-1　票房　日　内",
        "雨打在玻璃上。",
    ]


@pytest.mark.parametrize("between", ["", "\n"], ids=["below", "parted"])
def test_a_date_on_a_chinese_title_page_is_no_heading(between):
    text = f"剧名：海雾\n编剧：秦一\n{between}日期：2023年5月\n\n第一场　灯塔　夜　内\n△雾。\n"
    assert flat(read(text, "plain", "zh").script) == [("heading", "第一场　灯塔　夜　内"), ("action", "雾。")]


def test_a_date_among_the_fields_of_a_scene_is_of_its_heading():
    text = "剧名：海雾\n\n场次：1\n日期：1937年7月\n场景：灯塔\n△雾。\n"
    understood = read(text, "plain", "zh")
    assert [line.source for line in understood.lines if line.dropped] == ["剧名：海雾"]


def test_a_forced_heading_ends_a_chinese_title_page():
    text = "标题：海雾\n作者：\n    秦一\n\n.灯塔顶层 - 夜\n\n@阿海\n灯灭了。\n"
    assert flat(read(text, "fountain", "zh").script) == [
        ("heading", "灯塔顶层　夜"),
        ("character", "阿海"),
        ("dialogue", "灯灭了。"),
    ]


def test_a_forced_heading_ends_an_english_title_page():
    text = "THE TIN ORCHARD\n\nby\n\nMira Voss\n\n.THE PIT\n\nDust.\n"
    assert flat(read(text).script) == [("heading", "THE PIT"), ("action", "Dust.")]


@pytest.mark.parametrize("key", ["Source", "Credit", "Notes", "Contact"])
def test_an_empty_last_field_swallows_nothing(key):
    text = f"Title: The Loft\n{key}:\n\n{BODY}"
    assert flat(read(text).script) == SCRIPT


def test_a_heading_without_a_blank_line_ends_the_page():
    text = "Title: The Loft\nAuthor: A. N. Other\nINT. LOFT - DAY\n\nDust.\n"
    expected = [("heading", "INT. LOFT - DAY"), ("action", "Dust.")]
    assert flat(parse(text, "en")) == expected
    assert flat(read(text).script) == expected


def test_final_draft_paragraphs_that_look_like_a_title_page_are_left_out():
    head = [("General", f"{key}: {value}") for key, values in FIELDS.items() for value in values]
    content = fdx(*head, ("Scene Heading", "BEHIND THE BAKERY"), ("Action", "Flour."))
    understood = read(content, "fdx")
    assert flat(understood.script) == [("heading", "BEHIND THE BAKERY"), ("action", "Flour.")]


def test_lines_below_a_final_draft_contact_are_left_out():
    content = fdx(
        ("General", "THE LOFT"),
        ("General", "Written by"),
        ("General", "Orla Pennick"),
        ("General", "Contact:"),
        ("General", "12 Quay Row"),
        ("General", "555-0134"),
        ("Action", "A bell."),
        ("Scene Heading", "INT. LOFT - DAY"),
        ("Action", "Dust."),
    )
    understood = read(content, "fdx")
    assert [each.text for each in understood.script.elements] == ["A bell.", "INT. LOFT - DAY", "Dust."]
    assert understood.title == "THE LOFT"


@pytest.mark.parametrize("last", FIELDS)
def test_a_final_draft_title_page_ends_with_its_last_paragraph(last):
    key, values = last, FIELDS[last]
    content = fdx(
        ("General", "Title: The Loft"),
        ("General", f"{key}: {values[0]}"),
        ("Transition", "FADE IN:"),
        ("Action", "A bell."),
        ("Scene Heading", "INT. LOFT - DAY"),
        ("Action", "Dust."),
    )
    assert flat(read(content, "fdx").script) == [
        ("transition", "FADE IN:"),
        ("action", "A bell."),
        ("heading", "INT. LOFT - DAY"),
        ("action", "Dust."),
    ]


@pytest.mark.parametrize(
    "kind", ["Outline 1", "Outline 2 (Sequences)", "Outline Body", "Summary", "Synopsis"]
)
def test_newer_final_draft_paragraphs_are_left_out_and_reported(kind):
    content = fdx(
        (kind, "They misjudge each other."),
        ("Scene Heading", "INT. LOFT - DAY"),
        (kind, "The key turns up."),
        ("Action", "Dust."),
    )
    understood = read(content, "fdx")
    assert flat(understood.script) == [("heading", "INT. LOFT - DAY"), ("action", "Dust.")]
    assert [line.understood for line in understood.lines if line.dropped] == [("outline",), ("outline",)]
    assert [(each.code, each.message) for each in understood.warnings] == [
        ("outline", "outline and summary paragraphs were left out (2)")
    ]
