"""`manage.py report STUDY --out DIR`: what `python -m analysis.stats report` writes for its tables."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analysis.command import ResultsCommand, write_files
from analysis.reports import services as reports


class Command(ResultsCommand):
    help = "Analyse an unblinded study and write its report as JSON, Markdown, HTML and PDF, with plots."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--seed", type=int, default=reports.SEED)
        parser.add_argument("--replicates", type=int, default=reports.REPLICATES)
        parser.add_argument("--full-pdf", action="store_true", help="Also write report-full.pdf.")
        parser.add_argument("--full-markdown", action="store_true", help="Also write report-full.md.")

    def handle(self, *args: Any, **options: Any) -> None:
        study = self.study(options["study"])
        given = {name: options[name] for name in ("seed", "replicates", "full_pdf", "full_markdown")}
        files = reports.compute(study, **given)
        write_files(options["out"], files)
        self.stdout.write(f"{len(files)} files in {options['out']}")
