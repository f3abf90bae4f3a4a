"""`manage.py simulate_raters STUDY --raters N --seed S`: raters of kind `simulated`, who judge over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from annotations.models import Study
from annotations.simulation import Order, Qualities, SimulationFault, SiteMissing, read_qualities, simulate
from annotations.simulation.simulate import AT_ONCE, LONGEST_S
from evalsite.core.faults import Refused

REFUSED, WRONG_USAGE, MISSING = 1, 2, 3


class Command(BaseCommand):
    help = "Fill free seats of an open study with simulated raters, who judge over HTTP as people do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="The study's slug.")
        parser.add_argument("--raters", type=_count, required=True, help="How many; each takes a free seat.")
        parser.add_argument("--seed", type=int, required=True, help="The same seed gives the same judgments.")
        parser.add_argument(
            "--url", help="Where the site answers; by default that of the running `make run`."
        )
        parser.add_argument(
            "--qualities", type=Path, help="YAML: {system: logit, briefs: {brief: {system: logit}}}."
        )
        parser.add_argument(
            "--resume", action="store_true", help="Simulated raters who were cut off go on as well."
        )
        parser.add_argument("--accepted", type=Path, help="Append a line of JSON for each judgment accepted.")
        parser.add_argument(
            "--at-once", type=_count, default=AT_ONCE, help=f"At most so many at once ({AT_ONCE})."
        )
        parser.add_argument(
            "--longest",
            type=float,
            default=LONGEST_S,
            help=f"Give up after so many seconds ({LONGEST_S:.0f}).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise CommandError(f"there is no study {options['study']}.", returncode=REFUSED)
        if options["raters"] < 1 and not options["resume"]:
            raise CommandError("--raters must be 1 or more.", returncode=WRONG_USAGE)
        with _shown(study.slug, options["verbosity"]) as tell:
            try:
                done = simulate(
                    Order(
                        study=study,
                        raters=options["raters"],
                        seed=options["seed"],
                        url=options["url"] or _running_url(),
                        qualities=self._qualities(options["qualities"], study),
                        resume=options["resume"],
                        accepted=options["accepted"],
                        at_once=max(1, options["at_once"]),
                        longest=options["longest"],
                        tell=tell,
                    )
                )
            except SiteMissing as fault:
                raise CommandError(str(fault), returncode=MISSING) from None
            except (SimulationFault, Refused) as fault:
                raise CommandError(str(fault), returncode=REFUSED) from None
        self.stdout.write(
            f"{done.raters} simulated raters have judged {done.assignments} pairs of study {study.slug} "
            f"in {done.seconds:.1f} s."
        )

    def _qualities(self, path: Path | None, study: Study) -> Qualities | None:
        if path is None:
            return None
        found = read_qualities(path, study.spec)
        for brief in found.strangers:
            self.stderr.write(f"{path}: warning: study {study.slug} has no brief {brief}: ignored.")
        return found


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _running_url() -> str:
    links = settings.VAR_DIR / "run" / "links.json"
    try:
        return str(json.loads(links.read_text())["url"])
    except (OSError, ValueError, KeyError, TypeError):
        raise SiteMissing(f"no site runs here ({links}): start it with `make run`, or give --url.") from None


@contextmanager
def _shown(name: str, verbosity: int) -> Iterator[Any]:
    """Progress on a terminal; elsewhere silence."""
    console = Console(stderr=True)
    if not console.is_terminal or verbosity < 1:
        yield lambda done, of: None
        return
    columns = (TextColumn(f"Judging {name}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(name)
        yield lambda done, of: progress.update(bar, completed=done, total=of)
