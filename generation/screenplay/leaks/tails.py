"""Lines that differ from all others of their script: notes next to a scene rather than in it.

A script ends its sentences alike. A line of words that ends without a mark where all others have one, a label
before a colon that is no one's name, a name or a date as the last line: signatures, counts, signs of a model.
"""

import re
from collections import Counter
from collections.abc import Iterator

from generation.screenplay import chinese_words as words
from generation.screenplay.leaks.layout import is_layout_label
from generation.screenplay.leaks.lines import Line, Lines

Place = tuple[int, int]

_LEAST, _MOST_ODD = 5, 2
_ENDED = re.compile(r"[.!?…:;,)\]\"'”’»*_~^-][\s*_\"'”’)]*$|[—–]\s*$")
_ENDED_ZH = re.compile(r"[.!?…:;,)\]\"'”’》」』。、~—-]\s*$|[歌曲]\s*$")
_SMALL = re.compile(r"[a-z]{2}")
_LABEL = re.compile(
    r"^\W{0,4}(?P<label>[A-Z][a-z][\w'’-]{0,18}(?: [\w'’-]{1,14}){0,2}) ?(?:\([^)\n]{0,24}\) ?)?: +\S"
)
_SET_OFF = re.compile(
    r"^[.!@>~#=^(\[]|^\W{0,4}(?:super|title|insert|on screen|chyron|card|caption|sign|text|subtitle)", re.I
)
_CRAFT = re.compile(
    r"\b(?:(?<!crime )scenes?(?! of)|versions?|dialogue|endings?|screenplays?|outlines?(?! of)|pacing|"
    r"subtext|viewers?|stakes|motifs?|metaphors?|symbol\w*|unsaid|emotional|turning points?|climax|"
    r"audiences?|cliff-?hangers?|format(?:ted|ting)?|themes?|rewrites?|storylines?|plots?|(?:this|the|first|second|"
    r"final) (?:draft|script))\b",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"^\W{0,4}[A-Z][A-Z'’.-]+(?: (?:&|[A-Z][A-Z'’.-]*)){1,4}$")
_MOVES = re.compile(
    r"\b(?:FADE|CUT|BLACK|OUT|END|DISSOLVE|TITLES?|SMASH|MATCH|TAG|ACT|CONTINUED|TO|SUPER|CREDITS|BLACKOUT|WIPE|"
    r"IRIS|FREEZE|FRAME|MONTAGE|INTERCUT|"
    r"FLASHBACK|SCENE|TEASER|COLD|OPEN|LATER|CONTINUOUS|BACK|ROLL|MUSIC|DARKNESS|SILENCE)\b"
)
_SCENIC = re.compile(
    r"^(?:on|in|at|under|over|above|behind|beside|between|outside|inside|beyond|below|through|across|from|to|with|a|an|"
    r"the|his|her|their|its|then|now|and|but|nothing|silence|sound|music|night|dawn|finally|beat|close|wide|one|two|"
    r"another|only|just|still|pinned|written|painted|up|down)\b|.*[_\d]",
    re.IGNORECASE,
)
_TYPED = re.compile(r"^[a-z][\w.-]{0,23}: |^[\w.-]*\d[\w.-]*: ")
_SIGNED = re.compile(
    r"^[^\w\n]{0,6}(?:[A-Z][a-z]{1,15}\.?|[A-Z]\.){1,3}"
    r"(?: (?:[A-Z][\w.'’-]{1,18}|[A-Z]\.|de|van|von|&|and)){1,4}"
    r"(?:,? ?\(?[\w .,'’/-]{2,24}\)?)?[^\w.!?\n]{0,4}$"
)
_DATED = re.compile(
    r"^[^\w\n]{0,4}(?:[A-Z]\.){2,4}[^\w\n]{0,4}$|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|"
    r"july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|spring|summer|autumn|fall|winter),? (?:\d{1,2},? )?(?:19|20)\d\d\W{0,3}$|"
    r"^\W{0,4}(?:\d{1,2}[./-]\d{1,2}[./-](?:\d\d){1,2}|(?:19|20)\d\d[./-]\d{1,2}(?:[./-]\d{1,2})?)\W{0,3}$|"
    r"(?:19|20)\d\d\s?(?:年|[./-])\s?\d{1,2}\s?月?",
    re.IGNORECASE,
)
_CRAFT_ZH = re.compile(
    "这场戏|台词|对白|剧情|情节|主题|人物(?:立|关系|性格|形象|弧)|观众|冲突|张力|悬念|伏笔|基调|节奏|留白|转折|结局|"
    "隐喻|象征|改写|版本|剧本|大纲"
)
_ASKED_ZH = re.compile(r"^\(.*\)$|\?$")
_FEW_SHOWN = 2
_NAME_ZH = re.compile(r"^[\u4e00-\u9fff]{2,4}(?:[、/ ][\u4e00-\u9fff]{2,4}){0,2}$")


def odd_ones(lines: Lines) -> Iterator[Place]:
    """Every such line, once."""
    found = dict.fromkeys(_chinese(lines) if lines.language == "zh" else _english(lines))
    yield from ((line.start, line.start + len(line.text)) for line in found)


def _english(lines: Lines) -> Iterator[Line]:
    told = [line for line in lines.lines if line.role == "other" and not _plain_sign(line.text.strip())]
    open_ones = [line for line in told if not _ENDED.search(line.text)]
    if len(told) - len(open_ones) >= _LEAST and len(open_ones) <= _MOST_ODD:
        yield from open_ones
    elif open_ones and open_ones[-1].edge:
        yield open_ones[-1]
    cues = {cue.casefold() for cue in lines.cues}
    for line in lines.lines:
        text = line.text.strip()
        if line.edge and line.role in ("other", "speech") and not _within(line, lines):
            label = _LABEL.match(text)
            labelled = label and not _SET_OFF.match(text) and _nobody(label["label"], lines, cues)
            asked = text.endswith("?") and not _SET_OFF.match(text) and _SMALL.search(text)
            meant = _CRAFT.search(text) and _SMALL.search(text) and not _SET_OFF.match(text)
            shouted = _SHOUTED.match(text) and not _MOVES.search(text)
            odd = asked or meant or shouted or _DATED.search(text) or _SIGNED.match(text)
            signed = line.role == "other" and odd
            if labelled or signed:
                yield line


def _plain_sign(text: str) -> bool:
    """A transition, a sub-heading, a lyric: set off by capitals or by a mark."""
    return not _SMALL.search(text[-12:]) or _SET_OFF.match(text) is not None or _TYPED.match(text) is not None


def _within(line: Line, lines: Lines) -> bool:
    """Whether a speech has its cue on a line above, and so is no line of its own."""
    return line.role == "speech" and not line.text.strip().startswith(line.cue)


def _nobody(label: str, lines: Lines, cues: set[str]) -> bool:
    """Whether a label names no speaker; the line itself makes one of it, so others are asked for."""
    if _SCENIC.match(label):
        return False
    name = label.casefold()
    return sum(line.cue.casefold() == name for line in lines.lines if line.role == "cue") == 0 and not any(
        name in cue for cue in cues - {name}
    )


def _chinese(lines: Lines) -> Iterator[Line]:
    spoken = [line for line in lines.lines if line.role == "speech"]
    often = Counter(line.cue for line in spoken)
    bare = [line for line in spoken if not _ENDED_ZH.search(line.text)]
    if len(spoken) - len(bare) >= _LEAST and len(bare) <= _MOST_ODD:
        yield from (line for line in bare if often[line.cue] == 1 and not words.SUPER.match(line.text))
    shown = [line for line in lines.lines if line.role == "action"]
    ended = len(shown) >= _FEW_SHOWN and all(_ENDED_ZH.search(line.text) for line in shown)
    for line in (line for line in lines.lines if line.edge):
        text = line.text.strip(" 　\t")
        said = text.partition(":")[2].strip()
        named = line.role == "speech" and often[line.cue] == 1 and _NAME_ZH.match(said)
        strange = _ASKED_ZH.search(text) or (ended and not _ENDED_ZH.search(text))
        odd = _DATED.search(text) or _CRAFT_ZH.search(text)
        if named or (line.role == "other" and (odd or (strange and shown and not is_layout_label(text)))):
            yield line
