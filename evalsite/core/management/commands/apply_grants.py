"""`manage.py apply_grants`: give the application's database role its rights. `migrate` ends with the same."""

from typing import Any

from django.conf import settings
from django.db import connection

from evalsite.core.console import PlainCommand
from evalsite.core.grants import apply_grants


class Command(PlainCommand):
    help = "Give the role of DATABASE_URL its rights on all tables, as the owner in DATABASE_OWNER_URL."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TWO_DATABASE_ROLES:
            self.stdout.write("DATABASE_URL and DATABASE_OWNER_URL name one role: there is nothing to grant.")
            return
        apply_grants(connection, settings.APPLICATION_ROLE)
        self.stdout.write(f"The role {settings.APPLICATION_ROLE} has its rights.")
