"""House typography of Chinese: full-width punctuation, “ ” and ‘ ’ for quotes, —— and ……, no space between
Han characters and Latin letters or figures. Labels (OS, VO, 画外音) stay as the writer spells them.
"""

import re
from collections import Counter

from generation.screenplay import chinese_words as words
from generation.screenplay import house_english
from generation.screenplay.chinese import names_in
from generation.screenplay.chinese_words import house_heading, without_number

_HAN = "〇々\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_MARKS = "，。！？；：、“”‘’「」『』（）《》〈〉【】…—～·△"
_WIDE = {
    **{0xFF10 + n: 0x30 + n for n in range(10)},
    **{0xFF21 + n: 0x41 + n for n in range(26)},
    **{0xFF41 + n: 0x61 + n for n in range(26)},
}
_ALIKE = (
    _WIDE
    | str.maketrans(
        "｡､﹐﹒﹔﹕︰∶﹖﹗⋯―─－‐‑・•‧〝〞„‟｢｣﹃﹄﹁﹂",
        "。、，。；：：：？！…——---···“”““「」『』「」",
    )
    | str.maketrans("％＃＆＠＋＝／＊＿¥", "%#&@+=/*_￥")
)
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_ENDS = re.compile(r"(?<![^\n]) | (?=\n|\Z)")
_ELLIPSIS = re.compile(r"[…]+|\.{3,}|。{3,}|·{3,}")
_DASH = re.compile(r" ?(?:[—–]|--)[-—–]* ?")
_HYPHEN = re.compile(rf"(?<=[{_HAN}{_MARKS}]) -(?: |(?=\n|\Z))| - ?(?=[{_HAN}])")
_SPACED = re.compile(rf"(?<=[{_HAN}]) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) (?=[{_HAN}])")
_BESIDE_MARK = re.compile(f"(?<=[{_MARKS}]) | (?=[{_MARKS}])")
_HALF = re.compile(r" ?[,.!?;:]")
_FULL = {",": "，", ".": "。", "!": "！", "?": "？", ";": "；", ":": "："}
_TOUCHES = re.compile(f"[{_HAN}{_MARKS}]")
_READ = re.compile(f"[{_HAN}]")
_LATIN = re.compile(r"[A-Za-z]")
_BRACKETS = re.compile(r"[()（）]")
_TILDE = re.compile("[~∼〜]+")
_CLOCK = re.compile(r"(?<=[0-9])：(?=[0-5][0-9](?![0-9]))")
_TWO_FOR_ONE = re.compile(r"''|``|´´|‘‘|’’")
_QUOTE = re.compile("[\"'“”‘’「」『』]")
_OPEN, _CLOSE = "“‘「『", "”’」』"
_PRINTED = (("“", "”"), ("‘", "’"))

_HEADING_PARTS = re.compile(r"(?<![A-Za-z0-9])\s*[·•｜|—–\-]+\s*|\s*[·•｜|—–\-]+\s*(?![A-Za-z0-9])")
_WRAPPED = re.compile(r"^[【\[（(〔]\s*([^【】\[\]（）()〔〕]+?)\s*[】\]）)〕]\s*[：:。.]?$")
_SHOT = re.compile(r"^[【（(\[]\s*(?P<shot>[^【】（）()\[\]：:]{1,8})\s*[】）)\]]\s*[：:]?\s*(?=\S)")
_SHOT_ALONE = re.compile(r"^(?P<shot>[^：:\s【（(\[]{1,8})\s*[：:]\s*")
_FLASHBACK_THERE = re.compile(r"^[【\[]([闪閃]回)[】\]]\s*(?=[^\s。.：:])")
_SUPER_QUOTED = re.compile(r"^([^\s：:“]{2,4})(?=“)")
_SUPER = re.compile(r"^[【（(\[]\s*(?P<inner>[^【】\[\]]*?)\s*[】）)\]]$")


def running(text: str) -> str:
    """Action and speech."""
    text = _ENDS.sub("", _SPACES.sub(" ", text.translate(_ALIKE)))
    if not (_READ.search(text) or not _LATIN.search(text)):
        return text  # words of another language keep their own marks
    text = _DASH.sub(_dash, _HYPHEN.sub("——", _ELLIPSIS.sub("……", text)))
    text = _TWO_FOR_ONE.sub('"', text)
    text = "\n".join(_quotes(_brackets(line)) for line in text.split("\n"))
    text = _CLOCK.sub(":", _HALF.sub(_punctuation, text))
    text = _TILDE.sub("～", text)
    return _ENDS.sub("", _BESIDE_MARK.sub("", _SPACED.sub("", text)))


def _dash(match: re.Match[str]) -> str:
    """A break; between figures or Latin letters, a range or a compound."""
    text, start, end = match.string, match.start(), match.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    short = match[0] in ("—", "–", "--")
    joins = (before.isdigit() and after.isdigit()) or (
        match[0] == "–" and _ascii_letter(before) and _ascii_letter(after)
    )
    return "-" if short and joins else "——"


def _ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _punctuation(match: re.Match[str]) -> str:
    """A half-width mark as the full-width one, where Han characters or their marks stand beside it."""
    text, at, mark = match.string, match.end() - 1, match[0][-1]
    before, after = text[match.start() - 1 : match.start()], text[at + 1 : at + 2]
    beyond = text[at + 2 : at + 3] if after == " " else after
    if mark in ".,:" and before.isdigit() and after.isdigit():
        return match[0]
    left = bool(_TOUCHES.match(before)) or before in _FULL
    right = bool(_TOUCHES.match(beyond))
    if mark == ".":
        wide = left and not (after.isascii() and after.isalnum()) and "." not in (before, after)
    else:
        wide = left or right or (mark in "!?;:" and beyond in ("", "\n"))
    return _FULL[mark] if wide else match[0]


def _brackets(line: str) -> str:
    """Brackets of a pair in one width: full where Han characters stand in it or beside it."""
    if "(" not in line and ")" not in line:
        return line
    letters = list(line)
    open_at: list[int] = []
    for found in _BRACKETS.finditer(line):
        if found[0] in "(（":
            open_at.append(found.start())
            continue
        begin, end = (open_at.pop() if open_at else None), found.start()
        sides = [end] if begin is None else [begin, end]
        if any(
            _TOUCHES.match(line[max(at - 1, 0) : at] or " ") or _READ.match(line[at + 1 : at + 2])
            for at in sides
        ):
            letters[end] = "）"
            if begin is not None:
                letters[begin] = "（"
    for at in open_at:
        if letters[at] == "(" and _TOUCHES.match(line[at + 1 : at + 2]):
            letters[at] = "（"
    return "".join(letters)


def _quotes(line: str) -> str:
    """Quotes by how deep they stand, “ ‘ ’ ”, whatever was typed; an apostrophe in a word stays."""
    if not _QUOTE.search(line):
        return line
    letters = list(line)
    typed: list[str] = []
    after = Counter(line)
    for found in _QUOTE.finditer(line):
        at, mark = found.start(), found[0]
        after[mark] -= 1
        if mark in "'’" and _in_word(line, at):
            letters[at] = "'"
            continue
        if mark in "\"'" and mark not in typed and _is_prime(line, at, after[mark]):
            continue  # 90'后, 5'10"
        if mark in "\"'":
            opens = mark not in typed
        else:
            opens = mark in _OPEN and mark not in typed
            mark = _OPEN[_CLOSE.index(mark)] if mark in _CLOSE else mark
        if opens:
            letters[at] = _PRINTED[len(typed) % 2][0]
            typed.append(mark)
        elif mark in typed:
            while typed and typed[-1] != mark:
                typed.pop()
            typed.pop()
            letters[at] = _PRINTED[len(typed) % 2][1]
    return "".join(letters)


def _is_prime(line: str, at: int, after: int) -> bool:
    """Whether a straight mark, with `after` more behind it, is for feet, inches or what a year leaves out."""
    before = line[at - 1 : at]
    return before.isascii() and before.isdigit() and (after % 2 == 0 or line[at] == "'")


def _in_word(line: str, at: int) -> bool:
    return at > 0 and _ascii_letter(line[at - 1]) and _ascii_letter(line[at + 1 : at + 2])


def heading(text: str) -> str:
    """`林家客厅　日　内`: place, time, inside or outside; no number, for the interface counts scenes."""
    text = _SPACES.sub("　", text.translate(_ALIKE).replace("\n", " ")).strip("　")
    if words.ENGLISH_HEADING.match(text):
        return house_english.heading(text.replace("　", " "))
    rest = without_number(text).lstrip(" 　、.．:：")
    parts = _HEADING_PARTS.sub("　", rest).strip(" 　。.")
    if not parts:
        return text
    return house_heading(parts) or text


def cast(text: str) -> str:
    """The names with 、 between them."""
    text = running(text)
    if _BRACKETS.search(text):
        return text
    return "、".join(names_in(text.strip("。"))) or text


def cue(text: str) -> str:
    text = _ENDS.sub("", _SPACES.sub(" ", text.translate(_ALIKE)))
    name, bracket, labels = text.replace("(", "（").replace(")", "）").partition("（")
    if _READ.search(name):
        name = _SPACED.sub("", re.sub(r" ?[&＆/、] ?", "、", name))
    return f"{name.rstrip(' ：:')}{bracket}{labels}".strip() or text


def parenthetical(text: str) -> str:
    text = running(text)
    return text.rstrip("。") or text


def transition(text: str) -> str:
    """`切至`, `闪回`: without brackets around it and marks after it."""
    text = running(text)
    text = _FLASHBACK_THERE.sub(r"\1：", text)
    wrapped = _WRAPPED.match(text)
    return (wrapped[1] if wrapped else text).rstrip(" \n：:。.") or text


def action(text: str, form: str) -> str:
    """`空镜：江面`, `字幕：三年后`: the label, a colon, the words."""
    if form == "super":
        wrapped = _SUPER.match(text)
        text = wrapped["inner"] if wrapped and wrapped["inner"] else text
        text = _SUPER_QUOTED.sub(r"\1：", running(text))
    if form in ("super", "shot"):
        match = _SHOT.match(text) or _SHOT_ALONE.match(text)
        if match and match.end() < len(text):
            return f"{match['shot']}：{running(text[match.end() :])}"
    return running(text)
