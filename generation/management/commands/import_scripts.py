from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from evalsite.core.errors import InputError, InputErrors
from generation.access import rows_in
from generation.blinding import is_sealed
from generation.management.console import GenerationCommand, add_team_argument, briefs_of, team_of
from generation.models import Brief, Source, System
from generation.screenplay.formats.sniff import EXTENSIONS
from generation.uploads.script_files import (
    TOLD,
    ScriptFile,
    read_file,
    read_scenes,
    store_files,
    system_for,
)
from generation.uploads.store import Imported

SUFFIXES = tuple(f".{each}" for all_of in EXTENSIONS.values() for each in all_of if each)


class Command(GenerationCommand):
    help = (
        "Import one system's scripts as Fountain, Final Draft, Word, PDF or plain text. If one file has an "
        "error, none is imported. In a folder, name files DIR/<brief>/<system>.txt (or .docx, ...) or "
        "DIR/<brief>.txt. For a single file, name the brief with --brief and its scenes with --scene."
    )

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way to that of the script.
        return super().create_parser(*args, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="DIR|FILE")
        parser.add_argument(
            "--system", required=True, metavar="NAME", help="slug of the system that wrote them"
        )
        parser.add_argument("--name", default="", help="name of a new system (default: the slug)")
        parser.add_argument("--human", action="store_true", help="the scripts were written by people")
        parser.add_argument("--writer", default="", metavar="CODE", help="code of the writer; never a name")
        parser.add_argument("--brief", default="", metavar="SLUG", help="brief of a single file")
        parser.add_argument("--scene", default="", metavar="N[-M]", help="scenes N to M of a single file")
        parser.add_argument("--origin", default="", choices=Source.Origin.values)
        parser.add_argument("--version", default="", choices=Source.Version.values)
        parser.add_argument("--rights", default=Source.Rights.SHOW, choices=Source.Rights.values)
        parser.add_argument("--credit", default="", help="the work and its source")
        parser.add_argument("--knew", default="", help="what the writer knew besides the brief")
        add_team_argument(parser)

    def handle(self, *, path: Path, system: str, **options: Any) -> None:
        team = team_of(options)
        if options["brief"] or path.is_file():
            found = [self._cut(path, options["brief"] or path.stem, options["scene"], team)]
        elif options["scene"]:
            fix = "give a single file and --brief."
            raise InputErrors.single(str(path), "--scene needs a single file.", fix)
        else:
            found, faults = self._folder(path, system, team)
            if faults:
                raise InputErrors(faults)
        told = {key: options[key] for key in TOLD}
        with transaction.atomic():
            known = system_for(system, team=team, name=options["name"], human=options["human"])
            stored = store_files(found, known, writer=options["writer"], told=told)
        for file, imported in zip(found, stored, strict=True):
            self._tell_stored(file, known, imported)

    def _cut(self, path: Path, slug: str, scene: str, team: int) -> ScriptFile:
        brief = briefs_of([slug], team)[0]
        found = read_scenes(_content(path), str(path), brief, scene)
        self._tell(found)
        if not scene and found.scenes > 1:
            self.stderr.write(f"{path}: using all {found.scenes} scenes; --scene N uses one.")
        return found

    def _tell(self, found: ScriptFile) -> None:
        for warning in found.warnings:
            self.stderr.write(f"{found.name}:{max(1, warning.line)}:1: warning: {warning.message}")

    def _folder(self, folder: Path, system: str, team: int) -> tuple[list[ScriptFile], list[InputError]]:
        briefs = {brief.slug: brief for brief in rows_in(Brief, [team]).select_related("series")}
        found: list[ScriptFile] = []
        faults: list[InputError] = []
        for slug, path in _files(folder, system):
            if slug not in briefs:
                message = f"no brief has the slug {slug}."
                faults.append(
                    InputError(str(path), 1, 1, message, "load it with load_briefs, or rename the file.")
                )
                continue
            try:
                found.append(read_file(_content(path), str(path), briefs[slug]))
            except InputErrors as refused:
                faults += refused.errors
        for file in found:
            self._tell(file)
        if not found and not faults:
            fix = f"put scripts at {folder}/<brief>/{system}.txt (or {', '.join(SUFFIXES)})."
            faults.append(InputError(str(folder), 1, 1, f"this folder has no script of {system}.", fix))
        return found, faults

    def _tell_stored(self, found: ScriptFile, system: System, imported: Imported) -> None:
        script = imported.script
        if is_sealed(found.brief.slug, system.slug):
            self.stdout.write(f"{found.brief.slug}: stored (sealed in a study)")
            return
        outcome = f"new, sample {script.sample}" if imported.created else "already stored"
        self.stdout.write(f"{found.brief.slug}: {outcome} ({script.digest[:12]})")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the file can't be read ({error.strerror})."
        fix = "check its name, its folder and its permissions."
        raise InputErrors.single(str(path), message, fix) from error


def _files(folder: Path, system: str) -> list[tuple[str, Path]]:
    nested = [(path.parent.name, path) for path in folder.glob(f"*/{system}.*") if path.suffix in SUFFIXES]
    flat = [(path.stem, path) for path in folder.glob("*.*") if path.suffix in SUFFIXES and path.is_file()]
    return sorted(nested or flat)
