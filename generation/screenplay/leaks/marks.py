"""Marks and letters that the layout of a language does not have, wherever they are.

What both layouts know and writers differ in (`--` or a dash, straight or curly quotation marks) reveals
nothing in one script alone; `generation.screenplay.leaks.tells` compares the systems of a study by it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from generation.screenplay.leaks.lines import HEADING, Lines, is_forced_heading
from generation.screenplay.text_checks.languages import OTHER_SCRIPTS, is_traditional
from generation.screenplay.text_checks.look_alikes import (
    FULL_WIDTH_LETTERS,
    FULL_WIDTH_LOWER_CASE,
    STACKED_ACCENTS,
    STYLED_LETTERS,
)

Found = tuple[str, int, int]
"""Kind, start, end; offsets into the text as it was handed in."""

_SYMBOLS = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2500-\u257f\u2580-\u25b1\u25b6-\u25ca\u25cc-\u25cf\u25d0-\u2668\u2670-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3200-\u32ff\U0001f000-\U0001faff\ufe0f\u203b\u00a7\u00b6\u2020\u2021\u2022\u2023\u2043\u204c\u204d\u2027]+"
)
_EN = re.compile(
    "[\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff5e]+|[«»‹›„‚]|[\u2012\u2015\u2e3a\u2e3b]+|"
    "——+|…(?: …)+|~{2,}|-{3,}|–\\s?–|``|(?<=\\w)[,.]?''(?=\\s|$)|(?:\\. ){3,}|…{2,}|"
    '。|—–|–—|“[^”“"\n]{1,80}"'
)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_ZH = re.compile(
    f"(?<=[{_HAN}])[,;!?]{{1,9}}(?=[{_HAN}”\\s]|$)|(?<=[{_HAN}])\\.(?=[{_HAN}]|\\s*$)|"
    f"(?<=[{_HAN}]) ?\\.{{2,12}}|(?<=[{_HAN}])-{{2,12}}"
    f"|[\"']{{1,3}}(?=[{_HAN}])|(?<=[{_HAN}。！？，…])[\"']|(?<=[{_HAN}])[「『」』]|[「『](?=[{_HAN}])|[」』]|"
    f"[«»‹›„‚]|。{{3,}}|、{{3,}}|,{{3,}}"
    "|[－-]{2,9}(?![\\s\\w])|－{2,9}|‘[^’‘\n]{1,40}[“”]|—-+|-—+|[\u0400-\u052f]|[\u2012\u2013\u2015\u2e3a\u2e3b]{1,4}(?![0-9])|～{3,}|~{3,}|·{3,}|・{2,}",
    re.MULTILINE,
)
_NUMBERED_EN = re.compile(
    r"^[ \t]{0,20}(?:\(?\d{1,2}[.):](?!\d)|\(?[a-dA-D][.)]|[ivx]{1,4}[.)]|#\d{1,3}\b)\s+\S|"
    r"^[ \t]{0,20}(?:scene|sc\.?|sequence|shot|beat)\s?#?\s?"
    r"(?:\d{1,3}|one|two|three|four|five|six|[ivx]{1,4})\b|^[ \t]{0,20}(?:slug ?line|scene "
    r"heading|setting|location|scene title)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED_ZH = re.compile(
    r"^[ \t　]{0,20}(?:[(（][\d一二三四五六七八九十]{1,2}[)）]|[一二三四五六七八九十]{1,2}[、.．)）]|"
    r"\d{1,2}[)）]|\d{1,2}[.．、]\s?[^\n]{0,60}[。！？…]\s*$|"
    r"\d{1,2}\.\d{1,2}\s+[^\n日夜晨晚昏午内外]{1,20}$|场次?[一二三四五六七八九十]{1,3}\s?[:：]?$|"
    r"场景?\s?[#＃]\s?\d|scene\s?\d|sc\.?\s?\d|S\d{1,2}\b|#\s?\d{1,3}\b|[【\[]?\s?场景\s?[\d一二三四五六七八九十]{1,3}|"
    r"[【\[]?(?:第[\d一二三四五六七八九十]{1,4}(?:幕|场戏?))\s?[：:·—-]+\s?\S|"
    r"[【\[]第[\d一二三四五六七八九十]{1,4}[场幕][^】\]\n]{0,30}[】\]]|第[\d一二三四五六七八九十]{1,4}章)",
    re.IGNORECASE | re.MULTILINE,
)
TRADITIONAL = 3
_TWO_HAN = re.compile(f"[{_HAN}]{{2,}}")
_LATIN_RUN = re.compile(r"(?<![A-Za-z'’])[A-Za-z][A-Za-z'’]{0,30}(?:[ ,]{1,3}[A-Za-z][A-Za-z'’]{0,30}){3,40}")
_SMALL_WORD = re.compile(
    f"(?<=[{_HAN}，。]) ?(?<![A-Za-z@_./-])[a-z]{{3,}}(?![A-Za-z0-9@_./-]) ?(?=[{_HAN}，。])"
)
_SMALL_ASIDE = re.compile(r"[(（][a-z][a-z' ]{3,30}[)）]")
_LOANS = frozenset(
    {
        "app", "wifi", "vip", "hello", "hey", "bye", "sorry", "cool", "party", "boss", "email", "demo",
        "offer", "case", "team", "office", "show", "out", "yes", "please", "thanks", "thank", "you",
        "love", "baby", "happy", "birthday", "honey", "darling", "logo", "pos", "ppt", "pdf", "word",
        "excel", "hold", "care", "fan", "fans", "low", "high", "man", "lady", "girl", "boy", "dad", "mum",
        "mom", "papa", "mama", "taxi", "bar", "pub", "disco", "mall", "spa", "rap", "rock", "jazz",
        "blues", "live", "house", "solo", "duo",
    }
)  # fmt: skip


def marks(text: str, lines: Lines) -> Iterator[Found]:
    """Marks, numbers and letters that do not belong. `lines` are those of this very text."""
    rules = [*_both(), *(_zh() if lines.language == "zh" else _en())]
    for kind, pattern, holds in rules:
        for match in pattern.finditer(text):
            if holds is None or holds(match, lines):
                yield kind, match.start(), match.end()
    yield from _headings(lines)
    yield from _all_quoted(lines)
    yield from _bracketed(lines)
    if lines.language == "zh":
        yield from _traditional(text)


Holds = Callable[[re.Match[str], Lines], bool]
Rule = tuple[str, re.Pattern[str], Holds | None]


def _both() -> list[Rule]:
    return [
        ("typography", _SYMBOLS, _not_an_action_mark),
        ("language", OTHER_SCRIPTS, _not_announced),
        ("look-alike", STYLED_LETTERS, None),
        ("look-alike", STACKED_ACCENTS, None),
    ]


def _en() -> list[Rule]:
    return [
        ("typography", _EN, _not_wide),
        ("look-alike", FULL_WIDTH_LETTERS, None),
        ("typography", _NUMBERED_EN, _outside),
        ("language", _TWO_HAN, None),
    ]


def _zh() -> list[Rule]:
    return [
        ("typography", _ZH, _not_in_heading),
        ("typography", _NUMBERED_ZH, _outside),
        ("look-alike", FULL_WIDTH_LOWER_CASE, None),
        ("language", _SMALL_WORD, _no_loan),
        ("language", _LATIN_RUN, _latin_alone),
        ("language", _SMALL_ASIDE, None),
    ]


def _outside(match: re.Match[str], lines: Lines) -> bool:
    return lines.outside(match.start())


def _not_wide(match: re.Match[str], lines: Lines) -> bool:
    """Wide letters are look-alikes; wide punctuation is not."""
    return not all(unicodedata.category(character)[0] in "LN" for character in match[0])


def _not_announced(match: re.Match[str], lines: Lines) -> bool:
    return lines.at(match.start()).start not in lines.announced


def _not_in_heading(match: re.Match[str], lines: Lines) -> bool:
    foreign = match[0].isalpha() and not _not_announced(match, lines)
    return lines.at(match.start()).role != "heading" and not foreign


def _not_an_action_mark(match: re.Match[str], lines: Lines) -> bool:
    """△ and its like begin Chinese action; × and other signs occur in sums."""
    line = lines.at(match.start())
    before = line.text[: match.start() - line.start].strip(" 　\t")
    return not (lines.language == "zh" and not before and match[0] in "▲▵▴△⊿")


def _no_loan(match: re.Match[str], lines: Lines) -> bool:
    return match[0].strip() not in _LOANS


def _latin_alone(match: re.Match[str], lines: Lines) -> bool:
    """A line of Latin words, without Han, outside speeches."""
    line = lines.at(match.start())
    return line.role in ("other", "action") and re.search(f"[{_HAN}]", line.text) is None


def _headings(lines: Lines) -> Iterator[Found]:
    """Scene headings in another style than the house's, whose look would reveal their writer."""
    rows = [line for line in lines.lines if line.role != "blank"]
    any_heading = False
    for line in rows:
        text = line.text.strip(" 　\t")
        if is_forced_heading(text):
            any_heading = True
            continue
        if not HEADING.match(text):
            odd = len(text) > 5 and (_BOXED.match(text) or text.endswith((":", "：", ";", "；")))
            if lines.language == "zh" and line.role == "heading" and odd:
                yield "typography", *_span(line.start, line.text)
            continue
        any_heading = True
        if lines.language == "zh" or _odd(text):
            yield "typography", *_span(line.start, line.text)
    if rows and lines.language == "en" and not any_heading and _slug(rows[0].text.strip()):
        yield "typography", *_span(rows[0].start, rows[0].text)


def _all_quoted(lines: Lines) -> Iterator[Found]:
    """Speeches in quotation marks or after a dash, as prose has them: all of two or more."""
    said = [line for line in lines.lines if line.role == "speech" and not line.text.strip().startswith("(")]
    for form in (_IN_QUOTES, _AFTER_DASH):
        if len(said) >= 2 and all(form.search(line.text) for line in said):
            yield "typography", *_span(said[0].start, said[0].text)
    for line in lines.lines:
        if line.role == "cue" and _OPEN_CUE.search(line.text):
            yield "typography", *_span(line.start, line.text)


def _bracketed(lines: Lines) -> Iterator[Found]:
    """Chinese action in brackets, line by line: a layout that is not the house's."""
    boxed = [line for line in lines.lines if line.role == "other" and _IN_BRACKETS.match(line.text)]
    if lines.language == "zh" and len(boxed) >= 2:
        yield from (("typography", *_span(line.start, line.text)) for line in boxed)


_AFTER_DASH = re.compile(r"(?:^|[:：])\s*(?:[（(][^()（）\n]{0,30}[)）]\s*)?[-–—•·*] ?[\w（(“\"]")
_OPEN_CUE = re.compile(r"\w\s?[—–,;-]+\s*$")
_IN_BRACKETS = re.compile(r"^[\s　]{0,9}[（(](?!闪回|空镜|字幕|特写|回忆|现实)[^()（）\n]{6,300}[)）]\s*$")
_BOXED = re.compile(r"^[【\[].{3,60}[】\]]$")
_IN_QUOTES = re.compile(r"""(?:^|[:：])\s*(?:[（(][^()（）\n]{0,30}[)）]\s*)?[“"「][^\n]*[”"」]\s*$""")
_TIME = re.compile(
    r"\b(?:DAY|NIGHT|MORNING|EVENING|AFTERNOON|DAWN|DUSK|NOON|MIDNIGHT|LATE|EARLY)\b", re.IGNORECASE
)


def _odd(text: str) -> bool:
    """Numbered, bracketed, with a long dash, in small letters, or with a remark behind."""
    if not text.upper().startswith(("INT", "EXT", "EST", "I/E", ".")):
        return True
    letters = [character for character in text if character.isalpha()]
    small = sum(character.islower() for character in letters)
    return (
        small > 0.4 * len(letters)
        or re.search(
            r"[―|~;\[\]{}*_]|(?<!\d):|\s\d{1,3}[A-Z]?\.?$|-{2,}|(?<!\b[AP]\.M)(?<!\b[A-Z])\.$|#\d", text
        )
        is not None
        or re.match(r"(?i)(?:INT|EXT|EST|I/E)(?:\.|\./|/|\s|\.?/EXT|\.?/INT)", text) is None
    )


def _slug(text: str) -> bool:
    return len(text) < 80 and text == text.upper() and _TIME.search(text) is not None


def _span(start: int, text: str) -> tuple[int, int]:
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def _traditional(text: str) -> Iterator[Found]:
    """Three traditional characters or more; a single one may be on an old sign."""
    if is_traditional(text, TRADITIONAL):
        place = next(at for at, character in enumerate(text) if is_traditional(character, 1))
        yield "language", place, place + 1
