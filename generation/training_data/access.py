"""The same for training data: works, scenes, files handed in, candidates, datasets, models.

Reviewers see runs of synthesis by their review pages alone (`review_run_or_404`).
"""

from django.http import Http404, HttpRequest

from evalsite.core.models import Role
from generation.access import TEAM_OF, row_or_404, rows_in, run_or_404  # noqa: F401 - rows_in for the pages
from generation.models import Job, Run
from generation.training_data.models import Candidate, Dataset, Intake, Scene, TrainedModel, Work
from generation.training_data.synthesis.job_contents import SOURCE

TEAM_OF.update(
    {
        Work: "series__team",
        Scene: "work__series__team",
        Intake: "team",
        Candidate: "run__team",
        Dataset: "run__team",
        TrainedModel: "team",
    }
)


def work_or_404(request: HttpRequest, slug: str, role: str | None = None) -> Work:
    return row_or_404(request, Work.objects.select_related("series"), role, slug=slug)


def scene_or_404(request: HttpRequest, work: str, number: int) -> Scene:
    rows = Scene.objects.select_related("work__series", "like__work")
    return row_or_404(request, rows, None, work__slug=work, number=number)


def intake_or_404(request: HttpRequest, code: str, role: str | None = None) -> Intake:
    return row_or_404(request, Intake.objects.all(), role, code=code)


def review_run_or_404(request: HttpRequest, code: str, role: str = Role.REVIEWER) -> Run:
    """A run of synthesis, for its review pages."""
    run = run_or_404(request, code, role)
    if run.kind != Run.Kind.SYNTHESIZE or not run.frozen_settings.get("recipe"):
        raise Http404
    return run


def candidate_or_404(request: HttpRequest, run: Run, key: int) -> Candidate:
    """A candidate of a run that has something to show."""
    rows = Candidate.objects.select_related("run", "scene__work__series", "job")
    found = row_or_404(request, rows, Role.REVIEWER, run=run, pk=key)
    if found.job is None or found.job.state != Job.State.DONE:
        raise Http404
    return found


def synthesis_job_or_404(request: HttpRequest, code: str, key: int, role: str | None = None) -> Job:
    """A job of a run of synthesis."""
    rows = Job.objects.select_related("run", "system", *SOURCE)
    return row_or_404(request, rows, role, run__code=code, brief=None, pk=key)


def dataset_or_404(request: HttpRequest, slug: str, version: int, role: str | None = None) -> Dataset:
    rows = Dataset.objects.select_related("run", "created_by")
    return row_or_404(request, rows, role, slug=slug, version=version)


def model_or_404(request: HttpRequest, slug: str) -> TrainedModel:
    return row_or_404(request, TrainedModel.objects.select_related("dataset__run"), None, slug=slug)
