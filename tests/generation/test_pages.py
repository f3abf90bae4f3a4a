"""The staff's pages of generation, over HTTP."""

import pytest
from django.urls import reverse

from evalsite.core.models import AuditEvent
from generation.models import Attempt, Job, Run, Script
from generation.runs.requests import REFUSED_FOR_GOOD
from generation.runs.worker import Worker
from tests.generation.conftest import fake, planned

OVERVIEW = "/generation/"


@pytest.fixture
def run(en_brief, zh_brief):
    return planned(en_brief, fake("fake-dsr"), fake("fake-direct", behaviour="empty", tries=1))


def page(run):
    return reverse("generation-run", args=[run.code])


def test_it_works(researcher, run):
    Worker(run).work()
    html = researcher.get(OVERVIEW).content.decode()
    assert run.code in html
    assert "fake-dsr" in html
    assert run.jobs.first().brief.slug in html


def test_a_run_whose_jobs_failed_is_not_plainly_done(researcher, run):
    Worker(run).work()
    for address in (OVERVIEW, page(run)):
        assert "done, 1 failed" in researcher.get(address).content.decode()


def test_nothing_yet(researcher):
    html = researcher.get(OVERVIEW).content.decode()
    assert "No runs yet" in html
    assert "No briefs" in html
    assert "Start a run" not in html


def test_the_overview_says_what_to_do_next(admin, db):
    first = admin.get(OVERVIEW).content.decode()
    assert first.count("btn-primary") == 1
    assert "/generation/briefs/new/" in first
    assert "/generation/scripts/new/" in first


def test_with_briefs_a_run_comes_next(admin, en_brief):
    html = admin.get(OVERVIEW).content.decode()
    assert html.count("btn-primary") == 1
    assert 'btn-primary" href="/generation/new/"' in html
    assert f"/generation/briefs/{en_brief.slug}/" in html


def test_a_run_page_gives_reasons_and_sums(researcher, run):
    Worker(run).work()
    html = researcher.get(page(run)).content.decode()
    assert "answers rejected: 1; last reason: the answer is empty" in html
    assert run.frozen_settings["prompts"]["dsr/stage1.en"] in html
    tokens = sum(a.answer["usage"]["completion_tokens"] for a in Attempt.objects.all())
    assert f"/ {tokens}" in html.replace(",", "")


def test_no_page_shows_a_text(researcher, run):
    Worker(run).work()
    script = Script.objects.get()
    line = max(script.text.split("\n"), key=len)
    for address in (OVERVIEW, page(run)):
        html = researcher.get(address).content.decode()
        assert line not in html
        assert script.digest not in html


def test_an_unknown_run_is_404(researcher):
    assert researcher.get("/generation/none/").status_code == 404


def test_an_admin_pauses_and_lets_go_on(admin, run):
    assert admin.post(f"/generation/{run.code}/pause/").status_code == 303
    run.refresh_from_db()
    assert run.state == Run.State.PAUSED
    admin.post(f"/generation/{run.code}/go-on/")
    run.refresh_from_db()
    assert run.state == Run.State.ACTIVE
    assert AuditEvent.objects.filter(about=run.code, who="ada").count() == 2


def test_an_admin_lets_jobs_try_again_whose_requests_failed_and_no_others(admin, run):
    Worker(run).work()
    failed = run.jobs.filter(state=Job.State.FAILED)
    assert failed.get().error.code == REFUSED_FOR_GOOD
    admin.post(f"/generation/{run.code}/retry/")
    assert failed.count() == 1
    failed.update(error="Unreachable: nobody is there")
    admin.post(f"/generation/{run.code}/retry/")
    assert run.jobs.filter(state=Job.State.WAITING).count() == 1


def test_a_run_that_ended_says_so(admin, run):
    admin.post(f"/generation/{run.code}/cancel/")
    html = admin.post(f"/generation/{run.code}/pause/", follow=True).content.decode()
    assert "This run has ended" in html
