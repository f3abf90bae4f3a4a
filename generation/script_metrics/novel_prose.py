"""Prose inside action: paragraphs that tell like a novel what no camera takes.

Two signs. A paragraph is long (over 90 words, or 160 Han characters, four to five lines in print), or it
speaks of what goes on in a head: she remembers, he wonders, 心想, 仿佛想起. "Thinks" may
be acted; "had always known" may not.
"""

import re
from collections.abc import Sequence

from generation.screenplay.measure import count_han, count_words

LONG = {"en": 90, "zh": 160}
"""From here on, in words or Han characters, a paragraph of action is prose by its length alone."""

_INNER_EN = re.compile(
    r"\b(?:he|she|they|who|[A-Z][a-z]+) (?:\w+ )?(?:thinks? (?:of|about|that|back)|thought|"
    r"remember(?:s|ed)|recall(?:s|ed)|wonder(?:s|ed)|realiz(?:es|ed)|"
    r"realis(?:es|ed)|knew|knows (?:that|she|he|now)|felt|feels (?:that|as if|as though|a|the|her|"
    r"his)|believ(?:es|ed)|hop(?:es|ed)|wish(?:es|ed)|long(?:s|ed) (?:for|to)|"
    r"understood|regret(?:s|ted)|fear(?:s|ed)|decid(?:es|ed)|imagin(?:es|ed)|want(?:s|ed) (?:to|"
    r"her|him|nothing))\b"
    r"|\b(?:in|into|at the back of) (?:his|her|their) (?:mind|heart|memory|thoughts)\b|\b(?:had|"
    r"has) (?:always|never|once|long) (?:been|known|loved|wanted|felt|said|thought|told)\b"
    r"|\b(?:memories|memory|grief|guilt|longing|dread|relief|shame) (?:of|that|flood\w*|wash\w*|"
    r"rises?|rose|fills?|filled|settles?|settled|grips?|gripped)\b|\bas (?:if|though) (?:the "
    r"weight|all the years|the world|time)\b"
)
_INNER_ZH = re.compile(
    "心想|心里(?:想|明白|清楚|知道|一|却|有|很|不|暗)|心中|内心|暗自|暗想|暗暗|想起了?|回忆起?|回想|记得(?!我|你)|意识到|明白了?(?:过来|自己|他|她|这)|"
    "觉得|感到|感觉到?|仿佛(?:看见|听见|回到|又)|似乎(?:明白|想|在想)|不由得|不禁|忽然懂|终于(?:明白|懂|知道)|多年来|这些年来|百感交集|五味杂陈|"
    "一阵(?:酸楚|暖意|悲|痛|心酸|失落)|"
    "思绪|往事|涌上心头|说不清的|难以言说|曾经(?:是|的|也|那样)|渴望|害怕(?:的是|自己)|后悔|怀念"
)


def prose_share(paragraphs: Sequence[str], language: str) -> float:
    """The share, by length, of paragraphs of action that are prose; 0 where there is no action."""
    count = count_han if language == "zh" else count_words
    lengths = [count(paragraph) for paragraph in paragraphs]
    if not sum(lengths):
        return 0.0
    told = sum(
        length
        for length, paragraph in zip(lengths, paragraphs, strict=True)
        if length > LONG[language] or is_inner(paragraph, language)
    )
    return told / sum(lengths)


def is_inner(paragraph: str, language: str) -> bool:
    """Whether a paragraph speaks of what goes on in somebody's head."""
    return (_INNER_ZH if language == "zh" else _INNER_EN).search(paragraph) is not None
