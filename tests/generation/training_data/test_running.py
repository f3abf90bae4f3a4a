"""A run of synthesis from works to finished jobs: the engine of generation, with scenes and persons."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import Job, Run, StageOutput, System
from generation.pipelines import split
from generation.runs.progress import progress_of
from generation.runs.services import retry_failed
from generation.runs.worker import Worker
from generation.training_data.models import Scene
from generation.training_data.synthesis import job_contents
from generation.training_data.synthesis.job_contents import contents
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.releasing import no_profile, schedule_ready_jobs
from generation.training_data.synthesis.texts import brief_of, directives_text
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.material import fake_recipe, store_works

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_profiles_come_first_and_every_scene_gets_all_its_stages() -> None:
    works = store_works()
    planned = plan_synthesis(recipe=fake_recipe(), works=works, wake=False)
    run = planned.run
    scenes = Scene.objects.count()
    assert run.jobs.filter(state=Job.State.BLOCKED).count() == scenes
    assert schedule_ready_jobs(run) == 0, "nothing is let go of while profiles are unwritten"
    Worker(run).work(seconds=60)
    now = progress_of(run)
    assert (now.blocked, now.waiting, now.claimed) == (0, 0, 0)
    assert now.failed == 0, list(run.jobs.filter(state="failed").values_list("error", flat=True)[:3])
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    for name in ("outline", "context", "unsupported", "directives", "novel", "unfilmable", "marks"):
        assert StageOutput.objects.filter(job__run=run, stage=name).count() == scenes
    first = StageOutput.objects.filter(job__run=run, stage="outline").order_by("created_at").first()
    last = StageOutput.objects.filter(job__run=run, stage="profile").order_by("-created_at").first()
    assert first is not None
    assert last is not None
    assert System.objects.get(slug="dsr-data-scenes").kind == System.Kind.RECIPE


def test_a_scene_becomes_a_brief_and_directives_in_the_form_of_stage_one() -> None:
    run = finished_run()
    job = run.jobs.filter(source__scene__work__language="zh", source__scene__number__gt=1).first()
    outputs = dict(job.outputs.values_list("stage", "text"))
    content = contents(run, [job])[job.pk]
    told = {each.name: split(each, outputs[each.name]).parts for each in fake_recipe().scenes.stages}
    brief = brief_of(content, told["outline"], told["context"])
    assert all(name in brief["outline"] for name in job.source.scene.speakers)
    assert brief["previous_context"]
    assert {each["name"] for each in brief["characters"]} >= set(job.source.scene.speakers)
    assert "前史：" in brief["characters"][0]["profile"]
    text = directives_text(told["directives"], "zh")
    assert text.startswith("<directives>\n<exposition>")
    assert text.count("【关键】") == 2, "the key beat is marked among the actions and among the emotions"
    beats = json.loads(outputs["directives"])["beats"]
    assert beats[0]["first"] == 1
    assert beats[-1]["last"] == len(content["elements"])
    assert "later" not in json.dumps(sorted(content["earlier"][0]))


def test_scenes_wait_again_where_failed_profiles_are_tried_again() -> None:
    run = plan_synthesis(recipe=fake_recipe(), works=store_works(), wake=False).run
    run.jobs.update(state=Job.State.FAILED, error="down")
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)
    assert retry_failed(run=run) == run.jobs.count()
    assert set(run.jobs.filter(source__person__isnull=False).values_list("state", flat=True)) == {"waiting"}
    assert set(run.jobs.filter(source__scene__isnull=False).values_list("state", flat=True)) == {"blocked"}
    Worker(run).work(seconds=60)
    assert set(run.jobs.filter(state=Job.State.FAILED).values_list("error", flat=True)) == set()
    assert progress_of(run).done == run.jobs.count()


def test_what_a_scene_takes_does_not_grow_with_its_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither all profiles of the series nor all its scenes are read for one of them."""
    run = plan_synthesis(recipe=fake_recipe(), works=store_works()[:1], wake=False).run
    Worker(run).work(seconds=60)
    jobs = (
        run.jobs.filter(source__scene__isnull=False)
        .select_related("source__scene__work__series")
        .order_by("pk")
    )
    job = next(each for each in jobs if "ODETTE" not in each.source.scene.speakers)
    first, read, plainly = contents(run, [job])[job.pk], list[str](), job_contents.profile_text
    monkeypatch.setattr(job_contents, "profile_text", lambda *given: read.append("one") or plainly(*given))
    with CaptureQueriesContext(connection) as asked:
        assert contents(run, [job])[job.pk] == first
    assert len(read) == len(first["characters"]) < run.jobs.filter(source__person__isnull=False).count()
    assert not [query["sql"] for query in asked if '"speakers"' in query["sql"]]


def test_scenes_of_a_failed_profile_fail_together() -> None:
    run = plan_synthesis(recipe=fake_recipe(), works=store_works()[:1], wake=False).run
    people, scenes = (
        run.jobs.filter(source__person__isnull=False),
        run.jobs.filter(source__scene__isnull=False),
    )
    people.update(state=Job.State.FAILED)
    assert (
        len({tuple(sorted(job.source.scene.speakers)) for job in scenes.select_related("source__scene")}) == 2
    )
    with CaptureQueriesContext(connection) as asked:
        schedule_ready_jobs(run)
    assert sum(query["sql"].startswith("UPDATE") for query in asked) == 2, "one lets fail, one lets wait"
    for job in scenes.select_related("source__scene"):
        assert (job.state, job.done_at is None) == (Job.State.FAILED, False)
        assert job.error == no_profile(sorted(job.source.scene.speakers))


def test_a_job_shows_its_scene_and_every_request(researcher: Client) -> None:
    run = finished_run()
    page = researcher.get(reverse("generation-run", args=[run.code]))
    assert page.status_code == 200
    scene = run.jobs.filter(source__scene__work__language="en").first()
    person = run.jobs.filter(source__person__isnull=False).first()
    for job in (scene, person):
        shown = researcher.get(reverse("generation-job", args=[run.code, job.pk])).content.decode()
        assert job.outputs.first().digest in shown
        assert (job.source.scene.speakers[0] if job.source.scene else job.source.person.name) in shown
    lines = (
        researcher.get(reverse("generation-job-lines", args=[run.code, scene.pk]))
        .content.decode()
        .splitlines()
    )
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds[:2] == ["scene", "job"]
    assert kinds.count("output") == 7
    assert researcher.get(reverse("generation-job", args=[run.code, 0])).status_code == 404
