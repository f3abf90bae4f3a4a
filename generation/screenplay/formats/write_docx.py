"""The scene model as a Word file.

English: a Letter page in Courier with the trade's indents, each kind a style. Chinese: A4, Song, one line a
paragraph as Chinese writers type it, headings in Hei. The parts are the four that a Word file needs: nothing
in it says who made it, when, or with what.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape

from generation.screenplay import Element, Kind, Script, parse, source_text
from generation.screenplay.chinese import is_heading

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"

CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
)
RELS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
DOCUMENT_RELS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
# Letter with the left margin at 1.5 in and the right at 1 in; A4 with an inch all round.
_LETTER = (
    '<w:pgSz w:w="12240" w:h="15840"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="2160"/>'
)
_A4 = '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1797" w:bottom="1440" w:left="1797"/>'
DOCUMENT = {
    language: f"{_XML}<w:document {_W}><w:body>{{body}}<w:sectPr>{page}</w:sectPr></w:body></w:document>"
    for language, page in (("en", _LETTER), ("zh", _A4))
}

_COURIER = '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New" w:eastAsia="SimSun"/>'
_SONG = '<w:rFonts w:ascii="SimSun" w:hAnsi="SimSun" w:eastAsia="SimSun" w:hint="eastAsia"/>'
_HEI = '<w:rFonts w:ascii="SimHei" w:hAnsi="SimHei" w:eastAsia="SimHei" w:hint="eastAsia"/><w:b/>'
_LANG = {"en": '<w:lang w:val="en-US"/>', "zh": '<w:lang w:val="zh-CN" w:eastAsia="zh-CN"/>'}

# Name, indents from the left and right margin in twips, space before, other paragraph and run properties.
_ENGLISH = (
    ("Scene Heading", 0, 0, 240, "<w:keepNext/>", "<w:caps/>"),
    ("Action", 0, 0, 240, "", ""),
    ("Centered", 0, 0, 240, '<w:jc w:val="center"/>', ""),
    ("Character", 2880, 0, 240, "<w:keepNext/>", "<w:caps/>"),
    ("Parenthetical", 2160, 2880, 0, "<w:keepNext/>", ""),
    ("Dialogue", 1440, 2160, 0, "", ""),
    ("Lyrics", 1440, 2160, 0, "", "<w:i/>"),
    ("Transition", 0, 0, 240, '<w:jc w:val="right"/>', "<w:caps/>"),
    ("Note", 0, 0, 240, "", "<w:vanish/>"),
    ("Note Section", 0, 0, 240, "", "<w:vanish/>"),
    ("Note Synopsis", 0, 0, 240, "", "<w:vanish/>"),
)
_DUAL = ("Character", "Parenthetical", "Dialogue", "Lyrics")
_SIDES = (("Left", 0, 4680), ("Right", 4680, 0))


def styles(language: str) -> str:
    """`word/styles.xml` of a language."""
    font = _SONG if language == "zh" else _COURIER
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{font}<w:sz w:val="24"/>{_LANG[language]}</w:rPr>'
        "</w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    )
    if language == "zh":
        made = [
            _style_xml("场景标题", "SceneHeading", "<w:keepNext/>", _HEI),
            _style_xml("动作", "Action", "", ""),
        ]
    else:
        made = [_indented(*each) for each in _ENGLISH]
        made += [
            _indented(f"{name} {side}", left, right, 240 if name == "Character" else 0, "", "")
            for side, left, right in _SIDES
            for name in _DUAL
        ]
    return f"{_XML}<w:styles {_W}>{defaults}{''.join(made)}</w:styles>"


def _indented(name: str, left: int, right: int, before: int, paragraph: str, run: str) -> str:
    keep, other = (paragraph, "") if "keepNext" in paragraph else ("", paragraph)
    place = f'{keep}<w:spacing w:before="{before}"/><w:ind w:left="{left}" w:right="{right}"/>{other}'
    return _style_xml(name, name.replace(" ", ""), place, run)


def _style_xml(name: str, key: str, paragraph: str, run: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )


_STYLES = {
    Kind.HEADING: "SceneHeading",
    Kind.CAST: "Action",
    Kind.ACTION: "Action",
    Kind.CHARACTER: "Character",
    Kind.PARENTHETICAL: "Parenthetical",
    Kind.DIALOGUE: "Dialogue",
    Kind.TRANSITION: "Transition",
}
_NOTES = {"": "Note", "section": "NoteSection", "synopsis": "NoteSynopsis"}
_FIXED = (1980, 1, 1, 0, 0, 0)


def docx(script: Script) -> bytes:
    """The script as a .docx file; the same bytes from the same script."""
    body = "".join(_chinese(script) if script.language == "zh" else _english(script))
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELS,
        "word/_rels/document.xml.rels": DOCUMENT_RELS,
        "word/document.xml": DOCUMENT[script.language].format(body=body),
        "word/styles.xml": styles(script.language),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            info.external_attr = 0
            archive.writestr(info, content.encode(), compresslevel=6)
    return out.getvalue()


def _english(script: Script) -> Iterator[str]:
    for element in script.elements:
        yield _paragraph(_style(element), _shown(element))


def _style(element: Element) -> str:
    if element.kind is Kind.NOTE:
        return _NOTES[element.form]
    if element.form == "lyric":
        return "Lyrics" + element.dual.title()
    if element.form == "centered":
        return "Centered"
    return _STYLES[element.kind] + element.dual.title()


def _shown(element: Element) -> str:
    return f"({element.text})" if element.kind is Kind.PARENTHETICAL else element.text


def _chinese(script: Script) -> Iterator[str]:
    text = source_text(script)
    typed = parse(text, "zh")
    # A line without its mark could be taken for a name above its speech: the style says what it is.
    unmarked = {each.line for each in typed.elements if each.form == "unmarked"}
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        style = "Action" if number in unmarked else ""
        yield _paragraph("SceneHeading" if is_heading(line) else style, line)


def _paragraph(style: str, text: str) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    runs = "<w:br/>".join(_run(line) for line in text.split("\n")) if text else ""
    return f"<w:p>{properties}<w:r>{runs}</w:r></w:p>" if runs else f"<w:p>{properties}</w:p>"


def _run(text: str) -> str:
    kept = "".join(each for each in text if each >= " " and each not in "\ufffe\uffff")
    return f'<w:t xml:space="preserve">{escape(kept)}</w:t>'
