"""A file that somebody hands in, to a script, with an account of every line.

    understood = read_script(path)              # or read_script(content, "pilot.docx", language="zh")
    understood.text, understood.script          # what is stored, and what it is parsed to
    understood.lines                            # the preview: what each line was taken for

What is stored is always text that `parse` gives the same script for, whatever the file was. Every refusal is
an `InputErrors` with the file's name, the place where there is one, and how to fix it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

from evalsite.core.errors import InputErrors
from evalsite.core.reason_codes import Reason, sentence
from generation.screenplay import Kind, Script, TextTooLarge, parse, script_text, source_text
from generation.screenplay.formats import line_account, page_layout
from generation.screenplay.formats.child_parsers import understand_foreign
from generation.screenplay.formats.chinese_lines import understand_chinese, with_doubts
from generation.screenplay.formats.items import Item, build, by_layout, by_place, by_style, style_of
from generation.screenplay.formats.line_account import from_paragraphs, without_head_notes
from generation.screenplay.formats.reading_result import Line, Understood, Warned
from generation.screenplay.formats.rows import Page, Paragraph, Segment, Sent
from generation.screenplay.formats.sniff import LARGEST, sniff
from generation.screenplay.formats.title_page import (
    MOST,
    is_front_page,
    title_block,
    title_items,
    title_lines,
    title_of,
)
from generation.screenplay.measure import count_han
from generation.screenplay.text_checks import detect_language

_INDENTED_CUE = re.compile(r"^(?: {12,}|\t{2,})[^\sa-z][^a-z]*$")
_PITCH, _LINE_HEIGHT, _LEFT = 7.2, 12.0, 108.0
_TYPED_PAGE = Page(612.0, float("inf"))


def read_script(source: Path | bytes, name: str = "", language: str | None = None) -> Understood:
    """The script in a file, or in a file's bytes called `name`. Raises `InputErrors`.

    `language` is `en` or `zh`; None finds it out.
    """
    name = name or (str(source) if isinstance(source, Path) else "")
    kind, sent = rows_of(source, name)
    return read_rows(kind, sent, name, language)


def rows_of(source: Path | bytes, name: str) -> tuple[str, Sent]:
    """What takes long: the format, and the rows that a child process made of the file.

    Raises `InputErrors`.
    """
    content = _content(source, name)
    kind = sniff(content, name)
    return kind, understand_foreign(kind, content, name)


def read_rows(kind: str, sent: Sent, name: str, language: str | None = None) -> Understood:
    """The script in a file's rows. Raises `InputErrors`."""
    sent = _as_meant(sent)
    language = language or _language(sent)
    try:
        understood = understand(kind, sent, language, name)
    except TextTooLarge as error:
        raise InputErrors.single(name, f"{error}.", sentence("split it into smaller files.")) from error
    _check(understood, name)
    return understood


def _as_meant(sent: Sent) -> Sent:
    """Without signs that only look like what was written."""
    return replace(
        sent,
        paragraphs=tuple(each._replace(text=as_meant(each.text)) for each in sent.paragraphs),
        segments=tuple(each._replace(text=as_meant(each.text)) for each in sent.segments),
    )


def _content(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        content = source
    else:
        try:
            with source.open("rb") as handle:
                content = handle.read(LARGEST + 1)
        except OSError as error:
            message = f"the file can't be read ({error.strerror})."
            raise InputErrors.single(
                name, message, "check its name, its folder and its permissions."
            ) from error
    if len(content) > LARGEST:
        message = sentence("the file is larger than %(count)s bytes.", count=f"{LARGEST:,}")
        raise InputErrors.single(
            name, message, sentence("split it into smaller files, or remove its pictures.")
        )
    return content


def _language(sent: Sent) -> str:
    text = "\n".join(sent.texts())[:200_000]
    return detect_language(text) or ("zh" if count_han(text) else "en")


def understand(kind: str, sent: Sent, language: str, name: str = "") -> Understood:
    """What the child process sent, as a script. Raises `InputErrors` and `TextTooLarge`."""
    warnings = [Warned(code, number, message) for code, number, message in sent.warnings]
    sent = replace(sent, paragraphs=tuple(without_head_notes(sent.paragraphs)))
    if kind == "docx":
        sent = replace(sent, paragraphs=_without_title_block(sent.paragraphs, language))
        sent = replace(sent, paragraphs=tuple(by_place(sent.paragraphs, language)))
    if kind == "pdf":
        _refuse_columns(sent, name)
        if language == "zh":
            text, script, lines = _chinese_pages(page_layout.chinese(sent.segments, sent.pages))
        else:
            items = list(by_layout(page_layout.english(sent.segments, sent.pages)))
            texts = [each.text if each.kind else "" for each in items]
            for at in title_block(texts, title_lines(texts, language)):
                items[at] = replace(items[at], kind=None, drop=items[at].drop or "title-page")
            text, script, lines = _from_items(items, language)
    elif kind == "fdx" or (kind == "docx" and _styled(sent.paragraphs, language)):
        paragraphs = list(_whole(sent.paragraphs))
        loose = frozenset(each.number for each in paragraphs if kind == "fdx" and _is_loose(each.style))
        text, script, lines = _from_items(list(by_style(paragraphs, language)), language, loose)
    elif kind == "plain" and language == "en" and _in_columns(sent.paragraphs):
        items = list(by_layout(page_layout.english(list(_segments(sent.paragraphs)), [_TYPED_PAGE])))
        text, script, lines = _from_items(items, language)
        warnings.append(Warned("columns", 0, "read by its indents, as a typed page"))
    elif language == "zh":
        text, script, lines = understand_chinese(kind, sent.paragraphs)
    else:
        text, script, lines = _without_numbers(sent.paragraphs)
    doubts = {each.number: each.warning for each in sent.paragraphs if each.warning}
    lines = [replace(line, warning=line.warning or doubts.get(line.number, "")) for line in lines]
    if language == "zh":
        lines = with_doubts(script, lines)
        if quoted := _lost_quotes(text, script):
            what = Reason("quotation marks around whole speeches aren't shown (%(what)s)", what=quoted)
            warnings.append(Warned("quotes", 0, what))
    warnings += [*line_account.lost(lines), *line_account.structure(script, text)]
    if (other := detect_language(script.text)) != language and other:
        warnings.append(Warned("language", 0, f"the text does not read as {language!r}"))
    title = title_of([line.source for line in lines if "title-page" in line.understood])
    return Understood(script, text, language, kind, sent.encoding, tuple(lines), tuple(warnings), title)


def _without_numbers(paragraphs: Sequence[Paragraph]) -> tuple[str, Script, list[Line]]:
    """English text, read without the numbers before scene headings: with them these would be names."""
    plain = [each._replace(text=page_layout.without_scene_number(each.text)) for each in paragraphs]
    changed = {
        before.number: before.text for before, each in zip(paragraphs, plain, strict=True) if before != each
    }
    text, script, lines = from_paragraphs(plain, "en")
    return text, script, [replace(line, source=changed.get(line.number, line.source)) for line in lines]


def _lost_quotes(text: str, script: Script) -> int:
    """How many whole speeches stand in quotation marks, which the parser takes off."""
    lines = [line.rstrip()[-1:] for line in text.split("\n")]
    ends = [(lines[each.line - 1], each.text[-1:]) for each in script.of(Kind.DIALOGUE)]
    return sum(1 for typed, read in ends if typed and typed in '」”"' and typed != read)


def _is_loose(style: str) -> bool:
    """Whether a paragraph's type says nothing of what it is in a script."""
    return style == "General" or style_of(style) is None


def _from_items(
    items: list[Item], language: str, loose: Collection[int] = ()
) -> tuple[str, Script, list[Line]]:
    """`loose` are numbers of items that belong to the title page if they follow it."""
    headings = [at for at, each in enumerate(items) if each.kind is Kind.HEADING]
    heads = title_items([each.text if each.kind else "" for each in items], language, headings)
    while heads and len(heads) < len(items) and items[len(heads)].number in loose:
        heads.add(len(heads))
    items = [
        replace(each, kind=None, drop=each.drop or "title-page") if at in heads else each
        for at, each in enumerate(items)
    ]
    meant = build(items, language)
    text = script_text(source_text(meant))
    script = parse(text, language)
    return text, script, list(line_account.of_items(items, meant, script))


def _chinese_pages(found: Sequence[page_layout.PageLines]) -> tuple[str, Script, list[Line]]:
    """Paragraphs of pages as any Chinese lines; a blank line stands for the space between them."""
    first = [each for each in found if each.kind == "text" and each.page == 1]
    if is_front_page([each.text for each in first], [each.text for each in found if each.page > 1]):
        for each in first:
            each.kind = "title-page"
    paragraphs: list[Paragraph] = []
    for each in found:
        if each.kind == "text":
            if each.gap:
                paragraphs.append(Paragraph(each.number, ""))
            paragraphs.append(Paragraph(each.number, each.text))
    # What stands in the margins comes last, where it parts nothing.
    paragraphs += [Paragraph(each.number, each.text, drop=each.kind) for each in found if each.kind != "text"]
    _, script, lines = understand_chinese("pdf", _without_title_block(paragraphs, "zh"))
    text = script_text(source_text(script))
    page = {each.number: each.page for each in found}
    doubts = {each.number: each.warning for each in found if each.warning}
    lines = [
        replace(each, page=page[each.number], warning=each.warning or doubts.get(each.number, ""))
        for each in lines
    ]
    return text, parse(text, "zh"), lines


def _without_title_block(paragraphs: Sequence[Paragraph], language: str) -> tuple[Paragraph, ...]:
    """Paragraphs of which those of the title page say so, down to the script."""
    texts = [each.text for each in paragraphs]
    marked = {at for at, each in enumerate(paragraphs[:MOST]) if each.drop == "title-page"}
    titles = title_block(texts, marked | title_lines(texts, language))
    return tuple(
        each._replace(drop="title-page") if at in titles and each.text.strip() else each
        for at, each in enumerate(paragraphs)
    )


def _whole(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs whose soft line breaks stand within them again."""
    for _, group in groupby(paragraphs, key=lambda each: (each.number, each.style)):
        parts = list(group)
        yield parts[0]._replace(text="\n".join(each.text for each in parts))


def _refuse_columns(sent: Sent, name: str) -> None:
    if page_layout.two_columns(sent.segments):
        message = sentence("the pages have two columns.")
        fix = sentence("save it in one column, or upload the original as Word, FDX or text.")
        raise InputErrors.single(name, message, fix)


def _styled(paragraphs: Sequence[Paragraph], language: str) -> bool:
    """Whether styles say what the paragraphs of a Word file are; in Chinese, only speech needs them."""
    kinds = {found[0] for each in paragraphs if (found := style_of(each.style))}
    return Kind.DIALOGUE in kinds if language == "zh" else bool(kinds)


def _in_columns(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether a text was typed with the indents of a page: names far in, above indented speech."""
    speeches = (
        1
        for cue, speech in pairwise(paragraphs)
        if _INDENTED_CUE.match(cue.text) and re.match(r"^(?: {6,}|\t)\S", speech.text)
    )
    return sum(speeches) >= 2


def _segments(paragraphs: Sequence[Paragraph]) -> Iterator[Segment]:
    """Lines of a typed page, as if they had been printed in ten letters to the inch."""
    for each in paragraphs:
        line = each.text.expandtabs(8).rstrip()
        top = 200.0 + _LINE_HEIGHT * each.number
        number = page_layout.SCENE_NUMBER.match(line.lstrip())
        ends = {len(line) - len(line.lstrip()) + number.end()} if number else set()
        starts = sorted({match.end() for match in re.finditer(r"^ *(?=\S)| {3,}(?=\S)", line)} | ends)
        for start, end in pairwise([*starts, len(line)]):
            text = line[start:end].rstrip()
            left = _LEFT + _PITCH * start
            yield Segment(1, top, left, left + _PITCH * len(text), _LINE_HEIGHT, text)


def _check(understood: Understood, name: str) -> None:
    for problem in understood.script.problems:
        if problem.code == "unreadable":
            message, fix = (
                sentence("the text can't be read as Fountain: %(why)s.", why=problem.message),
                sentence("split it into paragraphs and lines as in a script."),
            )
            raise InputErrors.single(name, message, fix, max(1, problem.line))
    if not any(element.printed for element in understood.script.elements):
        raise InputErrors.single(
            name, sentence("this file contains no script."), sentence("upload only the script.")
        )


# Where a font draws two code points with one shape, a PDF may name the wrong one: Kangxi radicals and the CJK
# Radicals Supplement in place of Chinese characters, ligatures in place of letters. To the eye all is right;
# to a count of characters, to a name that is looked for and to a model it is another text.
_LIKE = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]")
_SUPPLEMENT = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧"
    "⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍"
    "⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳"
)
_MEANT = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑𫜹忄心扌攵旡日月歺母民氵氺灬爫爫丬牛"
    "犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶"
    "辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
"""What the supplement's signs stand for, by Unicode's table of equivalent ideographs; only two decompose."""
_TABLE = {**dict(zip(_SUPPLEMENT, _MEANT, strict=True)), "\u2f3e": "户"}
"""The radical decomposes into the traditional character; what is drawn by its shape is the simplified one."""


def as_meant(text: str) -> str:
    """The text with the characters and letters that stand for others by their shape; all else as it was."""
    return _LIKE.sub(lambda found: _TABLE.get(found[0]) or unicodedata.normalize("NFKC", found[0]), text)
