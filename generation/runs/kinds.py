"""Kinds of runs: what another app adds to planning, doing and showing runs.

    class SynthesisRuns(RunKind): ...
    register(Run.Kind.SYNTHESIZE, "my_app.run_kind.SynthesisRuns")      # in AppConfig.ready()

    kind_of(run).contents(run, jobs)

Claiming, leases, attempts, budgets and pausing are the same for all kinds. A kind says what its jobs work on,
when blocked jobs may start, what follows a run, and what its pages show.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.module_loading import import_string

from evalsite.core.models import User
from generation.blinding import sealed_pairs
from generation.models import Job, Run


class RunKind:
    """Runs that write scripts for briefs; another kind overrides what differs."""

    job_relations: tuple[str, ...] = ("brief__series",)
    """Relations that say what a job works on: for `select_related`."""
    job_template = "generation/_brief_name.html"
    """Shows what a `job` works on, in the list of jobs."""
    waiting_template = ""
    """Shows what a run that has ended still waits for, if there is anything (see `waiting`)."""
    page_templates: tuple[str, ...] = ()
    """Parts of a run's page below its progress; their values come from `page`."""

    def contents(self, run: Run, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
        """Return what each job works on as plain data, by the job's key, for prompts and rules."""
        return {job.pk: job.brief.content() for job in jobs if job.brief is not None}

    def release_jobs(self, run: Run) -> int:
        """Let those blocked jobs wait for work that may start now, and return how many."""
        return 0

    def after_work(self, run: Run) -> None:
        """Do what follows when a worker leaves a run. May be called several times."""

    def hopeless_jobs(self, run: Run) -> Q:
        """Return which failed jobs would fail again, besides those whose answers were refused for good."""
        return Q(pk__in=())

    def blocked_jobs(self) -> Q:
        """Return which failed jobs are blocked, not waiting, when they try again."""
        return Q(pk__in=())

    def hidden_jobs(self, run: Run) -> set[int]:
        """Return the keys of jobs whose texts, errors and sizes are hidden while a study is blinded."""
        pairs = set(run.jobs.order_by().values_list("brief__slug", "system__slug").distinct())
        sealed = sealed_pairs(pairs)
        if not sealed:
            return set()
        jobs = run.jobs.filter(brief__slug__in={brief for brief, _ in sealed}).order_by()
        rows = jobs.values_list("pk", "brief__slug", "system__slug")
        return {key for key, brief, system in rows if (brief, system) in sealed}

    def waiting(self, run: Run) -> Any:
        """Return what an ended run still waits for; None where nothing is left to do."""
        return None

    def page(self, run: Run, user: User, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of `page_templates`."""
        return {}


_paths = {Run.Kind.GENERATE.value: f"{__name__}.RunKind"}


def register(name: str, path: str) -> None:
    """Add a kind of run: the dotted path of its class, which is imported when a run asks for it."""
    _paths[name] = path


def kind_of(run: Run) -> RunKind:
    kind: RunKind = import_string(_paths[run.kind])()
    return kind
