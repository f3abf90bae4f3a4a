"""Filtering and building from pages: at once where there is little to do, by a worker where there is much."""

from django.db import transaction

from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User, record
from generation.models import Run
from generation.training_data.datasets import asked
from generation.training_data.datasets.building import Built, build, require_ready
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.models import Candidate, Scene

FILTER = "generation.filter_run"
AT_ONCE = 300
"""So many scenes are filtered or built while a page waits: some seconds."""


def has_many(run: Run) -> bool:
    works = list(run.frozen_settings["corpus"]["works"])
    return Scene.objects.filter(work__slug__in=works).count() > AT_ONCE


def ask_filter(run: Run, by: User) -> bool:
    """Filter a run, all rules anew where that was done before; false where a worker does it, some time from
    now.
    """
    record(who=by.get_username(), verb="filter run", about=run.code)
    again = Candidate.objects.filter(run=run).exists()
    if not has_many(run):
        filter_run(run, again=again)
        return True
    with transaction.atomic():
        enqueue_on_commit(FILTER, run.code, again)
    return False


def ask_build(run: Run, slug: str, by: User, *, without_reviews: bool) -> Built | None:
    """Build a dataset; None where a worker does it. Raises `InputErrors` where it cannot be built yet."""
    if not has_many(run):
        return build(run, slug, by, without_reviews=without_reviews)
    require_ready(run, slug, without_reviews=without_reviews)
    asked.request_build(run, slug, by, without_reviews=without_reviews)
    return None
