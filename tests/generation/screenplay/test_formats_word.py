"""Word files as people send them, made by another library than the one that reads them."""

import io
import zipfile

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import parse_xml
from docx.shared import Inches, Pt

from generation.screenplay.formats import read_script
from generation.screenplay.formats.docx_table import han

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(document, language=None):
    return read_script(saved(document), "pilot.docx", language)


def typed(*lines, document=None):
    """A document with these paragraphs."""
    document = document or docx.Document()
    for line in lines:
        document.add_paragraph(line)
    return document


def add_table(document, *rows):
    table = document.add_table(0, len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return table


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
    add_table(chinese, ("角色", "台词"), ("林晓", "走吧。"), ("林母", "去哪儿？"))
    assert read(chinese).text.endswith("△她转身。\n\n林晓：走吧。\n林母：去哪儿？\n")


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
LINES = [text for _, text in SCRIPT]
TEXT = "INT. SHED - DAY\n\nRain.\n\nKESTREL\n(low)\nYou kept the key.\n\nCUT TO:\n"


def test_english_indents():
    document = docx.Document()
    indents = {"Character": 2.0, "Parenthetical": 1.5, "Dialogue": 1.0}
    for style, text in SCRIPT:
        paragraph = document.add_paragraph(text)
        paragraph.paragraph_format.left_indent = Inches(indents.get(style, 0))
        if style == "Transition":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    assert read(document).text == TEXT


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


PLAYED_BY_PLACE = {
    "en": (
        ("heading", "INT. NET SHED - NIGHT"), ("action", "Rain on tin. The lamp swings."),
        ("character", "WREN"), ("dialogue", "You came back."),
        ("character", "KESTREL"), ("dialogue", "I said I would."), ("dialogue", "Twice."),
        ("action", "She hangs her coat on the nail."),
        ("character", "WREN"), ("parenthetical", "(low)"), ("dialogue", "NO!"),
        ("character", "KESTREL"), ("dialogue", "That nail was mine."),
        ("action", "A gull screams."), ("action", "Nobody moves."),
        ("heading", "EXT. HARBOUR - DAWN"), ("action", "Boats knock against the wall."),
        ("character", "PILOT (O.S.)"), ("dialogue", "Is it you?"), ("action", "Fog."),
    ),
    "zh": (
        ("heading", "1. 内景　网棚　夜"), ("action", "雨打在铁皮上，灯在晃。"),
        ("character", "小满"), ("dialogue", "你回来了。"),
        ("character", "陈朗"), ("dialogue", "我说过会来。"), ("dialogue", "说了两遍。"),
        ("action", "她把外套挂在钉子上。"),
        ("character", "小满"), ("parenthetical", "（低声）"), ("dialogue", "不！"),
        ("character", "陈朗"), ("dialogue", "这颗钉子以前是我的。"),
        ("action", "海鸥叫了一声。"), ("action", "谁也没动。"),
        ("heading", "2. 外景　码头　晨"), ("action", "几条船撞着堤岸。"),
        ("character", "领航（画外）"), ("dialogue", "是你吗？"), ("action", "起雾了。"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "speech", "blank", "numbers", "most"),
    [
        ("left", "left", "", True, 10),
        ("left", "left", "each", False, 10),
        ("left", 0.5, "parts", False, 2),
        ("left", "center", "", True, 2),
        ("center", "left", "", False, 7),
        ("center", "center", "parts", True, 3),
        ("center", 0.5, "", False, 2),
        ("center", 1, "each", True, 2),
        (2, 1, "", False, 2),
        ("tabs", 1.5, "each", True, 3),
    ],
)
def test_each_line_of_a_handmade_layout_is_right_or_marked(language, name, speech, blank, numbers, most):
    document, lines = docx.Document(), PLAYED_BY_PLACE[language]
    for number, (kind, text) in enumerate(lines):
        if blank == "each" or (blank and kind in ("heading", "action", "character")):
            document.add_paragraph("")
        place = {"character": name, "dialogue": speech, "parenthetical": speech}.get(kind, "left")
        numbered = numbers and kind == "heading" and language == "en"
        text = f"{number + 1}. {text}" if numbered else text
        paragraph = document.add_paragraph(("\t\t\t" if place == "tabs" else "") + text)
        paragraph.runs[0].bold = numbers and kind in ("heading", "character")
        if place == "center":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif isinstance(place, int | float):
            paragraph.paragraph_format.left_indent = Inches(place)
    read_lines = read(document, language).lines
    assert len(read_lines) == len(lines)
    for line, (kind, text) in zip(read_lines, lines, strict=True):
        assert line.warning or line.understood[0] == kind, (text, line)
    assert sum(1 for line in read_lines if line.warning) <= most


@pytest.mark.parametrize(
    ("places", "rest"),
    [
        (("THE KITCHEN", "THE YARD"), ("Anna stirs the soup.", "ANNA: Where were you?", "BEN: Out.")),
        (("医院走廊", "小满家"), ("小满扶着墙走过来。", "小满：大夫在哪儿？", "护士：在里面。")),
    ],
)
def test_centred_places_are_no_names_where_speeches_hold_theirs(places, rest):
    document = docx.Document()
    for place in places:
        document.add_paragraph(place).alignment = WD_ALIGN_PARAGRAPH.CENTER
        typed(*rest, document=document)
    lines = read(document).lines
    assert all(line.warning for line in lines if line.source in places)
    assert all(line.understood != ("dialogue",) for line in lines)


def test_a_title_style_below_the_first_scene_drops_no_scene():
    document = docx.Document()
    for style, text in (*SCRIPT, ("Subtitle", "Act Two"), ("Normal", "EXT. YARD - DAY")):
        document.add_paragraph(text, style=style if style == "Subtitle" else "Normal")
    assert read(document).text == TEXT + "\nEXT. YARD - DAY\n"


def test_a_title_page_above_a_numbered_scene():
    document = typed("THE LONG ROAD", "", "A. N. Other", "", "12 Elm Street")
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    typed("1 INT. KITCHEN - DAY", "", "Rain.", document=document)
    assert read(document).text == "INT. KITCHEN - DAY\n\nRain.\n"


def test_an_episodes_number_below_a_title_is_no_scene():
    document = typed("《渡口》", "编剧：某人", "第一集", "1-1　林家　夜　内", "△林晓推门进来。")
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
    document = typed("THE LOFT", "Written by", "A. N. Other", "", "INT. SHED - DAY", "Rain.")
    typed("\t\t\tKESTREL", "\t\t(low)", "\tYou kept the key.", document=document)
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
    add_table(chinese, *rows)
    assert read(chinese).text.endswith(
        "场次：1-2　时间：日 外　地点：江边\n人物：林晓\n△风。\n林晓：冷。\n"
        "场次：1-3　时间：夜 内　地点：客厅\n人物：林晓、林母\n林母：回来了？\n"
    )
    headings = [each.text for each in read(chinese).script.elements if each.kind == "heading"]
    assert headings[1:] == ["1-2　江边　日　外", "1-3　客厅　夜　内"]


def test_a_table_of_shots(chinese):
    shots = (["1", "全景", "林晓进门。", "林晓：妈。"], ["2", "", "她坐下。", ""])
    add_table(chinese, ["镜号", "景别", "画面", "台词"], *shots)
    assert read(chinese).text.endswith("全景：林晓进门。\n林晓：妈。\n△她坐下。\n")


# Tables


SCENE = ["1-3　渡口票房　夜　内", "陈朗、许燕"]


def with_table(*rows, merge=()):
    document = docx.Document()
    table = add_table(document, *rows)
    for first, last in merge:
        kept = table.cell(*first).text
        table.cell(*first).merge(table.cell(*last)).text = kept
    return typed("△雨。", "陈朗：今天不开门。", document=document)


def heads(document):
    """Headings and casts of a file that then goes on with an action and a speech."""
    elements = read(document, "zh").script.elements
    assert [each.kind for each in elements][-3:] == ["action", "character", "dialogue"]
    assert all(each.kind in ("heading", "cast") for each in elements[:-3])
    return [each.text for each in elements[:-3]]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("场次|场景|时间|人物/1-3|渡口票房|夜|陈朗、许燕", ["1-3　渡口票房　夜", "陈朗、许燕"]),
        ("场号|地点|时间|内外|人物/1-3|渡口票房|夜|内|陈朗、许燕", SCENE),
        ("场 次|内外景|日夜|场 景|出场人物/1-3|内景|夜景|渡口票房|陈朗、许燕", SCENE),
        ("人物|地点|场次|内外景|时间/陈朗、许燕|渡口票房|1-3|内|夜", SCENE),
        ("1-3|渡口票房|夜|内", SCENE[:1]),
        ("1-3|夜|内|渡口票房|陈朗、许燕", SCENE),
        ("场次|1-3|时间|夜/地点|渡口票房|内外|内/人物|陈朗、许燕||", SCENE),
        ("场次|1-3/地点|渡口票房/时间|夜/内外|内/人物|陈朗、许燕", SCENE),
        ("场次：1-3|地点：渡口票房/时间：夜|内外：内/人物：陈朗、许燕|", SCENE),
        ("场次|地点/1-3|渡口票房/时间|内外/夜|内/人物|/陈朗、许燕|", SCENE),
    ],
)
def test_a_table_of_fields_is_one_heading_and_one_cast(table, found):
    assert heads(with_table(*(row.split("|") for row in table.split("/")))) == found


def test_merged_cells_of_a_heading_table():
    rows = [
        ["场次", "地点", "", "时间", "内外"],
        ["1-3", "渡口", "票房", "夜", "内"],
        ["人物", "陈朗、许燕", "", "", ""],
    ]
    across = [((0, 1), (0, 2)), ((2, 1), (2, 4))]
    assert heads(with_table(*rows, merge=across)) == ["1-3　渡口　票房　夜　内", "陈朗、许燕"]


def test_a_scene_number_that_spans_rows_is_one_scene():
    rows = [
        ["场次", "地点", "时间", "画面", "台词"],
        ["1-3", "票房", "夜", "雨。", "陈朗：不开门。"],
        ["", "", "", "门开。", "许燕：等等。"],
    ]
    down = [((1, column), (2, column)) for column in range(3)]
    assert kinds(with_table(*rows, merge=down))[:7] == [
        ("heading", "1-3　票房　夜"),
        ("action", "雨。"), ("character", "陈朗"), ("dialogue", "不开门。"),
        ("action", "门开。"), ("character", "许燕"), ("dialogue", "等等。"),
    ]  # fmt: skip


def test_a_row_that_is_not_understood_is_marked():
    understood = read(with_table(["雨很大", "灯没亮", "没有人"], ["风", "浪", "船"]), "zh")
    assert [line.warning for line in understood.lines] == ["maybe-table"] * 6 + [""] * 2


# Chinese styles


def styled(*rows):
    document = docx.Document()
    for style, text in rows:
        if style not in document.styles:
            document.styles.add_style(style, 1)
        document.add_paragraph(text, style=style)
    return document


def kinds(document):
    return [(each.kind.value, each.text) for each in read(document, "zh").script.elements]


PLAYED = [
    ("heading", "1-3　渡口票房　夜　内"),
    ("cast", "陈朗、许燕"),
    ("action", "雨打在玻璃上。"),
    ("character", "陈朗"),
    ("parenthetical", "低声"),
    ("dialogue", "今天不开门。明天也不开。"),
    ("transition", "切至："),
]


@pytest.mark.parametrize(
    "names",
    [
        ("场景标题", "人物", "动作", "角色", "括注", "对白", "转场"),
        ("场景", "出场人物", "舞台提示", "人物名", "括号", "台词", "转场"),
        ("剧本场次", "出场人物", "剧本动作", "剧本角色", "剧本括注", "剧本台词", "剧本转场"),
        ("场景标题 1", "人物表", "动作描述", "角色名称", "表演提示", "人物对白", "转场提示"),
    ],
)
def test_chinese_styles(names):
    heading, cast, action, cue, manner, speech, transition = names
    assert kinds(styled(
        (heading, "1-3 渡口票房 夜 内"), (cast, "人物：陈朗、许燕"), (action, "雨打在玻璃上。"),
        (cue, "陈朗"), (manner, "（低声）"), (speech, "今天不开门。"), (speech, "明天也不开。"),
        (transition, "切至："),
    )) == PLAYED  # fmt: skip


def test_a_chinese_speech_style_that_holds_the_name():
    document = styled(
        ("场景标题", "1-3 渡口票房 夜 内"), ("Normal", "人物：陈朗、许燕"), ("动作", "△雨打在玻璃上。"),
        ("台词", "陈朗（低声）：今天不开门。"), ("台词", "明天也不开。"), ("Normal", "切至："),
    )  # fmt: skip
    assert kinds(document) == PLAYED


def test_a_chinese_action_style_holds_no_speech():
    document = styled(
        ("场景标题", "渡口票房　夜"), ("动作", "告示一行字：停航。"), ("角色", "陈朗："), ("对白", "走。"),
        ("动作", "他转身"),
    )  # fmt: skip
    assert kinds(document) == [
        ("heading", "渡口票房　夜"), ("action", "告示一行字：停航。"), ("character", "陈朗"),
        ("dialogue", "走。"), ("action", "他转身"),
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "Screenplay ", "SP-", "My ", "FD_"])
def test_english_styles_with_and_without_a_prefix(prefix):
    assert read(styled(*((prefix + style, text) for style, text in SCRIPT))).text == TEXT


# Title pages


def test_what_stands_above_a_page_break_is_a_title_page():
    document = typed("THE FERRY CLOCK", "Ada Brandt", "Tom Vale", "", "12 Harbour Lane", "Port Ellery")
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    typed(*LINES, document=document)
    understood = read(document)
    assert understood.text == TEXT
    assert [line.understood for line in understood.lines[:5]] == [("title-page",)] * 5


def test_a_contact_of_many_lines_without_a_page_break():
    lines = ("THE FERRY CLOCK", "written by", "Ada Brandt", "and", "Tom Vale", "Contact:", "Ada Brandt",
             "12 Harbour Lane", "Port Ellery")  # fmt: skip
    assert read(typed(*lines, *LINES)).text == TEXT


@pytest.mark.parametrize("broken", [False, True])
def test_a_chinese_title_page(broken):
    lines = ("渡口的钟", "编剧：安渡", "卫舟", "联系方式：", "安渡", "海门市渡口路十二号",
             "二〇二四年三月 第二稿")  # fmt: skip
    document = typed(*lines[1 - broken :])
    if broken:
        document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    typed("1-3　渡口票房　夜　内", "△雨。", "陈朗：今天不开门。", document=document)
    assert read(document).text == "1-3　渡口票房　夜　内\n△雨。\n陈朗：今天不开门。\n"


def test_a_first_page_with_a_scene_is_no_title_page():
    document = typed("FADE IN:", "A dark stage.", "INT. SHED - DAY", "Rain.")
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    typed("INT. SHED - NIGHT", "More rain.", document=document)
    assert read(document).text.startswith("FADE IN:\n\nA dark stage.\n\nINT. SHED - DAY")


# Other indents


@pytest.mark.parametrize(
    ("base", "speech", "manner", "cue"), [(1.5, 2.5, 3.1, 3.7), (0, 0.5, 0.8, 1.2), (0, 1, 1, 1)]
)
def test_english_indents_of_other_measures(base, speech, manner, cue):
    document = docx.Document()
    indents = {"Character": cue, "Parenthetical": manner, "Dialogue": speech, "Transition": base + 4.5}
    for style, text in SCRIPT:
        document.add_paragraph(text).paragraph_format.left_indent = Inches(indents.get(style, base))
    assert read(document).text == TEXT


def test_a_strict_file_is_read():
    parts = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved(styled(*[("台词", "陈朗：走。")])))) as old,
        zipfile.ZipFile(parts, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(
                name,
                old.read(name).replace(
                    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                    b"http://purl.oclc.org/ooxml/wordprocessingml/main",
                ),
            )
    assert read_script(parts.getvalue(), "x.docx", "zh").text == "陈朗：走。\n"
