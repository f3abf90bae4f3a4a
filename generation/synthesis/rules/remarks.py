"""Notes about a text that stand inside it, at its beginning or its end: what it is, how long it is, that it
ends here. They are no part of it, and what learns from it would learn to write them."""

import re

from generation.pipelines.refusals import Refusal

EDGE = 400
"""Characters at either end that are looked at."""
_NUMBER = r"[\d,.〇零一二两三四五六七八九十百千]+"
_TEXT = (
    r"(?:scene|story|chapter|text|outline|summary|context|excerpt|part|novel|episode|passage|prose|document|"
    r"answer|profile|guideline|synopsis|version|rewrite)"
)
_NOTE = re.compile(
    "|".join(
        (
            r"(?:(?:total|approx\w*|final|current)\.? )*(?:word|character)s?[ -]?count\b.*",
            r"(?:(?:about|around|approx\w*\.?|roughly|total|length|in total)[: ]+|~ ?)*\d[\d,]* "
            r"(?:words|characters)(?: (?:in all|in total|total|long))?",
            rf"(?:the )?end(?: of (?:the |this )?{_TEXT}(?: \d+)?)?",
            rf"{_TEXT}(?: \w+)? (?:begins?|ends?)(?: here)?",
            r"(?:words?|length|characters?): ?\d[\d,]*(?: words)?",
            r"to be continued|fin|end scene|fade (?:out|to black)|cut to black",
            r"(?:author|editor|translator|writer)['’]s note\b.*|(?:note|disclaimer): .*",
            r"(?:全文|本场戏?|本章|本集|本篇|全剧|全书|正文|故事|剧本|小说|大纲|这场戏)(?:到此)?已?(?:完结?|终|结束)[了毕]?"
            r"(?:[，,；;、 ].*)?",
            "完|终|(?:此处|到此|至此)(?:结束|完)|剧终|完结|待续|未完待续",
            rf"(?:本文|全文|以上|正文|总|共|合|计|约|大约|字数|[:：\s])*{_NUMBER}\s*[余多]?个?汉?字(?:左右|上下|以内)?",
            "(?:总)?字数(?:统计)?[:：].*|(?:注|备注|说明|附注|注释|作者注|编者按)[:：].*",
        )
    ),
    re.IGNORECASE,
)
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


def remark(text: str) -> Refusal | None:
    """The first note about the text at its beginning or its end."""
    bare = text.strip()
    head, tail = bare[:EDGE], bare[-EDGE:]
    edges = [head.split("\n", 1)[0], tail.rsplit("\n", 1)[-1], *_BRACKETED.findall(head)]
    edges += [*_BRACKETED.findall(tail), _SENTENCE.split(head, maxsplit=1)[0]]
    edges += list(filter(None, _SENTENCE.split(tail)))[-1:]
    for each in edges:
        if _NOTE.fullmatch(each.strip(_EDGES)):
            return Refusal("remarks", {"line": each.strip()[:60]})
    if found := _OPENING.match(head.lstrip(_EDGES)):
        return Refusal("remarks", {"line": found[0][:60]})
    return None
