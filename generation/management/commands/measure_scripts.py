from typing import Any

from django.core.management.base import CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evalsite.core.console import PlainCommand
from generation.models import Measurement
from generation.script_metrics.measuring import measure_waiting, waiting

FOR_EVER_S = 10.0**9


class Command(PlainCommand):
    help = "Compute the quality measures of scripts that have none, or outdated ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="measure all scripts again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            Measurement.objects.all().delete()
        total = waiting().count()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("scripts measured", total=total)
            measured = measure_waiting(seconds=FOR_EVER_S, told=lambda n: bar.advance(task, n))
        left = " Another worker is measuring the rest." if measured.more else ""
        self.stdout.write(f"{measured.scripts} of {total} scripts measured.{left}")
