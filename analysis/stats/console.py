"""What the commands share: numbers as options, folders written whole, a bar for what takes long."""

import argparse
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from analysis.stats.errors import InputError, InputErrors

QUIET_SECONDS = 2.0


class Parser(argparse.ArgumentParser):
    """Says what is wrong and where help is, without all options before it; examples keep their lines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n{self.prog} --help lists all options.\n")


def whole(low: int, high: int) -> Callable[[str], int]:
    """An option that is a whole number from low to high."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return number

    return read


def write_or_refuse(folder: Path, files: dict[str, bytes]) -> None:
    """`write_folder`, with a refusal where the disk or the rights forbid it."""
    try:
        write_folder(folder, files)
    except OSError as error:
        message = f"can't write to it ({error.strerror})"
        raise InputErrors(
            [InputError(str(folder), 1, 1, message, "free some space, or choose another folder")]
        ) from error


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Write files whole or not at all: beside the folder first, then moved into place.

    Where the folder is new one rename makes it; in one that was there each file is replaced by a
    rename, and charts, PDFs and the full Markdown of an earlier report that this one does not have go away.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    try:
        for name, content in files.items():
            target = beside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if not folder.exists():
            beside.rename(folder)
            return
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).replace(folder / name)
        optional = (folder / f"report{end}" for end in (".pdf", "-full.pdf", "-full.md"))
        earlier = [*(folder / "plots").glob("*.svg"), *optional]
        for file in earlier if "report.json" in files else ():
            if file.relative_to(folder).as_posix() not in files:
                file.unlink(missing_ok=True)
    finally:
        _remove(beside)


def _remove(folder: Path) -> None:
    for root, folders, names in folder.walk(top_down=False) if folder.exists() else ():
        for name in names:
            (root / name).unlink()
        for name in folders:
            (root / name).rmdir()
    if folder.exists():
        folder.rmdir()


class Progress:
    """A bar on a terminal's standard error, once the work has lasted two seconds; silence anywhere else."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._state = ("reading", 0.0)
        self._lock = threading.Lock()
        self._timer = threading.Timer(QUIET_SECONDS, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def update(self, what: str, share: float) -> None:
        with self._lock:
            self._state = (what, share)
            if self._bar is not None:
                self._bar.update(self._task, description=what, completed=share)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar

        with self._lock:
            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._state[0], total=1.0, completed=self._state[1])
            self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
