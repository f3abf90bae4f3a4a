"""How much of one text stands in another, and in itself: runs of words in common.

A shingle is a run of 8 words (English, without case and punctuation) or 12 Han characters (Chinese). Runs are
hashed within the process (Python's own hash of a tuple of strings); two texts are compared by sets.
"""

import re
from dataclasses import dataclass

SHINGLE = {"en": 8, "zh": 12}
GRAM = {"en": 4, "zh": 8}

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")


@dataclass(frozen=True, slots=True)
class Shingles:
    """The runs of one text; `language` says what a run is made of."""

    language: str
    runs: frozenset[int]

    @classmethod
    def of(cls, text: str, language: str) -> "Shingles":
        return cls(language, frozenset(_runs(text, language, SHINGLE[language])))

    def share_in(self, other: "Shingles") -> float:
        """The share of this text's runs that stand in the other one too; 0 where it has none."""
        return len(self.runs & other.runs) / len(self.runs) if self.runs else 0.0


def repetition(text: str, language: str) -> float:
    """The share of n-grams (4 words, 8 Han characters) that occurred before in the same text."""
    grams = _runs(text, language, GRAM[language])
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _runs(text: str, language: str, length: int) -> list[int]:
    plain = text.lower().replace("’", "'")
    units = _HAN.findall(text) if language == "zh" else _WORD.findall(plain)
    return [hash(tuple(units[index : index + length])) for index in range(len(units) - length + 1)]
