import time
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evalsite.core.console import REFUSED, SERVICE_MISSING, WRONG_USAGE
from generation.faults import Fault, Faults
from generation.files import SLUG
from generation.management.console import GenerationCommand, briefs_of, spec_of
from generation.models import Attempt, Brief, Job, Run
from generation.pipelines import SystemSpec
from generation.runs.new_servers import ask_servers
from generation.runs.progress import Progress as RunProgress
from generation.runs.progress import progress_of
from generation.runs.services import Limits, change_run, plan_run, retry_failed, set_limits
from generation.runs.spending import MILLION, Estimate, estimate, prices_of
from generation.runs.working import Worker

POLL_S = 1.0


class Command(GenerationCommand):
    help = (
        "Let systems write scripts for briefs, here in the terminal or by the workers. "
        "Given again with the same settings it goes on where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--system", nargs="+", required=True, metavar="NAME", help="shipped name, YAML file or slug"
        )
        parser.add_argument(
            "--as", nargs="+", dest="slugs", metavar="SLUG", help="slugs to store the systems under, in order"
        )
        parser.add_argument("--brief", nargs="+", required=True, metavar="SLUG", help="slugs, or `all`")
        parser.add_argument("--samples", type=int, default=1, metavar="N")
        parser.add_argument("--seed", type=int, default=1, help="another seed makes another run (default 1)")
        parser.add_argument(
            "--base-url", default="", metavar="URL", help="OpenAI-compatible address, for all systems"
        )
        parser.add_argument("--by-worker", action="store_true", help="leave the work to Celery and watch")
        parser.add_argument(
            "--retry-failed", action="store_true", help="let failed jobs of this run try again"
        )
        parser.add_argument("--go-on", action="store_true", help="let this run go on if it is paused")
        parser.add_argument(
            "--limit-tokens",
            type=int,
            metavar="N",
            help="pause before more tokens are used; given again: raise",
        )
        parser.add_argument(
            "--limit-cost",
            type=float,
            metavar="AMOUNT",
            help="pause before it costs more; given again: raise",
        )
        parser.add_argument(
            "--price-in",
            type=float,
            metavar="P",
            help="per million tokens sent, in place of the systems' own",
        )
        parser.add_argument(
            "--price-out", type=float, metavar="P", help="per million tokens answered, in place of their own"
        )
        parser.add_argument("--estimate", action="store_true", help="tell tokens and cost, and plan nothing")
        parser.add_argument(
            "--mix-adapters",
            action="store_true",
            help="several models in one batch; the address must have passed check_backend",
        )

    def handle(self, *, system: list[str], brief: list[str], samples: int, **options: Any) -> None:
        _refuse_numbers(samples, options)
        specs, briefs = _specs_and_briefs(list(dict.fromkeys(system)), options["slugs"], brief)
        prices = prices_of(specs, options["price_in"], options["price_out"])
        if options["estimate"]:
            self._tell(estimate(specs, briefs, samples, prices))
            return
        if not options["by_worker"]:
            _require_servers(specs, options["base_url"])
        limits = Limits(options["limit_tokens"], options["limit_cost"])
        planned = plan_run(
            specs=specs,
            briefs=briefs,
            samples=samples,
            seed=options["seed"],
            base_url=options["base_url"],
            wake=options["by_worker"],
            limits=limits,
            prices=prices,
            mix_adapters=options["mix_adapters"],
        )
        run = planned.run
        self.stdout.write(
            f"Run {run.code}: {'planned' if planned.created else 'goes on'}, {_jobs(run.jobs.count())}."
        )
        if planned.created:
            self._tell(estimate(specs, briefs, samples, prices))
        elif prices != run.prices:
            self.stdout.write("note: it keeps the prices that it was planned with.")
        run = self._moved(run, limits, planned.created, options)
        try:
            self._watch(run, by_worker=options["by_worker"])
        except KeyboardInterrupt:
            raise CommandError("Stopped. The same command goes on from here.", returncode=REFUSED) from None
        self._report(run)

    def _tell(self, told: Estimate) -> None:
        for name, use in (("expected", told.expected), ("at most, without refusals", told.most)):
            cost = f", cost {use.cost / MILLION:,.2f}" if use.cost else ""
            self.stdout.write(f"Tokens {name}: {use.prompt:,} in, {use.completion:,} out{cost}.")

    def _moved(self, run: Run, limits: Limits, created: bool, options: dict[str, Any]) -> Run:
        """The run after all that the options ask to be done with it."""
        if not created and limits != Limits() and run.state not in (Run.State.DONE, Run.State.CANCELLED):
            run = set_limits(run=run, limits=limits)
        if options["retry_failed"]:
            self.stdout.write(f"Trying again: {_jobs(retry_failed(run=run))} that failed.")
        if run.state == Run.State.PAUSED:
            if not options["go_on"]:
                why = f" ({run.pause_reason})" if run.pause_reason else ""
                mend = (
                    "raise its limit"
                    if run.paused_at_limit
                    else "add --go-on, or let it go on at /generation/"
                )
                raise CommandError(f"error: run {run.code} is paused{why}. Mend: {mend}.", returncode=REFUSED)
            run = change_run(run=run, state="active")
        return run

    def _watch(self, run: Run, *, by_worker: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            bar = progress.add_task("scripts", total=run.jobs.count())
            shown_at = 0.0

            def show(wait: float = 0.0, *, at_once: bool = False) -> None:
                nonlocal shown_at
                if at_once or time.monotonic() - shown_at >= POLL_S:
                    shown_at = time.monotonic()
                    now = progress_of(run)
                    described = f"scripts{_speed(now)}{_trouble(run, wait)}"
                    progress.update(bar, completed=now.ended, description=described)

            show(at_once=True)
            while Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                wait = POLL_S if by_worker else Worker(run).work(on_change=show).wait_s
                show(wait or 0.0, at_once=True)
                if Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                    time.sleep(POLL_S if wait is None else min(wait + 0.05, 30.0))

    def _report(self, run: Run) -> None:
        run.refresh_from_db()
        jobs = run.jobs.select_related("system", "brief", "scene__work", "person__series")
        for job in jobs.filter(state=Job.State.FAILED):
            self.stderr.write(f"{job.about}/{job.system.slug}/{job.sample}: failed: {job.error}")
        now = progress_of(run)
        cost = f", cost {now.sums.total.cost / MILLION:,.2f}" if now.sums.total.cost else ""
        lost = f", {now.sums.reserved.tokens:,} of them estimated" if now.sums.reserved.tokens else ""
        self.stdout.write(f"Tokens used: {now.sums.total.tokens:,}{lost}{cost}.")
        self.stdout.write(f"{now.done} of {_jobs(now.jobs)} done.")
        if run.state == Run.State.PAUSED:
            why = run.pause_reason or "it was paused"
            raise CommandError(f"error: run {run.code} stopped: {why}.", returncode=REFUSED)
        if now.done < now.jobs:
            raise CommandError(f"error: jobs without a script: {now.jobs - now.done}.", returncode=REFUSED)


def _jobs(count: int) -> str:
    return f"{count} job" if count == 1 else f"{count} jobs"


def _refuse_numbers(samples: int, options: dict[str, Any]) -> None:
    if not 1 <= samples <= 1000:
        raise CommandError("--samples must be 1 to 1000.", returncode=WRONG_USAGE)
    for name in ("limit_tokens", "limit_cost", "price_in", "price_out"):
        if options[name] is not None and not 0 <= options[name] < 1e12:
            message = f"--{name.replace('_', '-')} must be 0 or more, and a number that can be kept."
            raise CommandError(message, returncode=WRONG_USAGE)


def _specs_and_briefs(
    systems: list[str], slugs: list[str] | None, briefs: list[str]
) -> tuple[list[SystemSpec], list[Brief]]:
    """What is named on the command line. Raises `Faults` with all that leads nowhere."""
    if slugs and len(set(slugs)) != len(systems):
        message = (
            f"error: --as names {len(set(slugs))} slugs, --system {len(systems)}. Mend: one for each system."
        )
        raise CommandError(message, returncode=WRONG_USAGE)
    specs, found, faults = list[SystemSpec](), list[Brief](), list[Fault]()
    for name, slug in zip(systems, slugs or systems, strict=True):
        try:
            spec = spec_of(name)
        except Faults as refused:
            faults += refused.faults
            continue
        if slugs and not SLUG.match(slug):
            faults.append(Fault(slug, 1, 1, "this is no slug.", "use a to z, 0 to 9 and single hyphens."))
        specs.append(replace(spec, slug=slug) if slugs else spec)
    try:
        found = briefs_of(briefs)
    except Faults as refused:
        faults += refused.faults
    if faults:
        raise Faults(faults)
    return specs, found


def _require_servers(specs: list[SystemSpec], base_url: str) -> None:
    """Ask each address for its models before anything is planned: one that is not there is told at once."""
    for asked in ask_servers(specs, base_url):
        if asked.error:
            mend = "start the server, or name another address with --base-url"
            if asked.lacks_key:
                mend = f"export {asked.key_env} here, or leave the work to workers that have it (--by-worker)"
            raise CommandError(f"error: {asked.error}. Mend: {mend}.", returncode=SERVICE_MISSING)


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
    return f" ({failed.count()} without an answer, the last: {last.reason[:80]}{soon})"
