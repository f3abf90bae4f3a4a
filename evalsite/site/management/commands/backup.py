"""`manage.py backup FILE [--recipient KEY ...] [--keep N]`: the whole database in one encrypted file."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connection

from evalsite.core.console import PlainCommand
from evalsite.site.backups import old_backups, write_backup


class Command(PlainCommand):
    help = "Write an encrypted backup of the database. The site may run meanwhile. `restore` restores it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="is replaced once the new backup is complete")
        parser.add_argument(
            "--recipient",
            action="append",
            metavar="KEY",
            help="public key of age or SSH; may be given several times (default: BACKUP_AGE_RECIPIENT)",
        )
        parser.add_argument(
            "--keep",
            type=_positive,
            metavar="N",
            help="afterwards, delete all but the newest N backups in the folder of FILE",
        )

    def handle(self, *, file: Path, recipient: list[str] | None, keep: int | None, **options: Any) -> None:
        manifest = write_backup(file, recipient or settings.BACKUP_AGE_RECIPIENT, connection)
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"{file}: {file.stat().st_size:,} bytes, {len(manifest.tables)} tables, {rows:,} rows. "
            f"Head of the audit trail: {manifest.audit_head or 'none'}"
        )
        for old in old_backups(file.parent, keep) if keep else ():
            old.unlink(missing_ok=True)
            self.stdout.write(f"Deleted {old}, which is older than the newest {keep}.")


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("must be at least 1")
    return int(text)
