"""Lines that are no part of a scene, found by their place and not by their words.

A title above the heading, a remark in brackets between two speeches, an "I" or "you" where
no one of the story speaks: whatever the words, no layout has a place for them.
"""

import re
from collections import Counter
from collections.abc import Iterator

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import is_heading
from generation.screenplay.leaks.lines import Line, Lines

Place = tuple[int, int]
_LEAST_MARKED = 4
_MOST_LOOSE = 2

# What may be above the first heading of a scene.
_OPENING = re.compile(
    r"^\W*(?:fade|over black|black|cold open|teaser|tag\b|act\b|prologue|super|title card|title "
    r"over|on black|"
    r"open(?:ing)?\b|smash|cut\b|we hear|in darkness|darkness|silence|sound of|continuous|montage|>|\()"
    r"|^\W*(?:第.{1,5}[集幕场]|片头|片尾|序|楔子|字幕|空镜|黑场|黑屏|黑|淡入|化入|渐|画外|旁白|出场|人物|"
    r"人\s*:|时|地点|景|场|闪回|特写|日|夜|内|外|[\[【(])",
    re.IGNORECASE,
)
_OFF_ZH = re.compile(r"OS|VO|O\.S|V\.O", re.IGNORECASE)
_ALLOWED_ZH = re.compile(
    r"^\W{0,3}(?:切|淡|渐|化|叠|闪|黑|暗|定格|画面(?:渐|定|切|转|淡|变|黑|暗|叠|隐)|落幕|幕落|收光)\S{0,4}$|"
    r"^\W{0,3}(?:旁白|画外音|人物|出场|片头|片尾|主题曲|音乐|歌声|回到|"
    r"现实|现在|蒙太奇|第.{1,5}[集幕场]|本集|[\d\-－ ]{1,12}$)"
)
_QUOTED = re.compile(
    r"“[^”\n]{0,400}”|\"[^\"\n]{0,400}\"|‘[^’\n]{0,200}’|「[^」\n]{0,200}」|《[^》\n]{0,60}》|"
    r"\*[^*\n]{1,200}\*|_[^_\n]{1,200}_"
)
_FIRST = re.compile(r"(?<![\w.])I(?:['’](?:m|ve|ll|d))?(?=\s[a-z])|^\W{0,3}I['’](?:m|ve|ll|d)\b")
_ANY_PERSON = re.compile(
    r"\b(?:me|my|mine|you(?!['’]d)|your|yours|you['’](?:re|ve|ll))\b(?! (?:could|might|can|would|almost)\b)",
    re.IGNORECASE,
)
_SELF_ZH = re.compile("我(?!们?(?:看|听|跟|随|发现|注意))")
_PERSON_ZH = re.compile("[我你您]")
_SET_OFF = re.compile(
    r"^(?:[\w.-]{1,24}:\s|SUPER|TITLE|INSERT|ON SCREEN|CHYRON|CARD|ON THE|SIGN|[~>@!=#])", re.IGNORECASE
)
_NOT_AN_ELEMENT = re.compile(r"^\([^()\n]*?[A-Za-z'’]+(?:[\s,;:.-]+[A-Za-z'’.]+){2,}[^()\n]{0,300}\)$")


def loose(lines: Lines) -> Iterator[Place]:
    """Every such line, once."""
    found = dict.fromkeys((*_above(lines), *_addressed(lines), *_no_element(lines)))
    yield from ((line.start, line.start + len(line.text)) for line in found)


def _above(lines: Lines) -> Iterator[Line]:
    """Lines above the first heading that open no scene: titles, remarks, an answer to a prompt."""
    often = Counter(line.cue for line in lines.lines)
    for line in lines.before_heading()[:8]:
        text = line.text.strip()
        named = not text.startswith(f"{line.cue}:") or often[line.cue] > 1  # "CHAPTER TWO: ..." is no speaker
        spoken = line.role in ("speech", "cue") and (
            named if lines.language == "en" else _OFF_ZH.search(text)
        )
        if line.role != "action" and not spoken and not _OPENING.match(text):
            yield line


def _addressed(lines: Lines) -> Iterator[Line]:
    """First and second person outside speeches: "I" anywhere, the rest at the tail."""
    for line in lines.lines:
        if line.role not in ("other", "action"):
            continue
        text = _QUOTED.sub("", line.text).strip()
        if lines.language == "zh":
            text = text.partition(":")[0] if line.role == "action" else text  # a screen says the rest
            told = _SELF_ZH.search(text) and ":" not in text
            if (told or (line.edge and _PERSON_ZH.search(text))) and words.SUPER.match(text) is None:
                yield line
        elif _SET_OFF.match(text) or text == text.upper():
            continue
        elif _FIRST.search(text) or (line.edge and _ANY_PERSON.search(text)):
            yield line


def _no_element(lines: Lines) -> Iterator[Line]:
    """English: a paragraph in parentheses. Chinese: a line without △ or two where all others have it, except
    the last line: many writers leave its mark out."""
    if lines.language == "en":
        yield from (
            line for line in lines.lines if line.role == "other" and _NOT_AN_ELEMENT.match(line.text.strip())
        )
        return
    full = [line for line in lines.lines if line.role != "blank"]
    marked = sum(line.role == "action" for line in full)
    bare = [line for line in full if line.role == "other" and not is_layout_label(line.text.strip(" 　\t"))]
    if marked >= _LEAST_MARKED and len(bare) <= _MOST_LOOSE:
        yield from (line for line in bare if line is not full[-1])


def is_layout_label(text: str) -> bool:
    """Whether a line of a Chinese script is a transition, a shot, a caption, a cast list or a heading."""
    patterns = (
        words.FLASHBACK,
        words.TRANSITION,
        words.SHOT,
        words.SUPER,
        words.CAST,
        words.FIELD,
        _ALLOWED_ZH,
    )
    known = any(pattern.match(text) for pattern in patterns) or words.SHOT.match(f"{text}:") is not None
    return known or is_heading(text)
