from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError, CommandParser

from evalsite.core.console import REFUSED, WRONG_USAGE
from evalsite.core.errors import InputError, InputErrors
from generation.management.console import briefs_of, spec_of, team_of
from generation.management.running import RunCommand, jobs_said, refuse_numbers, require_servers
from generation.models import Brief, Job, Run
from generation.pipelines import SystemSpec
from generation.runs.progress import progress_of
from generation.runs.services import Limits, plan_run
from generation.runs.spending import MILLION, estimate, money, prices_of
from generation.yaml_files import SLUG

NAMED = 10
"""How many jobs a line names."""


class Command(RunCommand):
    working_on = "scripts"
    help = (
        "Generate scripts for briefs, in this terminal or with the workers. "
        "The same command continues an unfinished run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--system", nargs="+", required=True, metavar="NAME", help="included system, YAML file or slug"
        )
        parser.add_argument(
            "--as", nargs="+", dest="slugs", metavar="SLUG", help="slugs for the systems, in order"
        )
        parser.add_argument("--brief", nargs="+", required=True, metavar="SLUG", help="slugs, or `all`")
        parser.add_argument("--samples", type=int, default=1, metavar="N")
        parser.add_argument(
            "--seed", type=int, default=1, help="a different seed makes a new run (default 1)"
        )
        parser.add_argument(
            "--base-url", default="", metavar="URL", help="OpenAI-compatible address for all systems"
        )
        self.add_run_arguments(parser)
        parser.add_argument(
            "--mix-adapters",
            action="store_true",
            help="mix models in one batch; the address must have passed check_backend",
        )

    def handle(self, *, system: list[str], brief: list[str], samples: int, **options: Any) -> None:
        _refuse_numbers(samples, options)
        team = team_of(options)
        specs, briefs = _specs_and_briefs(list(dict.fromkeys(system)), options["slugs"], brief, team)
        prices = prices_of(specs, options["price_in"], options["price_out"])
        if options["estimate"]:
            self.tell(estimate(specs, briefs, samples, prices))
            return
        if not options["by_worker"]:
            require_servers(specs, options["base_url"])
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
            team=team,
        )
        run = planned.run
        self.stdout.write(
            f"Run {run.code}: {'started' if planned.created else 'continues'}, {jobs_said(run.jobs.count())}."
        )
        if planned.created:
            self.tell(estimate(specs, briefs, samples, prices))
        elif prices != run.prices:
            self.stdout.write("note: the run keeps its original prices.")
        run = self.moved(run, limits, planned.created, options)
        try:
            self.watch(run, by_worker=options["by_worker"])
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run the same command to continue.", returncode=REFUSED) from None
        self._report(run)

    def _report(self, run: Run) -> None:
        run.refresh_from_db()
        jobs = run.jobs.select_related("system", "brief")
        for line in _failures(jobs.filter(state=Job.State.FAILED)):
            self.stderr.write(line)
        now = progress_of(run)
        cost = f", cost {money(now.sums.total.cost / MILLION)}" if now.sums.total.cost else ""
        lost = f", {now.sums.reserved.tokens:,} of them estimated" if now.sums.reserved.tokens else ""
        self.stdout.write(f"Tokens used: {now.sums.total.tokens:,}{lost}{cost}.")
        self.stdout.write(f"{now.done} of {jobs_said(now.jobs)} done.")
        self.require_not_paused(run)
        if now.done < now.jobs:
            raise CommandError(f"error: jobs without a script: {now.jobs - now.done}.", returncode=REFUSED)


def _failures(jobs: Iterable[Job]) -> Iterator[str]:
    """A line for each reason why jobs of a system failed: a wrong key says the same of all of them."""
    names: dict[tuple[str, str], list[str]] = {}
    for job in jobs:
        name = f"{job.about}/{job.system.slug}/{job.sample}"
        names.setdefault((job.system.slug, job.error), []).append(name)
    for (_, error), failed in names.items():
        more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        yield f"{', '.join(failed[:NAMED])}{more}: failed: {error}"


def _refuse_numbers(samples: int, options: dict[str, Any]) -> None:
    if not 1 <= samples <= 1000:
        raise CommandError("--samples must be 1 to 1000.", returncode=WRONG_USAGE)
    refuse_numbers(options)


def _specs_and_briefs(
    systems: list[str], slugs: list[str] | None, briefs: list[str], team: int
) -> tuple[list[SystemSpec], list[Brief]]:
    """What is named on the command line. Raises `InputErrors` with all that leads nowhere."""
    if slugs and len(set(slugs)) != len(systems):
        counts = f"{len(set(slugs))} slugs for {len(systems)} systems"
        message = f"error: --as has {counts}. Fix: give one slug per system."
        raise CommandError(message, returncode=WRONG_USAGE)
    specs, found, faults = list[SystemSpec](), list[Brief](), list[InputError]()
    for name, slug in zip(systems, slugs or systems, strict=True):
        try:
            spec = spec_of(name, team)
        except InputErrors as refused:
            faults += refused.errors
            continue
        if slugs and not SLUG.match(slug):
            faults.append(
                InputError(
                    slug,
                    1,
                    1,
                    "this isn't a valid slug.",
                    "use lower-case letters, digits and single hyphens.",
                )
            )
        specs.append(replace(spec, slug=slug) if slugs else spec)
    try:
        found = briefs_of(briefs, team)
    except InputErrors as refused:
        faults += refused.errors
    if faults:
        raise InputErrors(faults)
    return specs, found
