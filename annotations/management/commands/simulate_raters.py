"""`manage.py simulate_raters STUDY --raters N --seed S`: raters of kind `simulated`, who judge over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from annotations.management.console import StudyCommand, running_url
from annotations.models import Study
from annotations.simulation import (
    Qualities,
    SimulationOrder,
    read_qualities,
    simulate,
)
from annotations.simulation.crowd import AT_ONCE, LONGEST_S
from annotations.simulation.rater_behaviours import CARELESS, SLOW
from evalsite.core.console import WRONG_USAGE
from evalsite.core.errors import ServiceMissing

INTERRUPTED = 130


class Command(StudyCommand):
    help = "Fill free seats of an open study with simulated raters. They judge over HTTP, as people do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument("--raters", type=int, required=True, help="number of raters; each takes a seat")
        parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same judgments")
        parser.add_argument("--url", help="address of the site (default: the running `make run`)")
        parser.add_argument(
            "--qualities", type=Path, help="YAML: system: logit, and briefs: {brief: {system: logit}}"
        )
        parser.add_argument(
            "--careless",
            action="append",
            default=[],
            metavar="KIND=N",
            help=f"make N raters careless; KIND is one of {', '.join(CARELESS)}; can be repeated",
        )
        parser.add_argument("--slow", type=int, default=0, help="make this many raters slow readers")
        parser.add_argument(
            "--resume", action="store_true", help="also continue with simulated raters who were interrupted"
        )
        parser.add_argument("--accepted", type=Path, help="append a line of JSON for each accepted judgment")
        parser.add_argument(
            "--at-once", type=int, default=AT_ONCE, help=f"raters at once (default: {AT_ONCE})"
        )
        parser.add_argument(
            "--direct",
            type=int,
            default=0,
            metavar="PROCESSES",
            help="judge in this many processes without HTTP, which is much faster",
        )
        parser.add_argument(
            "--longest",
            type=float,
            default=LONGEST_S,
            help=f"stop after this many seconds (default: {LONGEST_S:.0f})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        least = 0 if options["resume"] else 1
        if options["raters"] < least or options["at_once"] < 1:
            raise CommandError(
                "error: --raters or --at-once is below 1. Fix: give 1 or more.",
                returncode=WRONG_USAGE,
            )
        if options["direct"] and options["accepted"]:
            raise CommandError(
                "error: --accepted excludes --direct. Fix: remove one.",
                returncode=WRONG_USAGE,
            )
        manners = _manners(options["careless"], options["slow"])
        if sum(manners.values()) > options["raters"]:
            raise CommandError(
                "error: more careless and slow raters than raters. Fix: raise --raters.",
                returncode=WRONG_USAGE,
            )
        study = self.study(options["study"])
        qualities = self._qualities(options["qualities"], study)
        with _shown(study.slug, options["verbosity"]) as tell, _told():
            done = simulate(
                SimulationOrder(
                    study=study,
                    raters=options["raters"],
                    seed=options["seed"],
                    url="" if options["direct"] else options["url"] or _running_url(),
                    qualities=qualities,
                    resume=options["resume"],
                    accepted=options["accepted"],
                    at_once=options["at_once"],
                    longest=options["longest"],
                    manners=manners,
                    tell=tell,
                    direct=options["direct"],
                )
            )
        self.stdout.write(
            f"{done.raters} simulated raters judged {done.assignments} pairs of study {study.slug} "
            f"in {done.seconds:.1f} s."
        )
        for manner, codes in done.manners.items():
            self.stdout.write(f"{manner}: {' '.join(codes)}")

    def _qualities(self, path: Path | None, study: Study) -> Qualities | None:
        if path is None:
            return None
        found = read_qualities(path, study.spec)
        for brief in found.strangers:
            self.stderr.write(f"{path}: warning: study {study.slug} has no brief {brief}; ignored.")
        return found


def _manners(careless: list[str], slow: int) -> dict[str, int]:
    """How many by manner, from `random=2` and the like."""
    found = {SLOW: slow} if slow > 0 else {}
    for given in careless:
        kind, _, count = given.partition("=")
        if kind not in CARELESS or not count.isdecimal() or not int(count):
            raise CommandError(
                f"error: --careless {given!r} is invalid. Fix: write KIND=N; KIND is {', '.join(CARELESS)}.",
                returncode=WRONG_USAGE,
            )
        found[kind] = found.get(kind, 0) + int(count)
    return found


@contextmanager
def _told() -> Iterator[None]:
    """Turn an interruption into one line with its exit code."""
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError("error: interrupted. Fix: add --resume.", returncode=INTERRUPTED) from None


def _running_url() -> str:
    if url := running_url():
        return url
    links = settings.VAR_DIR / "run" / "links.json"
    raise ServiceMissing(f"no site is running here ({links}). Fix: start it with `make run`, or give --url.")


@contextmanager
def _shown(name: str, verbosity: int) -> Iterator[Callable[[int, int], None]]:
    """Progress on a terminal; elsewhere silence."""
    console = Console(stderr=True)
    if not console.is_terminal or verbosity < 1:
        yield lambda done, of: None
        return
    columns = (TextColumn(f"Judging {name}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(name, total=None)
        yield lambda done, of: progress.update(bar, completed=done, total=of)
