"""How much of a text is copied from another: shares of runs of words."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from generation.training_data.synthesis.rules.language import (
    NAME,
    grams,
    speech_of,
    stem,
    tokens,
    without_speech,
)

LONG_RUN = {"en": 8, "zh": 13}
"""Words, Han characters: longer than what two writers have in common by chance."""
SHORT_RUN = {"en": 3, "zh": 4}
WINDOW = 60
"""Number of neighbouring short runs that are looked at together, about four sentences."""
_NAME = re.compile(rf"(?<=[a-z,;:] ){NAME}(?:['’]s)?")


def overlap(text: str, source: str, language: str) -> float:
    """Return the share of a text's long runs that the source holds; 0 where the text is too short for one."""
    size = LONG_RUN[language]
    runs = grams(tokens(text, language), size)
    if not runs:
        return 0.0
    source_runs = set(grams(tokens(source, language), size))
    return sum(run in source_runs for run in runs) / len(runs)


def densest_overlap(text: str, sources: Iterable[str], language: str) -> float:
    """Return the largest share of short runs that the sources hold, over all windows of a text.

    Names and endings are left out. Narration, direct speech and both together are looked at, so that a few
    copied lines among a writer's own are found.
    """
    source_runs = frozenset[tuple[str, ...]]().union(*(_short_runs(each, language) for each in sources))
    parts = (text, without_speech(text), speech_of(text))
    return max(_densest_window([run in source_runs for run in _grams(each, language)]) for each in parts)


def _densest_window(hits: Sequence[bool]) -> float:
    most = total = sum(hits[:WINDOW])
    for at in range(WINDOW, len(hits)):
        total += hits[at] - hits[at - WINDOW]
        most = max(most, total)
    return most / WINDOW


@lru_cache(maxsize=256)
def _short_runs(source: str, language: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_grams(source, language))


def _grams(text: str, language: str) -> list[tuple[str, ...]]:
    words = tokens(text, "zh") if language == "zh" else _plain_words(text)
    return grams(words, SHORT_RUN[language])


def _plain_words(text: str) -> list[str]:
    return [stem(word) for word in tokens(_NAME.sub(" ", text), "en") if word not in ("the", "a", "an")]
