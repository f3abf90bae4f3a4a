"""Starting a synthesis run in the browser, what its pages say on the way, and what happens at its end."""

import re
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evalsite.core.models import User, only_team
from evalsite.core.reason_codes import Reason
from generation.backends.server import FakeServer
from generation.backends.spec import BackendSpec
from generation.models import Job, Run, System
from generation.tasks import work_run
from generation.training_data.datasets.filtering import filtering_of, wake_filters
from generation.training_data.datasets.reviewing import queue_of
from generation.training_data.datasets.steps import funnel_of
from generation.training_data.models import Candidate
from generation.training_data.pages.synthesis_pages import recipes
from generation.training_data.synthesis import corpus_index
from generation.training_data.synthesis.choosing import Plan, SceneSelection
from generation.training_data.synthesis.estimating import estimate_of
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.recipe import Recipe
from generation.training_data.tasks import filter_scenes
from tests.forms import hidden_fields
from tests.generation.scripted_server import sink
from tests.generation.strict_servers import Vllm
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.material import fake_recipe, store_works

pytestmark = pytest.mark.django_db
NEW, LIST = "/generation/synthesis/new/", "/generation/synthesis/"


@pytest.mark.slow
def test_from_an_empty_page_to_a_run_that_the_command_would_make(
    admin: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "/generation/corpus/new/" in admin.get(LIST).content.decode()
    assert "/generation/corpus/new/" in admin.get(NEW).content.decode()
    works = store_works()
    first, other = works[0], works[-1]
    short = first.scenes.first()
    first.scenes.filter(pk=short.pk).update(length=3)
    page = admin.get(NEW).content.decode()
    assert page.count(" checked") == len(works) + 1, "every series, and the recipe"
    count = first.scenes.count()
    assert f"{count - 1} of {count} scenes would be used · left out: 1 × too short" in " ".join(page.split())
    with FakeServer(keep=False) as server:
        given = {
            "works": [f"series:{first.series.slug}", f"work:{other.slug}"],
            "recipe_slug": "dsr-data",
            "seed": "3",
        }
        given |= {"base_url": server.url, "limit_tokens": "900000", "price_in": "0.4", "step": "confirm"}
        shown = admin.post(NEW, given)
        text = shown.content.decode()
        assert shown.status_code == 200
        assert not Run.objects.exists()
        order = ["--works", first.slug, other.slug, "--seed", "3"]
        estimate = ("--price-in", "0.4", "--estimate")
        call_command("synthesize", *order, *estimate, "--base-url", server.url)
        told = capsys.readouterr().out
        assert re.search(r"Jobs: \d+, of these profiles of people \d+, scenes \d+ of \d+\.", told)
        assert "cost 0." in told
        for sent, answered in re.findall(r"([\d,]+) in, ([\d,]+) out", told):
            assert f"<dd>{int(sent.replace(',', '')) + int(answered.replace(',', '')):,}</dd>" in text
        with pytest.raises(CommandError, match="isn't a server address"):
            call_command("synthesize", *order, *estimate, "--by-worker", "--base-url", "127.0.0.1:9/v1")
        with pytest.raises(CommandError, match="isn't responding"):
            call_command("synthesize", *order, *estimate, "--base-url", "http://127.0.0.1:9/v1")
        done = admin.post(NEW, hidden_fields(text) | {"step": "start"})
        run = Run.objects.get()
        assert (done.status_code, done["Location"]) == (303, f"/generation/{run.code}/")
        assert (run.limit_tokens, run.created_by.username, run.frozen_settings["seed"]) == (900_000, "ada", 3)
        again = admin.post(NEW, given).content.decode()
        assert run.code in again
        assert 'value="start"' not in again
        work_run(run.code)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    call_command("synthesize", *order, "--base-url", server.url, "--by-worker")
    assert Run.objects.count() == 1, "the command found another run than the page had planned"


def test_an_estimate_counts_the_scenes_that_prompts_will_show() -> None:
    """100 English words are 150 tokens. The context and the question about it are shown the scene before."""
    recipe = fake_recipe()
    scenes = [SceneSelection(key, 1, "en", 100, ("ADA",), "") for key in (1, 2)]
    one, two = (estimate_of(recipe, Plan(scenes[:count], {}), {}) for count in (1, 2))
    assert two.expected.prompt == 2 * one.expected.prompt + 300
    assert two.expected.completion == 2 * one.expected.completion
    spoken = estimate_of(recipe, Plan(scenes, {1: ["ADA"]}), {}).expected
    silent = estimate_of(recipe, Plan(scenes, {1: ["BEA"]}), {}).expected
    assert spoken.prompt - silent.prompt == 300, "a profile is written from the two scenes"


def test_a_request_looks_for_likes_once_at_most(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large corpus it takes seconds: not to show the form, once to tell what a run would use."""
    works, looked = store_works(), list[int]()
    scene = works[0].scenes.last()
    works[0].scenes.filter(pk=scene.pk).update(like=works[0].scenes.first(), likeness=0.9)
    monkeypatch.setattr(corpus_index, "_likes_among", lambda keys: looked.append(len(keys)) or {})
    page = admin.get(NEW).content.decode()
    assert "left out: 1 × nearly identical to an earlier scene" in " ".join(page.split()), "as marked at"
    " import"
    assert looked == []
    with FakeServer(keep=False) as server:
        given = {"works": [f"work:{works[0].slug}"], "recipe_slug": "dsr-data", "seed": "3"}
        for step, status in (("confirm", 200), ("start", 303)):
            looked.clear()
            answer = admin.post(NEW, given | {"base_url": server.url, "step": step})
            assert (answer.status_code, looked) == (status, [works[0].scenes.count()])


def test_scenes_that_a_run_has_had_are_told_before_they_are_asked_for_again(admin: Client) -> None:
    first, second = store_works()[:2]
    run = plan_synthesis(recipe=fake_recipe(), works=[first], wake=False).run
    given = {"recipe_slug": "dsr-data", "seed": "1", "step": "confirm"}
    with FakeServer(keep=False) as server:
        given |= {"base_url": server.url}
        grown = admin.post(NEW, given | {"works": [f"work:{first.slug}", f"work:{second.slug}"]})
        other = admin.post(NEW, given | {"works": [f"work:{second.slug}"]})
    told = " ".join(grown.content.decode().split())
    count = first.scenes.count()
    assert (
        f"{count} of these scenes are already in an earlier run, most recently <code>{run.code}</code>."
        in told
    )
    assert "already in an earlier run" not in other.content.decode()


SECRET = "sk-for-tests-only-1234"


def keyed_recipe(**backend: object) -> Recipe:
    """A recipe under another slug, asking a server with a key."""
    shipped, spec = fake_recipe(), BackendSpec(kind="openai", **backend)
    return replace(
        shipped,
        slug="keyed",
        profiles=replace(shipped.profiles, slug="keyed-profiles", name="keyed-profiles", backend=spec),
        scenes=replace(shipped.scenes, slug="keyed-scenes", name="keyed-scenes", backend=spec),
    )


@pytest.mark.parametrize("optional", [True, False])
def test_a_variable_of_a_recipe_is_not_sent_to_an_address_from_the_browser(
    admin: Client, monkeypatch: pytest.MonkeyPatch, optional: bool
) -> None:
    monkeypatch.setenv("TEACHER_KEY", SECRET)
    # The server's answers are broken, and each job is tried several times.
    monkeypatch.setattr("generation.runs.responses.wait_before", lambda *_: 0.0)
    works = store_works()[:1]
    with sink() as (own, _), sink() as (typed, seen):
        recipe = keyed_recipe(base_url=own, key_env="TEACHER_KEY", key_optional=optional)
        plan_synthesis(recipe=recipe, works=works, wake=False)
        given = {"works": [f"work:{works[0].slug}"], "recipe_slug": "keyed", "seed": "2"}
        page = admin.post(NEW, given | {"base_url": typed, "step": "confirm"})
        if optional:
            assert seen, "a server that needs no key is asked without one"
            admin.post(NEW, given | {"base_url": typed, "step": "start"})
            run = Run.objects.get(frozen_settings__seed=2)
            assert {each["backend"]["key_env"] for each in run.frozen_settings["systems"].values()} == {""}
            work_run(run.code)
            assert {each.spec["backend"]["key_env"] for each in System.objects.filter(kind="recipe")} == {
                "TEACHER_KEY"
            }
            assert recipes(only_team())["keyed"].scenes == recipe.scenes, (
                "the next run begins with the recipe's own key"
            )
        else:
            assert page.status_code == 422
            assert "takes its key from TEACHER_KEY" in page.content.decode()
    assert SECRET not in str([each.items() for each in seen])


def test_a_configured_key_of_a_recipe_is_only_sent_to_its_hosts(
    admin: Client, keys_file: Callable[..., object]
) -> None:
    work = store_works()[0]
    given = {"works": [f"work:{work.slug}"], "recipe_slug": "dsr-data", "seed": "1", "key": "lab"}
    with sink() as (other, seen), Vllm(key=SECRET, models=("annotator", "teacher", "judge")) as server:
        keys_file({"lab": [server.url]})
        assert "lab (http://127.0.0.1" in admin.get(NEW).content.decode()
        refused = admin.post(NEW, given | {"base_url": other, "step": "confirm"})
        assert refused.status_code == 422
        assert "lab may only be sent to" in refused.content.decode()
        assert admin.post(NEW, given | {"step": "confirm"}).status_code == 422, "nor to the recipe's address"
        confirm = admin.post(NEW, given | {"base_url": server.url, "step": "confirm"})
        assert confirm.status_code == 200, confirm.content.decode()
        started = admin.post(NEW, hidden_fields(confirm.content.decode()) | {"step": "start"})
        assert started.status_code == 303
    assert seen == []
    run = Run.objects.get()
    assert {each["backend"]["key"] for each in run.frozen_settings["systems"].values()} == {"lab"}
    rows = System.objects.filter(kind="recipe")
    assert {each.spec["backend"].get("key", "") for each in rows} == {""}


def test_what_cannot_be_started_says_why(admin: Client) -> None:
    work = store_works()[0]
    nothing = admin.post(NEW, {"recipe_slug": "dsr-data", "seed": "1", "step": "confirm"})
    assert nothing.status_code == 422
    assert "Choose at least one series or work." in nothing.content.decode()
    given = {"works": [f"work:{work.slug}"], "recipe_slug": "dsr-data", "seed": "1", "step": "confirm"}
    away = admin.post(NEW, given | {"base_url": "http://127.0.0.1:9/v1"})
    assert away.status_code == 502
    assert 'value="start"' not in away.content.decode()
    keyed = admin.post(NEW, given | {"base_url": "http://me:key@127.0.0.1:9/v1"})
    assert keyed.status_code == 422
    work.scenes.update(length=3)
    none_left = admin.post(NEW, given | {"base_url": "http://127.0.0.1:9/v1"})
    assert none_left.status_code == 422
    assert "can be used" in none_left.content.decode()
    assert not Run.objects.exists()


def test_a_researcher_is_offered_no_run(researcher: Client) -> None:
    assert NEW not in researcher.get(LIST).content.decode()


@pytest.mark.slow
def test_a_run_that_has_ended_is_filtered_by_a_worker_and_its_pages_say_what_comes_next(
    researcher: Client,
) -> None:
    run = finished_run(share=0.5, twice=0.0)
    jobs = run.jobs.filter(source__scene__isnull=False).count()
    waiting = filtering_of(run)
    assert waiting is not None
    assert (waiting.done, waiting.scenes) == (0, jobs)
    page = researcher.get(reverse("generation-run", args=[run.code])).content.decode()
    assert 'data-run-state="follow-up"' in page
    assert wake_filters() == 1, "a sweep wakes a worker again where the message was lost"
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"filtering {run.code}"])
        filter_scenes(run.code)
        assert filtering_of(run) == waiting, "one worker at a time"
        other.execute("SELECT pg_advisory_unlock_all()")  # a server lets go of it some time after the end
    filter_scenes(run.code)
    assert filtering_of(run) is None
    assert wake_filters() == 0
    before = list(Candidate.objects.filter(run=run).order_by("pk").values())
    filter_scenes(run.code)
    assert list(Candidate.objects.filter(run=run).order_by("pk").values()) == before
    page = researcher.get(reverse("generation-run", args=[run.code])).content.decode()
    assert 'data-run-state="done"' in page
    assert f"/generation/review/{run.code}/" in page
    listed = researcher.get(LIST).content.decode()
    funnel = funnel_of(run)
    assert f"{funnel.kept} / {funnel.total}" in listed
    assert "Review scenes" in listed


@pytest.mark.slow
def test_the_list_of_runs_asks_as_often_for_many_as_for_one(researcher: Client) -> None:
    run = finished_run(share=0.5, twice=0.5)
    filter_scenes(run.code)
    user = User.objects.get(username="rae")
    first = researcher.get(LIST).content.decode()
    waiting = len(queue_of(run, user).waiting)
    assert f"review {waiting} scenes" in first
    assert f"{waiting} scenes" in first
    with CaptureQueriesContext(connection) as one:
        researcher.get(LIST)
    for number in range(3):
        _copied(run, number)
    with CaptureQueriesContext(connection) as four:
        listed = researcher.get(LIST).content.decode()
    assert listed.count(f"review {waiting} scenes") == 4
    assert len(four) == len(one), "queries grow with the runs"


def _copied(run: Run, number: int) -> None:
    """The same run once more, as if it had been planned with another seed."""
    candidates, jobs = list(run.candidates.order_by("pk")), run.jobs.in_bulk()
    other = Run.objects.create(
        kind=run.kind, state=run.state, frozen_settings=run.frozen_settings, digest=str(number) * 64
    )
    for job in jobs.values():
        job.pk, job.run = None, other
    Job.objects.bulk_create(jobs.values())
    for each in candidates:
        each.pk, each.run, each.job = None, other, jobs[each.job_id]
    Candidate.objects.bulk_create(candidates)


def test_scenes_whose_jobs_were_tried_again_are_filtered_again() -> None:
    run = finished_run()
    job = run.jobs.filter(source__scene__isnull=False).first()
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.FAILED, error=Reason("requests-failed", count=7, reason="down")
    )
    filter_scenes(run.code)
    assert Candidate.objects.get(job=job).dropped_at == "written"
    assert filtering_of(run) is None
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, error="")
    assert filtering_of(run) is not None
    filter_scenes(run.code)
    assert Candidate.objects.get(job=job).dropped_at != "written"
    assert filtering_of(run) is None


def test_a_recipe_that_a_run_has_used_can_be_chosen_on_the_page(admin: Client) -> None:
    works, shipped = store_works()[:1], fake_recipe()
    assert set(recipes(only_team())) == {"dsr-data"}
    own = replace(
        shipped,
        slug="my-data",
        profiles=replace(shipped.profiles, slug="my-data-profiles", name="my-data-profiles"),
        scenes=replace(shipped.scenes, slug="my-data-scenes", name="my-data-scenes"),
        filter=replace(shipped.filter, twice=0.0),
        names={"en": "Mine", "zh": "我的"},
        about={"en": "Twice is not read."},
    )
    planned = plan_synthesis(recipe=own, works=works, seed=5, wake=False)
    again = recipes(only_team())["my-data"]
    assert plan_synthesis(recipe=again, works=works, seed=5, wake=False).run == planned.run
    page = admin.get(NEW).content.decode()
    assert 'value="my-data"' in page
    assert "Mine" in page
    assert "Twice is not read." in page
    renamed = replace(own, names={"en": "Ours"})
    assert plan_synthesis(recipe=renamed, works=works, seed=5, wake=False).run == planned.run, (
        "a name decides nothing"
    )


@pytest.mark.parametrize("verb", ["pause", "go-on", "cancel"])
def test_a_run_that_has_ended_offers_nothing_more(admin: Client, verb: str) -> None:
    run = Run.objects.create(
        kind=Run.Kind.SYNTHESIZE, state=Run.State.DONE, frozen_settings={}, digest="0" * 64
    )
    answer = admin.get(reverse(f"generation-{verb}", args=[run.code]))
    assert (answer.status_code, answer["Location"]) == (303, reverse("generation-run", args=[run.code]))
