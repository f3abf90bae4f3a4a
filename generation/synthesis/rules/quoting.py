"""Lines of dialogue in texts that must hold none: to the letter, in quotation marks, and nearly."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from generation.synthesis.rules.language import (
    NAME,
    WORDS,
    grams,
    quoted,
    sentences,
    slanted,
    stem,
    tokens,
    without,
    words_of,
)
from generation.synthesis.rules.language import (
    lines_of as words_in,
)
from generation.synthesis.rules.names import all_names
from generation.synthesis.scenes import lines_of

MARKED = {"en": 4, "zh": 6}
"""So many words or Han characters in quotation marks are speech, wherever they come from; fewer may be a
term."""
RUN = {"en": 6, "zh": 7}
"""So many words of one speech in a row, after what `_bare` drops, are a quote. Sound outlines stay at 4
and 7."""
WHOLE = {"en": 4, "zh": 5}
"""A whole sentence of a speech of this length is a quote already."""
LETTER = {"en": 7, "zh": 11}
LETTERS = {"en": 8, "zh": 12}
"""The same to the letter, pronouns and all: a whole sentence, or a part of a long one."""
NEAR = {"en": 0.8, "zh": 0.9}
"""A sentence that holds this share of a speech's words in their order repeats it."""
SHORTEST = 3
"""So many words, or characters, that are told as speech (Piet protests: seals come up here) are a quote."""
FEW = 5
"""Of so few words all must be there: four of five (the week she left home) may be the fact alone."""
_REPORTS = {
    "en": re.compile(
        r"\b(?:sa(?:ys?|id)|tells?|told|ask(?:s|ed)?|answer(?:s|ed)?|repl(?:y|ies|ied)|admit(?:s|ted)?|remark(?:s|ed)?|insist(?:s|ed)?|"
        r"jok(?:es?|ed)|call(?:s|ed)?|announc(?:es?|ed)|explain(?:s|ed)?|maintain(?:s|ed)?|line|words?)\b"
    ),
    "zh": re.compile("[说问答喊道叫笑念讲]|告诉|原话|开口|叮嘱"),
}
"""Verbs that announce speech: after them a short sentence said again is a quote, elsewhere it may be
chance."""
_ALIKE = {
    word: alike
    for alike, words in {
        "x": "i me my mine you your yours he him his she her hers it its we us our they them their",
        "be": "am is are was were be been s re m",
        "have": "have has had ve d will would ll shall should",
        "do": "do does did",
    }.items()
    for word in words.split()
}
"""'d may be had or would."""
_VERBS = frozenset(("x", "be", "have", "do"))
_ANNOUNCES = words_of("announcing.en.txt")
_SPEAKS = _ANNOUNCES - {"that", "if", "whether", "words"}
"""Two words (is humming) are speech only after a verb of it: any fact may stand after that."""
_CLAUSE = words_of("clause.en.txt")
"""Words that a turn of phrase (a year and a day) has none of."""
SHIFTED = 5
"""So many gaps between words that differ in pronouns and tenses alone are a quote without anything before
them."""
_PAUSE = re.compile("[,;:，；：]")
_DENIES = {
    "en": re.compile(r"\b(?:not|never|no|nobody|nothing|none|nor|neither)\b|n['’]t\b"),
    "zh": re.compile("[不没未无别非]"),
}
_LINKS = frozenset(("with", "from", "into", "upon", "under"))
"""Long words that weigh nothing: the man with geese is a label."""
_EN = words_of("dropped.en.txt")
_ZH = frozenset("的了吗呢吧啊嘛呀哦我你您他她它们是说道就")


def speeches_of(content: Mapping[str, Any]) -> list[str]:
    """All that is said in the scene; of a person, in the scenes that show it. Of a context: before and
    after too."""
    elements = content.get("elements")
    if elements is None:
        language = content["language"]
        elements = [each for scene in content.get("scenes", ()) for each in lines_of(scene["text"], language)]
    return [each["text"] for each in elements if each["speaker"]]


def quote_in(text: str, speeches: Sequence[str], content: Mapping[str, Any], *, near: bool = True) -> str:
    """The first line of dialogue found in a text; the empty string where there is none.

    `near` finds speech that is reported with other pronouns and tenses too. What tells of earlier scenes
    must report, and is looked through for speech to the letter alone.
    """
    language = content["language"]
    if found := _marked(text, speeches, language):
        return found
    look, least = _Text(text, content), (WHOLE if near else LETTER)[language]
    for speech in speeches:
        for unit in _units(speech, language):
            if look.holds(unit, least) or (
                near and (look.repeats(unit) or look.shifts(unit) or look.tells_as_said(unit))
            ):
                return unit
    return ""


def _marked(text: str, speeches: Sequence[str], language: str) -> str:
    """What stands in marks and is long enough to be speech, or is speech however short."""
    said = ["".join(tokens(each, language)) for each in speeches]
    whole = {"".join(tokens(unit, language)) for each in speeches for unit in _units(each, language)}
    for each in [*quoted(text), *slanted(text)]:
        words = tokens(each, language)
        if len(words) >= MARKED[language]:
            return each
        joined = "".join(words)
        if len(words) >= 3 and any(joined in speech for speech in said):
            return each
        if len(words) == 2 and joined in whole:
            return each
    return ""


_WHO = rf"(?:he|she|they|(?:the|an?) [a-z]+(?: [a-z]+)?|{NAME}(?:\.? {NAME})?)"
_SAYS = f"(?:{'|'.join(words_in(WORDS / 'says.en.txt'))})"
_ASIDE = re.compile(rf"(?:^|[,;:.!?—–]|(?<=\S) -)\s*(?:{_SAYS} {_WHO}|{_WHO} {_SAYS})\s*(?=[,;:.!?—–])")
"""Who says it, put between or after what is said."""
_THAT = re.compile(rf"\b(?:{_SAYS}|[Aa]ccording to {_WHO}),? (?:that )?")
_CLAUSES = {
    "en": re.compile(r"(?<![.;:!?…])[.;:!?…]++(?:\s+|$)|\s[—–-]\s"),
    "zh": re.compile(r"[。；：！？…]+"),
}


def _told_as_said(text: str, language: str) -> set[tuple[str, ...]]:
    """Clauses that are told as speech without any mark: what stands after a colon, and sentences with
    somebody who says them in the middle or behind (then, says Dot, they can wait), and the whole of what
    somebody says (that they can wait); with pronouns and tenses alike."""
    found: list[str] = []
    for sentence in sentences(text, language):
        bare, asides = _ASIDE.subn(" ", sentence) if language == "en" else (sentence, 0)
        clauses = _CLAUSES[language].split(bare)
        colon = ":" if language == "en" else "："
        if asides:
            found += clauses
        elif colon in sentence:
            found += _CLAUSES[language].split(sentence.split(colon, 1)[1])
        if language == "en":
            found += [part for each in clauses for part in _THAT.split(each)[1:]]
    return {tuple(_shifted(each, language)) for each in found}


def _units(speech: str, language: str) -> list[str]:
    """A speech, and its sentences where it has several."""
    bare = speech.split("）", 1)[-1] if speech.startswith("（") else speech
    bare = bare.split(")", 1)[-1] if bare.startswith("(") else bare
    parts = sentences(bare, language)
    return [bare, *parts] if len(parts) > 1 else [bare]


class _Text:
    """A text as it is looked through for many lines of speech."""

    def __init__(self, text: str, content: Mapping[str, Any]) -> None:
        self.language, self.text = content["language"], text
        self.names = {name.casefold() for name in all_names(content)}
        self.raw = f" {' '.join(tokens(text, self.language))} "
        self.told = [
            (self._bare(each), each, _denials(each, self.language)) for each in sentences(text, self.language)
        ]
        self.whole = self._bare(text)
        self.joined = f" {' '.join(self.whole)} "
        reports = [each for each in sentences(text, self.language) if _REPORTS[self.language].search(each)]
        self.reported = "".join(f" {' '.join(self._bare(each))} " for each in reports)
        joint = "" if self.language == "zh" else " "
        self.shifted = f" {joint.join(_shifted(text, self.language))} "
        self.by_name = without(text, all_names(content), "他" if self.language == "zh" else " he ")
        self.shifted_names = f" {joint.join(_shifted(self.by_name, self.language))} "
        self.runs = set(grams(self.whole, RUN[self.language]))
        self.pairs = set(grams(self.whole, 2))
        self.words = set(self.whole)
        self.told_as_said = _told_as_said(text, self.language)

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
        return any(f" {' '.join(run)} " in self.raw and self._tells(run) for run in grams(words, size))

    def _tells(self, run: Sequence[str]) -> bool:
        """A run of words that is more than a turn of phrase (an answer by the end of the month)."""
        return (
            self.language == "zh"
            or not _CLAUSE.isdisjoint(run)
            or sum(len(word) > 3 and word not in _LINKS for word in run) >= 3
        )

    def repeats(self, unit: str) -> bool:
        """In reported speech: the words that stay, in their order."""
        said = self._bare(unit)
        if not self.runs.isdisjoint(grams(said, RUN[self.language])):
            return True
        if (
            len(said) >= WHOLE[self.language] - 1
            and self._weighs(said)
            and f" {' '.join(said)} " in self.reported
            and (self.language == "en" or len(said) >= WHOLE["zh"] or self._ends_there(said))
        ):
            return True
        least = WHOLE[self.language]
        if len(said) < least or self.pairs.isdisjoint(grams(said, 2)) or not self._weighs(said):
            return False
        if f" {' '.join(said)} " in self.joined:
            return True
        if len(said) <= least or len(set(said) & self.words) < NEAR[self.language] * len(set(said)):
            return False
        due = NEAR[self.language] * len(said)
        if self.language == "en" and len(said) == FEW:
            due = len(said)
        denies = _denials(unit, self.language)
        return any(
            _common(said, each) >= due
            and (denied <= denies or self._in_one_clause(said, sentence, denies, due))
            for each, sentence, denied in self.told
        )

    def _ends_there(self, said: Sequence[str]) -> bool:
        """Whether a pause follows: 孩子不在 is no part of 孩子不在车上."""
        dropped = f"[{''.join(sorted(_ZH))}]*"
        return re.search(rf"{dropped.join(said)}{dropped}(?![\u4e00-\u9fff])", self.text) is not None

    def _in_one_clause(self, said: Sequence[str], sentence: str, denies: int, due: float) -> bool:
        """Where a sentence denies something that the speech does not (the bones are found, the child is not
        in the car), the words must stand in one clause of it that denies nothing more."""
        clauses = [each for each in _PAUSE.split(sentence) if _denials(each, self.language) <= denies]
        return any(_common(said, self._bare(each)) >= due for each in clauses)

    def shifts(self, unit: str) -> bool:
        """A whole sentence with other pronouns and tenses alone (she was his father's boat): long, or
        after what announces speech."""
        said = _shifted(unit, self.language)
        if self.language == "en" and said[:2] == ["x", "x"]:
            said = said[1:]
        if len(said) < 3 or (self.language == "en" and len(said[1:] if said[0] == "x" else said) < 2):
            return False
        joint = "" if self.language == "zh" else " "
        part = joint.join(said)
        if self.language == "zh":
            return len(tokens(unit, "zh")) >= WHOLE["zh"] and _announced_zh(part, self.shifted)
        if _VERBS.isdisjoint(said):
            return False
        bare = joint.join(said[1:]) if said[0] == "x" else part
        at = self.shifted.find(f" {bare} ")
        while at >= 0:
            before = self.shifted[:at].split()[-4:]
            announces = _ANNOUNCES
            if bare.count(" ") == 1:  # so short that only the very words of who says it count
                announces, before = _SPEAKS, [each for each in before if each not in ("x", "that")][-1:]
            if bare.count(" ") >= SHIFTED or (
                bare.count(" ") >= 1 and not announces.isdisjoint(before) and len(said) >= 3
            ):
                return True
            at = self.shifted.find(f" {bare} ", at + 1)
        return bare.count(" ") >= SHIFTED and f" {bare} " in self.shifted_names

    def tells_as_said(self, unit: str) -> bool:
        """A whole sentence that is told as speech without a mark, however short."""
        said = tuple(_shifted(unit, self.language))
        return len(said) >= SHORTEST and said in self.told_as_said

    def _weighs(self, said: Sequence[str]) -> bool:
        """Enough in it that it cannot stand there by chance."""
        return self.language == "zh" or sum(len(word) > 3 and word not in _LINKS for word in said) >= 2


def _denials(text: str, language: str) -> int:
    return len(_DENIES[language].findall(text.lower()))


def _shifted(text: str, language: str) -> list[str]:
    """A text with pronouns all alike and without what tense changes; Chinese keeps its pauses."""
    if language == "zh":
        bare = re.sub(r"[你我他她它您咱]们?|那[人个]", "他", text)
        return re.findall(r"[\u4e00-\u9fff，。；！？：]", re.sub(r"[了吗呢吧啊嘛呀哦的]", "", bare))
    found = []
    for word in tokens(text, "en"):
        for part in word.split("'"):
            found.append(_ALIKE.get(part) or stem(part))
    return found


def _announced_zh(part: str, text: str) -> bool:
    """Whether a short sentence stands right after a verb of speech and up to a pause: 说他还长，."""
    bare = part.strip("，。；！？：").lstrip("他")
    at = text.find(bare) if len(bare) >= 2 and "，" not in bare else -1
    while at >= 0:
        before, after = text[max(0, at - 4) : at], text[at + len(bare) : at + len(bare) + 1]
        if (
            re.search("[说问答喊道叫回讲]|告诉|一句", before)
            and "，" not in before
            and after in "，。；！？ "
        ):
            return True
        at = text.find(bare, at + 1)
    return False


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
