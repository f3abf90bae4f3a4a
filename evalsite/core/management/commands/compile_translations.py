"""Compile the Chinese catalogue from its parts."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from evalsite.core import translations


class Command(BaseCommand):
    help = "Merges locale/parts/*.po into the Chinese catalogue and compiles it; lists what is not translated."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        try:
            data = translations.compiled(root)
        except translations.Conflict as conflict:
            raise CommandError(str(conflict)) from conflict
        translations.mo_file(root).write_bytes(data)
        missing = translations.untranslated(root)
        for line in missing:
            self.stderr.write(line)
        self.stdout.write(f"compiled; {len(missing)} texts have no Chinese")
