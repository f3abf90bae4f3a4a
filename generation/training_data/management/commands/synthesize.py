from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from evalsite.core.errors import InputError, InputErrors
from generation.management.console import team_of
from generation.management.running import RunCommand, jobs_said, refuse_numbers, require_servers
from generation.models import Job, Run
from generation.runs.progress import progress_of
from generation.runs.services import Limits, require_addresses
from generation.runs.spending import MILLION, Prices, money, prices_of
from generation.training_data.corpus.services import import_folder
from generation.training_data.datasets.building import build
from generation.training_data.datasets.filtering import balanced, filter_run
from generation.training_data.datasets.splitting import unsplit_in, unsplit_said
from generation.training_data.datasets.steps import Funnel
from generation.training_data.models import Work
from generation.training_data.synthesis.choosing import Plan, works_of
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.estimating import estimate_of
from generation.training_data.synthesis.job_contents import SOURCE
from generation.training_data.synthesis.planning import plan_of, plan_synthesis
from generation.training_data.synthesis.recipe import Recipe, find_recipe


class Command(RunCommand):
    working_on = "scenes"
    help = (
        "Make training data of finished screenplays: import a folder, take its scenes apart, let a teacher "
        "tell them as prose, filter, and build a dataset. Given again with the same settings it goes on "
        "where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            metavar="FOLDER",
            help="folder with corpus.yaml; imported first (only read with --estimate)",
        )
        parser.add_argument(
            "--works", nargs="+", default=[], metavar="SLUG", help="works (default: the folder's, or all)"
        )
        parser.add_argument(
            "--recipe",
            default="dsr-data",
            metavar="NAME",
            help="shipped recipe or YAML file (default: dsr-data)",
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="seed; another seed makes another run (default: 1)"
        )
        parser.add_argument(
            "--base-url", default="", metavar="URL", help="OpenAI-compatible address, for all stages"
        )
        parser.add_argument(
            "--dataset", default="", metavar="NAME", help="build a dataset from the scenes that pass"
        )
        parser.add_argument(
            "--without-reviews",
            action="store_true",
            help="build it before the review is finished; the card says so",
        )
        self.add_run_arguments(parser)

    def handle(self, *, folder: Path | None, works: list[str], **options: Any) -> None:
        refuse_numbers(options)
        team = team_of(options)
        recipe = find_recipe(options["recipe"])
        prices = prices_of(recipe.specs, options["price_in"], options["price_out"])
        require_addresses(list(recipe.specs), options["base_url"])
        if options["estimate"]:
            self._estimate(recipe, folder, works, prices, options["seed"], team)
            if not options["by_worker"]:
                require_servers(list(recipe.specs), options["base_url"])
            return
        if folder is not None:
            works = self._imported(folder, works, "imported", team)
        chosen = _works(works, team)
        if not options["by_worker"]:
            require_servers(list(recipe.specs), options["base_url"])
        limits = Limits(options["limit_tokens"], options["limit_cost"])
        planned = plan_synthesis(
            recipe=recipe,
            works=chosen,
            seed=options["seed"],
            base_url=options["base_url"],
            wake=options["by_worker"],
            limits=limits,
            prices=prices,
        )
        run = planned.run
        how = "planned" if planned.created else "goes on"
        self.stdout.write(f"Run {run.code}: {how}, {jobs_said(run.jobs.count())}.")
        run = self.moved(run, limits, planned.created, options)
        self.watch(run, by_worker=options["by_worker"])
        self._report(run)
        self._show(filter_run(run))
        if options["dataset"]:
            built = build(run, options["dataset"], without_reviews=options["without_reviews"])
            how = "built" if built.created else "already exists"
            dataset = built.dataset
            self.stdout.write(f"Dataset {dataset}: {how}, {dataset.examples.count()} examples.")
            self.stdout.write(f"Digest {dataset.digest}.")
            if built.twin:
                self.stdout.write(f"It is identical to {built.twin}: same examples, splits and recipe.")
            if unsplit := unsplit_said(unsplit_in(dataset)):
                self.stderr.write(f"note: {unsplit}")

    def _estimate(
        self, recipe: Recipe, folder: Path | None, works: list[str], prices: Prices, seed: int, team: int
    ) -> None:
        """What a run would be. A folder is read as an import would, and nothing of it is kept."""
        with transaction.atomic():
            if folder is not None:
                works = self._imported(folder, works, "would be imported", team)
            self._tell(recipe, plan_of(recipe, _works(works, team)), prices, seed)
            transaction.set_rollback(True)

    def _tell(self, recipe: Recipe, plan: Plan, prices: Prices, seed: int) -> None:
        """Jobs, what is left out and why, tokens and cost."""
        told = estimate_of(recipe, plan, prices)
        people, scenes = sum(map(len, plan.people.values())), len(plan.worked_on)
        self.stdout.write(
            f"Jobs: {told.jobs:,}, of these profiles of people {people:,}, "
            f"scenes {scenes:,} of {len(plan.scenes):,}."
        )
        for reason, count in Counter(each.left_out for each in plan.scenes if each.left_out).most_common():
            self.stdout.write(f"Scenes left out: {count:,} ({reason}).")
        left = balanced(plan.worked_on, recipe.filter, seed)
        if left < scenes:
            self.stdout.write(
                f"Even if all pass, balance leaves {left:,} scenes of {scenes:,}: the recipe sets the shares."
            )
        self.tell(told)

    def _imported(self, folder: Path, works: list[str], how: str, team: int) -> list[str]:
        imported = import_folder(folder, team=team)
        for warning in imported.warnings:
            self.warn(warning)
        self.stdout.write(
            f"Works: {imported.works} {how}, {imported.known} known; scenes: {imported.scenes} new, "
            f"of which {imported.alike} nearly repeat another."
        )
        return works or list(imported.slugs)

    def _report(self, run: Run) -> None:
        """What was used, and which jobs failed: their scenes fall out in the funnel."""
        run.refresh_from_db()
        failed = run.jobs.filter(state=Job.State.FAILED).select_related("system", *SOURCE)
        hidden = hidden_jobs(run)
        for job in failed:
            why = "a blind study uses it, so the reason is hidden."
            self.stderr.write(f"{job.about}: failed: {why if job.pk in hidden else job.error}")
        now = progress_of(run)
        total = now.sums.total
        cost = f", cost {money(total.cost / MILLION)}" if total.cost else ""
        self.stdout.write(f"Tokens used: {total.tokens:,}{cost}.")
        self.stdout.write(f"{now.done} of {jobs_said(now.jobs)} done.")
        self.require_not_paused(run)

    def _show(self, funnel: Funnel) -> None:
        """The funnel as lines: step, in, out, and why the others fell."""
        for step in funnel.steps:
            self.stdout.write(f"{step.step:<10} {step.count_in:>7,} in {step.count_out:>7,} out  {step.rule}")
            for reason, count in sorted(step.rejected.items(), key=lambda each: (-each[1], each[0])):
                self.stdout.write(f"{'':<10} {count:>7,} {reason}")


def _works(slugs: list[str], team: int) -> list[Work]:
    """The works of a team that are named, or all. Raises `InputErrors` where one is not there."""
    works = works_of(slugs, team)
    known = {work.slug for work in works}
    faults = [
        InputError(slug, 1, 1, "there is no work with this slug.", "import it, or choose another.")
        for slug in slugs
        if slug not in known
    ]
    if not works and not slugs:
        fix = "give a folder with corpus.yaml, for example `synthesize examples/corpus`."
        faults = [InputError("the corpus", 1, 1, "no works have been imported yet.", fix)]
    if faults:
        raise InputErrors(faults)
    return works
