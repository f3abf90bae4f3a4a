from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from evalsite.core.console import WRONG_USAGE
from generation.management.console import team_of
from generation.management.running import RunCommand, jobs_said, refuse_numbers, require_servers
from generation.runs.progress import progress_of
from generation.runs.services import Limits, require_addresses
from generation.runs.spending import prices_of
from generation.training_data.corpus.services import import_folder
from generation.training_data.synthesis.briefs import HUMAN, store_reconstructed
from generation.training_data.synthesis.choosing import works_of
from generation.training_data.synthesis.estimating import estimate_of
from generation.training_data.synthesis.planning import plan_of, plan_synthesis
from generation.training_data.synthesis.recipe import find_recipe


class Command(RunCommand):
    working_on = "scenes"
    help = (
        "Reconstruct briefs for a study from finished screenplays: import a folder, write the profiles, and "
        "the outline and previous context of each scene. The scenes become scripts by people for these "
        "briefs, and their series are held out from training. Run it again to continue."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder with corpus.yaml")
        parser.add_argument(
            "--writer",
            action="append",
            default=[],
            metavar="SERIES=CODE",
            help="code (not name) of the writer of a series; repeat for each series",
        )
        parser.add_argument("--system", default=HUMAN, metavar="SLUG", help=f"of the scripts ({HUMAN})")
        parser.add_argument(
            "--recipe",
            default="dsr-data",
            metavar="NAME",
            help="name or file of the recipe (default: dsr-data)",
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="seed; another seed makes another run (default: 1)"
        )
        parser.add_argument("--base-url", default="", metavar="URL", help="OpenAI-compatible address")
        self.add_run_arguments(parser)

    def handle(self, *, folder: Path, system: str, **options: Any) -> None:
        refuse_numbers(options)
        team = team_of(options)
        writers = _writers(options["writer"])
        recipe = find_recipe(options["recipe"]).for_briefs()
        prices = prices_of(recipe.specs, options["price_in"], options["price_out"])
        require_addresses(list(recipe.specs), options["base_url"])
        imported = import_folder(folder, team=team)
        for warning in imported.warnings:
            self.warn(warning)
        works = works_of(imported.slugs, team)
        if options["estimate"]:
            self.tell(estimate_of(recipe, plan_of(recipe, works), prices))
            return
        if not options["by_worker"]:
            require_servers(list(recipe.specs), options["base_url"])
        limits = Limits(options["limit_tokens"], options["limit_cost"])
        planned = plan_synthesis(
            recipe=recipe,
            works=works,
            seed=options["seed"],
            base_url=options["base_url"],
            wake=options["by_worker"],
            limits=limits,
            prices=prices,
        )
        run = self.moved(planned.run, limits, planned.created, options)
        self.watch(run, by_worker=options["by_worker"])
        run.refresh_from_db()
        now = progress_of(run)
        self.stdout.write(f"Run {run.code}: {now.done} of {jobs_said(now.jobs)} done.")
        self.require_not_paused(run)
        stored = store_reconstructed(run, writers=writers, system=system)
        self.stdout.write(
            f"Briefs: {len(stored.slugs)}, of these {stored.briefs} new; "
            f"new scripts of {system}: {stored.scripts}."
        )


def _writers(given: list[str]) -> dict[str, str]:
    found = dict(each.partition("=")[::2] for each in given)
    if wrong := [series for series, code in found.items() if not (series and code)]:
        raise CommandError(f"error: --writer {wrong[0]}. Fix: use SERIES=CODE.", returncode=WRONG_USAGE)
    return found
