"""Texts as rules compare them: tokens, stems, pairs of characters, sentences, direct speech.

English is compared by stems, Chinese by pairs of Han characters: close enough to find words again without
a dictionary. Everything here is linear in the length of its text, and what is asked for again and again
(the scenes beside a scene) is kept.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

WORDS = Path(__file__).with_name("words")
_ACCENTED = [chr(code) for code in range(0xC0, 0x250)]
NAME = f"[A-Z{''.join(filter(str.isupper, _ACCENTED))}][a-z{''.join(filter(str.islower, _ACCENTED))}]+"
"""A word with a capital, of which names are made: Élodie, Tomás."""
_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)*|\d+")
_HAN = re.compile(r"[〇\u3400-\u4dbf\u4e00-\u9fff]")
_HAN_RUN = re.compile(r"[〇\u3400-\u4dbf\u4e00-\u9fff]+")
_SENTENCE = {
    "en": re.compile(r"(?<=[.!?…])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)[\"”’')]*\s+|\n+"),
    "zh": re.compile(r"(?<=[。！？…!?])[”」』’\"]*|\n+"),
}
_DOUBLE = re.compile(
    r"“[^”\n]*(?:”|$)|「[^」\n]*(?:」|$)|『[^』\n]*(?:』|$)|\"[^\"\n]*(?:\"|$)"
    r"|„[^“”\n]*(?:[“”]|$)|«[^»\n]*(?:»|$)|»[^«\n]*(?:«|$)|‹[^›\n]*(?:›|$)",
    re.MULTILINE,
)
_MARKS = "“”„「」『』«»‹›\"‘’'"
_SINGLE = re.compile(
    r"‘[^\n]{2,400}?’(?![A-Za-z])|(?<![\w'])'[^'\n]{1,400}(?:'[A-Za-z][^'\n]{0,400}){0,40}'(?![A-Za-z])"
)
_SLANTED = re.compile(
    r"(?<![\w*])\*(?=[^\s*])[^*\n]{2,400}(?<!\s)\*(?![\w*])|(?<![\w_])_(?=[^\s_])[^_\n]{2,400}(?<!\s)_(?![\w_])"
)
_BREAKS = frozenset("在是和也都就与及或很又还才再不没有这那个一里")
_SKIPPED = str.maketrans("", "", "的地得了着过把被给下上来去出进起到")
"""Left out between two characters: 熄了火 and 熄火 are one pair."""


def tokens(text: str, language: str) -> list[str]:
    """Words in lower case, or Han characters one by one."""
    if language == "zh":
        return _HAN.findall(text)
    return [word.replace("’", "'") for word in _TOKEN.findall(text.lower())]


@cache
def _irregular() -> dict[str, str]:
    lines = [line.split() for line in lines_of(WORDS / "irregular.en.txt")]
    return {form: _without_e(base) for base, *forms in lines for form in forms}


def _without_e(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """An English word (lower case) without its ending: good enough to find it again in another form."""
    word = word.split("'")[0]
    if found := _irregular().get(word):
        return found
    for ending, least in (
        ("ings", 6),
        ("ing", 5),
        ("ied", 4),
        ("ies", 4),
        ("ed", 4),
        ("es", 4),
        ("s", 3),
        ("ly", 5),
    ):
        if word.endswith(ending) and len(word) > least and not word.endswith(("ss", "us", "eed")):
            word = word[: -len(ending)] + ("y" if ending in ("ied", "ies") else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return _without_e(word)


@cache
def common(language: str) -> frozenset[str]:
    """What tells nothing about one story: stems, or pairs of Han characters."""
    words = " ".join(lines_of(WORDS / f"common.{language}.txt")).split()
    return frozenset(words) if language == "zh" else frozenset(stem(word) for word in words) | grammar()


@cache
def grammar() -> frozenset[str]:
    """Stems of English words that tell nothing about anything."""
    return frozenset(stem(word) for word in " ".join(lines_of(WORDS / "grammar.en.txt")).split())


@cache
def plainest() -> frozenset[str]:
    """The commonest Han characters: they stand in any text."""
    return frozenset("".join(lines_of(WORDS / "plainest.zh.txt")))


def lines_of(path: Path) -> list[str]:
    """The lines of a list of words, without remarks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def words_of(name: str) -> frozenset[str]:
    """The words of a list, each once."""
    return frozenset(" ".join(lines_of(WORDS / name)).split())


def telling(text: str, language: str, *, everyday: bool = False) -> list[str]:
    """The words of a text that tell something, in order: stems, or pairs of Han characters. With
    `everyday` also words of every room and every day (door, hand)."""
    if language == "zh":
        return _pairs(text)
    plain = grammar() if everyday else common("en")
    return [found for word in tokens(text, "en") if len(found := stem(word)) > 2 and found not in plain]


def _pairs(text: str) -> list[str]:
    plain, found = common("zh"), []
    for run in _HAN_RUN.findall(text.translate(_SKIPPED)):
        for one, two in pairwise(run):
            if one not in _BREAKS and two not in _BREAKS and one + two not in plain:
                found.append(one + two)
    return found


@lru_cache(maxsize=512)
def telling_set(text: str, language: str, *, everyday: bool = False) -> frozenset[str]:
    """The same, each once; kept, for a scene stands beside many others."""
    return frozenset(telling(text, language, everyday=everyday))


def sentences(text: str, language: str) -> list[str]:
    return [each.strip() for each in _SENTENCE[language].split(text) if each and each.strip()]


def quoted(text: str) -> list[str]:
    """What stands in quotation marks of any kind, without them."""
    return [
        each[1:].rstrip(_MARKS) for each in [*_DOUBLE.findall(text), *_SINGLE.findall(_DOUBLE.sub(" ", text))]
    ]


def slanted(text: str) -> list[str]:
    """What stands between asterisks or underlines, as italics are typed: speech, a thought or a title; not
    single words, nor a title with its capitals."""
    return [each[1:-1] for each in _SLANTED.findall(text) if _runs_on(each)]


def slanted_changed(text: str, change: Callable[[re.Match[str]], str]) -> str:
    """A text with each of these, and its marks, exchanged."""
    return _SLANTED.sub(lambda found: change(found) if _runs_on(found[0]) else found[0], text)


def _runs_on(text: str) -> bool:
    if _HAN.search(text):
        return True
    words = text.strip("*_").split()
    return len(words) >= 3 and 2 * sum(word[:1].islower() for word in words) > len(words)


def without_speech(text: str, mark: str = " ") -> str:
    """What the narrator says: direct speech taken out. Single quotation marks count where there are no
    double ones."""
    told, found = _DOUBLE.subn(mark, text)
    return told if found else _SINGLE.sub(mark, text)


def speech_of(text: str) -> str:
    """Direct speech alone."""
    found = _DOUBLE.findall(text) or _SINGLE.findall(text)
    return "\n".join(each.strip(_MARKS) for each in found)


def grams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(items[at:] for at in range(size)), strict=False))


def without(text: str, names: Iterable[str], mark: str = " ") -> str:
    """A text without these names."""
    listed = sorted({name for name in names if name}, key=len, reverse=True)
    if not listed:
        return text
    either = "|".join(re.escape(name) for name in listed)
    if any(name.isascii() for name in listed):
        return re.sub(rf"(?<![A-Za-z])(?:{either})(?:['’]s)?(?![A-Za-z])", mark, text, flags=re.IGNORECASE)
    return re.sub(either, mark, text)
