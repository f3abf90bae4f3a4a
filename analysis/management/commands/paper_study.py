from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from analysis.command import ResultsCommand
from analysis.paper_study.steps import NONE, SIMULATED, Options, PaperStudy

EXAMPLE = settings.BASE_DIR / "examples" / "paper-study"


class Command(ResultsCommand):
    help = "The paper's study on a database that runs already; `make paper-study` starts one and calls this."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=EXAMPLE, help="with plan.yaml in it")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for the reports")
        parser.add_argument(
            "--base-url", default="", metavar="URL", help="a real model server for all systems"
        )
        parser.add_argument("--own-servers", action="store_true", help="each system asks where its file says")
        parser.add_argument("--port", type=int, default=8790, help="of the canned model server (8790)")
        parser.add_argument("--raters", choices=(SIMULATED, NONE), default=SIMULATED)
        parser.add_argument("--scenes", type=int, default=0, metavar="N", help="the first N of each series")
        parser.add_argument("--server-moved", action="store_true", help="the same models, at another address")
        parser.add_argument("--retry-failed", action="store_true", help="try failed requests again")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("folder", "out", "base_url", "raters", "scenes", "retry_failed", "server_moved", "port")
        chosen = Options(
            **{name: options[name] for name in names},
            canned=not (options["base_url"] or options["own_servers"]),
        )
        PaperStudy(chosen).run()
