"""Sentences about the script rather than in it, found by what they combine and not by their wording.

A chat assistant offers to change the text ("let me know if you want another ending"). A note says that the
text keeps to what was asked, that something was left out or refused, or that an earlier answer was wrong.
Each of these takes words of two or three classes at once; words of one class alone are ordinary speech.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from generation.screenplay.leaks.units import ASIDE, LAST, SENTENCE

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_PATTERNS = {
    "en": {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
        for name, words in _WORDS["en"].items()
    },
    "zh": {name: re.compile("|".join(words)) for name, words in _WORDS["zh"].items()},
}
_OFFER = ("boilerplate", ("offer", "change", "work"))
_REFUSAL = ("boilerplate", ("refuse", "limits"))
_COMBINED = {
    LAST: (_OFFER, _REFUSAL),
    SENTENCE: (
        _OFFER,
        _REFUSAL,
        ("boilerplate", ("choices", "ask")),
        ("boilerplate", ("wrong", "answer")),
        ("note", ("omit",)),
    ),
    ASIDE: (
        _OFFER,
        _REFUSAL,
        ("note", ("omit",)),
        ("note", ("fidelity", "task")),
        ("note", ("limits", "omit")),
        ("note", ("draft",)),
    ),
}


def about_the_script(text: str, language: str, unit: str) -> Iterator[str]:
    """The kinds of finding that a sentence of a unit is."""
    patterns = _PATTERNS[language]
    for kind, classes in _COMBINED.get(unit, ()):
        if all(patterns[name].search(text) for name in classes):
            yield kind


def is_offer(text: str, language: str) -> bool:
    """Whether a text is an offer, which alone is ordinary speech."""
    return _PATTERNS[language]["offer"].search(text) is not None
