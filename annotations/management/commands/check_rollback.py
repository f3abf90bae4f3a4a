"""`manage.py check_rollback RELEASE`: whether this server can go back to an earlier release's code."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from annotations.models import Assignment, Judgment, Mark, Score
from evalsite.core.console import REFUSED, WRONG_USAGE, PlainCommand


class Command(PlainCommand):
    help = (
        "Print how to go back to the code of an earlier release: `code` if the tables are the same, and "
        "`restore` if a backup from before the upgrade must be restored too. Refuse with exit code 1 if "
        "that would lose raters' answers. deploy/server/rollback runs this."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", type=Path, help="folder with the earlier release's code and .venv")
        parser.add_argument(
            "--restore-backup", action="store_true", help="accept that answers since the upgrade are lost"
        )

    def handle(self, *, release: Path, restore_backup: bool, **options: Any) -> None:
        if not (release / "manage.py").exists():
            raise CommandError(
                f"error: {release} is no release. Fix: name the folder with its manage.py.",
                returncode=WRONG_USAGE,
            )
        changed = first_unknown_migration(release)
        if changed is None:
            self.stdout.write("code")
            return
        answers = answers_since(changed)
        if answers and not restore_backup:
            raise CommandError(
                f"error: the upgrade of {changed:%Y-%m-%d %H:%M} UTC changed the tables, and raters have "
                f"answered {answers} assignments since. The earlier release cannot use these tables, and the "
                "backup from before the upgrade does not have these answers. Fix: stay with this release. "
                "To restore that backup all the same, run rollback --restore-backup: the present database "
                "stays on the server under another name.",
                returncode=REFUSED,
            )
        self.stdout.write("restore")


def first_unknown_migration(release: Path) -> datetime | None:
    """When the first migration was applied that an earlier release does not have; None if it has all."""
    applied = MigrationRecorder(connection).applied_migrations()
    # An app that this release no longer has left tables that the earlier one knows.
    installed = {config.label for config in apps.get_app_configs()}
    unknown = [
        row.applied
        for (app, name), row in applied.items()
        if app in installed and not _has(release, app, name)
    ]
    return min(unknown, default=None)


def _has(release: Path, app: str, name: str) -> bool:
    """Whether a release has a migration, in its own code or in its Python packages."""
    module = MigrationLoader.migrations_module(app)[0] or app
    folders = [release, *release.glob(".venv/lib/python3*/site-packages")]
    return any((folder / module.replace(".", "/") / f"{name}.py").exists() for folder in folders)


def answers_since(moment: datetime) -> int:
    """How many assignments were submitted, or had a submitted answer changed, since a moment."""
    answered = {*Assignment.objects.filter(submitted_at__gte=moment).values_list("pk", flat=True)}
    for model in (Judgment, Score, Mark):
        rows = model.objects.filter(submitted_at__gte=moment)
        answered.update(rows.values_list("assignment_id", flat=True))
    return len(answered)
