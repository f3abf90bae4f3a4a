"""What the console shows: steps as they go, then plain lines."""

import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console


class Progress:
    """Steps with a spinner on a terminal, and plain lines elsewhere. A console that is gone is no error."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that something is going on, and afterwards how long it took."""
        begin = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(text):
                yield
        else:
            self.line(f"{text} ...")
            yield
        self.line(f"{text}: {time.monotonic() - begin:.1f} s")

    def line(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._console.print(text, markup=False)
            sys.stdout.flush()


def refuse(message: str) -> None:
    """One line on standard error."""
    with contextlib.suppress(OSError):
        print(f"error: {message}", file=sys.stderr, flush=True)
