"""Letting scenes wait for work once all profiles of their series have been written, or have failed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import batched, groupby

from django.db.models import Case, Value, When
from django.db.models.functions import Now

from evalsite.core.reason_codes import Reason
from generation.models import Job, Run
from generation.training_data.models import JobSource
from generation.training_data.synthesis.corpus_index import build_corpus_indexes

NO_PROFILE = "no-profile"
"""The reason of a scene with a speaker whose profile has failed."""
_BATCH = 500
_UNFINISHED = (Job.State.WAITING, Job.State.CLAIMED)


def schedule_ready_jobs(run: Run) -> int:
    """Let blocked jobs wait whose series has no unfinished profile in this run, and say how many.

    Scenes of which a speaker's profile has failed are not worked on, for their briefs would lack it: they
    fail with that reason, and may be tried again together with the profile. Right whoever calls it and
    however often: workers do whenever they look for work.
    """
    if run.kind != Run.Kind.SYNTHESIZE:
        return 0
    blocked = Job.objects.filter(run=run, state=Job.State.BLOCKED)
    if not blocked.exists():
        return 0
    unfinished = Job.objects.filter(run=run, source__person__isnull=False, state__in=_UNFINISHED)
    series = set(unfinished.order_by().values_list("source__person__series", flat=True).distinct())
    free = blocked.exclude(source__scene__work__series__in=series)
    _fail(run, set(free.order_by().values_list("source__scene__work__series", flat=True).distinct()))
    keys = free.values("pk")
    return Job.objects.filter(pk__in=keys, state=Job.State.BLOCKED).update(state=Job.State.WAITING)


def no_profile(names: Iterable[str]) -> Reason:
    """Return the reason of a scene that lacks the profiles of these speakers."""
    return Reason(NO_PROFILE, names=", ".join(names))


def lacking_in(error: Reason) -> list[str]:
    """Return the names of those whose profile a scene lacks."""
    return str(error.params["names"]).split(", ")


def _fail(run: Run, series: Collection[int]) -> None:
    """Let those blocked scenes fail in which somebody speaks whose profile has failed."""
    failed = Job.objects.filter(run=run, source__person__series__in=series, state=Job.State.FAILED)
    missing: dict[int, set[str]] = defaultdict(set)
    for key, name in failed.values_list("source__person__series", "source__person__name"):
        missing[key].add(name)
    errors: dict[int, Reason] = {}
    for key, survey in build_corpus_indexes(run, missing.keys()).items():
        for scene, names in survey.names.items():
            if lacking := sorted(missing[key] & set(names)):
                errors[scene] = no_profile(lacking)
    for batch in batched(sorted(errors, key=errors.__getitem__), _BATCH):
        sources = JobSource.objects.filter(job__run=run, scene__in=batch)
        jobs = dict(sources.values_list("scene", "job"))
        blocked = Job.objects.filter(pk__in=jobs.values(), state=Job.State.BLOCKED)
        whens = (
            When(
                pk__in=[jobs[scene] for scene in own if scene in jobs],
                then=Value(error, output_field=Job._meta.get_field("error")),
            )
            for error, own in groupby(batch, key=errors.__getitem__)
        )
        blocked.update(state=Job.State.FAILED, error=Case(*whens), done_at=Now())
