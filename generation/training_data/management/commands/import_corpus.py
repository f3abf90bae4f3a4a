from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from generation.management.console import GenerationCommand, add_team_argument, team_of
from generation.training_data.corpus.services import import_folder


class Command(GenerationCommand):
    help = (
        "Import whole screenplays that training data is made from: a folder with a manifest, corpus.yaml, "
        "all or none. What is stored already is known; of it title, credit and the like are told anew, "
        "rights only with --change-rights. A work whose file has changed is replaced with --replace, "
        "while nothing hangs on it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder with corpus.yaml")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be stored, without storing it"
        )
        parser.add_argument(
            "--replace", action="store_true", help="replace stored works whose file has changed"
        )
        parser.add_argument(
            "--change-rights",
            action="store_true",
            help="change the rights of stored works to those in the manifest",
        )
        add_team_argument(parser)

    def handle(
        self, *, folder: Path, dry_run: bool, replace: bool, change_rights: bool, **options: Any
    ) -> None:
        def tell(slug: str, scenes: int) -> None:
            self.stdout.write(f"{slug}: {f'read, {_count(scenes, "scene")}' if scenes else 'known already'}")

        imported = import_folder(
            folder,
            dry_run=dry_run,
            replace=replace,
            change_rights=change_rights,
            tell=tell,
            team=team_of(options),
        )
        for each in imported.replaced:
            self.stdout.write(f"{each.slug}: {'would replace' if dry_run else 'replaces'} {each}")
        for changed in imported.changed:
            self.stdout.write(f"{changed.slug}: {'would change' if dry_run else 'changes'} {changed}")
        for fault in imported.warnings:
            self.warn(fault)
        self.stdout.write(
            f"{'Would be stored' if dry_run else 'Stored'}: {_count(imported.works, 'new work')}, "
            f"{len(imported.replaced)} replaced, with {_count(imported.scenes, 'scene')}; "
            f"{imported.known} known already{_told_anew(len(imported.changed))}; "
            f"{_count(imported.alike, 'scene')} nearly repeat{'s' * (imported.alike == 1)} an earlier one."
        )
        if dry_run and imported.replaced and not replace:
            self.stdout.write("To replace works, add --replace. Otherwise the import is refused.")
        if dry_run and any(each.has_rights for each in imported.changed) and not change_rights:
            self.stdout.write("To change rights, add --change-rights. Otherwise the import is refused.")


def _told_anew(number: int) -> str:
    return f", {number} of them updated" if number else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
