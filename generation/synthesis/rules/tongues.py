"""Languages other than English and Chinese, and a sentence of the one within the other.

Scripts tell most of them. Those that are written as English is are told by the little words that every
sentence has. What somebody says may be in any language for a sentence; what is told may not.
"""

import re
from functools import cache, lru_cache

from generation.screenplay.measure import count_han
from generation.synthesis.rules.language import (
    WORDS,
    grammar,
    lines_of,
    quoted,
    sentences,
    stem,
    tokens,
    without_speech,
)

KANA = 5
"""So many are Japanese; one or two (の) are a shop's sign."""
STRANGE = 8
"""Letters of other scripts: more than a name has."""
_KANA = re.compile(r"[\u3041-\u30fa]")
_STRANGE = re.compile(r"[\u0370-\u1cff\u3131-\u318f\uac00-\ud7af\ufb1d-\ufeff]")
TRADITIONAL = 5
"""So many different Traditional characters; a name that the mainland standard lacks has one or two."""
SAID = 5
"""So many words with small letters, in runs among what is said, are speech."""
LATIN_RUN = 6
"""So many Latin words in a row are a sentence in Chinese; a firm or a song has fewer, and capitals."""
DRIFT = 3
"""So many different little words of English in what a Chinese text tells (用手去 rub his chin); a title has
two, however often it comes."""
HAN_RUN = 8
"""So many Han characters in a row, points and all, are a sentence in English."""
HAN_CLAUSE = 3
"""So many with a word of grammar among them (舔了舔笔尖) are no name."""
_HAN_GRAMMAR = re.compile("[了着过的地得是在不没他她我你它们这那就也都把被]")
_LETTERS = r"[A-Za-z\u00c0-\u024f'’]"
_LATIN = re.compile("[A-Za-z]+")
_LATIN_RUNS = re.compile(rf"(?<!{_LETTERS}){_LETTERS}++(?:[ ,;:.-]++{_LETTERS}++)++")
_HAN_RUNS = re.compile(r"[\u3400-\u9fff，、。；：！？]+")
FOREIGN = 3
"""So many little words of one language, and more than of English, make a sentence of it."""
SHORTEST = 5
WINDOW, ENGLISH = 25, 0.16
"""Of so many words in a row this share must be words of English grammar. Sound answers, and even the headings
and cues of scenes, have 0.28 at the least; other languages 0.04 (Portuguese 0.21: its little words are
listed)."""
LONE = {6: 0.0, 9: 0.2}
"""A sentence of so many words, names left out, has more than this share of English grammar, or it is not
English. Of 2,600 sound ones the shorter have one word of it, lists of things apart; the longer 0.25."""
_NAMED = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’']*")
SPOKEN = 0.25
"""So large a share of all sentences may not be in another language, said or told."""


def foreign(text: str, language: str) -> str:
    """What else than its language a text is written in, in words for a refusal; empty where nothing is."""
    if len(_KANA.findall(text)) >= KANA:
        return "Japanese"
    if len(_STRANGE.findall(text)) > STRANGE:
        return "another script"
    told = without_speech(text)
    if language == "zh":
        little = {word for word in _LATIN.findall(told) if word.islower() and stem(word) in grammar()}
        drifts = len(little) >= DRIFT
        return "English" if drifts or any(map(_is_sentence, _LATIN_RUNS.findall(told))) else ""
    if any(map(_is_chinese, _HAN_RUNS.findall(told))):
        return "Chinese"
    return _european(told) or _european(text, SPOKEN, 2) or ("" if _english(text) else "another language")


def traditional(text: str) -> bool:
    """Whether a Chinese text has a sentence in Traditional characters."""
    return sum(map(_is_traditional, set(text))) >= TRADITIONAL


@lru_cache(maxsize=20_000)
def _is_traditional(sign: str) -> bool:
    """By the two old standards: the one of Taiwan has it, the one of the mainland has not."""
    return _HAN_RUNS.match(sign) is not None and _has("big5", sign) and not _has("gb2312", sign)


def _has(standard: str, sign: str) -> bool:
    try:
        sign.encode(standard)
    except UnicodeEncodeError:
        return False
    return True


def latin_said(text: str) -> bool:
    """Whether a Chinese text has speech in English, or another language that is written so: a sentence, or a
    few words again and again; names and loan words are no speech."""
    said = [each.split() for run in quoted(text) for each in _LATIN_RUNS.findall(run)]
    return sum(word.islower() for each in said for word in each) >= SAID


def _is_sentence(run: str) -> bool:
    words = run.split()
    return len(words) >= LATIN_RUN and 2 * sum(word[0].islower() for word in words) > len(words)


def _is_chinese(run: str) -> bool:
    least = HAN_CLAUSE if _HAN_GRAMMAR.search(run) else HAN_RUN
    return count_han(run) >= least


def _english(text: str) -> bool:
    """Whether English grammar goes through all of a text; a short one is not asked."""
    plain, total = grammar(), 0
    words = [stem(word) in plain for word in tokens(text, "en")]
    for at, word in enumerate(words):
        total += word - (words[at - WINDOW] if at >= WINDOW else 0)
        if at >= WINDOW - 1 and total < ENGLISH * WINDOW:
            return False
    return True


def _european(text: str, share: float = 0.0, least: int = 1) -> str:
    """The language in which more than a share of the sentences are written, and so many at least, that is
    not English."""
    listed = sentences(text, "en")
    found = [each for sentence in listed if (each := _tongue(sentence))]
    return max(found, key=found.count) if len(found) >= max(least, share * len(listed)) else ""


def _tongue(sentence: str) -> str:
    words = tokens(sentence, "en")
    if len(words) < SHORTEST:
        return ""
    held = {name: [word for word in words if word in listed] for name, listed in _little().items()}
    english = len(held.pop("English"))
    name = max(held, key=lambda each: len(held[each]))
    found = held[name]
    if len(found) > english and len(found) >= FOREIGN and len(set(found)) > 1:
        return name
    plain = [stem(word) in grammar() for word in tokens(_NAMED.sub(" ", sentence), "en")]
    share = LONE[9] if len(plain) >= 9 else LONE[6] if len(plain) >= 6 else -1
    listed = 3 * sentence.count(",") > len(plain)
    return "another language" if sum(plain) <= share * len(plain) and not listed else ""


@cache
def _little() -> dict[str, frozenset[str]]:
    """The little words of some languages, each by its name."""
    lines = [line.split(": ", 1) for line in lines_of(WORDS / "tongues.txt")]
    return {name: frozenset(words.split()) for name, words in lines}
