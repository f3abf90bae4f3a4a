"""What the commands of generation share."""

from pathlib import Path

from evalsite.core.console import SERVICE_MISSING, PlainCommand
from evalsite.core.errors import InputError, InputErrors
from generation.backends import BackendError
from generation.models import Brief, System
from generation.pipelines import SystemSpec, find_system


class GenerationCommand(PlainCommand):
    """A command that may speak to a backend."""

    refusals = ((BackendError, SERVICE_MISSING),)

    def warn(self, fault: InputError) -> None:
        """Tell what is let pass all the same."""
        self.stderr.write(str(fault).replace(": error: ", ": warning: ", 1))


def spec_of(name: str) -> SystemSpec:
    """The pipeline of a file, of a shipped name, or of a system that is stored. Raises `InputErrors`."""
    try:
        return find_system(name)
    except InputErrors:
        stored = System.objects.filter(slug=name, kind=System.Kind.PIPELINE).first()
        if stored is None or not stored.spec:
            raise
        return SystemSpec.from_record(stored.spec)


def briefs_of(slugs: list[str]) -> list[Brief]:
    """The briefs of these slugs, in the order given; `all` stands for every one. Raises `InputErrors`."""
    briefs = {brief.slug: brief for brief in Brief.objects.select_related("series")}
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
            raise InputErrors([InputError(str(path), 1, 1, message, "name another folder, or files.")])
        found += inside
    return found
