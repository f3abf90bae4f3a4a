"""Foreign parsers run in a process of their own: the child's side of `child.py`.

It bounds itself before it reads anything: memory, CPU time between two signs of progress, no files written,
no core dumped. It ends with its parent.
"""

import os
import resource
import select
import signal
import struct
from collections.abc import Callable

PARENT_CHECK_S = 2.0

Progress = Callable[[], None]
Answer = Callable[[bytes, Progress], bytes]


class InvalidInput(Exception):
    """What `answer` raises when it knows what is wrong; the text goes to the parent as it is."""


def serve(answer: Answer, memory: int, cpu: float) -> None:
    """Answer requests until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parent = os.getppid()
    _send(b"R")

    def progress() -> None:
        # The signal's default action ends the process, which nothing in a library can catch.
        signal.setitimer(signal.ITIMER_PROF, cpu)
        _send(b"P")

    while (request := _request(parent)) is not None:
        signal.setitimer(signal.ITIMER_PROF, cpu)
        sent = _answered(answer, request, progress)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(sent)


def _answered(answer: Answer, request: bytes, progress: Progress) -> bytes:
    try:
        return b"A" + answer(request, progress)
    except InvalidInput as refusal:
        return b"E" + str(refusal).encode()
    except MemoryError:
        return b"Ememory"


def _request(parent: int) -> bytes | None:
    head = _exactly(4, parent)
    return None if head is None else _exactly(struct.unpack(">I", head)[0], parent)


def _exactly(length: int, parent: int) -> bytes | None:
    parts: list[bytes] = []
    while length:
        ready, _, _ = select.select([0], [], [], PARENT_CHECK_S)
        if os.getppid() != parent:
            return None
        if not ready:
            continue
        chunk = os.read(0, min(length, 1 << 20))
        if not chunk:
            return None
        parts.append(chunk)
        length -= len(chunk)
    return b"".join(parts)


def _send(content: bytes) -> None:
    rest = memoryview(struct.pack(">I", len(content)) + content)
    while rest:
        rest = rest[os.write(1, rest) :]
