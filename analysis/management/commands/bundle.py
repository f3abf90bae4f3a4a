"""`manage.py bundle STUDY --out FILE.zip`: all that anyone needs to compute the report again."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from analysis import exports, frames, reports
from analysis.command import find_study, refuse, write_files
from analysis.stats import PlanError, TableError
from evalsite.core.models import record


class Command(BaseCommand):
    help = "Write a zip with the tables, the plan, the report and the digests of an unblinded study."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")

    def handle(self, *args: Any, **options: Any) -> None:
        study = find_study(self, options["study"])
        out: Path = options["out"]
        try:
            content = exports.bundle_bytes(study, reports.compute(study))
        except (frames.Sealed, TableError, PlanError) as error:
            refuse(self, f"error: {error}")
        write_files(out.parent, {out.name: content})
        record(who="console", verb="bundle", about=study.slug)
        self.stdout.write(f"{out} ({len(content):,} bytes)")
