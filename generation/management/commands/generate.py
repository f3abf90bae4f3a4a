import time
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evalsite.core.console import REFUSED, SERVICE_MISSING, WRONG_USAGE
from generation.backends import BackendError
from generation.backends.base import Denied, TooSlow, Unreachable
from generation.backends.openai import OpenAIBackend
from generation.faults import Fault, Faults
from generation.files import SLUG
from generation.management.console import GenerationCommand, briefs_of, spec_of
from generation.models import Attempt, Brief, Job, Run
from generation.pipelines import SystemSpec
from generation.services import address_of, plan_run, retry_failed
from generation.working import Worker

POLL_S = 1.0
PROBE_S = 10.0
"""How long a server is given to list its models."""


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

    def handle(self, *, system: list[str], brief: list[str], samples: int, **options: Any) -> None:
        if not 1 <= samples <= 1000:
            raise CommandError("--samples must be 1 to 1000.", returncode=WRONG_USAGE)
        specs, briefs = _specs_and_briefs(list(dict.fromkeys(system)), options["slugs"], brief)
        if not options["by_worker"]:
            _require_servers(specs, options["base_url"])
        planned = plan_run(
            specs=specs,
            briefs=briefs,
            samples=samples,
            seed=options["seed"],
            base_url=options["base_url"],
            wake=options["by_worker"],
        )
        run = planned.run
        self.stdout.write(
            f"Run {run.code}: {'planned' if planned.created else 'goes on'}, {_jobs(run.jobs.count())}."
        )
        if options["retry_failed"]:
            self.stdout.write(f"Trying again: {_jobs(retry_failed(run=run))} that failed.")
        if run.state == Run.State.PAUSED:
            raise CommandError(
                f"error: run {run.code} is paused. Mend: let it go on at /generation/.", returncode=REFUSED
            )
        try:
            self._watch(run, by_worker=options["by_worker"])
        except KeyboardInterrupt:
            raise CommandError("Stopped. The same command goes on from here.", returncode=REFUSED) from None
        self._report(run)

    def _watch(self, run: Run, *, by_worker: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            bar = progress.add_task("scripts", total=run.jobs.count())

            def show(wait: float = 0.0) -> None:
                ended = run.jobs.filter(state__in=[Job.State.DONE, Job.State.FAILED]).count()
                progress.update(bar, completed=ended, description=f"scripts{_trouble(run, wait)}")

            show()
            while Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                wait = POLL_S if by_worker else Worker(run).work(on_change=show).wait_s
                show(wait or 0.0)
                if Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                    time.sleep(POLL_S if wait is None else min(wait + 0.05, 30.0))

    def _report(self, run: Run) -> None:
        jobs = run.jobs.select_related("system", "brief")
        for job in jobs.filter(state=Job.State.FAILED):
            self.stderr.write(f"{job.brief.slug}/{job.system.slug}/{job.sample}: failed: {job.error}")
        done = jobs.filter(state=Job.State.DONE).count()
        self.stdout.write(f"{done} of {_jobs(jobs.count())} done.")
        if done < jobs.count():
            raise CommandError(f"error: jobs without a script: {jobs.count() - done}.", returncode=REFUSED)


def _jobs(count: int) -> str:
    return f"{count} job" if count == 1 else f"{count} jobs"


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
    keys = {address_of(spec, base_url): spec.backend.key_env for spec in specs}
    for address, key_env in keys.items():
        if not address:
            continue
        backend = OpenAIBackend(address, key_env=key_env, timeout=PROBE_S)
        try:
            backend.models()
        except (Unreachable, TooSlow, Denied) as error:
            mend = "start the server, or name another address with --base-url"
            raise CommandError(f"error: {error}. Mend: {mend}.", returncode=SERVICE_MISSING) from None
        except BackendError:
            pass  # It answers; whether it can do what is asked shows with the first request.
        finally:
            backend.close()


def _trouble(run: Run, wait: float) -> str:
    """How many requests brought no answer so far and why the last one did not; the empty string if none."""
    failed = Attempt.objects.filter(
        job__run=run, outcome__in=[Attempt.Outcome.ERROR, Attempt.Outcome.LOST]
    ).order_by("pk")
    last = failed.last()
    if last is None:
        return ""
    soon = f"; next try in {wait:.0f} s" if wait >= 1 else ""
    return f" ({failed.count()} without an answer, the last: {last.reason[:80]}{soon})"
