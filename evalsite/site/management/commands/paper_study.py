from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from analysis.command import ResultsCommand
from evalsite.site.paper_study.steps import NONE, SIMULATED, Options, PaperStudy

EXAMPLE = settings.BASE_DIR / "examples" / "paper-study"


class Command(ResultsCommand):
    help = "Run the paper's study on a running database (`make paper-study` starts one)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=EXAMPLE, help="folder with plan.yaml")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="output folder for the reports"
        )
        parser.add_argument("--base-url", default="", metavar="URL", help="model server for all systems")
        parser.add_argument("--own-servers", action="store_true", help="use the address in each system file")
        parser.add_argument(
            "--port", type=int, default=8790, help="port of the canned model server (default: 8790)"
        )
        parser.add_argument("--raters", choices=(SIMULATED, NONE), default=SIMULATED)
        parser.add_argument(
            "--scenes", type=int, default=0, metavar="N", help="only the first N of each series"
        )
        parser.add_argument(
            "--server-moved", action="store_true", help="the same models have moved to another address"
        )
        parser.add_argument("--retry-failed", action="store_true", help="retry failed requests")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("folder", "out", "base_url", "raters", "scenes", "retry_failed", "server_moved", "port")
        chosen = Options(
            **{name: options[name] for name in names},
            canned=not (options["base_url"] or options["own_servers"]),
        )
        PaperStudy(chosen).run()
