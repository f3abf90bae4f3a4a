from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from generation.corpus.services import import_folder
from generation.management.console import GenerationCommand


class Command(GenerationCommand):
    help = (
        "Import whole screenplays that training data is made from: a folder with a manifest, corpus.yaml, "
        "all or none. What is stored already is known; a work that changed is replaced while nothing hangs "
        "on it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="with corpus.yaml in it")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be stored, and store nothing"
        )

    def handle(self, *, folder: Path, dry_run: bool, **options: Any) -> None:
        def tell(slug: str, scenes: int) -> None:
            self.stdout.write(f"{slug}: {f'read, {scenes} scenes' if scenes else 'known already'}")

        imported = import_folder(folder, dry_run=dry_run, tell=tell)
        for fault in imported.warnings:
            self.stderr.write(str(fault).replace(": error: ", ": warning: "))
        self.stdout.write(
            f"{'Would be stored' if dry_run else 'Stored'}: {imported.works} works with {imported.scenes} "
            f"scenes; {imported.known} known already; {imported.alike} scenes nearly repeat an earlier one."
        )
