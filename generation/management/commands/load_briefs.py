from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from evalsite.core.errors import InputError, InputErrors
from generation.briefs.files import BriefSpec, read_brief
from generation.management.console import GenerationCommand, add_team_argument, files_under, team_of
from generation.services import store_briefs


class Command(GenerationCommand):
    help = "Load briefs from YAML files or folders. If one file has an error, none is loaded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        add_team_argument(parser)

    def handle(self, *, files: list[Path], **options: Any) -> None:
        team = team_of(options)
        specs: list[BriefSpec] = []
        faults: list[InputError] = []
        for path in files_under(files, (".yaml", ".yml")):
            try:
                specs.append(read_brief(path))
            except InputErrors as refused:
                faults += refused.errors
        if faults:
            raise InputErrors(faults)
        for stored in store_briefs(specs, alone=True, team=team):
            self.stdout.write(f"{stored.brief.slug}: {stored.outcome}")
