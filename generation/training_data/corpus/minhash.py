"""How alike two scenes are, from short signatures (MinHash, Broder 1997). Pure.

    signature = signature_of(text, "en", names)      # bytes, the same on every machine and in every release
    pairs = likely_pairs(matrix_of(signatures))      # all that share a band, without comparing all with all

A scene is the set of its shingles: five words of English, seven characters of Chinese, of the text in lower
case without punctuation, each speaker's name as one and the same sign, so that a scene that
comes again with other people in it is found. The signature holds how many shingles there are and, for each
of 126 hash functions, the smallest value among them; the share of functions in which two scenes agree
estimates their Jaccard index, to within 0.04 (one standard error). It is written here and not taken from a
library since signatures are stored and decide what a dataset is made of: no release may change them.

numpy is imported by the functions that use it: all processes load this module, and few of them compare texts.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]
    Matrix = NDArray[np.uint32]
    Counts = NDArray[np.int64]

VERSION = 1
FUNCTIONS, IN_BAND, IN_FINE_BAND = 126, 3, 2
SHINGLE = {"en": 5, "zh": 7}
LEAST_COMMON, NEARLY, REPEATS = 0.5, 0.6, 0.8
"""Shares in common from which the corpus marks a scene as like an earlier one; what holds for one text holds
for the other (`similar_scenes`, splits); a scene is left out as a repeat unless its recipe says otherwise."""
CONTAINED_FROM = 30
"""With fewer shingles, whether a scene is part of another one is not decided: chance is too large."""
MOST_IN_BUCKET = 12
"""Of the many scenes that share a band only the earliest are compared: time stays in proportion."""

_WORD = re.compile(r"[^\W_]+")
_SIGN = re.compile(r"[^\W_]")
_HEAD = struct.Struct("<BI")
_NAME = "\ue000"


def _mixed(values: Numbers) -> Numbers:
    """The bits of each number stirred well (the finaliser of SplitMix64)."""
    import numpy as np

    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@cache
def _factors_and_shifts() -> tuple[Numbers, Numbers]:
    """What the hash functions multiply by and add, as columns."""
    import numpy as np

    mixed = _mixed(np.arange(1, 2 * FUNCTIONS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return (mixed[:FUNCTIONS] | np.uint64(1))[:, None], mixed[FUNCTIONS:][:, None]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two scenes have in common: of both together, and of the shorter one alone; 0 to 1."""

    jaccard: float
    contained: float

    @property
    def share(self) -> float:
        return max(self.jaccard, self.contained)


def signature_of(text: str, language: str, names: Collection[str] = ()) -> bytes:
    """The signature of a scene; `names` are those who speak in it."""
    shingles = shingles_of(text, language, names)
    if not len(shingles):
        return b""
    # Multiply, add, and the upper half: shingles are stirred already.
    factors, shifts = _factors_and_shifts()
    least = (shingles[None, :] * factors + shifts).min(axis=1) >> 32
    return _HEAD.pack(VERSION, len(shingles)) + least.astype("<u4").tobytes()


def shingles_of(text: str, language: str, names: Collection[str] = ()) -> Numbers:
    """The distinct shingles of a text as numbers, in rising order."""
    import numpy as np

    signs = _signs(normal_text(text, language, names), language)
    size = SHINGLE[language]
    if not signs:
        return np.empty(0, dtype=np.uint64)
    if len(signs) < size:  # a text of a few words is one shingle
        signs = signs + [0] * (size - len(signs))
    numbers = np.array(signs, dtype=np.uint64)
    last = len(numbers) - size + 1
    found = np.zeros(last, dtype=np.uint64)
    for place in range(size):
        found = found * np.uint64(0x100000001B3) + numbers[place : place + last]
    unique: Numbers = np.unique(_mixed(found))
    return unique


def normal_text(text: str, language: str, names: Collection[str] = ()) -> str:
    """The text in lower case, in one width, with one sign for every name."""
    text = unicodedata.normalize("NFKC", text)
    if pattern := _names_pattern(names, language):
        text = pattern.sub(f" {_NAME} " if language == "en" else _NAME, text)
    return text.casefold()


def _names_pattern(names: Collection[str], language: str) -> re.Pattern[str] | None:
    """Whole names first; in English also each of their words that is no title or article."""
    parts = {unicodedata.normalize("NFKC", name).strip() for name in names}
    if language == "en":
        parts |= {word for name in parts for word in name.split() if len(word.strip(".'")) > 2}
    ordered = sorted((part for part in parts if part), key=lambda part: (-len(part), part))
    if not ordered:
        return None
    inner = "|".join(map(re.escape, ordered))
    if language == "en":
        return re.compile(rf"(?<!\w)(?:{inner})(?!\w)", re.IGNORECASE)
    return re.compile(inner)


def _signs(text: str, language: str) -> list[int]:
    if language == "en":
        # A name is a sign of private use, which no pattern of words takes.
        words = (word for part in text.split(_NAME) for word in (*_WORD.findall(part), _NAME))
        return [zlib.crc32(word.encode()) for word in words][:-1]
    return [ord(sign) for sign in text if sign == _NAME or _SIGN.match(sign)]


# Many signatures


def count_of(signature: bytes) -> int:
    """How many shingles a signature represents; 0 where there is none of this version."""
    if len(signature) != _HEAD.size + 4 * FUNCTIONS or signature[0] != VERSION:
        return 0
    return int(_HEAD.unpack_from(signature)[1])


def matrix_of(signatures: Sequence[bytes]) -> tuple[Matrix, Counts]:
    """Signatures as rows of numbers, and how many shingles each represents (0: none, like no other)."""
    import numpy as np

    matrix = np.zeros((len(signatures), FUNCTIONS), dtype=np.uint32)
    counts = np.zeros(len(signatures), dtype=np.int64)
    for row, signature in enumerate(signatures):
        counts[row] = count_of(signature)
        if counts[row]:
            matrix[row] = np.frombuffer(signature, dtype="<u4", offset=_HEAD.size)
    return matrix, counts


def likely_pairs(
    matrix: Matrix, counts: Counts, fresh: int = 0, in_band: int = IN_BAND
) -> Iterator[tuple[int, int]]:
    """Pairs of rows (the earlier one first) that agree in a whole band, each once, the later row from `fresh`
    on. Of two scenes that share half of their shingles 996 in 1000 pairs are found; of a third, 8 in 10.
    With two functions in a band 98 in 100 are found of those that share a quarter.
    """
    import numpy as np

    seen: set[int] = set()
    rows = len(matrix)
    there = np.flatnonzero(counts)
    for band in range(FUNCTIONS // in_band):
        part = matrix[:, band * in_band : (band + 1) * in_band].astype(np.uint64)
        keys = np.zeros(rows, dtype=np.uint64)
        for place in range(in_band):
            keys = _mixed(keys * np.uint64(0x100000001B3) + part[:, place] + np.uint64(1))
        order = there[np.argsort(keys[there], kind="stable")]
        ends = np.flatnonzero(np.diff(keys[order])) + 1
        bounds = np.concatenate(([0], ends, [len(order)]))
        for at in np.flatnonzero(np.diff(bounds) > 1):  # most scenes share no band with any other
            bucket = order[bounds[at] : bounds[at + 1]]
            if bucket[-1] < fresh:
                continue
            first = bucket[:MOST_IN_BUCKET].tolist()
            for place, later in enumerate(bucket.tolist()):
                if later < fresh:
                    continue
                for earlier in first[:place]:
                    if (pair := earlier * rows + later) not in seen:
                        seen.add(pair)
                        yield earlier, later


def compare(matrix: Matrix, counts: Counts, one: int, other: int) -> Likeness:
    """How alike two rows are."""
    import numpy as np

    agreed = float(np.count_nonzero(matrix[one] == matrix[other])) / FUNCTIONS
    return _likeness(agreed, int(counts[one]), int(counts[other]))


def _likeness(agreed: float, one: int, other: int) -> Likeness:
    """The shorter one's share follows from the Jaccard index and both counts."""
    least = min(one, other)
    if least < CONTAINED_FROM:
        return Likeness(agreed, agreed)
    common = agreed * (one + other) / (1 + agreed)
    return Likeness(agreed, min(1.0, common / least))


def nearest_rows(
    signature: bytes, matrix: Matrix, counts: Counts, least: float = LEAST_COMMON
) -> list[tuple[int, Likeness]]:
    """The rows that have most in common with one signature, the likest first."""
    import numpy as np

    count = count_of(signature)
    if not count or not len(matrix):
        return []
    own = np.frombuffer(signature, dtype="<u4", offset=_HEAD.size)
    # Function by function: ten times as fast where the matrix is laid out by columns, no slower where not.
    equal = np.zeros(len(matrix), dtype=np.uint8)
    for place in range(FUNCTIONS):
        equal += matrix[:, place] == own[place]
    agreed = equal / FUNCTIONS
    shorter = np.maximum(np.minimum(counts, count), 1)
    contained = np.where(shorter < CONTAINED_FROM, 0.0, agreed * (counts + count) / (1 + agreed) / shorter)
    near = (agreed > 0.1) & (counts > 0) & (np.maximum(agreed, contained) >= least)
    found = [
        (int(row), _likeness(float(agreed[row]), count, int(counts[row]))) for row in np.flatnonzero(near)
    ]
    return sorted(found, key=lambda each: (-each[1].share, each[0]))


def by_columns(matrix: Matrix) -> Matrix:
    """The same matrix, laid out so that `nearest_rows` is fast."""
    import numpy as np

    return np.asfortranarray(matrix)


def near_pairs(signatures: Sequence[bytes], least: float) -> Iterator[tuple[int, int]]:
    """Pairs (the earlier one first) that have this share in common, in time that grows with their number: of
    scenes that nearly are the same none is missed, of those that are part of one four times as long two in
    a hundred are."""
    matrix, counts = matrix_of(signatures)
    for earlier, later in likely_pairs(matrix, counts, in_band=IN_FINE_BAND):
        if compare(matrix, counts, earlier, later).share >= least:
            yield earlier, later


def best_likes(
    matrix: Matrix, counts: Counts, fresh: int = 0, least: float = LEAST_COMMON
) -> dict[int, tuple[int, float]]:
    """For each row from `fresh` on that nearly repeats an earlier one: that one and the share, the likest,
    and of several equally alike the earliest."""
    best: dict[int, tuple[int, float]] = {}
    for earlier, later in likely_pairs(matrix, counts, fresh):
        share = round(compare(matrix, counts, earlier, later).share, 4)
        known = best.get(later)
        if share >= least and (known is None or (-share, earlier) < (-known[1], known[0])):
            best[later] = (earlier, share)
    return best


def folded(name: str) -> str:
    """A title or a name without its case, width, spaces and points."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in plain if each.isalnum())
