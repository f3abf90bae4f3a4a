"""Whom chance chooses, the same everywhere: by SHA-256 of a seed and of what things are called. Pure."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

TRAIN, VALIDATION, TEST = "train", "validation", "test"
LEAST_SERIES = 3
"""With fewer series in a language none is held back."""


def rank(seed: int, *parts: object) -> int:
    """A number that follows from the seed and the parts alone."""
    line = "\n".join([str(seed), *map(str, parts)])
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:8])


def drawn_readers(names: Sequence[str], *, seed: int, share: float, twice: float) -> dict[str, int]:
    """How many people read each: 1 for the share that is looked through, 2 for the measured part of these.

    Shares are rounded up, so that of a few at least one is read.
    """
    ordered = sorted(names, key=lambda name: (rank(seed, "read", name), name))
    read = math.ceil(share * len(ordered) - 1e-9)
    double = math.ceil(twice * read - 1e-9)
    return {name: 2 if at < double else 1 for at, name in enumerate(ordered[:read])}


@dataclass(frozen=True, slots=True)
class Item:
    """What balance looks at. `name` is the same in every database; what people have `read` stays first."""

    key: int
    name: str
    series: str
    genre: str
    band: str = ""
    read: bool = False


BANDS = {"en": (150, 300, 600, 1200), "zh": (250, 500, 1000, 2000)}
"""Where bands of length end: words in English, Han characters in Chinese."""


def band_of(language: str, length: int) -> int:
    """The band of a length, from 0."""
    return sum(length > end for end in BANDS[language])


def left_out(
    items: Sequence[Item], *, seed: int, series: float, genre: float, band: float = 1.0
) -> dict[int, str]:
    """Which items are left out so that no series, genre or band of length has too large a share, and for
    which of these.

    A share that cannot be kept, with so few groups, is not applied. What people have read, or are to read,
    goes last: their work would be lost.
    """
    out: dict[int, str] = {}
    kept = sorted(items, key=lambda each: (not each.read, rank(seed, "balance", each.name), each.name))
    while True:
        before = len(kept)
        for kind, share in (("series", series), ("genre", genre), ("band", band)):
            most = _most([getattr(each, kind) for each in kept], share)
            seen: Counter[str] = Counter()
            stay = []
            for each in kept:
                group = getattr(each, kind)
                seen[group] += 1
                if seen[group] <= most.get(group, 0):
                    stay.append(each)
                else:
                    out[each.key] = kind
            kept = stay
        if len(kept) == before:
            return out


def can_keep(groups: int, share: float) -> bool:
    """Whether so many groups can all stay within a share."""
    return groups * share >= 1 - 1e-9


def _most(groups: Sequence[str], share: float) -> dict[str, int]:
    """How many of each group may stay: the largest numbers of which none is more than the share of all."""
    counts = Counter(groups)
    if share >= 1 or not can_keep(len(counts), share):
        return dict(counts)
    total = sum(counts.values())
    while True:
        within = sum(min(count, math.floor(share * total + 1e-9)) for count in counts.values())
        if within == total:
            return {group: min(count, math.floor(share * total + 1e-9)) for group, count in counts.items()}
        total = within


def drawn_splits(
    counts: Mapping[tuple[str, str], int],
    *,
    seed: int,
    validation: float,
    test: float,
    joined: Sequence[Sequence[str]] = (),
) -> dict[str, str]:
    """The split of each series, from {(language, series): examples}; series that are `joined` count as one.

    In each language with three series or more, validation and test get a share of the series, at least one
    each; never the largest one. With fewer series all are for training.
    """
    first = {name: group[0] for group in joined for name in group}
    sizes: Counter[tuple[str, str]] = Counter()
    for (language, series), count in counts.items():
        sizes[language, first.get(series, series)] += count
    by_language: dict[str, list[str]] = defaultdict(list)
    for language, name in sorted(sizes):
        by_language[language].append(name)
    splits = {name: TRAIN for _, name in sizes}
    for language, names in by_language.items():
        if len(names) < LEAST_SERIES:
            continue
        largest = max(names, key=lambda name: (sizes[language, name], name))
        free = sorted((name for name in names if name != largest), key=lambda name: rank(seed, "split", name))
        for split, share in ((VALIDATION, validation), (TEST, test)):
            wanted = max(1, round(share * len(names))) if share else 0
            for name in free[:wanted]:
                splits[name] = split
            free = free[wanted:]
    return {series: splits[first.get(series, series)] for _, series in counts}


def apart(series: Iterable[str], joined: Sequence[Sequence[str]]) -> int:
    """How many series there are to draw from, where those that are joined count as one."""
    first = {name: group[0] for group in joined for name in group}
    return len({first.get(name, name) for name in series})
