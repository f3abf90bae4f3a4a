"""Word files as people send them, made by another library than the one that reads them."""

import io

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import parse_xml
from docx.shared import Inches, Pt

from generation.formats import read_script
from generation.formats.docx_numbering import han

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(document, language=None):
    return read_script(saved(document), "pilot.docx", language)


def tracked(paragraph, added, removed):
    for tag, kind, text in (("ins", "t", added), ("del", "delText", removed)):
        xml = f'<w:{tag} {W} w:id="1" w:author="A"><w:r><w:{kind}>{text}</w:{kind}></w:r></w:{tag}>'
        paragraph._p.append(parse_xml(xml))


@pytest.fixture
def chinese():
    """A Chinese writer's file: no styles but the title's, breaks and tables where they fell."""
    document = docx.Document()
    document.core_properties.author = "Somebody"
    document.add_heading("渡口", 0)
    document.add_paragraph("编剧：某人")
    document.add_paragraph().add_run("1-1　林家客厅　夜　内").bold = True
    document.add_paragraph("出场人物：林晓、林母")
    document.add_paragraph("△林晓推门进来。").paragraph_format.first_line_indent = Pt(24)
    paragraph = document.add_paragraph("林母：回来了？")
    paragraph.add_run().add_break()
    paragraph.add_run("林晓：（低声）回来了。")
    paragraph = document.add_paragraph("林母")
    paragraph.add_run("（OS）").italic = True
    paragraph.add_run("：又来了。")
    document.add_paragraph("△她转身。").add_run().add_break(WD_BREAK.PAGE)
    return document


def test_a_chinese_writers_file(chinese):
    understood = read(chinese)
    assert understood.text == (
        "1-1　林家客厅　夜　内\n出场人物：林晓、林母\n△林晓推门进来。\n"
        "林母：回来了？\n林晓：（低声）回来了。\n"
        "林母（OS）：又来了。\n△她转身。\n"
    )
    assert (understood.language, understood.format, understood.encoding) == ("zh", "docx", "")
    assert [(line.number, line.understood) for line in understood.lines] == [
        (1, ("title-page",)),
        (2, ("title-page",)),
        (3, ("heading",)),
        (4, ("cast",)),
        (5, ("action",)),
        (6, ("character", "dialogue")),
        (6, ("character", "parenthetical", "dialogue")),
        (7, ("character", "dialogue")),
        (8, ("action",)),
    ]
    assert "某人" not in understood.text


def test_a_table_of_names_and_speeches(chinese):
    table = chinese.add_table(rows=3, cols=2)
    for row, cells in enumerate([("角色", "台词"), ("林晓", "走吧。"), ("林母", "去哪儿？")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    assert read(chinese).text.endswith("△她转身。\n\n林晓：走吧。\n林母：去哪儿？\n")


def test_a_table_that_frames_a_heading(chinese):
    table = chinese.add_table(rows=1, cols=6)
    for column, text in enumerate(["场次", "2", "时间", "日", "地点", "江边"]):
        table.cell(0, column).text = text
    script = read(chinese).script
    assert [each.text for each in script.elements if each.kind == "heading"][-1] == "2　江边　日"


def test_tracked_changes_are_taken_as_accepted(chinese):
    tracked(chinese.add_paragraph("林晓：我"), "不走。", "要走。")
    understood = read(chinese)
    assert understood.text.endswith("林晓：我不走。\n")
    assert "tracked" in {each.code for each in understood.warnings}


def test_a_paragraph_whose_end_was_deleted_runs_on(chinese):
    paragraph = chinese.add_paragraph("林晓：我")
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:rPr {W}><w:del w:id="1" w:author="A"/></w:rPr>'))
    chinese.add_paragraph("不走。")
    assert read(chinese).text.endswith("林晓：我不走。\n")


def test_hidden_text_and_field_codes_are_left_out(chinese):
    paragraph = chinese.add_paragraph("林晓：走。")
    paragraph.add_run("秘密").font.hidden = True
    paragraph._p.append(parse_xml(f"<w:r {W}><w:instrText>PAGE</w:instrText></w:r>"))
    understood = read(chinese)
    assert understood.text.endswith("林晓：走。\n")
    assert "hidden" in {each.code for each in understood.warnings}


def test_numbers_that_word_adds(chinese):
    numbering = chinese.part.numbering_part.element
    for key, form, text in (("90", "chineseCounting", "第%1场"), ("91", "bullet", "△")):
        parts = f'<w:start w:val="2"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
        level = f'<w:lvl w:ilvl="0">{parts}</w:lvl>'
        xml = f'<w:abstractNum {W} w:abstractNumId="{key}">{level}</w:abstractNum>'
        numbering.insert(0, parse_xml(xml))
        numbering.append(parse_xml(f'<w:num {W} w:numId="{key}"><w:abstractNumId w:val="{key}"/></w:num>'))
    for key, text in (("90", "江边　日　外"), ("91", "船。"), ("90", "码头　夜　外")):
        paragraph = chinese.add_paragraph(text)
        part = f'<w:numPr {W}><w:ilvl w:val="0"/><w:numId w:val="{key}"/></w:numPr>'
        paragraph._p.get_or_add_pPr().append(parse_xml(part))
    assert [each.text for each in read(chinese).script.elements][-3:] == [
        "第二场　江边　日　外",
        "船。",
        "第三场　码头　夜　外",
    ]


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (45, "四十五")]
)
def test_chinese_numerals(number, text):
    assert han(number) == text


SCRIPT = [
    ("Scene Heading", "INT. SHED - DAY"),
    ("Action", "Rain."),
    ("Character", "KESTREL"),
    ("Parenthetical", "(low)"),
    ("Dialogue", "You kept the key."),
    ("Transition", "CUT TO:"),
]
TEXT = "INT. SHED - DAY\n\nRain.\n\nKESTREL\n(low)\nYou kept the key.\n\nCUT TO:\n"


def test_english_styles():
    document = docx.Document()
    for style, text in SCRIPT:
        if style not in document.styles:
            document.styles.add_style(style, 1)
        document.add_paragraph(text, style=style)
    assert read(document).text == TEXT


def test_english_indents():
    document = docx.Document()
    indents = {"Character": 2.0, "Parenthetical": 1.5, "Dialogue": 1.0}
    for style, text in SCRIPT:
        paragraph = document.add_paragraph(text)
        paragraph.paragraph_format.left_indent = Inches(indents.get(style, 0))
        if style == "Transition":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    assert read(document).text == TEXT


def test_english_centred_speech():
    document = docx.Document()
    for style, text in SCRIPT[:-1]:
        paragraph = document.add_paragraph(text)
        if style in ("Character", "Parenthetical", "Dialogue"):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    assert read(document).text == TEXT.removesuffix("\nCUT TO:\n")


def test_english_centred_speeches_one_after_the_other():
    document = docx.Document()
    document.add_paragraph("INT. FERRY HOUSE - NIGHT")
    spoken = ("NORA", "Go.", "EAMON", "(softly)", "No.", "NORA", "NOW", "She goes.")
    for text in spoken:
        centred = text != "She goes."
        document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else None
    assert read(document).text == (
        "INT. FERRY HOUSE - NIGHT\n\nNORA\nGo.\n\nEAMON\n(softly)\nNo.\n\n@NORA\nNOW\n\nShe goes.\n"
    )


def test_an_episodes_number_below_a_title_is_no_scene():
    document = docx.Document()
    for text in ("《渡口》", "编剧：某人", "第一集", "1-1　林家　夜　内", "△林晓推门进来。"):
        document.add_paragraph(text)
    assert read(document).text == "1-1　林家　夜　内\n△林晓推门进来。\n"


@pytest.mark.parametrize("blank", [False, True])
def test_english_without_any_layout(blank):
    document = docx.Document()
    for style, text in SCRIPT:
        if blank and style not in ("Parenthetical", "Dialogue"):
            document.add_paragraph("")
        document.add_paragraph(text)
    assert read(document).text == TEXT


def test_a_picture_is_said_to_be_left_out(chinese):
    chinese.add_paragraph()._p.append(parse_xml(f"<w:r {W}><w:pict/></w:r>"))
    assert "pictures" in {each.code for each in read(chinese).warnings}


def test_tabs_for_indents_and_an_unmarked_title():
    document = docx.Document()
    for text in ("THE LOFT", "Written by", "A. N. Other", "", "INT. SHED - DAY", "Rain."):
        document.add_paragraph(text)
    for text in ("\t\t\tKESTREL", "\t\t(low)", "\tYou kept the key."):
        document.add_paragraph(text)
    understood = read(document)
    assert understood.text == TEXT.removesuffix("\nCUT TO:\n")
    assert [line.understood for line in understood.lines[:4]] == [("title-page",)] * 3 + [("heading",)]


BOX = (
    f'<w:r {W}><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>'
    "<w:p><w:r><w:t>字幕：三年后</w:t></w:r></w:p><w:p><w:r><w:t>△江面。</w:t></w:r></w:p>"
    "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
)


def test_the_words_in_a_text_box_are_read_after_its_paragraph(chinese):
    chinese.paragraphs[-1]._p.append(parse_xml(BOX))
    chinese.add_paragraph("林晓：好。")
    understood = read(chinese)
    assert understood.text.endswith("△她转身。\n\n\n字幕：三年后\n△江面。\n林晓：好。\n")
    assert understood.warnings == ()


def test_a_table_of_scenes(chinese):
    rows = [
        ["场次", "时间", "地点", "人物", "内容"],
        ["1-2", "日 外", "江边", "林晓", "△风。\n林晓：冷。"],
        ["1-3", "夜 内", "客厅", "林晓、林母", "林母：回来了？"],
    ]
    table = chinese.add_table(0, 5)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    assert read(chinese).text.endswith(
        "场次：1-2　时间：日 外　地点：江边\n人物：林晓\n△风。\n林晓：冷。\n"
        "场次：1-3　时间：夜 内　地点：客厅\n人物：林晓、林母\n林母：回来了？\n"
    )
    headings = [each.text for each in read(chinese).script.elements if each.kind == "heading"]
    assert headings[1:] == ["1-2　江边　日　外", "1-3　客厅　夜　内"]


def test_a_table_of_shots(chinese):
    table = chinese.add_table(0, 4)
    for row in (
        ["镜号", "景别", "画面", "台词"],
        ["1", "全景", "林晓进门。", "林晓：妈。"],
        ["2", "", "她坐下。", ""],
    ):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    assert read(chinese).text.endswith("全景：林晓进门。\n林晓：妈。\n△她坐下。\n")
