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
    r"(?:the )?end|to be continued\b.{0,40}|fin|end scene|fade (?:out|to black)|cut to black",
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
_OPENS = frozenset("[【(（")
_SPEAKS_OF_TASK = _any(
    r"(?:全文|本文|正文|以上|全篇|本篇|本场|篇幅|字数)[^，,。；;]{0,8}?(?:字|完|终|结束|篇幅)",
    "(?:已|均|全部|严格)?(?:按照?|依照?|遵照|遵循|根据|符合)(?:您的|你的|上述|题目|任务|提示|指令|大纲|要求)",
    "(?:未|没有?|避免|不含|不涉及|已避免|已去掉)[^，,。；;]{0,6}(?:心理描写|心理活动|内心|台词|对白|剧透|原文|后续情节|旁白)",
    r"\b(?:about|approx\w*|around|roughly|circa|ca\.?|total(?: of)?|~) ?\d[\d,]* (?:words|characters)\b",
    r"^\d[\d,]* (?:words|characters)\b",
    r"\bas (?:requested|asked|instructed|required)\b",
    r"\bper (?:the|your) (?:brief|instructions|request|outline|prompt)\b",
    r"\b(?:no|without|avoid\w*|omit\w*) (?:inner|internal|quoted?|direct|spoilers?|dialogue|thoughts)\b",
)
"""What only speaks of the task, in brackets at an end of the text."""
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
_CANNOT = r"(?:can(?:no|['’])t|cannot|unable|not able|won['’]t)"
_REFUSES = _any(
    r"(?:i['’]?m|i am|we['’]re)(?: \w+)? (?:sorry|unable|afraid i|not able)",
    rf"(?:sorry|apologies|i apologi[sz]e|unfortunately)\b[^.\n]{{0,60}}?\b{_CANNOT}\b",
    r"as an? (?:ai|artificial|language|large)\b",
    rf"i (?:{_CANNOT}|do not|don['’]t|am unable|need|would need|(?:must|have to) decline)[^.\n]{{0,40}}"
    r"\b(?:write|help|assist|provide|create|generate|fulfil|fulfill|complete|continue|comply|see|have|access|"
    r"more|scene|request|information|context)\b",
    "(?:非常|很|十分)?(?:抱歉|对不起|遗憾)[，,。！ ]*(?:我|由于|因为|但|这|根据|您|无法|不能)",
    "作为(?:一[个名位款])?(?:AI|人工智能|语言模型|大模型|智能助手)",
    "我(?:无法|不能|没有办法|没法)(?:为您|为你|根据|按|帮|提供|生成|完成|写|满足|协助|继续|回答|看到|访问|处理)",
)
"""An answer that says it is none."""
_SLOT = re.compile(
    r"\[(?:[a-z][a-z'’ ]{0,20} )?(?:names?|date|place|time|age|title|number|details?|city|object|character|"
    r"insert|tbd|todo|xx+)\b[^\[\]\n]{0,30}\]|[\[【〔][^\[\]【】\n]{0,10}"
    r"(?:姓名|人名|人物名|名字|日期|时间|地点|地名|物品|待定|待补|填写|某某|占位)[^\[\]【】\n]{0,10}[\]】〕]|\bXX+\b|[×Ｘ]{2,}",
    re.IGNORECASE,
)
"""A gap that was left to be filled in."""
_BEGINS = _any(
    r"(?:sure|certainly|absolutely|of course|okay|ok|understood|got it|great)[!,.:](?=\s)",
    r"(?:as (?:requested|asked|instructed)|per your (?:request|instructions|brief)|"
    r"based on (?:the|your) (?:outline|brief|context|directives|scene|script|prompt))\b",
    "(?:好的|当然(?:可以)?|没问题|收到|明白了?|遵命|可以的)[，,。！!：:]",
    "(?:根据|按照?|依照|基于)(?:您|你|以上|上述|所给|提供|给定|大纲|任务|要求|提示)",
    "(?:以下|下面)[是为就]",
)
"""What is said to whoever asked, before the text."""
_CLOSES = _any(
    r"(?:would you like|do you want|shall i|should i)\b.*\?",
    r"(?:please )?(?:let me know|feel free|tell me (?:if|whether)|don['’]t hesitate)\b.*",
    r"i (?:hope|trust|can also|could also|would be happy|['’]d be happy|am happy|look forward)\b.*",
    r"(?:if you (?:['’]d|would|need|want|have|prefer)|happy to)\b.*",
    "希望(?:这|以上|对|能|符合|您|你).*|(?:如|如果|若|假如)(?:还?有|还?需|您|你|要).{0,20}(?:告诉|告知|修改|调整|联系|提出|说|继续).*",
    "(?:请|欢迎)(?:您|你)?(?:告诉|告知|随时|指正|查收|参考|审阅|批评|提出).*|(?:是否|要不要|需不需要|需要我).*[？?]",
    "以上(?:就?是|为|内容|即).*",
)
"""And behind it."""
_TITLE = _any(
    r"(?:chapter|scene|part|act|episode) (?:\d+|[ivxlc]+|one|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"[^.!?]{0,60}",
    "prologue|epilogue|第.{1,6}[章节回幕集场卷部](?:[ 　：:].{0,20})?|序章|楔子|尾声|《[^》]{1,30}》",
    "(?:scene|场景|正文|小说)[:：]?",
)
"""A title of its own line."""
_IN = r"[^()（）\[\]【】\n]"
_STAGE_NOTE = re.compile(
    rf"^[ \t]*\[(?!\d)[^\[\]\n]{{12,300}}\][ \t]*$|[(（\[【]{_IN}{{0,80}}(?:"
    r"\b(?:scene|story|dialogue|chapter|conversation|rest|remainder|text|action|outline|summary|prose)\b"
    rf"{_IN}{{0,30}}\b(?:continues?|continued|omitted|follows|as (?:above|before)|unchanged|goes on|abridged|"
    r"cut|truncated|shortened|to be written)\b|"
    rf"\b(?:continue|insert|omit|omitted|placeholder|truncated|abridged)\b{_IN}{{0,40}}"
    r"\b(?:scene|story|dialogue|here|text|rest|brevity|length)\b|"
    rf"(?:以下|此处|后面|其余|中间|后续|下文|剩余|余下){_IN}{{0,12}}(?:省略|略去|从略|略|同上|继续|展开|待补|待续)|"
    r"(?:场景|剧情|故事|对话|情节|戏)(?:继续|未完|省略|同前|如上))"
    rf"{_IN}{{0,120}}[)）\]】]",
    re.IGNORECASE | re.MULTILINE,
)
"""What stands for a part of the text that was not written, wherever it stands."""
_BRACKETED = re.compile(
    r"^[\[【(（][^\[\]【】()（）\n]{1,200}[\]】)）]|[\[【(（][^\[\]【】()（）\n]{1,200}[\]】)）]$"
)
_SENTENCE = re.compile(r"(?<=[.!?。！？”\"])(?![.!?…])\s*")
_EDGES = " \t　[]【】()（）*_—–-=#~.。…!！"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_DIGITS = {each: at for at, each in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def remark(text: str) -> Refusal | None:
    """The first note about the text at its beginning or its end."""
    bare = text.strip()
    if found := _REFUSES.match(bare[:EDGE].lstrip(_EDGES)):
        return Refusal("remarks", {"line": found[0][:60]})
    if found := _STAGE_NOTE.search(bare) or _SLOT.search(bare):
        return Refusal("remarks", {"line": found[0].strip()[:60]})
    if found := _BEGINS.match(bare.lstrip(_EDGES)):
        return Refusal("remarks", {"line": found[0][:60]})
    lines = [each.strip(_EDGES) for each in bare.split("\n") if each.strip(_EDGES)]
    for line, pattern in ((lines[:1], _TITLE), (lines[-1:], _CLOSES)):
        if line and pattern.fullmatch(line[0]):
            return Refusal("remarks", {"line": line[0][:60]})
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
    if edge.text.strip()[:1] in _OPENS and _SPEAKS_OF_TASK.search(bare):
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
