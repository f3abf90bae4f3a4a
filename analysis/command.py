"""What the commands about results share: who is refused, and files written whole or not at all."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.core.management.base import CommandError

from analysis.stats import InputErrors
from analysis.tables.frames import Sealed
from annotations.management.console import StudyCommand
from evalsite.core.console import REFUSED


class ResultsCommand(StudyCommand):
    """A command that takes results out of a study; a sealed one refuses."""

    refusals = (*StudyCommand.refusals, *((kind, REFUSED) for kind in (Sealed, InputErrors)))


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write each file as `write_file` does."""
    for name, content in files.items():
        write_file(folder / name, [content])


def write_file(target: Path, chunks: Iterable[bytes]) -> int:
    """Write a file, return its size. It is moved into its place, so that no reader sees half of it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            written = Path(file.name)
            try:
                size = sum(map(file.write, chunks))
            except BaseException:
                written.unlink()
                raise
        written.chmod(0o644)
        written.replace(target)
    except OSError as error:
        raise CommandError(f"Can't write {target} ({error.strerror}).", returncode=1) from error
    return size
