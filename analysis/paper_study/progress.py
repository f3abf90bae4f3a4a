"""Steps on the console: a line for each, with a count that comes from the database while it goes on."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from django.db import close_old_connections, connection
from rich.console import Console

SECONDS = {True: 0.5, False: 10.0}
"""Between two counts, on a terminal and elsewhere."""


class Steps:
    def __init__(self, total: int) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._total = total
        self._number = 0
        self._begin = time.monotonic()

    @contextlib.contextmanager
    def step(self, text: str, count: Callable[[], tuple[int, int]] | None = None) -> Iterator[None]:
        """Show a step while it goes on; `count` gives how many are done, and of how many."""
        self._number += 1
        title = f"[{self._number}/{self._total}] {text}"
        begin = time.monotonic()
        ended = threading.Event()
        with contextlib.ExitStack() as stack:
            status = None
            if self._console.is_terminal:
                status = stack.enter_context(self._console.status(title))
            else:
                self.line(f"{title} ...")

            def watch() -> None:
                while not ended.wait(SECONDS[self._console.is_terminal]):
                    close_old_connections()
                    shown = f"{title}: {_counted(count)} ({time.monotonic() - begin:.0f} s)"
                    if status is not None:
                        status.update(shown)
                    else:
                        self.line(shown)
                connection.close()

            watcher = threading.Thread(target=watch, daemon=True) if count is not None else None
            if watcher is not None:
                watcher.start()
            try:
                yield
            finally:
                ended.set()
                if watcher is not None:
                    watcher.join()
        done = f"{_counted(count)}, " if count is not None else ""
        now = time.monotonic()
        self.line(f"{title}: {done}{now - begin:.1f} s ({now - self._begin:.0f} s in all)")

    def line(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._console.print(text, markup=False)


def _counted(count: Callable[[], tuple[int, int]] | None) -> str:
    done, total = count() if count is not None else (0, 0)
    return f"{done} of {total}"
