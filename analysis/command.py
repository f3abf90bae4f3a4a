"""What the commands about results share: who is refused, and files written whole or not at all."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.core.management.base import CommandError

from analysis.frames import Sealed
from analysis.stats import InputErrors
from annotations.management.console import StudyCommand
from evalsite.core.console import REFUSED


class ResultsCommand(StudyCommand):
    """A command that takes results out of a study; a sealed one refuses."""

    refusals = (*StudyCommand.refusals, *((kind, REFUSED) for kind in (Sealed, InputErrors)))


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write each file beside its place and move it there, so that no reader sees half a file."""
    for name, content in files.items():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
                file.write(content)
            Path(file.name).chmod(0o644)
            Path(file.name).replace(target)
        except OSError as error:
            raise CommandError(f"Can't write {target} ({error.strerror}).", returncode=1) from error
