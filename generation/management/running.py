"""What the commands that work on a run share: its options, its limits, watching it to its end."""

import time
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evalsite.core.console import REFUSED, SERVICE_MISSING, WRONG_USAGE
from generation.management.console import GenerationCommand, add_team_argument
from generation.models import Attempt, Run
from generation.pipelines import SystemSpec
from generation.runs.choices import ask_servers
from generation.runs.progress import Progress as RunProgress
from generation.runs.progress import progress_of
from generation.runs.services import Limits, change_run, counted, retry_failed, set_limits
from generation.runs.spending import MILLION, Estimate, money
from generation.runs.worker import Worker

POLL_S = 1.0


class RunCommand(GenerationCommand):
    """A command that plans a run and works on it. `working_on` names what its bar counts."""

    working_on = "jobs"

    def add_run_arguments(self, parser: CommandParser) -> None:
        add_team_argument(parser)
        parser.add_argument(
            "--by-worker", action="store_true", help="let Celery workers do the work, and watch"
        )
        parser.add_argument(
            "--retry-failed",
            action="store_true",
            help="retry failed jobs, except those that used up all attempts",
        )
        parser.add_argument("--go-on", action="store_true", help="resume the run if it is paused")
        parser.add_argument(
            "--limit-tokens",
            type=int,
            metavar="N",
            help="pause before more tokens are used; repeat with a higher value to raise it",
        )
        parser.add_argument(
            "--limit-cost",
            type=float,
            metavar="AMOUNT",
            help="pause before it costs more; repeat with a higher value to raise it",
        )
        parser.add_argument(
            "--price-in",
            type=float,
            metavar="P",
            help="input price per million tokens, instead of the systems' own",
        )
        parser.add_argument(
            "--price-out",
            type=float,
            metavar="P",
            help="output price per million tokens, instead of the systems' own",
        )
        parser.add_argument(
            "--estimate", action="store_true", help="print tokens and cost, and start nothing"
        )

    def tell(self, told: Estimate) -> None:
        for name, use in (("expected", told.expected), ("at most, without retries", told.most)):
            cost = f", cost {money(use.cost / MILLION)}" if use.cost else ""
            self.stdout.write(f"Tokens {name}: {use.prompt:,} in, {use.completion:,} out{cost}.")
        if not told.most.cost:
            self.stdout.write("Cost: unknown; set --price-in and --price-out.")

    def moved(self, run: Run, limits: Limits, created: bool, options: dict[str, Any]) -> Run:
        """The run after all that the options ask to be done with it."""
        if not created and limits != Limits() and run.state not in (Run.State.DONE, Run.State.CANCELLED):
            run = set_limits(run=run, limits=limits)
        if options["retry_failed"]:
            self._try_again(run)
        if run.state == Run.State.PAUSED:
            if not options["go_on"]:
                why = f" ({run.pause_reason})" if run.pause_reason else ""
                fix = (
                    "raise its limit" if run.paused_at_limit else "add --go-on, or resume it at /generation/"
                )
                raise CommandError(f"error: run {run.code} is paused{why}. Fix: {fix}.", returncode=REFUSED)
            run = change_run(run=run, state="active")
        return run

    def _try_again(self, run: Run) -> None:
        self.stdout.write(f"Retrying {jobs_said(retry_failed(run=run))} that failed.")
        if lost := counted(run)[1]:
            self.stdout.write(
                f"Not retried: {jobs_said(lost)} without attempts left (their own, or those of a profile). "
                "Try another seed, model or recipe."
            )

    def watch(self, run: Run, *, by_worker: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            bar = progress.add_task(self.working_on, total=run.jobs.count())
            shown_at = 0.0

            def show(wait: float = 0.0, *, at_once: bool = False) -> None:
                nonlocal shown_at
                if at_once or time.monotonic() - shown_at >= POLL_S:
                    shown_at = time.monotonic()
                    now = progress_of(run)
                    described = f"{self.working_on}{_speed(now)}{_trouble(run, wait)}"
                    progress.update(bar, completed=now.ended, description=described)

            show(at_once=True)
            while Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                wait = POLL_S if by_worker else Worker(run).work(on_change=show).wait_s
                show(wait or 0.0, at_once=True)
                if Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                    time.sleep(POLL_S if wait is None else min(wait + 0.05, 30.0))

    def require_not_paused(self, run: Run) -> None:
        """Say so where a run has stopped before its end."""
        if run.paused_at_limit:
            raise CommandError(
                f"paused: run {run.code} reached its limit: {run.pause_reason}. "
                "Fix: run the same command with a higher limit to continue.",
                returncode=REFUSED,
            )
        if run.state == Run.State.PAUSED:
            why = run.pause_reason or "it was paused"
            raise CommandError(f"error: run {run.code} stopped: {why}.", returncode=REFUSED)


def jobs_said(count: int) -> str:
    return f"{count} job" if count == 1 else f"{count} jobs"


def refuse_numbers(options: dict[str, Any]) -> None:
    """Refuse limits and prices below zero, or that cannot be kept."""
    for name in ("limit_tokens", "limit_cost", "price_in", "price_out"):
        if options[name] is not None and not 0 <= options[name] < 1e12:
            message = f"--{name.replace('_', '-')} must be 0 or more, and less than a trillion."
            raise CommandError(message, returncode=WRONG_USAGE)


def require_servers(specs: Sequence[SystemSpec], base_url: str) -> None:
    """Ask each address for its models before anything is planned: one that is not there is told at once."""
    for asked in ask_servers(specs, base_url):
        if asked.error:
            fix = "start the server, or use another address with --base-url"
            if asked.denied:
                fix = f"put a valid key into {asked.key_label or 'the variable that key_env names'}"
            if asked.lacks_key:
                fix = f"set {asked.key_label} here, or add --by-worker to use workers that have it"
            raise CommandError(f"error: {asked.error}. Fix: {fix}.", returncode=SERVICE_MISSING)


def _speed(now: RunProgress) -> str:
    """Tokens per second and the time that is left, once there is something to tell them from."""
    if not now.tokens_per_second:
        return ""
    left = f", about {now.left_s / 60:.0f} min left" if now.left_s and now.left_s >= 60 else ""
    return f" at {now.tokens_per_second:,.0f} tokens/s{left}"


def _trouble(run: Run, wait: float) -> str:
    """How many requests brought no answer so far and why the last one did not; the empty string if none."""
    failed = Attempt.objects.filter(run=run, outcome__in=[Attempt.Outcome.ERROR, Attempt.Outcome.LOST])
    last = failed.order_by("pk").last()
    if last is None:
        return ""
    soon = f"; next try in {wait:.0f} s" if wait >= 1 else ""
    return f" ({failed.count()} without an answer, last: {last.reason[:80]}{soon})"
