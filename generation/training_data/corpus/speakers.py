"""Who speaks in a scene: cues as they are written, as the names of persons. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence

LONGEST = 120
_LABEL = re.compile(r"\s*[（(【\[].*$")
_VOICE = re.compile(r"(?<=[\u3400-\u9fff])\s*(?:[OV]\.?[SO]\.?)$", re.IGNORECASE)
_JOINT = {
    "en": re.compile(r"\s*(?:,|/|&|\+|\bAND\b|\band\b)\s*"),
    "zh": re.compile(r"\s*[、，,/／&＆+＋]\s*"),
}
_AND = re.compile("[和与]")
NO_PERSON = frozenset(
    ["OS", "VO", "O.S.", "V.O.", "O.C.", "旁白", "画外音", "画外", "字幕", "解说", "画外解说"]
)
"""What stands where a name does and is nobody."""


def names_in(cue: str, language: str) -> list[str]:
    """The persons of one cue, in order: without (V.O.) and the like, and each of several at once."""
    bare = _LABEL.sub("", cue).strip(" 　:：")
    found = []
    for part in _JOINT[language].split(bare):
        name = " ".join(part.split())
        if language == "zh":
            name = _VOICE.sub("", name).strip()
        if name and name.upper() not in NO_PERSON and len(name) <= LONGEST:
            found.append(name)
    return found


def speakers_of(cues: Iterable[str], language: str, known: dict[str, str]) -> list[str]:
    """The names in a scene, each once, in the order in which they come.

    `known` are the names of the work so far by their form in lower case; a name that is known under other
    capitals is the known one. New ones are added to it.
    """
    written = [name for cue in cues for name in names_in(cue, language)]
    alone = {*known, *(name.casefold() for name in written)}
    names = (part for name in written for part in _apart(name, alone))
    return list(dict.fromkeys(known.setdefault(name.casefold(), name) for name in names))


def unified(scenes: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Who speaks in each scene of a series (in story order), everybody under the first spelling.

    Two who are joined are taken apart where both are known by themselves anywhere in these scenes.
    """
    alone = {name.casefold() for names in scenes for name in names}
    known: dict[str, str] = {}
    found = []
    for names in scenes:
        parts = (part for name in names for part in _apart(name, alone))
        found.append(tuple(dict.fromkeys(known.setdefault(part.casefold(), part) for part in parts)))
    return found


def _apart(name: str, alone: Collection[str]) -> list[str]:
    """Two who are joined by 和 or 与, which may also stand within a name: if both are known by themselves."""
    parts = _AND.split(name)
    return parts if len(parts) > 1 and all(part in alone for part in parts) else [name]
