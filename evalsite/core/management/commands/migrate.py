"""`manage.py migrate`, which refuses a database with migrations that this version does not have.

Django would take an applied migration for a present one of the same name and keep the old tables.

At the end, the application's role gets its rights.
"""

import gc
import os
import time
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoCommand
from django.db import OperationalError, connections
from django.db.migrations.loader import MigrationLoader

from evalsite.core.console import REFUSED, PlainCommand
from evalsite.core.grants import apply_grants


class Command(PlainCommand, DjangoCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--wait", type=float, default=0, metavar="S", help="Give the database time to start."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _wait_for_database(options["database"], options["wait"])
        loader = MigrationLoader(connections[options["database"]])
        ours = own_labels()
        unknown = {key for key in loader.applied_migrations if key[0] in ours} - loader.disk_migrations.keys()
        if unknown:
            raise CommandError(_refusal(), returncode=REFUSED)
        # Migrating makes thousands of classes; to look for garbage among them takes a quarter of the time.
        gc.disable()
        try:
            super().handle(*args, **options)
        finally:
            gc.enable()
        if settings.TWO_DATABASE_ROLES and not options["plan"] and not options["check_unapplied"]:
            apply_grants(connections[options["database"]], settings.APPLICATION_ROLE)


def _wait_for_database(alias: str, seconds: float) -> None:
    """Until the database answers, or the time is over: the command then says what is wrong."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            connections[alias].ensure_connection()
        except OperationalError:
            time.sleep(0.05)
        else:
            return


def own_labels() -> set[str]:
    """The apps of this repository, whose migrations must be those of this version."""
    return {app.label for app in apps.get_app_configs() if _is_ours(app.path)}


def _is_ours(path: str) -> bool:
    return path.startswith(f"{settings.BASE_DIR}/") and "site-packages" not in path


def _refusal() -> str:
    fix = "name an empty database in DATABASE_URL"
    if os.environ.get("DATABASE_URL", settings.LOCAL.database_url) == settings.LOCAL.database_url:
        fix = f"move {settings.VAR_DIR} away, or name another folder in EVALSITE_VAR"
    return (
        "error: another version of evalsite stored these data, and this version cannot use them. "
        f"Fix: {fix}. To keep studies, export them with that version first."
    )
