"""`manage.py bundle STUDY --out FILE.zip`: all that anyone needs to compute the report again."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analysis.command import ResultsCommand, write_file
from analysis.reports import services as reports
from analysis.tables import exports
from evalsite.core.models import record


class Command(ResultsCommand):
    help = "Write a zip with the tables, the plan, the report and the digests of an unblinded study."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")

    def handle(self, *args: Any, **options: Any) -> None:
        study = self.study(options["study"])
        out: Path = options["out"]
        size = write_file(out, exports.bundle_chunks(study, reports.compute(study)))
        record(who="console", verb="bundle", about=study.slug)
        self.stdout.write(f"{out} ({size:,} bytes)")
