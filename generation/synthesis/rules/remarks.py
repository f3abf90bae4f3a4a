"""Notes about a text that stand inside it, at its beginning or its end: what it is, how long it is, that it
ends here. They are no part of it, and what learns from it would learn to write them.

What is read in the story (on a slip, a screen, the last page of a script) may be the same words: it is told
where what stands before leads to it, where a note says nothing of a text, where a count is too small."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generation.pipelines.refusals import Refusal

EDGE = 400
"""Characters at either end that are looked at."""
LEAST_COUNT = 20
"""A count of less is no length of a text: it is told."""
_NUMBER = r"(?P<count>[\d,.〇零一二两三四五六七八九十百千]+)"
_TEXT = (
    r"(?:scene|story|chapter|text|outline|summary|context|excerpt|part|novel|episode|passage|prose|document|"
    r"answer|profile|guideline|synopsis|version|rewrite)"
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_ABOUT = _any(
    r"(?:(?:total|approx\w*|final|current)\.? )*(?:word|character)s?[ -]?count\b.*",
    r"(?:words?|length|characters?): ?\d[\d,]*(?: words)?",
    r"(?:author|editor|translator|writer)['’]s note\b.*|disclaimer: .*",
    "(?:总)?字数(?:统计)?[:：].*|(?:作者注|编者按)[:：].*",
)
"""Whatever else stands there."""
_COUNT = (
    re.compile(
        r"(?:(?:about|around|approx\w*\.?|roughly|total|length|in total)[: ]+|~ ?)*(?P<count>\d[\d,]*) "
        r"(?:words|characters)(?: (?:in all|in total|total|long))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:本文|全文|以上|正文|总|共|合|计|约|大约|字数|[:：\s])*{_NUMBER}\s*[余多]?个?汉?字(?:左右|上下|以内)?"
    ),
)
_ENDED = _any(
    rf"(?:the )?end of (?:the |this )?{_TEXT}(?: \d+)?",
    rf"{_TEXT}(?: \w+)? (?:begins?|ends?)(?: here)?",
    r"(?:全文|本场戏?|本章|本集|本篇|全剧|全书|正文|故事|剧本|小说|大纲|这场戏)(?:到此)?已?(?:完结?|终|结束)[了毕]?"
    r"(?:[，,；;、 ].*)?",
    "(?:此处|到此|至此)(?:结束|完)|未完待续",
)
_END = _any(
    r"(?:the )?end|to be continued|fin|end scene|fade (?:out|to black)|cut to black",
    "完|终|剧终|完结|待续",
)
"""Words that a screen or a last page may show as well."""
_NOTE = re.compile(r"(?:note|注|备注|说明|附注|注释)(?:: |[:：])(?P<said>.*)", re.IGNORECASE | re.DOTALL)
_OF_TEXT = _any(
    r"\b(?:scenes?|story|chapters?|text|outline|summary|context|excerpt|novel|prose|guidelines?|synopsis|passage|"
    r"word count|dialogues?|characters?|quot\w+|source|original|script|screenplay|beats?|directives?|tense|"
    r"adapt\w*|invent\w*|rewrit\w+|rewrote|rewrite|summar\w+|omit\w*|request\w*|instruct\w*|prompt|draft|"
    r"requirements?|spoilers?|placeholder)\b",
    r"\bI(?:['’]ve| have) (?:not |also )?(?:kept|left|tried|written|used|avoided|followed|added|cut)\b",
    "as asked",
    "本文|以上|全文|原文|正文|剧本|小说|大纲|概要|梗概|前情|本场|场景|对白|台词|情节|人物|字数|改写|改编|虚构|"
    "指令|草稿",
)
"""What a note about a text speaks of, and a note on a door does not."""
_LEADS_TO = _any(
    r"\b(?:words?|letters|lines?|pages?|notes?|slips?|cards?|signs?|boards?|screens?|scripts?|cues?|reads?|"
    r"writes?|wrote|written|spells?|chalks?|prints?|printed|counts?)\b",
    "[两三四五六七八九十几]个字|[写印刻][着下了]|屏幕|银幕|字幕|牌子|纸上|纸条",
)
"""What is told before words that are read somewhere in the story."""
_OPENING = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely)[,!.]? )?"
    r"(?:here is|here['’]s|below is|this is|the following is) "
    rf"(?:the|my|your|an?) (?:\w+ ){{0,3}}{_TEXT}\b[^.:\n]{{0,60}}:"
    r"|(?:outline|summary|synopsis|logline|previous context|context|guideline|prose|novel|title):\s"
    r"|(?:(?:好的|当然|没问题)[，,！!。 ]*)?(?:以下|下面|这)是[^。：:\n]{0,20}"
    r"(?:大纲|概要|梗概|前情|正文|小说|场景|内容|故事|改写)[^。：:\n]{0,10}[：:]"
    r"|(?:大纲|概要|梗概|前情提要|前情|正文|小说|标题|题目)[：:]",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"^[\[【(（][^\[\]【】()（）\n]{1,80}[\]】)）]|[\[【(（][^\[\]【】()（）\n]{1,80}[\]】)）]$"
)
_SENTENCE = re.compile(r"(?<=[.!?。！？”\"])(?![.!?…])\s*")
_EDGES = " \t　[]【】()（）*_—–-=#~.。…!！"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_DIGITS = {each: at for at, each in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def remark(text: str) -> Refusal | None:
    """The first note about the text at its beginning or its end."""
    bare = text.strip()
    for each in _edges(bare):
        if _is_note(each):
            return Refusal("remarks", {"line": each.text.strip()[:60]})
    if found := _OPENING.match(bare[:EDGE].lstrip(_EDGES)):
        return Refusal("remarks", {"line": found[0][:60]})
    return None


@dataclass(frozen=True, slots=True)
class _Edge:
    """What stands at the beginning of a text, or at its end (`last`); `before` is what leads to it there."""

    text: str
    last: bool = False
    before: str = ""


def _edges(bare: str) -> Iterator[_Edge]:
    """Lines, what is in brackets, sentences."""
    head, tail = bare[:EDGE], bare[-EDGE:]
    first, broken, _rest = head.partition("\n")
    above, _, line = tail.rpartition("\n")
    if broken:
        yield _Edge(first)
        yield _Edge(line, True, ":" if above.rstrip().endswith((":", "：")) else "")
    yield from map(_Edge, _BRACKETED.findall(head))
    yield from (_Edge(each, True) for each in _BRACKETED.findall(tail))
    yield _Edge(next(filter(None, _SENTENCE.split(head, maxsplit=1)), ""))
    sentences = list(filter(None, _SENTENCE.split(line)))
    if len(sentences) > 1:  # one alone is its line
        yield _Edge(sentences[-1], True, sentences[-2])


def _is_note(edge: _Edge) -> bool:
    bare = edge.text.strip(_EDGES)
    if _ABOUT.fullmatch(bare):
        return True
    if edge.before.endswith((":", "：")):
        return False  # it is read in the story
    if note := _NOTE.fullmatch(bare):
        return _OF_TEXT.search(note["said"]) is not None
    if edge.last and _ENDED.fullmatch(bare):
        return True
    if _LEADS_TO.search(edge.before):
        return False
    if edge.last and _END.fullmatch(bare):
        return True
    found = next(filter(None, (each.fullmatch(bare) for each in _COUNT)), None)
    return found is not None and _number(found["count"]) >= LEAST_COUNT


def _number(text: str) -> int:
    """Of figures or Chinese numerals below ten thousand."""
    if plain := "".join(each for each in text if each.isdecimal()):
        return int(plain)
    if not _UNITS.keys() & set(text):
        return int("".join(str(_DIGITS.get(each, 0)) for each in text) or 0)
    total, digit = 0, 0
    for each in text:
        if each in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[each], 0
        else:
            digit = _DIGITS.get(each, 0)
    return total + digit
