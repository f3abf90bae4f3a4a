"""Whether prose tells the beats of a scene, all of them and in their order."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.synthesis.rules.language import common, sentences, telling, without
from generation.synthesis.rules.names import all_names


@dataclass(frozen=True, slots=True)
class Order:
    """`evidence` is how many words of single beats stand in the prose, `agreement` how well their places
    there follow the beats (a weighted correlation, -1 to 1), `missing` the numbers of beats of which
    nothing does."""

    evidence: int
    agreement: float
    missing: tuple[int, ...]


def order(novel: str, beats: Sequence[Mapping[str, Any]], content: Mapping[str, Any]) -> Order:
    """The order of the beats in prose, by the words that belong to one beat alone: those of its action
    and feeling, and those of the elements that it covers."""
    language, names = content["language"], all_names(content)
    gap = "，" if language == "zh" else " "
    own = _own_words(beats, content, names, gap)
    units = [
        telling(without(each, names, gap), language, everyday=True) for each in sentences(novel, language)
    ]
    places: dict[str, list[int]] = defaultdict(list)
    plain = common(language)
    for at, words in enumerate(units):
        for word in set(words):
            places[word].append(at)
    pairs = [
        (beat, sum(places[word]) / len(places[word]), (0.5 if word in plain else 1.0) / len(places[word]))
        for word, beat in own.items()
        if word in places
    ]
    met = Counter(beat for word, beat in own.items() if word in places and word not in plain)
    sizes = Counter(beat for word, beat in own.items() if word not in plain)
    missing = tuple(at + 1 for at in range(len(beats)) if not met[at] and sizes[at] >= 4)
    return Order(len(pairs), _agreement(pairs), missing)


def _own_words(
    beats: Sequence[Mapping[str, Any]], content: Mapping[str, Any], names: Sequence[str], gap: str
) -> dict[str, int]:
    """The telling words that stand in one beat alone, and that beat's place."""
    language, elements = content["language"], content["elements"]
    found: dict[str, set[int]] = defaultdict(set)
    for at, beat in enumerate(beats):
        covered = [each["text"] for each in elements[beat["first"] - 1 : beat["last"]]]
        for text in [beat["action"], beat["emotion"], *covered]:
            for word in telling(without(text, names, gap), language, everyday=True):
                found[word].add(at)
    return {word: next(iter(places)) for word, places in found.items() if len(places) == 1}


def _agreement(pairs: Sequence[tuple[int, float, float]]) -> float:
    """The weighted correlation of beats and places; 1 where there is nothing to compare."""
    total = sum(weight for *_, weight in pairs)
    if len(pairs) < 2:
        return 1.0
    beat = sum(each * weight for each, _, weight in pairs) / total
    place = sum(each * weight for _, each, weight in pairs) / total
    both = sum((x - beat) * (y - place) * w for x, y, w in pairs)
    spread = sum((x - beat) ** 2 * w for x, _, w in pairs) * sum((y - place) ** 2 * w for _, y, w in pairs)
    return float(both / spread**0.5) if spread > 0 else 1.0
