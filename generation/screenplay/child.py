"""Foreign parsers run in a process of their own: the parent's side.

A library that reads what comes from anywhere may loop, swallow the memory or crash. `Child` starts a Python
that knows one module's `answer`, gives it bytes and gets bytes back, and puts an end to it when it takes too
long. The child bounds its own memory and CPU time (`child_side.py`), so that the bounds hold on a busy
machine too; the limit of the clock is there for what does not use the CPU.

Frames, both ways: four bytes of length, then the content. What the child sends begins with a letter: R for
ready, P for progress (which starts its time anew), A for an answer, E for an error that it knows.
"""

import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 20.0
MEMORY = 190 * 1024 * 1024
CPU_S = 1.2
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""All that a child sees of the environment: no keys, no addresses."""


class ReaderFailed(Exception):
    """The library was too slow, ran out of memory or broke on a text."""


class TooSlow(ReaderFailed):
    """It took longer than it may."""


class TooBig(ReaderFailed):
    """It wanted more memory than it may have."""


class InputRejected(ReaderFailed):
    """The child read far enough to know what is wrong; `args[0]` is what it sent."""


class Child:
    """One child process at a time; safe for several threads, and in a process forked after the start.

    `module` has a function `answer(request: bytes, progress: Callable[[], None]) -> bytes`. `time_limit` is
    by the clock, `cpu` by the child's own use; both are between two signs of progress, and `total` is for
    everything.
    """

    def __init__(
        self,
        module: str,
        *,
        what: str,
        time_limit: float = 8.0,
        cpu: float = CPU_S,
        total: float = 60.0,
        memory: int = MEMORY,
    ) -> None:
        self.module, self.what = module, what
        self.time_limit, self.cpu, self.total, self.memory = time_limit, cpu, total, memory
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, request: bytes) -> bytes:
        """The child's answer. Raises `ReaderFailed`, of which `InputRejected` is the child's own."""
        with self._lock:
            fresh = not self._alive()
            try:
                return self._ask(request)
            except (OSError, EOFError) as error:
                failure = self._ended(error)
                if fresh or not isinstance(failure, _Vanished):
                    raise failure from error
            # A child kept from before may have been killed from outside while it was idle: once more, with
            # a new one.
            try:
                return self._ask(request)
            except (OSError, EOFError) as error:
                raise self._ended(error) from error

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _alive(self) -> bool:
        return self._owner == os.getpid() and self._child is not None and self._child.poll() is None

    def _ask(self, request: bytes) -> bytes:
        if not self._alive():
            self._start()
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(struct.pack(">I", len(request)))
        self._child.stdin.write(request)
        self._child.stdin.flush()
        last = time.monotonic() + self.total
        while True:
            tag, content = self._frame(min(last, time.monotonic() + self.time_limit))
            if tag == b"A":
                return content
            if tag == b"E":
                raise self._told(content)

    def _told(self, content: bytes) -> ReaderFailed:
        if content == b"memory":
            self._stop()
            return TooBig(f"{self.what} needed more memory than it may have")
        return InputRejected(content.decode())

    def _frame(self, deadline: float) -> tuple[bytes, bytes]:
        (length,) = struct.unpack(">I", self._exactly(4, deadline))
        content = self._exactly(length, deadline)
        return content[:1], content[1:]

    def _exactly(self, length: int, deadline: float) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        handle = self._child.stdout.fileno()
        parts: list[bytes] = []
        while length:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                self._stop()
                raise TooSlow(f"{self.what} took longer than {self.time_limit:g} s")
            chunk = os.read(handle, min(length, 1 << 20))
            if not chunk:
                raise EOFError("it ended without an answer")
            parts.append(chunk)
            length -= len(chunk)
        return b"".join(parts)

    def _start(self) -> None:
        self._owner = os.getpid()
        # Isolated from the current folder, the user's packages and the environment; it sees this project.
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import importlib; "
            "from generation.screenplay.child_side import serve; "
            f"serve(importlib.import_module({self.module!r}).answer, {self.memory}, {self.cpu})"
        )
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            cwd="/",
        )
        tag, _ = self._frame(time.monotonic() + START_LIMIT_S)
        if tag != b"R":
            raise EOFError("it did not start")

    def _ended(self, error: Exception) -> ReaderFailed:
        """Why the child is no longer there."""
        code = None
        if self._child is not None:
            try:
                code = self._child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                code = None
        self._stop()
        if code == -signal.SIGPROF:
            return TooSlow(f"{self.what} took longer than {self.cpu:g} s of the processor")
        return _Vanished(f"{self.what} stopped: {error}")

    def _stop(self) -> None:
        if self._child is not None and self._owner == os.getpid():
            self._child.kill()
            self._child.communicate()
        self._child = None


class _Vanished(ReaderFailed):
    """The child went away without a word."""
