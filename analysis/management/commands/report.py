"""`manage.py report STUDY --out DIR`: what `python -m analysis.stats report` writes for its tables."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from analysis import frames, reports
from analysis.command import find_study, refuse, write_files
from analysis.stats import PlanError, TableError


class Command(BaseCommand):
    help = "Analyse an unblinded study and write report.json, report.md, report.html and the plots."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--seed", type=int, default=reports.SEED)
        parser.add_argument("--replicates", type=int, default=reports.REPLICATES)

    def handle(self, *args: Any, **options: Any) -> None:
        study = find_study(self, options["study"])
        try:
            files = reports.compute(study, seed=options["seed"], replicates=options["replicates"])
        except (frames.Sealed, TableError, PlanError) as error:
            refuse(self, f"error: {error}")
        write_files(options["out"], files)
        self.stdout.write(f"{len(files)} files in {options['out']}")
