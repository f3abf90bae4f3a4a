"""`manage.py migrate`, which refuses a database with migrations that this version does not have.

Django would take an applied migration for a present one of the same name and keep the old tables.
"""

import os
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoCommand
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from evalsite.core.console import REFUSED, PlainCommand


class Command(PlainCommand, DjangoCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        loader = MigrationLoader(connections[options["database"]])
        ours = {app.label for app in apps.get_app_configs() if _is_ours(app.path)}
        unknown = {key for key in loader.applied_migrations if key[0] in ours} - loader.disk_migrations.keys()
        if unknown:
            raise CommandError(_refusal(), returncode=REFUSED)
        super().handle(*args, **options)


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
