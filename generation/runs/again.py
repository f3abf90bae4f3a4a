"""Which failed jobs trying again can help.

    worth_trying(run)       # failed jobs whose requests failed, or that met something which can be mended
    counted(run)            # how many those are, and how many others

An answer that was refused counts for good: a job that was refused as often as its recipe allows would fail at
once. A kind of run may add others (`kinds.RunKind.hopeless_jobs`).
"""

from django.db.models import Q, QuerySet

from generation.models import Job, Run
from generation.runs.asking import REFUSED_FOR_GOOD
from generation.runs.kinds import kind_of


def worth_trying(run: Run) -> QuerySet[Job]:
    return run.jobs.filter(state=Job.State.FAILED).exclude(_hopeless(run))


def counted(run: Run) -> tuple[int, int]:
    """How many of a run's failed jobs are worth trying again, and how many were refused for good."""
    failed = run.jobs.filter(state=Job.State.FAILED)
    hopeless = failed.filter(_hopeless(run)).count()
    return failed.count() - hopeless, hopeless


def _hopeless(run: Run) -> Q:
    return Q(error__code=REFUSED_FOR_GOOD) | kind_of(run).hopeless_jobs(run)
