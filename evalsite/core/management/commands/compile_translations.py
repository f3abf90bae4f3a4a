"""Compile the Chinese catalogue from its parts."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evalsite.core import translations


class Command(BaseCommand):
    help = "Compile the Chinese messages of locale/. List missing and unused messages."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing. Fail if a message is missing or unused, or the file is stale.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        try:
            data = translations.compiled(root)
        except translations.Conflict as conflict:
            raise CommandError(str(conflict)) from conflict
        compiled = translations.mo_file(root)
        if not options["check"]:
            compiled.write_bytes(data)
        missing = translations.untranslated(root)
        unused = translations.unused(root)
        for line in [*missing, *unused]:
            self.stderr.write(line)
        if options["check"]:
            if missing or unused or not compiled.exists() or compiled.read_bytes() != data:
                raise CommandError("not up to date. Fix: translate or delete what is listed, then compile.")
            return
        self.stdout.write(f"compiled; {len(missing)} messages are missing, {len(unused)} unused")
