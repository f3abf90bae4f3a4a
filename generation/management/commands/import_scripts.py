from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from generation.faults import Fault, Faults
from generation.management.console import GenerationCommand
from generation.models import Brief, System
from generation.reading import read_script_file
from generation.services import add_script, store_system

SUFFIXES = (".txt", ".fountain")


class Command(GenerationCommand):
    help = (
        "Import one system's scripts, all or none. In DIR each brief has a folder of its slug with "
        "a file of the system's name in it (DIR/<brief>/<system>.txt or .fountain), or a file is named so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--system", required=True, metavar="NAME", help="slug of the system that wrote them"
        )
        parser.add_argument("--name", default="", help="its name, if it is new (default: the slug)")
        parser.add_argument("--human", action="store_true", help="people wrote them")
        parser.add_argument(
            "--writer", default="", metavar="CODE", help="a code for the person who wrote them"
        )

    def handle(self, *, folder: Path, system: str, **options: Any) -> None:
        found, faults = _read(folder, system)
        if faults:
            raise Faults(faults)
        kind = System.Kind.HUMAN if options["human"] else System.Kind.IMPORTED
        with transaction.atomic():
            known = System.objects.filter(slug=system).first()
            stored = known or store_system(slug=system, name=options["name"] or system, kind=kind)
            if known is not None and options["human"] and known.kind != System.Kind.HUMAN:
                store_system(slug=system, name=known.name, kind=kind)
            for brief, path, text in found:
                added = add_script(
                    brief=brief, system=stored, text=text, path=str(path), writer=options["writer"]
                )
                outcome = f"new, sample {added.script.sample}" if added.created else "known already"
                self.stdout.write(f"{brief.slug}: {outcome} ({added.script.digest[:12]})")


def _read(folder: Path, system: str) -> tuple[list[tuple[Brief, Path, str]], list[Fault]]:
    briefs = {brief.slug: brief for brief in Brief.objects.select_related("series")}
    found: list[tuple[Brief, Path, str]] = []
    faults: list[Fault] = []
    for slug, path in _files(folder, system):
        if slug not in briefs:
            faults.append(
                Fault(str(path), 1, 1, f"there is no brief {slug}.", "load_briefs first, or rename it.")
            )
            continue
        try:
            found.append((briefs[slug], path, read_script_file(path)))
        except Faults as refused:
            faults += refused.faults
    if not found and not faults:
        mend = f"put scripts at {folder}/<brief>/{system}.txt (or .fountain)."
        faults.append(Fault(str(folder), 1, 1, f"no script of {system} here.", mend))
    return found, faults


def _files(folder: Path, system: str) -> list[tuple[str, Path]]:
    nested = [(path.parent.name, path) for path in folder.glob(f"*/{system}.*") if path.suffix in SUFFIXES]
    flat = [(path.stem, path) for path in folder.glob("*.*") if path.suffix in SUFFIXES and path.is_file()]
    return sorted(nested or flat)
