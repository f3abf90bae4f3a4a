"""Compile the Chinese catalogue from its parts."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evalsite.core import translations


class Command(BaseCommand):
    help = (
        "Merges locale/parts/*.po into the Chinese catalogue and compiles it; lists what is not translated."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail if it is not up to date."
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
        for line in missing:
            self.stderr.write(line)
        if options["check"]:
            if missing or not compiled.exists() or compiled.read_bytes() != data:
                raise CommandError("not up to date: translate what is listed, then run compile_translations")
            return
        self.stdout.write(f"compiled; {len(missing)} texts have no Chinese")
