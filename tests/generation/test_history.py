"""How a script came to be: the page, the lines, and what a seal keeps from them."""

import json

import pytest
from django.urls import reverse

from annotations.models import Study, StudyBrief
from evalsite.core.models import AuditEvent, User
from generation.blinding import is_sealed
from generation.briefs.files import read_brief
from generation.models import Attempt, Job, Measurement, Prompt, Run, Script
from generation.pipelines import SHIPPED, find_system
from generation.runs.history import GONE, REBUILT, STORED, provenance_of
from generation.runs.worker import Worker
from generation.services import store_briefs
from tests.factories import person
from tests.generation.conftest import BRIEFS, fake, planned
from tests.generation.test_system_pages import text_of
from tests.snapshots import restore_or_make


@pytest.fixture
def run(db):
    """A finished run of `fake-dsr` for one brief, worked once; later tests get its rows by copy."""

    def make():
        run = planned(store_briefs([read_brief(BRIEFS / "en/car-two.yaml")])[0].brief, fake("fake-dsr"))
        Worker(run).work()
        return run.pk

    return Run.objects.get(pk=restore_or_make("history of a run", make))


def address(run, name="generation-history"):
    job = run.jobs.get()
    return reverse(name, args=[run.code, job.brief.slug, job.system.slug, job.sample])


def lines(response):
    return [json.loads(line) for line in response.content.decode().splitlines()]


def test_it_works(researcher, run):
    page = text_of(researcher.get(address(run)))
    job = run.jobs.get()
    novel, screenplay = job.outputs.all()
    assert job.brief.outline.strip() in page
    assert screenplay.text.strip() in page
    for output in (novel, screenplay):
        assert output.digest in page
        assert output.attempt.prompt_digest in page
        assert output.attempt.answer["id"] in page
        assert str(output.seed) in page
        for _, text in Prompt.objects.get(pk=output.attempt.prompt_digest).messages:
            assert text in page
    assert run.frozen_settings["prompts"]["dsr/stage1.en"] in page
    assert "don't guarantee the same text" in page


def test_a_request_keeps_its_address_when_the_run_moves_to_another(researcher, run):
    run.frozen_settings["addresses"] = {"fake-dsr": "http://moved.example/v1"}
    run.save()
    told = lines(researcher.get(address(run, "generation-history-lines")))
    assert {each["address"] for each in told if each["kind"] == "attempt"} == {"fake:"}


def test_the_lines_hold_all_of_it(researcher, run):
    response = researcher.get(address(run, "generation-history-lines"))
    assert response["Content-Type"].startswith("application/jsonl")
    brief, job, *rest = lines(response)
    assert (brief["kind"], brief["outline"]) == ("brief", run.jobs.get().brief.outline)
    assert (job["run_digest"], job["spec"]["stages"][0]["adapter"]) == (run.digest, "dsr-novel")
    assert [each["kind"] for each in rest] == [*["attempt", "output"] * 2, "script", "fitness"]
    asked, output = rest[0], rest[1]
    assert asked["messages_from"] == STORED
    assert asked["template"]["digest"] == run.frozen_settings["prompts"]["dsr/stage1.en"]
    assert (asked["model_asked"], asked["model_answered"], asked["adapter"]) == ("dsr-novel",) * 3
    assert asked["request"]["seed"] == output["seed"]
    assert asked["usage"] == output["usage"]
    assert asked["usage"]["completion_tokens"] > 0
    assert asked["request"]["software"]["evalsite"]
    assert asked["response_id"]
    assert set(output["parts"]) == {"directives", "exposition", "pacing", "action", "emotion", "novel"}
    assert rest[-2]["text"] == Script.objects.get().text
    assert rest[-1].items() >= Measurement.objects.get().values.items()
    assert output["parts"]["novel"].strip() in rest[2]["messages"][-1]["content"]


def test_messages_of_old_rows_are_made_again(run):
    Prompt.objects.all().delete()
    provenance = provenance_of(Job.objects.select_related("run", "system", "brief__series").get())
    assert [each.messages_from for stage in provenance.stages for each in stage.attempts] == [REBUILT] * 2
    Attempt.objects.filter(stage="novel").update(prompt_digest="0" * 64)
    provenance = provenance_of(Job.objects.select_related("run", "system", "brief__series").get())
    (first,) = provenance.stages[0].attempts
    assert (first.messages_from, first.messages) == (GONE, [])


def test_a_refusal_and_what_was_told_of_it(researcher, en_brief):
    run = planned(en_brief, fake("fake-direct", behaviour="nonsense", tries=2))
    Worker(run).work()
    page = text_of(researcher.get(address(run)))
    assert "not a screenplay: no scene heading or dialogue" in page
    assert "There is no separate script for this job." in page
    told = lines(researcher.get(address(run, "generation-history-lines")))
    first, second = (line for line in told if line["kind"] == "attempt")
    assert first["refused_text"]
    assert first["told_again"] == "it was not laid out as a screenplay"
    last = second["messages"][-1]["content"]
    assert last.startswith(first["messages"][-1]["content"])
    assert "could not be used: it was not laid out as a screenplay. Write it again" in last
    assert first["request"]["seed"] != second["request"]["seed"]


def test_a_chinese_refusal_is_told_in_chinese(zh_brief):
    run = planned(zh_brief, fake("fake-direct", behaviour="other-language", tries=2))
    Worker(run).work()
    last = Prompt.objects.get(pk=Attempt.objects.last().prompt_digest).messages[-1][1]
    assert "但不能用：不是用中文写的。请按上面的要求从头完整地再写一遍" in last


def test_a_stage_may_have_its_own_number_of_tries(en_brief, tmp_path):
    path = tmp_path / "few.yaml"
    text = "slug: few\nname: Few\nbackend: {kind: fake, behaviour: empty}\ntries: 3\nstages:\n"
    path.write_text(
        f"{text}  - {{name: screenplay, prompt: direct/script, model: a, form: screenplay, tries: 1}}\n"
    )
    run = planned(en_brief, find_system(str(path)))
    Worker(run).work()
    assert run.jobs.get().error == "answers rejected: 1; last reason: the answer is empty"


def test_a_system_of_ones_own_works_without_touching_code(researcher, en_brief, tmp_path):
    """Two stages, prompts beside the file, on the fake backend: from YAML to script and history."""
    people = "<characters>\n$characters\n</characters>"
    (tmp_path / "beats.en.md").write_text(f"%% user\nBreak into beats: $outline\n{people}")
    (tmp_path / "write.en.md").write_text(f"%% user\nWrite the scene.\n<beats>\n$beats\n</beats>\n{people}")
    path = tmp_path / "mine.yaml"
    path.write_text("""
slug: mine
name: Mine
about: {en: My own., zh: 我自己的。}
languages: [en]
backend: {kind: fake}
stages:
  - name: plan
    prompt: ./beats
    model: screenwriter
    form: prose
    temperature: 1.1
    stop: ["THE END"]
    tries: 2
  - name: screenplay
    prompt: ./write
    model: screenwriter
    form: screenplay
    reads: {beats: plan}
    checks: [bare, length: {from: 0.05, to: 5}, speakers]
""")
    run = planned(en_brief, find_system(str(path)))
    for prompt in tmp_path.glob("*.md"):
        prompt.unlink()  # a worker elsewhere has no such files: the run carries its prompts
    Worker(run).work()
    job = run.jobs.get()
    assert (job.state, job.error) == (Job.State.DONE, "")
    plan, screenplay = job.outputs.all()
    assert plan.attempt.request["stop"] == ["THE END"]
    assert plan.sampling["temperature"] == 1.1
    sent = Prompt.objects.get(pk=screenplay.attempt.prompt_digest).messages
    assert f"<beats>\n{plan.text.strip()}\n</beats>" in sent[0][1]
    assert job.script.text.strip() == screenplay.text.strip()
    assert plan.text.strip() in text_of(researcher.get(address(run)))
    assert researcher.get("/generation/systems/stored/mine/").status_code == 200


def test_a_stage_may_have_a_backend_of_its_own(en_brief, server, tmp_path):
    text = (SHIPPED / "dsr.yaml").read_text()
    own = "  - name: novel\n    backend: {kind: fake}\n"
    path = tmp_path / "both.yaml"
    path.write_text(text.replace("  - name: novel\n", own).replace("http://127.0.0.1:8001/v1", server.url))
    run = planned(en_brief, find_system(str(path)))
    while Worker(run).work().wait_s is not None:
        Job.objects.update(not_before=None)
    job = Job.objects.select_related("run", "system", "brief__series").get()
    assert (job.state, [body["model"] for body in server.requests]) == ("done", ["screenwriter"])
    assert provenance_of(job).address == {"novel": "fake:", "screenplay": server.url}


# Under seal


@pytest.fixture
def study(run):
    """A study that has the run's brief, and of the run's systems the one that is named."""

    def made(state, *systems):
        brief = run.jobs.get().brief
        spec = {"systems": [{"slug": slug} for slug in systems]}
        study = Study.objects.create(
            slug=f"s-{state}", title={}, question={}, state=state, spec=spec, spec_digest="d", seed=1,
            frozen_digest="f",
        )  # fmt: skip
        StudyBrief.objects.create(
            study=study, slug=brief.slug, series_slug="s", language="en", order=1, content=brief.content()
        )
        return study

    return made


@pytest.mark.parametrize("state", ["frozen", "open", "paused", "closed"])
def test_nobody_reads_what_a_sealed_study_uses(researcher, run, study, state):
    study(state, "human", "fake-dsr")
    script = Script.objects.get()
    researcher.force_login(person("ada", role=User.Role.ADMIN))
    for name in ("generation-history", "generation-history-lines"):
        response = researcher.get(address(run, name))
        page = response.content.decode()
        assert response.status_code == 403
        assert "Sealed" in page
        assert max(script.text.split("\n"), key=len) not in page
        assert script.digest not in page
    assert not AuditEvent.objects.filter(verb__startswith="read how").exists()


@pytest.mark.parametrize(
    ("state", "system"), [("draft", "fake-dsr"), ("unblinded", "fake-dsr"), ("open", "x")]
)
def test_what_no_seal_covers_is_shown_and_noted(researcher, run, study, state, system):
    study(state, system)
    assert researcher.get(address(run)).status_code == 200
    event = AuditEvent.objects.get(verb="read how a script came to be")
    assert (event.who, event.about) == ("rae", run.jobs.get().brief.slug)
    assert (event.detail["system"], event.detail["run"]) == ("fake-dsr", run.code)


def test_a_seal_covers_a_brief_and_a_system_together(run, study):
    study("open", "fake-dsr")
    brief = run.jobs.get().brief.slug
    assert is_sealed(brief, "fake-dsr")
    assert not is_sealed(brief, "fake-direct")
    assert not is_sealed("another", "fake-dsr")


def test_what_is_not_there_is_404(researcher, run):
    assert researcher.get(address(run).replace("/1/", "/2/")).status_code == 404
