import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from generation.management.console import REFUSED, GenerationCommand, briefs_of, spec_of
from generation.models import Job, Run
from generation.services import plan_run, retry_failed
from generation.working import Worker

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
            raise CommandError("--samples must be 1 to 1000.", returncode=2)
        planned = plan_run(
            specs=[spec_of(name) for name in dict.fromkeys(system)],
            briefs=briefs_of(brief),
            samples=samples,
            seed=options["seed"],
            base_url=options["base_url"],
            wake=options["by_worker"],
        )
        run = planned.run
        self.stdout.write(
            f"Run {run.code}: {'planned' if planned.created else 'goes on'}, {run.jobs.count()} jobs."
        )
        if options["retry_failed"]:
            self.stdout.write(f"{retry_failed(run=run)} failed jobs try again.")
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

            def show() -> None:
                ended = run.jobs.filter(state__in=[Job.State.DONE, Job.State.FAILED]).count()
                progress.update(bar, completed=ended)

            show()
            while Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                wait = POLL_S if by_worker else Worker(run).work(on_change=show).wait_s
                show()
                if Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).exists():
                    time.sleep(POLL_S if wait is None else min(wait + 0.05, 30.0))

    def _report(self, run: Run) -> None:
        jobs = run.jobs.select_related("system", "brief")
        for job in jobs.filter(state=Job.State.FAILED):
            self.stderr.write(f"{job.brief.slug}/{job.system.slug}/{job.sample}: failed: {job.error}")
        done = jobs.filter(state=Job.State.DONE).count()
        self.stdout.write(f"{done} of {jobs.count()} jobs done.")
        if done < jobs.count():
            raise CommandError(f"error: jobs without a script: {jobs.count() - done}.", returncode=REFUSED)
