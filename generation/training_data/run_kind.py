"""Runs of synthesis, as `generation.runs` does and shows them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from evalsite.core.models import User
from generation.models import Job, Run
from generation.runs.kinds import RunKind
from generation.runs.requests import REFUSED_FOR_GOOD
from generation.training_data.datasets.filtering import Filtering, filtering_of, wake_filtering
from generation.training_data.pages.dataset_pages import run_context
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.job_contents import SOURCE, contents
from generation.training_data.synthesis.releasing import NO_PROFILE, lacking_in, schedule_ready_jobs


class SynthesisRuns(RunKind):
    """Runs that make training data: profiles of people first, then all stages for their scenes."""

    job_relations = SOURCE
    job_template = "training_data/synthesis/_source_name.html"
    waiting_template = "training_data/synthesis/_filtering.html"
    page_templates = ("training_data/synthesis/_next.html", "training_data/synthesis/_made.html")

    def contents(self, run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
        return contents(run, jobs)

    def release_jobs(self, run: Run) -> int:
        return schedule_ready_jobs(run)

    def after_work(self, run: Run) -> None:
        wake_filtering([run])

    def hopeless_jobs(self, run: Run) -> Q:
        """Scenes that wait for the profile of somebody whose answers were refused for good."""
        failed = run.jobs.filter(state=Job.State.FAILED).order_by()
        people: dict[int, set[str]] = defaultdict(set)
        profiles = failed.filter(error__code=REFUSED_FOR_GOOD, source__person__isnull=False)
        for series, name in profiles.values_list("source__person__series", "source__person__name"):
            people[series].add(name)
        scenes = failed.filter(error__code=NO_PROFILE, source__scene__work__series__in=people)
        rows = scenes.values_list("pk", "source__scene__work__series", "error")
        return Q(pk__in=[key for key, series, error in rows if people[series] & set(lacking_in(error))])

    def blocked_jobs(self) -> Q:
        """Scenes wait for profiles that may be tried again too."""
        return Q(source__scene__isnull=False)

    def hidden_jobs(self, run: Run) -> set[int]:
        return hidden_jobs(run)

    def waiting(self, run: Run) -> Filtering | None:
        return filtering_of(run)

    def page(self, run: Run, user: User, query: Mapping[str, str]) -> dict[str, Any]:
        return run_context(run, user, query)
