"""Training data: which failed jobs are tried again: those that it can help, and no others."""

import io

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.core.reason_codes import Reason
from generation.management.running import RunCommand
from generation.models import Job, Run
from generation.runs.services import counted, worth_trying
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.releasing import no_profile
from tests.generation.training_data.material import fake_recipe, store_works

pytestmark = pytest.mark.django_db
DOWN = Reason("requests-failed", count=6, reason="down")
REFUSED = Reason("answers-refused", count=4, reason=Reason("empty"))


def failed_run() -> Run:
    """One profile was refused as often as allowed and one met a server that was down; so did their scenes."""
    run = plan_synthesis(recipe=fake_recipe(), works=store_works()[:1], wake=False).run
    first, second = (
        run.jobs.filter(source__person__isnull=False).select_related("source__person").order_by("pk")[:2]
    )
    scenes = list(run.jobs.filter(source__scene__isnull=False).order_by("pk"))
    assert len(scenes) == 2
    errors = {
        first.pk: REFUSED,
        second.pk: DOWN,
        scenes[0].pk: no_profile([second.source.person.name, first.source.person.name]),
        scenes[1].pk: no_profile([second.source.person.name]),
    }
    for key, error in errors.items():
        Job.objects.filter(pk=key).update(state=Job.State.FAILED, error=error)
    run.jobs.exclude(pk__in=errors).update(state=Job.State.DONE)
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)
    run.refresh_from_db()
    assert set(worth_trying(run).values_list("pk", flat=True)) == {second.pk, scenes[1].pk}
    assert counted(run) == (2, 2)
    return run


def test_what_was_refused_as_often_as_allowed_is_not_tried_again() -> None:
    run = failed_run()
    command = RunCommand(stdout=io.StringIO())
    command._try_again(run)
    said = command.stdout.getvalue()
    assert "Retrying 2 jobs that failed." in said
    assert "Not retried: 2 jobs without attempts left" in said
    states = run.jobs.order_by("pk").values_list("state", flat=True)
    assert sorted(state for state in states if state != "done") == ["blocked", "failed", "failed", "waiting"]


def test_the_page_offers_what_helps_and_says_what_does_not(admin: Client) -> None:
    run = failed_run()
    page = admin.get(reverse("generation-run", args=[run.code])).content.decode()
    assert "2 failed jobs can be retried." in page
    assert "2 failed jobs can't be retried" in page
    address = reverse("generation-retry", args=[run.code])
    assert address in page
    worth_trying(run).update(error=REFUSED)
    assert address not in admin.get(reverse("generation-run", args=[run.code])).content.decode()
    assert '<button class="btn btn-primary"' not in admin.get(address).content.decode()
    admin.post(address)
    assert not run.jobs.filter(state__in=["waiting", "blocked"]).exists()
