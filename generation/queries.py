"""Questions to the database that pages and commands ask about runs."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from generation.models import Attempt, Brief, Job, Run, Script, System

_COUNTS: dict[str, Any] = {
    state: Count("jobs", filter=Q(jobs__state=state)) for state in ("waiting", "claimed", "done", "failed")
}


def runs_with_counts() -> QuerySet[Run]:
    """Runs, newest first, with how many of their jobs stand in each state, and how many there are."""
    runs = Run.objects.select_related("created_by").annotate(total=Count("jobs"), **_COUNTS)
    return runs.order_by("-created_at", "-pk")


def systems_with_counts() -> QuerySet[System]:
    return System.objects.annotate(written=Count("scripts", distinct=True)).order_by("slug")


def briefs_with_counts() -> QuerySet[Brief]:
    briefs = Brief.objects.select_related("series").annotate(written=Count("scripts", distinct=True))
    return briefs.order_by("series__slug", "order", "slug")


def jobs_of(run: Run) -> QuerySet[Job]:
    """A run's jobs with how often they asked: the failed ones first, then in order."""
    asked = Count("attempts")
    refused = Count("attempts", filter=Q(attempts__outcome=Attempt.Outcome.REFUSED))
    failed = Count("attempts", filter=Q(attempts__outcome__in=[Attempt.Outcome.ERROR, Attempt.Outcome.LOST]))
    jobs = run.jobs.select_related("system", "brief").annotate(asked=asked, refused=refused, broken=failed)
    failed_first = Case(When(state=Job.State.FAILED, then=0), default=1, output_field=IntegerField())
    return jobs.order_by(failed_first, "pk")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has asked for: the sum over its attempts, kept and refused alike."""

    attempts: int
    refused: int
    failed: int
    prompt_tokens: int
    completion_tokens: int


def spent(run: Run) -> Spent:
    """The budget of a run so far. Tokens are what servers reported; a lost answer's are not known."""
    attempts = Attempt.objects.filter(job__run=run)
    tokens = {
        name: Coalesce(Sum(Cast(KT(f"answer__usage__{name}"), IntegerField())), 0)
        for name in ("prompt_tokens", "completion_tokens")
    }
    refused = Count("pk", filter=Q(outcome=Attempt.Outcome.REFUSED))
    failed = Count("pk", filter=Q(outcome__in=[Attempt.Outcome.ERROR, Attempt.Outcome.LOST]))
    return Spent(**attempts.aggregate(attempts=Count("pk"), refused=refused, failed=failed, **tokens))


def script_facts(system: str, digests: Collection[str], briefs: Collection[str]) -> dict[str, int]:
    """How the scripts of a system with these digests came about, for these briefs (slugs).

    `scripts` and `redraws` (answers refused before these scripts); where runs wrote them, over these runs
    `refusals` (answers refused, also before other samples) and `failures` (jobs that ended without a script);
    `writers` where their codes were given.
    """
    found = Script.objects.filter(system__slug=system, digest__in=digests, brief__slug__in=briefs)
    facts = found.aggregate(scripts=Count("pk"), drawn=Coalesce(Sum("redraws"), 0))
    told: dict[str, int] = {"scripts": facts["scripts"]}
    runs = found.filter(job__isnull=False).values_list("job__run", flat=True)
    if runs:
        jobs = Job.objects.filter(run__in=set(runs), system__slug=system, brief__slug__in=briefs)
        refused = Attempt.objects.filter(job__in=jobs, outcome=Attempt.Outcome.REFUSED)
        told["redraws"] = facts["drawn"]
        told["failures"] = jobs.filter(state=Job.State.FAILED).count()
        told["refusals"] = refused.count()
    writers = found.exclude(writer="").values_list("writer", flat=True)
    if writers:
        told["writers"] = len(set(writers))
    return told
