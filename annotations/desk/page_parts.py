"""Pages put together from parts that are rendered, and compressed, once.

A template is rendered with marks in place of the values that differ from page to page. `cut` divides the
result at the marks, and `join` puts the values of one page there. Values are never compressed: how well a
token compresses next to words that a rater typed would reveal the token (BREACH).
"""

import re
import secrets
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_NONCE = secrets.token_hex(8)
_MARKS = re.compile(rf"{_NONCE}-(\w+)-")
# Gzip: deflate, a file name follows; no time, no flags, unknown system.
_HEADER = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"
_END = b"\x03\x00"
LEVEL = 3
"""Half the time of the usual 6, for five per cent more bytes."""
MOST_PADDING = 64
_LONGEST_STORED = 65_535


@dataclass(frozen=True, slots=True)
class Part:
    """Text that is the same on many pages; `packed` is the same as blocks of a deflate stream."""

    raw: bytes
    packed: bytes = field(init=False)

    def __post_init__(self) -> None:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        object.__setattr__(self, "packed", packer.compress(self.raw) + packer.flush(zlib.Z_FULL_FLUSH))


Cut = Sequence[Part | str]
"""Parts, and between them the names of values."""
Values = Mapping[str, str | Part | Cut]


def mark(name: str) -> str:
    """A placeholder for a value, which survives escaping and may be part of an address."""
    return f"{_NONCE}-{name}-"


def cut(html: str) -> Cut:
    pieces = _MARKS.split(html)
    return [piece if place % 2 else Part(piece.encode()) for place, piece in enumerate(pieces) if piece]


def join(page: Cut, values: Values, *, packed: bool) -> bytes:
    """The page as UTF-8; `packed` as gzip. Strings among the values are HTML already."""
    pieces = _flat(page, values)
    return _gzip(pieces) if packed else b"".join(p.raw if isinstance(p, Part) else p for p in pieces)


def _flat(page: Cut, values: Values) -> Iterator[Part | bytes]:
    for piece in page:
        value = values[piece] if isinstance(piece, str) else piece
        if isinstance(value, Part):
            yield value
        elif isinstance(value, str):
            yield value.encode()
        else:
            yield from _flat(value, values)


def _gzip(pieces: Iterator[Part | bytes]) -> bytes:
    # The length of a file name that means nothing hides the length of the page.
    found = [_HEADER, b"x" * secrets.randbelow(MOST_PADDING), b"\0"]
    crc = size = 0
    for piece in pieces:
        raw = piece.raw if isinstance(piece, Part) else piece
        crc, size = zlib.crc32(raw, crc), size + len(raw)
        if isinstance(piece, Part):
            found.append(piece.packed)
            continue
        for start in range(0, len(raw), _LONGEST_STORED):
            stored = raw[start : start + _LONGEST_STORED]
            found += [struct.pack("<BHH", 0, len(stored), len(stored) ^ 0xFFFF), stored]
    return b"".join((*found, _END, struct.pack("<LL", crc, size & 0xFFFFFFFF)))
