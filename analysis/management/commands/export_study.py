"""`manage.py export_study STUDY --out DIR [--format csv|jsonl|parquet]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from analysis import exports, frames
from analysis.command import find_study, refuse, write_files
from evalsite.core.models import record


class Command(BaseCommand):
    help = "Write the tables of an unblinded study, its plan and its record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--format", choices=exports.FORMATS, default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        study = find_study(self, options["study"])
        try:
            files = exports.export_files(study, options["format"])
        except frames.Sealed as error:
            refuse(self, f"error: {error}")
        except ImportError:
            refuse(self, "error: Parquet needs pyarrow. Mend: install the extra `parquet`, or choose csv.")
        write_files(options["out"], files)
        record(who="console", verb="export", about=study.slug, format=options["format"])
        self.stdout.write(f"{len(files)} files in {options['out']}")
