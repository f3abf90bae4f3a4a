"""`manage.py restore FILE --identity KEYFILE`: restore a backup into an empty database, and check it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from evalsite.core.console import PlainCommand
from evalsite.core.errors import DIFFERENT, REFUSED, OperationError
from evalsite.core.management.commands.migrate import own_labels
from evalsite.core.models import record
from evalsite.site.backups import BackupFile, Manifest, key_fingerprint


class Command(PlainCommand):
    help = (
        "Restore a backup into an empty database as the owner of its tables. Then compare every table with "
        "the backup's manifest, migrate, give the application's role its rights, and check the audit trail. "
        "Exit code 4 means that something differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--identity", type=Path, required=True, metavar="KEYFILE", help="private key of age or SSH"
        )

    def handle(self, *, file: Path, identity: Path, **options: Any) -> None:
        with BackupFile(file, identity) as backup:
            backup.check_digest()
            self._refuse_later_version(backup.manifest)
            backup.load_into(connection)
            if different := backup.differences(connection):
                lines = "\n".join(f"error: {each}." for each in different)
                fix = "The database was restored but must not be used. Fix: restore another backup."
                raise CommandError(f"{lines}\n{fix}", returncode=DIFFERENT)
        manifest = backup.manifest
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"Restored the backup of {manifest.made_at} (evalsite {manifest.evalsite}): "
            f"{len(manifest.tables)} tables with {rows:,} rows equal the manifest."
        )
        call_command("migrate", verbosity=0)
        call_command("verify_log", *(["--head", manifest.audit_head] if manifest.audit_head else []))
        record(who="console", verb="restore backup", made=manifest.made_at, head=manifest.audit_head)
        self._warn_of_other_key(manifest)

    def _refuse_later_version(self, manifest: Manifest) -> None:
        if manifest.unknown_migrations(connection, own_labels()):
            raise OperationError(
                f"version {manifest.evalsite} of evalsite made this backup, and its tables are newer than "
                "this version. Fix: install that version or a later one.",
                REFUSED,
            )

    def _warn_of_other_key(self, manifest: Manifest) -> None:
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        if manifest.secret_key and manifest.secret_key not in map(key_fingerprint, keys):
            self.stderr.write(
                "warning: the SECRET_KEY here is not the one of the backup. Second factors can't be checked, "
                "and links made earlier don't work. Fix: set SECRET_KEY to the earlier one, or add it to "
                "SECRET_KEY_FALLBACKS."
            )
