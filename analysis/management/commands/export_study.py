"""`manage.py export_study STUDY --out DIR [--format csv|jsonl|parquet]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analysis.command import ResultsCommand, write_file
from analysis.tables import exports
from evalsite.core.models import record


class Command(ResultsCommand):
    help = "Write the tables of an unblinded study, its plan and its record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--format", choices=exports.FORMATS, default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        study = self.study(options["study"])
        files = exports.export_files(study, options["format"])
        for name, chunks in files.items():
            write_file(options["out"] / name, chunks)
        record(who="console", verb="export", about=study.slug, format=options["format"])
        self.stdout.write(f"{len(files)} files in {options['out']}")
