"""What the analysis' management commands share: exit codes, and files written whole or not at all."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from django.core.management.base import BaseCommand, CommandError

from annotations.models import Study


def refuse(command: BaseCommand, message: str) -> NoReturn:
    """Input refused: one line on standard error, exit code 1."""
    command.stderr.write(command.style.ERROR(message))
    sys.exit(1)


def find_study(command: BaseCommand, slug: str) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "there is none yet"
        refuse(command, f"error: there is no study {slug!r}. Mend: name one of: {known}.")
    return study


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
            raise CommandError(f"{target} cannot be written ({error.strerror}).", returncode=1) from error
