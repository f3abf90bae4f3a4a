from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from evalsite.core.errors import InputError, InputErrors
from generation import extensions
from generation.management.console import GenerationCommand, add_team_argument, team_of
from generation.pipelines import SystemSpec, find_system
from generation.runs.services import store_pipelines


class Command(GenerationCommand):
    help = (
        "Load systems from YAML files or folders. If one file has an error, none is loaded. Nothing is sent "
        "to a model. They are for all teams unless one is named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", metavar="FILE", help="YAML file, folder, or shipped name")
        parser.add_argument("--check", action="store_true", help="validate only; store nothing")
        add_team_argument(parser)

    def handle(self, *, names: list[str], check: bool, **options: Any) -> None:
        specs = _read(names)
        team = team_of(options) if options["team"] else None
        teams = None if team is None else [team]
        if not check:
            store_pipelines(specs, team=team)
        elif faults := [fault for spec in specs for fault in extensions.lineage().faults(spec, teams)]:
            raise InputErrors(faults)
        for spec in specs:
            stages = " -> ".join(f"{stage.name} ({stage.asks})" for stage in spec.stages)
            self.stdout.write(f"{spec.slug}: {'read' if check else 'stored'}; {stages}")


def _read(names: list[str]) -> list[SystemSpec]:
    """Every file that is named, or that lies in a folder that is.

    Raises `InputErrors` with all that is wrong.
    """
    specs: dict[str, SystemSpec] = {}
    faults: list[InputError] = []
    for name in _files(names):
        try:
            spec = find_system(name)
        except InputErrors as refused:
            faults += refused.errors
            continue
        if spec.slug in specs:
            faults.append(
                InputError(name, 1, 1, f"the slug {spec.slug} occurs twice.", "use different slugs.")
            )
        specs[spec.slug] = spec
    if faults:
        raise InputErrors(faults)
    return list(specs.values())


def _files(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        path = Path(name)
        inside = sorted(str(each) for each in path.glob("*.y*ml")) if path.is_dir() else [name]
        if not inside:
            raise InputErrors.single(name, "this folder has no YAML file.", "choose another folder.")
        found += inside
    return found
