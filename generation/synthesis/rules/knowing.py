"""What a text knows that it may not know yet, and whether it rests on what it may.

Words count that tell something about one story. Known are those of the earlier scenes, of the profiles
and the names; ahead are those of the scene and of later ones. A sentence that takes several words from
ahead and few from what is known tells the future, in whatever words it does so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from generation.synthesis.rules.copying import echo
from generation.synthesis.rules.language import (
    WORDS,
    lines_of,
    plainest,
    sentences,
    stem,
    telling,
    telling_set,
    tokens,
    without,
    words_of,
)
from generation.synthesis.rules.names import all_names, one_by_one
from generation.synthesis.scenes import lines_of as elements_of
from generation.synthesis.scenes import named_in

NEXT = 3
"""Of so many scenes that follow neighbours count too; of later ones words alone, for in many scenes there
are many chance meetings."""

PLACE = 5
"""So many elements of a scene are one place of it."""
RETOLD = 0.75
RETOLD_LEAST = {"en": 3, "zh": 4}
"""Share and number of the words that a sentence has in common with one of the outline's when it retells
it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence against the scenes ahead and those before.

    `ahead` is how much of it stands in one scene ahead (of the one that holds most of it, neighbours counted
    too) and is known from nowhere; `there` and `here` are how many of its words, everyday ones too, stand
    in one scene ahead and in one text that is known; `unmet`, how many stand in one scene ahead and in none
    that is known. `together` is how much of it stands together in one place that is known, a few elements of
    a scene, and `nowhere` how much stands in no scene at all; `coined`, how many names and things of a scene
    ahead it has of which no part is known, `unseen`, how many people of the scene who were not in one before.
    `looks_ahead`: it says so by its form; `reveals`: only who knows the end could say it so.
    """

    sentence: str
    ahead: int
    there: int
    here: int
    unmet: int
    together: int
    nowhere: int
    coined: int
    unseen: int
    looks_ahead: bool
    reveals: bool

    @property
    def nearer(self) -> int:
        """How much nearer it is to a scene ahead than to one that is known."""
        return self.there - self.here


@cache
def _forms(name: str, language: str) -> re.Pattern[str]:
    """The patterns of a list as one."""
    either = "|".join(lines_of(WORDS / f"{name}.{language}.txt"))
    return re.compile(rf"\b(?:{either})\b" if language == "en" else either, re.IGNORECASE)


_REPORTED = {
    "en": re.compile(
        r"\b(?:sa(?:id|ys?)|t(?:old|ells?)|promis\w+|warn\w*|believ\w+|th(?:ought|inks?)|hop(?:ed?|es|ing)|fear\w*|agree\w*|"
        r"announc\w+|sw(?:ore|ears?|orn)|vow\w*|predict\w*|expect\w*|claim\w*|insist\w*|wr(?:ote|itten|ites?)|letters?|heard|"
        r"ask\w*|worr\w+|afraid|plan\w*|order\w*|decid\w+|threaten\w*|suppos\w+|assum\w+|guess\w*|bet\w*|offer\w*)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "[说讲称怕盼约嘱]|答应|许诺|告诉|以为|认为|担心|信上|写着|打算|通知|公文|宣布|保证|相信|警告|要求|命令"
    ),
}
"""Verbs after which a future is what somebody says, not what the narrator knows."""


def _foretells(sentence: str, language: str) -> bool:
    found = _forms("foretold", language).search(sentence)
    return found is not None and not _REPORTED[language].search(sentence[: found.start()])


def told(listed: Sequence[str], content: Mapping[str, Any], outline: str = "") -> list[Told]:
    """Sentences or clauses of a context, against the scene's content and the outline that was made of it.

    Two words in a row that stand so in a scene ahead, and in none that is known, count as one more from
    there.
    """
    language, names = content["language"], all_names(content)
    known, met = _known(content)
    later = [each["text"] for each in content["later"]]
    ahead = [_words_of(each, language) for each in [content["text"], outline, *later[:NEXT]]]
    ahead += [(_words_of(each, language)[0], frozenset()) for each in later[NEXT:]]
    before = [telling_set(each, language, everyday=True) for each in _before(content)]
    after = [telling_set(each, language, everyday=True) for each in [content["text"], outline, *later]]
    heard = frozenset[str]().union(*before)
    places = [each for one in _before(content) for each in _places(one, language)]
    held = frozenset[str]().union(*places)
    soon = [content["text"], *later[:NEXT]]
    coming = frozenset[str]().union(*(_units(each, language) for each in soon))
    signs = set("".join(_before(content)))
    unseen = _unseen(content)
    found = []
    for sentence in listed:
        bare = without(sentence, names, _gap(language))
        plain = frozenset(telling(bare, language, everyday=True))
        words = set(telling(bare, language)) - known
        pairs = _pairs(bare, language) - met
        units = _units(bare, language)
        found.append(
            Told(
                sentence,
                ahead=max(_met(words & one, pairs & two, language) for one, two in ahead),
                there=max(len(plain & each) for each in after),
                here=max((len(plain & each) for each in before), default=0),
                unmet=max(len((plain - heard) & each) for each in after),
                together=max((len(units & each) for each in places), default=0),
                nowhere=len(units - held - coming),
                coined=max(len(_coined(words, signs) & telling_set(each, language)) for each in soon),
                unseen=sum(each.search(sentence) is not None for each in unseen),
                looks_ahead=_forms("ahead", language).search(sentence) is not None,
                reveals=_foretells(sentence, language)
                or _forms("reveals", language).search(sentence) is not None,
            )
        )
    return found


Words = tuple[frozenset[str], frozenset[tuple[str, ...]]]


@lru_cache(maxsize=256)
def _words_of(text: str, language: str) -> Words:
    return telling_set(text, language), frozenset(_pairs(text, language))


def _pairs(text: str, language: str) -> set[tuple[str, ...]]:
    """What tells beside the words: in English neighbours among them, everyday ones too; in Chinese, where
    words are pairs, the single characters (熄, 磕) but for the plainest."""
    if language == "zh":
        return {(each,) for each in tokens(text, "zh") if each not in plainest()}
    return {pair for each in sentences(text, "en") for pair in pairwise(telling(each, "en", everyday=True))}


def _met(words: frozenset[str] | set[str], beside: set[tuple[str, ...]], language: str) -> int:
    """How much of a sentence stands in one scene ahead; a character counts where no pair that has it
    does."""
    if language == "zh":
        had = set("".join(words))
        beside = {each for each in beside if each[0] not in had}
    return len(words) + len(beside)


def _units(text: str, language: str) -> frozenset[str]:
    """What a sentence and the place that it tells of have in common: all words but those of grammar, in
    Chinese single characters, for other words have the same ones in them (拧掉, 拧下来)."""
    if language == "zh":
        return frozenset(tokens(text, "zh")) - _joining("zh")
    return frozenset(stem(word) for word in tokens(text, "en")) - _joining("en")


@cache
def _joining(language: str) -> frozenset[str]:
    words = words_of(f"function.{language}.txt")
    return frozenset("".join(words)) if language == "zh" else frozenset(map(stem, words))


@lru_cache(maxsize=512)
def _places(text: str, language: str) -> tuple[frozenset[str], ...]:
    """The places of a scene: all runs of a few elements, those who speak in them too."""
    lines = [_units(f"{each['speaker']} {each['text']}", language) for each in elements_of(text, language)]
    runs = range(max(1, len(lines) - PLACE + 1))
    return tuple(frozenset[str]().union(*lines[at : at + PLACE]) for at in runs)


def _coined(words: set[str], signs: set[str]) -> set[str]:
    """Words of which no part stands anywhere that is known: 烽燧. Only Chinese words have parts."""
    return {each for each in words if signs.isdisjoint(each) and not each.isascii()}


def _unseen(content: Mapping[str, Any]) -> list[re.Pattern[str]]:
    """Those who speak in the scene and stand in no text that is known."""
    before = "\n".join(_before(content))
    names = [each for each in one_by_one(content["speakers"]) if not named_in(each, before)]
    if content["language"] == "zh":
        return [re.compile(re.escape(each)) for each in names]
    return [re.compile(rf"\b{re.escape(each.title())}\b") for each in names]


def _gap(language: str) -> str:
    return "，" if language == "zh" else " "


def _known(content: Mapping[str, Any]) -> Words:
    language = content["language"]
    found = [_words_of(each, language) for each in [content["series"]["title"], *_before(content)]]
    return frozenset().union(*(one for one, _ in found)), frozenset().union(*(two for _, two in found))


def _before(content: Mapping[str, Any]) -> list[str]:
    """The texts from which a context may be taken."""
    return [
        *(each["text"] for each in content["earlier"]),
        *(each["profile"] for each in content["characters"]),
    ]


def retells(sentence: str, outline: str, content: Mapping[str, Any]) -> bool:
    """Whether a sentence says again what one sentence of the outline says: nearly all its words stand
    there."""
    language, names = content["language"], all_names(content)
    if echo(sentence, outline, language) >= 0.5:
        return True
    words = _everyday(sentence, language, names)
    if len(words) < RETOLD_LEAST[language]:
        return False
    told = [_everyday(each, language, names) for each in sentences(outline, language)]
    return any(len(words & each) >= RETOLD * len(words) for each in told)


def _everyday(text: str, language: str, names: Sequence[str]) -> set[str]:
    return set(telling(without(text, names, _gap(language)), language, everyday=True))


def rests(text: str, content: Mapping[str, Any]) -> float:
    """How much of a context the earlier scenes and the profiles know, 0 to 1: the mean of the share of its
    telling words and of the share of what tells beside them (in Chinese characters, in English everyday
    words). 1 where it has none."""
    language, before = content["language"], _before(content)
    bare = without(text, all_names(content), _gap(language))
    known, met = _known(content)
    words = set(telling(bare, language))
    if language == "zh":
        beside = {each for (each,) in _pairs(bare, language)}
        there = {each for (each,) in met}
    else:
        beside = set(telling(bare, language, everyday=True))
        there = set[str]().union(*(telling_set(each, language, everyday=True) for each in before))
    shares = [len(mine & theirs) / len(mine) for mine, theirs in ((words, known), (beside, there)) if mine]
    return sum(shares) / len(shares) if shares else 1.0
