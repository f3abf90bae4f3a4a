"""Columns that grow block by block out of Arrow's, and come out with texts in order and small codes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from analysis.stats.tables.coded import MANY, Coded, smallest

TEXT, NUMBER, CODED = pa.string(), pa.int32(), pa.dictionary(pa.int32(), pa.string())
MISSING = -(2**31)  # a whole number that is not there; none that is has more than nine digits
TENS = [10**power for power in range(1, 9)]
FACTORS = [np.uint64(0x9E3779B97F4A7C15 + 2 * at * 0x632BE59BD9B4E019 & 2**64 - 1) for at in range(40)]
Part = tuple[np.ndarray, np.ndarray]  # a code per row, and per code the place of its text among those met


@dataclass
class TextColumn:
    """A column whose cells differ from row to row: it gets no codes."""

    kind: pa.DataType = TEXT
    parts: list[pa.StringArray] = field(default_factory=list)

    def add(self, values: pa.ChunkedArray) -> int:
        """Take a block, and return the bytes of its cells."""
        self.parts.extend(values.chunks)
        return sum(_bytes_of(chunk) for chunk in values.chunks)

    def done(self) -> Coded:
        return Coded(pa.concat_arrays(self.parts))


@dataclass
class CodedColumn:
    """A column with codes. `constant` is the one text that its first rows held, `kind` as what it is read.

    A part is of codes, or of whole numbers, whose texts are looked for at the end.
    """

    kind: pa.DataType = CODED
    constant: str | None = None
    place: dict[str, int] = field(default_factory=dict)
    parts: list[Part | np.ndarray] = field(default_factory=list)
    low: int = 2**31
    high: int = -(2**31)

    words: "Words | None" = None

    def add(self, values: pa.ChunkedArray) -> int:
        """Take a block, and return the bytes of its cells."""
        if values.type == NUMBER:
            return sum(self._add_numbers(chunk) for chunk in values.chunks)
        if values.type == TEXT and self.constant is None:
            return sum(self._add_words(chunk) for chunk in values.chunks)
        if values.type == TEXT:
            return sum(self._add_constant(chunk) for chunk in values.chunks)
        return sum(self._add_codes(chunk) for chunk in values.chunks)

    def done(self) -> Coded:
        """The texts in alphabetical order, unless they are very many."""
        parts = self._with_codes()
        texts = list(self.place)
        if len(texts) <= MANY:
            texts.sort()
        rank = np.empty(len(texts), dtype=smallest(len(texts)))
        rank[[self.place[text] for text in texts]] = np.arange(len(texts))
        codes = np.empty(sum(len(part) for part, _ in parts), dtype=rank.dtype)
        begin = 0
        for part, places in parts:
            end = begin + len(part)
            np.take(rank[places], part, out=codes[begin:end], mode="clip")
            begin = end
        return Coded(pa.array(texts, type=pa.string()), codes)

    def _places(self, texts: Iterable[str]) -> np.ndarray:
        return np.array([self.place.setdefault(text, len(self.place)) for text in texts], dtype=np.int32)

    def _add_codes(self, chunk: pa.DictionaryArray) -> int:
        codes = chunk.indices.to_numpy().astype(smallest(len(chunk.dictionary)))
        self.parts.append((codes, self._places(chunk.dictionary.to_pylist())))
        lengths = np.diff(text_bytes(chunk.dictionary)[1])
        if not len(lengths) or (lengths == lengths[0]).all():
            return len(codes) * int(lengths[0]) if len(lengths) else 0
        return int(np.bincount(codes, minlength=len(lengths)) @ lengths)

    def _add_constant(self, chunk: pa.StringArray) -> int:
        """Where the block holds another text, it is coded like any other."""
        assert self.constant is not None
        data, places = text_bytes(chunk)
        text, rows = self.constant.encode(), len(chunk)
        same = len(data) == len(text) * rows and bool((np.diff(places) == len(text)).all())
        if not same or (text and (data != np.frombuffer(text * rows, dtype=np.uint8)).any()):
            return self._add_codes(chunk.dictionary_encode())
        self.parts.append((np.zeros(rows, dtype=np.int8), self._places([self.constant])))
        return len(data)

    def _add_words(self, chunk: pa.StringArray) -> int:
        """Where the block holds what was not foreseen, it is coded like any other."""
        assert self.words is not None
        codes = self.words.codes(chunk)
        if codes is None:
            return self._add_codes(chunk.dictionary_encode())
        self.parts.append((codes, self._places(self.words.texts)))
        return len(codes) * self.words.width

    def _add_numbers(self, chunk: pa.Int32Array) -> int:
        """The length is that of the shortest way to write each number, which is ours."""
        numbers = (chunk.fill_null(MISSING) if chunk.null_count else chunk).to_numpy()
        self.parts.append(numbers)
        known = numbers[numbers != MISSING] if chunk.null_count else numbers
        if known.size:
            self.low, self.high = min(self.low, int(known.min())), max(self.high, int(known.max()))
        negative = int(np.count_nonzero(known < 0))
        size = np.abs(known) if negative else known
        top = max(self.high, -self.low)
        longer = sum(int(np.count_nonzero(size >= power)) for power in TENS if power <= top)
        return len(known) + negative + longer

    def _with_codes(self) -> list[Part]:
        """All parts with codes, those of whole numbers by their distance from the smallest one."""
        if self.low > self.high:
            self.low = self.high = 0  # all are missing, if there are any
        if self.high - self.low >= MANY:
            return [self._listed(part) if isinstance(part, np.ndarray) else part for part in self.parts]
        below = np.int32(self.low - 1)  # stands for what is missing
        seen = np.zeros(self.high - self.low + 2, dtype=bool)
        parts: list[Part | np.ndarray] = []
        for part in self.parts:
            if isinstance(part, np.ndarray):
                part = (np.maximum(part, below) - below).astype(np.intp)
                seen[part] = True
                part = part.astype(smallest(len(seen)))
            parts.append(part)
        places = np.zeros(len(seen), dtype=np.int32)
        places[seen] = self._places(
            _text(self.low - 1 + at, self.low) for at in np.flatnonzero(seen).tolist()
        )
        return [(part, places) if isinstance(part, np.ndarray) else part for part in parts]

    def _listed(self, numbers: np.ndarray) -> Part:
        found, codes = np.unique(numbers, return_inverse=True)
        return codes, self._places(_text(value, MISSING + 1) for value in found.tolist())


def _text(number: int, low: int) -> str:
    """As we write it, and nothing where it lies below what there is."""
    return str(number) if number >= low else ""


class Words:
    """A fixed list of short texts of one length, looked up all at once by a hash that tells them apart."""

    def __init__(self, texts: list[str], slots: int) -> None:
        self.texts, self.width = texts, len(texts[0].encode())
        self._shift = np.uint64(65 - slots.bit_length())
        own = _words(np.frombuffer("".join(texts).encode(), dtype=np.uint8), self.width)
        # What all texts share need not be hashed, only compared.
        self._shared = [word[0] if (word == word[0]).all() else None for word in own]
        self._factor = next(
            (factor for factor in FACTORS if len(np.unique(self._slot(own, factor))) == len(texts)), None
        )
        if self._factor is not None:
            at = self._slot(own, self._factor)
            self._code = np.zeros(slots, dtype=np.int16)
            self._code[at] = np.arange(len(texts))
            self._word = [np.zeros(slots, dtype=np.uint64) for _ in own]
            for table, word in zip(self._word, own, strict=True):
                table[at] = word

    @property
    def usable(self) -> bool:
        """Whether some factor told all of them apart."""
        return self._factor is not None

    def codes(self, chunk: pa.StringArray) -> np.ndarray | None:
        """The place of each text in the list; None where one is not in it."""
        data, places = text_bytes(chunk)
        if len(data) != self.width * len(chunk) or (np.diff(places) != self.width).any():
            return None
        assert self._factor is not None
        words = _words(data, self.width)
        at = self._slot(words, self._factor)
        for word, shared, table in zip(words, self._shared, self._word, strict=True):
            if (word != (np.take(table, at) if shared is None else shared)).any():
                return None
        return np.take(self._code, at)

    def _slot(self, words: list[np.ndarray], factor: np.uint64) -> np.ndarray:
        mixed = np.zeros(1, dtype=np.uint64)
        for word, shared in zip(words, self._shared, strict=True):
            if shared is None:
                mixed = (mixed ^ word) * factor
        slots = (mixed >> self._shift).view(np.int64)
        return slots if len(slots) == len(words[0]) else np.zeros(len(words[0]), dtype=np.int64)


def _words(data: np.ndarray, width: int) -> list[np.ndarray]:
    """Texts of at most sixteen bytes each as a number, or as two that overlap."""
    rows = len(data) // width
    if width < 8:
        longer = np.append(data, np.zeros(8, dtype=np.uint8))  # eight bytes are read at the last text too
        word = np.ndarray((rows,), np.dtype("<u8"), longer, 0, (width,))
        return [word & np.uint64(2 ** (8 * width) - 1)]
    begins = (0,) if width == 8 else (width - 8, 0)
    return [np.ndarray((rows,), np.dtype("<u8"), data, begin, (width,)).copy() for begin in begins]


def _bytes_of(chunk: pa.StringArray) -> int:
    return len(text_bytes(chunk)[0])


def text_bytes(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of all texts in a row, and where each begins (one more than there are texts)."""
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.zeros(0, dtype=np.uint8), np.zeros(1, dtype=np.int32)
    places = np.frombuffer(offsets, dtype=np.int32, count=len(texts) + 1 + texts.offset)[texts.offset :]
    held = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    return held[places[0] : places[-1]], places - places[0]
