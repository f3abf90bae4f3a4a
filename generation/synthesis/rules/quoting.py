"""Lines of dialogue in texts that must hold none: to the letter, in quotation marks, and nearly."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from generation.synthesis.rules.language import grams, quoted, sentences, stem, tokens
from generation.synthesis.rules.names import all_names
from generation.synthesis.scenes import lines_of

MARKED = {"en": 4, "zh": 6}
"""So many words or Han characters in quotation marks are speech, wherever they come from; fewer may be a term."""
RUN = {"en": 6, "zh": 7}
"""So many words of one speech in a row, after what `_bare` drops, are a quote. Sound outlines stay at 4 and 7."""
WHOLE = {"en": 4, "zh": 5}
"""A whole sentence of a speech of this length is a quote already."""
LETTER = {"en": 7, "zh": 11}
LETTERS = {"en": 8, "zh": 12}
"""The same to the letter, pronouns and all: a whole sentence, or a part of a long one."""
NEAR = {"en": 0.8, "zh": 0.9}
"""A sentence that holds this share of a speech's words in their order repeats it."""
_REPORTS = {
    "en": re.compile(
        r"\b(?:sa(?:ys?|id)|tells?|told|ask(?:s|ed)?|answer(?:s|ed)?|repl(?:y|ies|ied)|admit(?:s|ted)?|remark(?:s|ed)?|insist(?:s|ed)?|"
        r"jok(?:es?|ed)|call(?:s|ed)?|announc(?:es?|ed)|explain(?:s|ed)?|maintain(?:s|ed)?|line|words?)\b"
    ),
    "zh": re.compile("[说问答喊道叫笑念讲]|告诉|原话|开口|叮嘱"),
}
"""Verbs that announce speech: after them a short sentence said again is a quote, elsewhere it may be chance."""
_CLAUSE = frozenset(
    "i you he she it we they who what where why is are was s that's it's i'm don't no".split()
)
"""Words that a turn of phrase (a year and a day) has none of."""
_EN = frozenset(
    "i me my mine you your yours he him his she her hers it its we us our they them their am is are was were be been being "
    "do does did have has had the a an that to s m re ve ll d t will would shall should can could".split()
)
_ZH = frozenset("的了吗呢吧啊嘛呀哦我你您他她它们是说道就")


def speeches_of(content: Mapping[str, Any]) -> list[str]:
    """All that is said in the scene; of a person, in the scenes that show it. Of a context: before and after too."""
    elements = content.get("elements")
    if elements is None:
        language = content["language"]
        elements = [each for scene in content.get("scenes", ()) for each in lines_of(scene["text"], language)]
    return [each["text"] for each in elements if each["speaker"]]


def quote_in(text: str, speeches: Sequence[str], content: Mapping[str, Any], *, near: bool = True) -> str:
    """The first line of dialogue found in a text; the empty string where there is none.

    `near` finds speech that is reported with other pronouns and tenses too. What tells of earlier scenes must
    report, and is looked through for speech to the letter alone.
    """
    language = content["language"]
    if found := _marked(text, speeches, language):
        return found
    look, least = _Text(text, content), (WHOLE if near else LETTER)[language]
    for speech in speeches:
        for unit in _units(speech, language):
            if look.holds(unit, least) or (near and look.repeats(unit)):
                return unit
    return ""


def _marked(text: str, speeches: Sequence[str], language: str) -> str:
    """What stands in quotation marks and is long enough to be speech, or is speech however short."""
    said = ["".join(tokens(each, language)) for each in speeches]
    for each in quoted(text):
        words = tokens(each, language)
        if len(words) >= MARKED[language]:
            return each
        joined = "".join(words)
        if len(words) >= 3 and any(joined in speech for speech in said):
            return each
    return ""


def _units(speech: str, language: str) -> list[str]:
    """A speech, and its sentences where it has several."""
    bare = speech.split("）", 1)[-1] if speech.startswith("（") else speech
    bare = bare.split(")", 1)[-1] if bare.startswith("(") else bare
    parts = sentences(bare, language)
    return [bare, *parts] if len(parts) > 1 else [bare]


class _Text:
    """A text as it is looked through for many lines of speech."""

    def __init__(self, text: str, content: Mapping[str, Any]) -> None:
        self.language = content["language"]
        self.names = {name.casefold() for name in all_names(content)}
        self.raw = f" {' '.join(tokens(text, self.language))} "
        self.told = [self._bare(each) for each in sentences(text, self.language)]
        self.whole = self._bare(text)
        self.joined = f" {' '.join(self.whole)} "
        reports = [each for each in sentences(text, self.language) if _REPORTS[self.language].search(each)]
        self.reported = "".join(f" {' '.join(self._bare(each))} " for each in reports)
        self.runs = set(grams(self.whole, RUN[self.language]))
        self.pairs = set(grams(self.whole, 2))
        self.words = set(self.whole)

    def _bare(self, text: str) -> list[str]:
        """Words without those that change when speech is reported: who, and when."""
        if self.language == "zh":
            return [each for each in tokens(text, "zh") if each not in _ZH]
        return [
            stem(part)
            for word in tokens(text, "en")
            for part in word.split("'")[:1]
            if part not in _EN and part not in self.names
        ]

    def holds(self, unit: str, least: int) -> bool:
        """To the letter: a whole sentence, or a long run of one."""
        words = tokens(unit, self.language)
        if len(words) >= least and f" {' '.join(words)} " in self.raw:
            return self._weighs(self._bare(unit)) or not _CLAUSE.isdisjoint(words)
        size = LETTERS[self.language]
        return any(f" {' '.join(run)} " in self.raw for run in grams(words, size))

    def repeats(self, unit: str) -> bool:
        """In reported speech: the words that stay, in their order."""
        said = self._bare(unit)
        if not self.runs.isdisjoint(grams(said, RUN[self.language])):
            return True
        if (
            len(said) >= WHOLE[self.language] - 1
            and self._weighs(said)
            and f" {' '.join(said)} " in self.reported
        ):
            return True
        least = WHOLE[self.language]
        if len(said) < least or self.pairs.isdisjoint(grams(said, 2)) or not self._weighs(said):
            return False
        if f" {' '.join(said)} " in self.joined:
            return True
        if len(said) <= least or len(set(said) & self.words) < NEAR[self.language] * len(set(said)):
            return False
        return any(_common(said, each) >= NEAR[self.language] * len(said) for each in self.told)

    def _weighs(self, said: Sequence[str]) -> bool:
        """Enough in it that it cannot stand there by chance."""
        return self.language == "zh" or sum(len(word) > 3 for word in said) >= 2


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest sequence that both hold in order; `one` is short, a speech."""
    row = [0] * (len(one) + 1)
    for word in other[:400]:
        before = 0
        for at, each in enumerate(one[:120], start=1):
            kept = row[at]
            row[at] = before + 1 if each == word else max(row[at], row[at - 1])
            before = kept
    return row[-1]
