"""What the commands of generation share."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from evalsite.core.console import SERVICE_MISSING, WRONG_USAGE, PlainCommand
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.teams import team_for_command
from generation.access import rows_in
from generation.backends import BackendError
from generation.models import Brief, System
from generation.pipelines import SystemSpec, find_system


class GenerationCommand(PlainCommand):
    """A command that may speak to a backend."""

    refusals = ((BackendError, SERVICE_MISSING),)

    def warn(self, fault: InputError) -> None:
        """Tell what is let pass all the same."""
        self.stderr.write(str(fault).replace(": error: ", ": warning: ", 1))


def add_team_argument(parser: CommandParser) -> None:
    parser.add_argument("--team", metavar="SLUG", help="team that it is for; needed on a site with several")


def team_of(options: dict[str, Any]) -> int:
    """The key of the team that a command works for (`--team`), by default the site's only one."""
    try:
        return team_for_command(options["team"])
    except LookupError as error:
        raise CommandError(f"error: {error}. Fix: add --team SLUG.", returncode=WRONG_USAGE) from None


def spec_of(name: str, team: int | None = None) -> SystemSpec:
    """The pipeline of a file, of a shipped name, or of a stored system that a team (or any) may use.

    Raises `InputErrors`.
    """
    try:
        return find_system(name)
    except InputErrors:
        systems = System.objects.all() if team is None else rows_in(System, [team])
        stored = systems.filter(slug=name, kind=System.Kind.PIPELINE).first()
        if stored is None or not stored.spec:
            raise
        return SystemSpec.from_record(stored.spec)


def briefs_of(slugs: list[str], team: int) -> list[Brief]:
    """A team's briefs of these slugs, in the order given; `all` is every one. Raises `InputErrors`."""
    briefs = {brief.slug: brief for brief in rows_in(Brief, [team]).select_related("series")}
    if slugs == ["all"]:
        return list(briefs.values())
    have = ", ".join(briefs) or "none is loaded"
    faults = [
        InputError(slug, 1, 1, "no brief has this slug.", f"available: {have}.")
        for slug in slugs
        if slug not in briefs
    ]
    if faults:
        raise InputErrors(faults)
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
            raise InputErrors.single(str(path), message, "name another folder, or files.")
        found += inside
    return found
