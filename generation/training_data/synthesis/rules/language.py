"""Texts as rules compare them: words, stems, sentences, direct speech, runs of words.

Everything here is linear in the length of its text.
"""

import re
from collections.abc import Sequence

_ACCENTED = [chr(code) for code in range(0xC0, 0x250)]
NAME = f"[A-Z{''.join(filter(str.isupper, _ACCENTED))}][a-z{''.join(filter(str.islower, _ACCENTED))}]+"
"""A capitalised word, of which names are made: Élodie, Tomás."""
_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)*|\d+")
_HAN = re.compile(r"[〇\u3400-\u4dbf\u4e00-\u9fff]")
_SENTENCE = {
    "en": re.compile(r"(?<=[.!?…])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)[\"”’')]*\s+|\n+"),
    "zh": re.compile(r"(?<=[。！？…!?])[”」』’\"]*|\n+"),
}
_DOUBLE = re.compile(
    r"“[^”\n]*(?:”|$)|「[^」\n]*(?:」|$)|『[^』\n]*(?:』|$)|\"[^\"\n]*(?:\"|$)"
    r"|„[^“”\n]*(?:[“”]|$)|«[^»\n]*(?:»|$)|»[^«\n]*(?:«|$)|‹[^›\n]*(?:›|$)",
    re.MULTILINE,
)
_SINGLE = re.compile(
    r"‘[^\n]{2,400}?’(?![A-Za-z])|(?<![\w'])'[^'\n]{1,400}(?:'[A-Za-z][^'\n]{0,400}){0,40}'(?![A-Za-z])"
)
_MARKS = "“”„「」『』«»‹›\"‘’'"
_ENDINGS = (("ing", 5), ("ied", 4), ("ies", 4), ("ed", 4), ("es", 4), ("s", 3), ("ly", 5))


def tokens(text: str, language: str) -> list[str]:
    """Return words in lower case, or Han characters one by one."""
    if language == "zh":
        return _HAN.findall(text)
    return [word.replace("’", "'") for word in _TOKEN.findall(text.lower())]


def stem(word: str) -> str:
    """Return an English word (lower case) without its ending, to find it in another form."""
    word = word.split("'")[0]
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) > least and not word.endswith(("ss", "us", "eed")):
            word = word[: -len(ending)] + ("y" if ending in ("ied", "ies") else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


def sentences(text: str, language: str) -> list[str]:
    return [each.strip() for each in _SENTENCE[language].split(text) if each and each.strip()]


def quoted(text: str) -> list[str]:
    """Return what stands in quotation marks of any kind, without them."""
    return [
        each[1:].rstrip(_MARKS) for each in [*_DOUBLE.findall(text), *_SINGLE.findall(_DOUBLE.sub(" ", text))]
    ]


def without_speech(text: str) -> str:
    """Return a text without direct speech. Single quotation marks count where there are no double ones."""
    told, found = _DOUBLE.subn(" ", text)
    return told if found else _SINGLE.sub(" ", text)


def speech_of(text: str) -> str:
    """Return direct speech alone."""
    found = _DOUBLE.findall(text) or _SINGLE.findall(text)
    return "\n".join(each.strip(_MARKS) for each in found)


def grams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return all runs of so many neighbouring items."""
    return list(zip(*(items[at:] for at in range(size)), strict=False))
