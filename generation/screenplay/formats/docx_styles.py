"""The fixed parts of the Word files that are written."""

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
        made = [_style("场景标题", "SceneHeading", "<w:keepNext/>", _HEI), _style("动作", "Action", "", "")]
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
    return _style(name, name.replace(" ", ""), place, run)


def _style(name: str, key: str, paragraph: str, run: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )
