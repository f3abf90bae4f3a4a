"""Keeps one Fountain child process and gives it a time limit.

The library reads texts that come from anywhere, so it never runs in the site's own process. The child is
started at first use, serves one text at a time, and is replaced when it dies or is too slow.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

CHILD = Path(__file__).with_name("fountain_child.py")
TIME_LIMIT_S = 5.0

Row = tuple[str, str, int, str, str]


class ReaderFailed(Exception):
    """The library was too slow, ran out of memory or broke on a text."""


class FountainProcess:
    """One child process at a time; safe for several threads, and in a process forked after the start."""

    def __init__(self, time_limit: float = TIME_LIMIT_S) -> None:
        self.time_limit = time_limit
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def rows(self, text: str) -> list[Row]:
        """The library's elements as [type, text, line, extension, dual]. Raises `ReaderFailed`."""
        with self._lock:
            fresh = not self._alive()
            try:
                return self._ask(text)
            except (OSError, EOFError, ValueError) as error:
                self._stop()
                if fresh:
                    raise ReaderFailed(f"the Fountain reader stopped: {error}") from error
            # A child kept from before may have been killed from outside while it was idle: once more, with
            # a new one.
            try:
                return self._ask(text)
            except (OSError, EOFError, ValueError) as error:
                self._stop()
                raise ReaderFailed(f"the Fountain reader stopped: {error}") from error

    def _alive(self) -> bool:
        return self._owner == os.getpid() and self._child is not None and self._child.poll() is None

    def _ask(self, text: str) -> list[Row]:
        if not self._alive():
            self._start()
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(text).encode("ascii") + b"\n")
        self._child.stdin.flush()
        return [tuple(row) for row in json.loads(self._answer(time.monotonic() + self.time_limit))]

    def _answer(self, deadline: float) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        handle = self._child.stdout.fileno()
        parts: list[bytes] = []
        while not (parts and parts[-1].endswith(b"\n")):
            ready, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self._stop()
                raise ReaderFailed(f"the Fountain reader took longer than {self.time_limit:g} s")
            chunk = os.read(handle, 1 << 20)
            if not chunk:
                raise EOFError("it ended without an answer")
            parts.append(chunk)
        return b"".join(parts)

    def _start(self) -> None:
        self._owner = os.getpid()
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _stop(self) -> None:
        if self._child is not None and self._owner == os.getpid():
            self._child.kill()
            self._child.communicate()
        self._child = None
