"""What the commands share: exit codes, one fault a line on standard error, never a traceback."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from generation.backends import BackendError
from generation.faults import Fault, Faults, Refused
from generation.models import Brief, System
from generation.pipelines import SystemSpec, find_system

REFUSED, WRONG_USAGE, SERVICE_MISSING = 1, 2, 3


class GenerationCommand(BaseCommand):
    """A command that refuses in plain lines: 1 input refused, 2 wrong usage, 3 a service is missing."""

    requires_system_checks: list[str] = []
    _called_from_command_line = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return self._execute(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line:
                raise
            # Django would put `CommandError:` before the place of a fault.
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def _execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Refused as refused:
            raise CommandError("\n".join(refused.lines()), returncode=REFUSED) from None
        except BackendError as error:
            raise CommandError(f"error: {error}", returncode=SERVICE_MISSING) from None
        except OperationalError as error:
            first = str(error).splitlines()[0]
            message = f"error: the database does not answer: {first} Mend: `make run`, or set DATABASE_URL."
            raise CommandError(message, returncode=SERVICE_MISSING) from None


def spec_of(name: str) -> SystemSpec:
    """The pipeline of a file, of a shipped name, or of a system that is stored. Raises `Faults`."""
    try:
        return find_system(name)
    except Faults:
        stored = System.objects.filter(slug=name, kind=System.Kind.PIPELINE).first()
        if stored is None or not stored.spec:
            raise
        return SystemSpec.from_record(stored.spec)


def briefs_of(slugs: list[str]) -> list[Brief]:
    """The briefs of these slugs, in the order given; `all` stands for every one. Raises `Faults`."""
    briefs = {brief.slug: brief for brief in Brief.objects.select_related("series")}
    if slugs == ["all"]:
        return list(briefs.values())
    have = ", ".join(briefs) or "none is loaded"
    faults = [
        Fault(slug, 1, 1, "there is no brief of this slug.", f"take of: {have}.")
        for slug in slugs
        if slug not in briefs
    ]
    if faults:
        raise Faults(faults)
    return [briefs[slug] for slug in dict.fromkeys(slugs)]


def files_under(paths: list[Path], suffixes: tuple[str, ...]) -> list[Path]:
    """The files named, and those below the folders named, by name. A folder without any is a fault."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(each for each in path.rglob("*") if each.suffix in suffixes and each.is_file())
        if not inside:
            message = f"no file here ends in {', '.join(suffixes)}."
            raise Faults([Fault(str(path), 1, 1, message, "name another folder, or files.")])
        found += inside
    return found
