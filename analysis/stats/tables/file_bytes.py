"""The bytes of a file in memory that costs few page faults, and what is asked of them."""

import mmap
import os
from pathlib import Path

import numpy as np

Data = bytes | mmap.mmap
LARGE = 1 << 22
WORD = 8
HIGH_BITS = np.uint64(0x8080808080808080)


def read_file(path: Path | str) -> Data:
    """All of a file, or of a pipe. Raises OSError."""
    with Path(path).open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size < LARGE or not hasattr(mmap, "MADV_HUGEPAGE"):
            return file.readall()
        data = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        data.madvise(mmap.MADV_HUGEPAGE)
        with memoryview(data) as view:
            read = 0
            while count := file.readinto(view[read:]):
                read += count
        rest = file.readall()
    # A file that grew or shrank meanwhile is taken as it was read.
    return data if read == size and not rest else data[:read] + rest


def is_ascii(data: Data) -> bool:
    if isinstance(data, bytes):
        return data.isascii()
    words = np.frombuffer(data, dtype=np.uint64, count=len(data) // WORD)
    return not int(np.bitwise_or.reduce(words) & HIGH_BITS) and data[len(words) * WORD :].isascii()


def count_of(data: Data, sign: bytes, start: int = 0, end: int | None = None) -> int:
    """How often a single byte stands there."""
    held = np.frombuffer(data, dtype=np.uint8)[start:end]
    return int(np.count_nonzero(held == sign[0]))
