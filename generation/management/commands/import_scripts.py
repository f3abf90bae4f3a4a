import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from evalsite.core.errors import InputError, InputErrors
from generation.access import rows_in
from generation.blinding import is_sealed
from generation.briefs.files import COMMENT, read_script_file
from generation.management.console import GenerationCommand, add_team_argument, briefs_of, team_of
from generation.models import Brief, Source, System
from generation.screenplay.formats import Understood, headed, join, read_script
from generation.screenplay.formats.sniff import EXTENSIONS
from generation.services import store_system, taken_slug
from generation.uploads import services as uploads
from generation.uploads.store import Provenance, store_imported

TEXTS = (".txt", ".fountain")
SUFFIXES = tuple(f".{each}" for all_of in EXTENSIONS.values() for each in all_of if each)
_SCENES = re.compile(r"^([0-9]{1,4})(?:-([0-9]{1,4}))?$")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A text and the file that it is from; `lines` are those of the file's text where it was cut from it."""

    brief: Brief
    path: Path
    text: str
    format: str
    lines: tuple[int, int] | None = None


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
            raise InputErrors([InputError(str(path), 1, 1, "--scene needs a single file.", fix)])
        else:
            found, faults = self._folder(path, system, team)
            if faults:
                raise InputErrors(faults)
        with transaction.atomic():
            stored = _system(system, options, team)
            for each in found:
                self._store(each, stored, options)

    def _cut(self, path: Path, slug: str, scene: str, team: int) -> FoundFile:
        brief = briefs_of([slug], team)[0]
        understood = read_script(_bytes(path), str(path), brief.language)
        self._tell(path, understood)
        last = len(headed(understood.script))
        first, to = _scenes(scene, last, path)
        if not scene and last > 1:
            self.stderr.write(f"{path}: using all {last} scenes; --scene N uses one.")
        cut = uploads.cut(understood, first, to)
        return FoundFile(brief, path, cut.text, understood.format, cut.lines)

    def _tell(self, path: Path, understood: Understood) -> None:
        for line in understood.lost:
            self.stderr.write(f"{path}:{line.number}:1: warning: not recognized: {line.source:.60}")
        for warned in understood.warnings:
            if warned.code != "not-understood":
                self.stderr.write(f"{path}:{max(1, warned.number)}:1: warning: {warned.message}.")

    def _folder(self, folder: Path, system: str, team: int) -> tuple[list[FoundFile], list[InputError]]:
        briefs = {brief.slug: brief for brief in rows_in(Brief, [team]).select_related("series")}
        found: list[FoundFile] = []
        faults: list[InputError] = []
        for slug, path in _files(folder, system):
            if slug not in briefs:
                message = f"no brief has the slug {slug}."
                faults.append(
                    InputError(str(path), 1, 1, message, "load it with load_briefs, or rename the file.")
                )
                continue
            try:
                found.append(self._whole(briefs[slug], path))
            except InputErrors as refused:
                faults += refused.errors
        if not found and not faults:
            fix = f"put scripts at {folder}/<brief>/{system}.txt (or {', '.join(SUFFIXES)})."
            faults.append(InputError(str(folder), 1, 1, f"this folder has no script of {system}.", fix))
        return found, faults

    def _whole(self, brief: Brief, path: Path) -> FoundFile:
        """A file of a folder. Text in UTF-8 is taken as it stands, as a study takes its own files."""
        if path.suffix in TEXTS and _is_utf8(path):
            kind = "fountain" if path.suffix == ".fountain" else "plain"
            return FoundFile(brief, path, read_script_file(path), kind)
        understood = read_script(_bytes(path), str(path), brief.language)
        self._tell(path, understood)
        whole = join(understood.script, 1, len(headed(understood.script)))
        return FoundFile(brief, path, whole, understood.format)

    def _store(self, found: FoundFile, system: System, options: dict[str, Any]) -> None:
        provenance = Provenance(
            file_name=found.path.name,
            file_digest=hashlib.sha256(found.path.read_bytes()).hexdigest(),
            format=found.format,
            **{key: options[key] for key in ("origin", "version", "rights", "credit", "knew")},
        )
        row = (found.brief, found.text, found.lines)
        (imported,) = store_imported([row], system, options["writer"], provenance)
        script = imported.script
        if is_sealed(found.brief.slug, system.slug):
            self.stdout.write(f"{found.brief.slug}: stored (sealed in a study)")
            return
        outcome = f"new, sample {script.sample}" if imported.created else "already stored"
        self.stdout.write(f"{found.brief.slug}: {outcome} ({script.digest[:12]})")


def _system(slug: str, options: dict[str, Any], team: int) -> System:
    kind = System.Kind.HUMAN if options["human"] else System.Kind.IMPORTED
    known = System.objects.filter(slug=slug).first()
    if known is not None and known.team_id not in (None, team):
        raise InputErrors([taken_slug(slug)])
    if known is None or (options["human"] and known.kind != System.Kind.HUMAN):
        return store_system(slug=slug, name=options["name"] or slug, kind=kind, team=team)
    return known


def _scenes(asked: str, last: int, path: Path) -> tuple[int, int]:
    if not asked:
        return 1, last
    match = _SCENES.match(asked)
    first, to = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= to <= last:
        message = f"scene {asked} doesn't exist; the file has {last}."
        raise InputErrors([InputError(str(path), 1, 1, message, f"use N or N-M from 1 to {last}.")])
    return first, to


def _bytes(path: Path) -> bytes | Path:
    """The file's bytes without the lines about it at its head; the path where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return path  # its reader says why
    if path.suffix in TEXTS:
        lines = content.split(b"\n")
        while lines and lines[0].lstrip().startswith(COMMENT.encode()):
            lines.pop(0)
        content = b"\n".join(lines)
    return content


def _is_utf8(path: Path) -> bool:
    try:
        path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    except OSError:
        return True  # its reader says why
    return True


def _files(folder: Path, system: str) -> list[tuple[str, Path]]:
    nested = [(path.parent.name, path) for path in folder.glob(f"*/{system}.*") if path.suffix in SUFFIXES]
    flat = [(path.stem, path) for path in folder.glob("*.*") if path.suffix in SUFFIXES and path.is_file()]
    return sorted(nested or flat)
