"""Typeset pages that our writer did not make: lines set by typst at the places of the trade."""

import json

import pytest
import typst

from evalsite.core.errors import InputErrors
from evalsite.core.typeset import FONTS
from generation.screenplay.formats import read_script, write_script

TEMPLATE = b"""
#let lines = json(bytes(sys.inputs.lines))
#set page(width: 612pt, height: 792pt, margin: 0pt)
#set text(font: "DejaVu Sans Mono", size: 11.96pt, hyphenate: false)
#for (index, page) in lines.enumerate() {
  if index > 0 { pagebreak() }
  for (x, y, words) in page { place(top + left, dx: x * 1pt, dy: y * 1pt, box(words)) }
}
"""
A, D, P, C, T = 108, 180, 223, 266, 432
"""From the page's left edge: action, dialogue, parenthetical, character at 3.7 inches, transition."""


def typeset(*pages, template=TEMPLATE):
    inputs = {"lines": json.dumps(pages)}
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])
    return typst.Compiler(template, font_paths=fonts, sys_inputs=inputs).compile(format="pdf")


FIRST = [
    (A, 72, "INT. BOAT SHED - NIGHT"),
    (A, 96, "Rain. Two chairs. The lamp is out and nobody has come to"),
    (A, 108, "light it again, though it is late."),
    (A, 120, "Mud on the floor."),
    (C, 144, "KESTREL"),
    (P, 156, "(not turning, not"),
    (P, 168, "even now)"),
    (D, 180, "You kept the key and you never told"),
    (D, 192, "me about it, not once in all those"),
    (D, 204, "years."),
    (T, 228, "CUT TO:"),
    (A, 252, "EXT. YARD - DAY"),
    (A, 276, "Mud."),
    (C, 300, "MOODY"),
    (D, 312, "And what would you have done, had I"),
    (C, 324, "(MORE)"),
]
SECOND = [
    (525, 36, "2."),
    (A, 72, "MOODY (CONT'D)"),
    (D, 96, "told you that night?"),
    (A, 120, "She laughs."),
]
SECOND[1] = (C, 84, "MOODY (CONT'D)")


def rows(content):
    return [(each.kind.value, each.text) for each in read_script(content, "x.pdf").script.elements]


SCRIPT = [
    ("heading", "INT. BOAT SHED - NIGHT"),
    (
        "action",
        "Rain. Two chairs. The lamp is out and nobody has come to light it again, though it is late.\n"
        "Mud on the floor.",
    ),
    ("character", "KESTREL"),
    ("parenthetical", "not turning, not even now"),
    ("dialogue", "You kept the key and you never told me about it, not once in all those years."),
    ("transition", "CUT TO:"),
    ("heading", "EXT. YARD - DAY"),
    ("action", "Mud."),
    ("character", "MOODY"),
    ("dialogue", "And what would you have done, had I told you that night?"),
    ("action", "She laughs."),
]


def test_a_typeset_script():
    assert rows(typeset(FIRST, SECOND)) == SCRIPT


def test_what_the_page_added_is_dropped():
    lines = read_script(typeset(FIRST, SECOND), "x.pdf").lines
    assert [(line.source, line.understood) for line in lines if line.dropped] == [
        ("(MORE)", ("continued",)),
        ("2.", ("page-number",)),
        ("MOODY (CONT'D)", ("continued",)),
    ]
    assert [line.page for line in lines if line.dropped] == [1, 2, 2]


def test_shooting_scripts_lose_their_numbers_and_heads():
    head = [(A, 40, "THE LOFT - Blue Rev. 1/2/20"), (525, 40, "7.")]
    numbers = [(60, 72, "12"), (530, 72, "12")]
    content = typeset(head + numbers + FIRST[:-1], [*head, (A, 72, "Wind."), (A, 96, "CONTINUED:")])
    assert rows(content) == [
        *SCRIPT[:-2],
        ("dialogue", "And what would you have done, had I"),
        ("action", "Wind."),
    ]


def test_a_title_page_is_dropped():
    title = [(270, 250, "THE LOFT"), (270, 280, "Written by"), (260, 300, "A. N. Other")]
    content = typeset(title, FIRST[:4])
    assert rows(content) == SCRIPT[:2]
    assert [line.understood for line in read_script(content, "x.pdf").lines][:3] == [("title-page",)] * 3


def test_speeches_side_by_side():
    pair = [
        (A, 72, "INT. SHED - DAY"),
        (170, 96, "KESTREL"),
        (390, 96, "MOODY"),
        (130, 108, "No, I never"),
        (350, 108, "Yes! And you"),
        (130, 120, "said so."),
        (350, 120, "know it."),
        (350, 132, "Always."),
        (A, 156, "Rain."),
    ]
    script = read_script(typeset(pair), "x.pdf").script
    assert [(each.kind.value, each.text, each.dual) for each in script.elements] == [
        ("heading", "INT. SHED - DAY", ""),
        ("character", "KESTREL", "left"),
        ("dialogue", "No, I never said so.", "left"),
        ("character", "MOODY", "right"),
        ("dialogue", "Yes! And you know it. Always.", "right"),
        ("action", "Rain.", ""),
    ]


def test_other_margins_are_found():
    moved = [[(x - 20, y, text) for x, y, text in page] for page in (FIRST, SECOND)]
    assert rows(typeset(*moved)) == SCRIPT


CHINESE = TEMPLATE.replace(b'"DejaVu Sans Mono", size: 11.96pt', b'"Evalsite Serif SC", size: 12pt')


def test_chinese_pages():
    lines = [
        (90, 80, "1-1　林家客厅　夜　内"),
        (90, 100, "△林晓推门进来，放下包，走到窗边，看见院子里的灯还亮着，她没有回头，只"),
        (90, 120, "是把手里的信折好。"),
        (90, 140, "林母：（低声）回来了？"),
        (300, 770, "1"),
    ]
    understood = read_script(typeset(lines, template=CHINESE), "x.pdf")
    assert understood.text == (
        "1-1　林家客厅　夜　内\n"
        "△林晓推门进来，放下包，走到窗边，看见院子里的灯还亮着，她没有回头，只是把手里的信折好。\n"
        "林母：（低声）回来了？\n"
    )
    assert understood.lines[-1].understood == ("page-number",)


def refused(content):
    with pytest.raises(InputErrors) as caught:
        read_script(content, "x.pdf")
    return caught.value.errors[0].message


def test_a_page_whose_indents_are_blanks():
    columns = [
        (0, "INT. SHED - NIGHT"),
        (0, ""),
        (0, "Rain. Two chairs. The lamp is out and nobody has come to light"),
        (0, "it again."),
        (0, ""),
        (22, "KESTREL"),
        (16, "(low)"),
        (11, "You kept the key and you never once"),
        (11, "told me."),
        (0, ""),
        (51, "CUT TO:"),
    ]
    text = "\n".join(" " * indent + line for indent, line in columns)
    template = (
        b'#set page(paper: "us-letter", margin: 1in)\n#set text(size: 10pt)\n'
        b"#raw(json(bytes(sys.inputs.lines)).first())"
    )
    assert rows(typeset(text, template=template)) == [
        ("heading", "INT. SHED - NIGHT"),
        ("action", "Rain. Two chairs. The lamp is out and nobody has come to light it again."),
        ("character", "KESTREL"),
        ("parenthetical", "low"),
        ("dialogue", "You kept the key and you never once told me."),
        ("transition", "CUT TO:"),
    ]


def test_chinese_paragraphs_that_hang():
    script = [
        "1-1　林家客厅　日　内",
        "△" + "林晓推门进来，看着空荡荡的房间。" * 4,
        "林晓：" + "又是一个人。" * 9,
        "△门开。",
    ]
    template = (
        b'#set page(paper: "a4", margin: 1.25in)\n#set text(font: "Evalsite Serif SC", size: 12pt)\n'
        b"#set par(hanging-indent: 4em)\n#json(bytes(sys.inputs.lines)).first().join(parbreak())"
    )
    assert read_script(typeset(script, template=template), "x.pdf").text == "\n".join(script) + "\n"


def test_only_speeches_hang():
    script = [
        "1-1　林家客厅　日　内",
        "△" + "林晓推门进来，看着空荡荡的房间。" * 4,
        "林晓：" + "又是一个人，" * 9 + "算了。",
        "△门开。",
        "林母：" + "你还知道回来，" * 9 + "坐。",
        "△" + "她放下包，" * 14 + "没有坐。",
    ]
    template = (
        b'#set page(paper: "a4", margin: 1.25in)\n#set text(font: "Evalsite Serif SC", size: 12pt)\n'
        b"#set par(justify: true)\n#let lines = json(bytes(sys.inputs.lines)).first()\n"
        b'#for line in lines { if line.contains(regex("^.."+"\xef\xbc\x9a")) '
        b"{ par(hanging-indent: 4em, line) } "
        b"else { par(first-line-indent: (amount: 2em, all: true), line) } }"
    )
    assert read_script(typeset(script, template=template), "x.pdf").text == "\n".join(script) + "\n"


@pytest.mark.parametrize("pages", [[FIRST], [SECOND[1:], FIRST], [FIRST, SECOND]])
def test_a_head_on_one_page_only_is_left_out_and_marked(pages):
    head = (A, 36, "THE LOFT by A. N. Other")
    content = typeset(*pages[:-1], [head, *pages[-1]])
    understood = read_script(content, "x.pdf")
    (marked,) = (line for line in understood.lines if line.source == head[2])
    assert (marked.understood, marked.warning) == (("page-header",), "ambiguous-layout")
    assert "A. N. Other" not in understood.text


def test_heads_that_vary_are_left_out():
    heads = [(A, 36, f"Loft, act {act}, A. N. Other") for act in ("one", "one", "two", "three")]
    content = typeset(*([head, *FIRST[:-1]] for head in heads))
    assert "A. N. Other" not in read_script(content, "x.pdf").text


def test_two_columns_are_refused():
    line = "He waits by the door for her."
    pages = [(x, 72 + 12 * row, line) for row in range(40) for x in (60, 330)]
    assert "two columns" in refused(typeset(pages))


def test_a_scan_is_refused():
    scan = b"#set page(width: 612pt, height: 792pt)\n#rect(width: 100pt, height: 100pt, fill: black)"
    assert "no text" in refused(typeset(template=scan))


# What we print


@pytest.mark.parametrize(
    ("language", "scene"),
    [
        ("en", "INT. SHED - DAY\n\nRain falls on the roof.\n\nKESTREL\nYou kept the key.\n\n"),
        ("zh", "1-1　客厅　夜　内\n△林晓进来。\n林晓：走。\n\n"),
    ],
)
def test_no_heading_or_name_stands_last_on_a_page(language, scene):
    for count in (15, 16, 17):
        lines = read_script(write_script(scene * count, "pdf", language), "x.pdf").lines
        pages = {line.page: line for line in lines if not line.dropped}
        assert len(pages) > 1
        assert not any(line.understood[-1] in ("heading", "character") for line in pages.values())


LONG = (
    "△雨点打在渡口票房的玻璃上，顺着裂缝往下淌，灯泡晃了两下又亮起来，远处有船鸣笛，一声长一声短，没有人应它"
)


FOLLOWING = [
    "陈朗：今天不开门。",
    "许燕（低声）：我只问一句。",
    "△门开。",
    "1-4　码头　日　外",
    "人物：陈朗、许燕",
]


@pytest.mark.parametrize("length", [32, 33, 34, 35, 50])
def test_what_begins_a_line_is_never_joined_to_a_full_one(length):
    full = f"{LONG[:length]}。"
    text = "1-3　渡口票房　夜　内\n" + "".join(f"{full}\n{each}\n" for each in FOLLOWING) + "许燕：好。\n"
    again = read_script(write_script(text, "pdf", "zh"), "x.pdf")
    assert [each.text for each in again.script.elements] == [
        each.text for each in read_script(text.encode(), "x.txt").script.elements
    ]
    assert not any(line.warning for line in again.lines)


PLAIN = [
    "1-3　渡口票房　夜　内",
    "雨点打在玻璃上，灯泡晃了两下又亮起来，远处有船鸣笛，一声长一声短，没人应。",
    "陈朗把钥匙放在窗台上。",
    "灯灭了。",
    "许燕：好。",
]


def test_a_line_that_may_carry_on_a_full_one_is_marked():
    lines = [(90, 80 + 20 * row, text) for row, text in enumerate(PLAIN)]
    understood = read_script(typeset(lines, template=CHINESE), "x.pdf")
    assert [line.warning for line in understood.lines] == ["", "maybe-joined", "", ""]


def test_space_between_paragraphs_parts_them():
    tops = [80, 110, 130, 160, 190]
    text = [PLAIN[0], PLAIN[1][:-1] + "，", "没有人来开门。", PLAIN[2], PLAIN[3]]
    lines = [(90, top, line) for top, line in zip(tops, text, strict=True)]
    understood = read_script(typeset(lines, template=CHINESE), "x.pdf")
    assert [each.text for each in understood.script.elements] == [text[0], text[1] + text[2], *text[3:]]
    assert not any(line.warning for line in understood.lines)


def test_chinese_names_above_their_speech_on_a_page():
    lines = [
        (90, 80, "1-3　渡口票房　夜　内"),
        (90, 100, "人物：陈朗、许燕"),
        (90, 120, "△雨。"),
        (90, 150, "陈朗"),
        (90, 170, "今天不开门。"),
        (90, 200, "许燕"),
        (90, 220, "（低声）"),
        (90, 240, "我只问一句。"),
    ]
    understood = read_script(typeset(lines, template=CHINESE), "x.pdf")
    assert understood.text.endswith("△雨。\n陈朗：今天不开门。\n许燕：（低声）我只问一句。\n")
    assert {line.page for line in understood.lines} == {1}


def test_bold_capitals_at_the_left_edge_are_a_heading_where_headings_are_bold():
    template = TEMPLATE.replace(
        b"box(words)", b"box(if words == upper(words) { strong(words) } else { words })"
    )
    lines = [(A, 72, "INT. SHED - DAY"), (A, 96, "Rain."), (A, 120, "AT THE GATE"), (A, 144, "Mud.")]
    assert [kind for kind, _ in rows(typeset(lines, template=template))] == ["heading", "action"] * 2
    assert [kind for kind, _ in rows(typeset(lines))] == ["heading", "action", "action", "action"]


def test_space_that_a_program_sets_between_chinese_and_latin_is_no_blank():
    lines = [(90, 80, "1-3　渡口票房　夜　内"), (90, 100, "陈朗：他说OK，我们3点走。")]
    assert read_script(typeset(lines, template=CHINESE), "x.pdf").text.endswith("陈朗：他说OK，我们3点走。\n")


def test_the_same_heading_at_the_top_of_several_pages_is_no_running_head():
    page = [(90, 60, "1-1　票房　夜　内"), (90, 80, "△雨。"), (300, 790, "1")]
    pages = [[(x, y, text.replace("1-1", f"1-{number}")) for x, y, text in page] for number in (1, 2, 3)]
    script = read_script(typeset(*pages, template=CHINESE), "x.pdf").script
    assert [each.kind for each in script.elements] == ["heading", "action"] * 3


@pytest.mark.parametrize("writer", ["安渡", "编剧：安渡"])
@pytest.mark.parametrize("episode", ["安渡", "第一集", "第一集　渡口"])
def test_a_chinese_title_page_is_dropped(writer, episode):
    title = [(250, 300, "渡口的钟"), (250, 330, episode), (250, 360, writer), (90, 700, "海门市渡口路")]
    content = typeset(title, [(90, 80, "1-1　票房　夜　内"), (90, 100, "△雨。")], template=CHINESE)
    assert read_script(content, "x.pdf").text == "1-1　票房　夜　内\n△雨。\n"
