"""Batches of one model: what a server sees of a run, how many at once, and who may mix."""

import asyncio
import time
from dataclasses import replace
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models.functions import Now

from evalsite.core.enqueue import SWEEP_S
from evalsite.core.errors import InputErrors
from evalsite.core.notifications import text_of
from evalsite.core.reason_codes import Reason
from generation.backends.openai import OpenAIBackend
from generation.backends.server import FakeServer
from generation.backends.spec import BackendSpec
from generation.models import Attempt, BackendCheck, Job, LaneTurn, Prompt, Run
from generation.pipelines import SystemSpec, find_system
from generation.runs import services as run_services
from generation.runs.addresses import Lane
from generation.runs.history import lines_of, provenance_of
from generation.runs.lanes import GRACE, TURN, claim, finish, is_shut, lanes_waiting, release
from generation.runs.server_check import Checked, checking, keep_check
from generation.runs.spending import pause_at_limit
from generation.runs.worker import Worker
from tests.factories import person
from tests.generation.conftest import planned
from tests.generation.test_commands import refused
from tests.generation.test_commands import run as command
from tests.generation.test_working import work

pytestmark = pytest.mark.django_db


class Held(FakeServer):
    """Answers nobody before so many were under way at once: how long requests take to come says nothing."""

    def __init__(self, least: int) -> None:
        super().__init__()
        self.least = least

    async def _reply(self, http, body, trouble):
        deadline = time.monotonic() + 60
        while self.most_at_once < self.least and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        return await super()._reply(http, body, trouble)


def test_the_notification_of_a_finished_run_has_its_name(en_brief):
    run = planned(en_brief, find_system("direct"))
    run.name, run.created_by = "Harbour, first try", person("mara")
    run.save()
    run.jobs.update(state=Job.State.DONE)
    assert finish(run)
    assert "Harbour, first try" in text_of(run.created_by.notifications.get())


def test_no_batch_holds_two_models(en_brief, zh_brief):
    with Held(6) as server:
        specs = [find_system("dsr"), find_system("direct")]
        run = run_services.plan_run(
            specs=specs, briefs=[en_brief, zh_brief], samples=5, base_url=server.url, wake=False
        ).run
        work(run)
        assert run.jobs.filter(state=Job.State.DONE).count() == 20
        assert server.mixed == 0
        assert server.most_at_once > 5


def test_jobs_wait_in_the_lane_of_their_next_stage(en_brief, server):
    run = planned(en_brief, find_system("dsr"), base_url=server.url)
    assert lanes_waiting(run) == [Lane(server.url, "dsr-novel")]
    lease, (job,) = claim(run, lanes_waiting(run)[0], most=5)
    assert is_shut(Lane(server.url, "screenwriter"))
    assert not is_shut(Lane(server.url, "dsr-novel"))
    assert not is_shut(Lane("http://127.0.0.1:9/v1", "screenwriter"))
    release([(job, lease)])
    assert not is_shut(Lane(server.url, "screenwriter"))


def test_a_lane_is_shut_across_runs(en_brief, server):
    first = planned(en_brief, find_system("dsr"), base_url=server.url)
    second = planned(en_brief, find_system("direct"), base_url=server.url)
    lease, jobs = claim(first, lanes_waiting(first)[0], most=1)
    assert claim(second, lanes_waiting(second)[0], most=1)[1] == []
    release([(jobs[0], lease)])
    assert len(claim(second, lanes_waiting(second)[0], most=1)[1]) == 1


def test_a_lane_that_had_its_turn_yields_to_a_run_that_waits(en_brief, server):
    long = planned(en_brief, find_system("dsr"), samples=6, base_url=server.url)
    novel, direct = Lane(server.url, "dsr-novel"), Lane(server.url, "screenwriter")
    claim(long, novel, most=1)
    turns = LaneTurn.objects.filter(address=server.url)
    turns.update(since=Now() - TURN)
    assert len(claim(long, novel, most=1)[1]) == 1  # nobody waits
    short = planned(en_brief, find_system("direct"), base_url=server.url)
    assert claim(long, novel, most=1)[1] == []
    assert claim(short, direct, most=1)[1] == []  # not yet: what flies comes back first
    Job.objects.filter(state=Job.State.CLAIMED).update(state=Job.State.DONE)
    long.jobs.filter(pk=long.jobs.last().pk).update(model="another")
    for own in (novel, Lane(server.url, "another")):
        assert claim(long, own, most=1)[1] == []  # the address stays empty for the other run
    assert len(claim(short, direct, most=1)[1]) == 1
    assert turns.get().model == "screenwriter"
    Job.objects.filter(state=Job.State.CLAIMED).update(state=Job.State.DONE)
    assert len(claim(long, novel, most=1)[1]) == 1  # a new turn


def test_a_lane_goes_on_when_nobody_comes_to_whom_it_yields(en_brief, server):
    long = planned(en_brief, find_system("dsr"), samples=3, base_url=server.url)
    planned(en_brief, find_system("direct"), base_url=server.url)
    novel = Lane(server.url, "dsr-novel")
    lease, jobs = claim(long, novel, most=1)
    release([(jobs[0], lease)])
    LaneTurn.objects.update(since=Now() - TURN)
    assert claim(long, novel, most=1)[1] == []
    LaneTurn.objects.update(yielded_at=Now() - GRACE)
    assert len(claim(long, novel, most=3)[1]) == 3


def test_a_lane_does_not_yield_to_what_it_serves_itself(en_brief, server):
    first = planned(en_brief, find_system("dsr"), samples=3, base_url=server.url)
    novel = Lane(server.url, "dsr-novel")
    claim(first, novel, most=1)
    LaneTurn.objects.update(since=Now() - TURN)
    both = planned(en_brief, find_system("dsr"), find_system("direct"), base_url=server.url)
    assert len(claim(first, novel, most=1)[1]) == 1
    run_services.change_run(run=both, state="paused")
    assert len(claim(first, novel, most=1)[1]) == 1


def test_what_shares_a_prefix_is_asked_together(en_brief, zh_brief, server):
    spec = replace(find_system("direct"), in_flight=1)
    run = run_services.plan_run(
        specs=[spec], briefs=[en_brief, zh_brief], samples=3, base_url=server.url, wake=False
    ).run
    work(run)
    asked = [body["messages"][-1]["content"] for body in server.requests]
    assert len(set(asked)) == 2
    assert asked == sorted(asked, key=asked.index)  # all samples of a brief, then those of the next
    assert Prompt.objects.count() == 2  # kept once
    attempt = Attempt.objects.filter(run=run).first()
    assert Prompt.objects.get(digest=attempt.prompt_digest).messages[-1][1] == asked[0]


@pytest.mark.slow
def test_hundreds_are_in_flight(en_brief):
    with Held(190) as server:
        spec = replace(find_system("direct"), in_flight=200)
        run = planned(en_brief, spec, samples=200, base_url=server.url)
        assert Worker(run).work().requests == 200
        assert server.most_at_once >= 190


# Engines of the workers


ENGINE = BackendSpec(kind="vllm_engine", model_path="/models/base")


class Straggler(FakeServer):
    """Answers the tenth request late, and earlier if another one comes meanwhile."""

    async def _reply(self, http, body, trouble):
        until = time.monotonic() + 3
        while len(self.requests) == 10 and time.monotonic() < until:
            await asyncio.sleep(0.01)
        return await super()._reply(http, body, trouble)


def on_engine(name: str) -> SystemSpec:
    return replace(find_system(name), backend=ENGINE, in_flight=4)


def test_what_one_engine_works_on_shuts_no_lane_of_another(en_brief, zh_brief):
    run = run_services.plan_run(specs=[on_engine("dsr")], briefs=[en_brief, zh_brief], wake=False).run
    first, second = run.jobs.order_by("pk")
    Job.objects.filter(pk=second.pk).update(model="screenwriter")
    novel, screenplay = lanes_waiting(run)
    assert [job.pk for job in claim(run, novel, most=5)[1]] == [first.pk]
    LaneTurn.objects.update(since=Now() - TURN)
    planned(en_brief, on_engine("direct"))
    assert [job.pk for job in claim(run, screenplay, most=5)[1]] == [second.pk]


def test_one_engine_answers_one_model_at_a_time(en_brief, zh_brief):
    with Straggler() as server:  # The tenth is the last of the first stage.
        run = run_services.plan_run(
            specs=[on_engine("dsr"), on_engine("direct")], briefs=[en_brief, zh_brief], samples=5, wake=False
        ).run
        worked = Worker(run, make=lambda spec, address: OpenAIBackend(server.url)).work()
        assert worked.wait_s is None
        assert run.jobs.filter(state=Job.State.DONE).count() == 20
        assert server.mixed == 0


def test_an_engine_with_nothing_to_do_loads_no_model(en_brief):
    run = planned(en_brief, on_engine("direct"))
    run.jobs.update(state=Job.State.CLAIMED, leased_until=Now() + TURN)
    with FakeServer() as server:
        assert Worker(run, make=lambda spec, address: OpenAIBackend(server.url)).work().wait_s is None
        assert run_services.known_by(run.digest, run.team_id).get().software.get("openai") is None


def test_all_free_engines_are_woken_and_one_worker_of_a_server(
    en_brief, server, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as woken:
        run_services.plan_run(specs=[on_engine("direct")], briefs=[en_brief], samples=5)
    assert len(woken) == 5
    assert [each.keywords.get("expires") for each in woken] == [None, *[SWEEP_S] * 4]
    Job.objects.filter(pk=Job.objects.first().pk).update(state=Job.State.DONE)
    with django_capture_on_commit_callbacks() as woken:
        assert run_services.wake_waiting() == 4
    assert len(woken) == 4
    assert all(each.keywords["expires"] == SWEEP_S for each in woken)
    with django_capture_on_commit_callbacks() as woken:
        run_services.plan_run(specs=[find_system("dsr")], briefs=[en_brief], samples=5, base_url=server.url)
    assert len(woken) == 1


# Mixing


def test_mixing_is_refused_where_nothing_was_checked(en_brief, server):
    with pytest.raises(InputErrors, match="were never checked here"):
        planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)
    assert Run.objects.count() == 0


def test_no_check_mixes_models_beside_the_requests_of_a_run(en_brief, server):
    run = planned(en_brief, find_system("dsr"), base_url=server.url)
    claim(run, Lane(server.url, "dsr-novel"), most=1)
    said = refused("check_backend", "dsr", "--base-url", server.url)
    assert f"run {run.code} is using" in said
    assert server.requests == []


def test_mixing_is_refused_where_it_failed(en_brief):
    with FakeServer(slow=0.02, mixes_up=True) as server:
        said = command("check_backend", "dsr", "--base-url", server.url)
        assert "answered with the text of" in said
        assert "adapters may not be mixed" in said
        check = BackendCheck.objects.get()
        assert (check.passed, check.mixes) == (True, False)
        with pytest.raises(InputErrors, match="different texts in mixed batches than alone"):
            planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)


def test_mixing_is_refused_for_models_that_were_not_tried(en_brief, server):
    command("check_backend", "direct", "--base-url", server.url)
    with pytest.raises(InputErrors, match="include dsr-novel"):
        planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)


class LastNovelWaits(FakeServer):
    """Once it is `checked`, it answers the last of seven novels when another model is asked meanwhile."""

    checked = False

    async def _reply(self, http, body, trouble):
        until = time.monotonic() + 60
        is_last = self.checked and [each["model"] for each in self.requests].count("dsr-novel") == 7
        while is_last and body["model"] == "dsr-novel" and not self.mixed and time.monotonic() < until:
            await asyncio.sleep(0.01)
        return await super()._reply(http, body, trouble)


def test_adapters_are_mixed_where_that_has_passed(en_brief):
    with LastNovelWaits(slow=0.1) as server:
        assert "adapters may be mixed" in command("check_backend", "dsr", "--base-url", server.url)
        server.requests.clear()
        server.mixed, server.checked = 0, True
        # Seven jobs for five places: the last two novels fly beside the first screenplays.
        spec = replace(find_system("dsr"), in_flight=5)
        run = planned(en_brief, spec, samples=7, base_url=server.url, mix_adapters=True)
        assert lanes_waiting(run) == [Lane(server.url, "")]
        assert work(run).state == Run.State.DONE
        assert server.mixed


def test_the_latest_check_counts(en_brief, server):
    command("check_backend", "dsr", "--base-url", server.url)
    passed = BackendCheck.objects.get()
    found = passed.result
    assert found["same_seed_same_text"] == {"dsr-novel": True, "screenwriter": True}
    assert set(found["references"]) == {"dsr-novel", "screenwriter"}
    assert found["software"] == {"version": "fake"}
    assert "structured outputs: not followed." in found["notes"]
    run = planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)
    keep_check(server.url, Checked(["dsr-novel", "screenwriter"], unmixed=["it did not"]))
    with pytest.raises(InputErrors, match="different texts in mixed batches than alone"):
        planned(en_brief, find_system("dsr"), base_url=server.url, seed=2, mix_adapters=True)
    with pytest.raises(InputErrors, match="different texts in mixed batches than alone"):
        planned(en_brief, find_system("dsr"), base_url=server.url)  # the same run, gone on with
    run_services.change_run(run=run, state="paused")
    with pytest.raises(InputErrors, match="different texts in mixed batches than alone"):
        run_services.change_run(run=run, state="active")


def test_a_check_that_fails_pauses_the_runs_that_mix_there(en_brief, server):
    command("check_backend", "dsr", "--base-url", server.url)
    mixing = planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)
    apart = planned(en_brief, find_system("dsr"), base_url=server.url, seed=2)
    keep_check("http://127.0.0.1:9/v1", Checked(["dsr-novel"], wrong=["it is another server"]))
    mixing.refresh_from_db()
    assert mixing.state == Run.State.ACTIVE
    keep_check(server.url, Checked(["dsr-novel", "screenwriter"], unmixed=["it did not"]))
    mixing.refresh_from_db()
    apart.refresh_from_db()
    assert (mixing.state, apart.state) == (Run.State.PAUSED, Run.State.ACTIVE)
    assert mixing.pause_reason == f"the latest check of {server.url} doesn't allow mixing adapters"
    assert claim(mixing, Lane(server.url, ""), most=1)[1] == []
    run_services.set_limits(run=mixing, limits=run_services.Limits(tokens=10**9))
    mixing.refresh_from_db()
    assert mixing.state == Run.State.PAUSED  # it is not its limits that it paused for


def test_raising_a_limit_asks_the_check_before_adapters_are_mixed_again(en_brief, server):
    command("check_backend", "dsr", "--base-url", server.url)
    run = planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)
    assert pause_at_limit(run, Reason("limit-tokens", limit="10"))
    keep_check(server.url, Checked(["dsr-novel", "screenwriter"], unmixed=["it did not"]))
    with pytest.raises(InputErrors, match="different texts in mixed batches than alone"):
        run_services.set_limits(run=run, limits=run_services.Limits(tokens=10**9))
    Run.objects.update(state=Run.State.DONE)
    run.jobs.update(state=Job.State.FAILED)
    with pytest.raises(InputErrors, match="different texts in mixed batches than alone"):
        run_services.retry_failed(run=run)


def test_nothing_is_claimed_beside_a_check(en_brief, server):
    run = planned(en_brief, find_system("direct"), base_url=server.url)
    lane = Lane(server.url, "screenwriter")
    other = connection.copy()
    try:
        with patch("evalsite.core.advisory_locks.connection", other), checking(server.url) as alone:
            assert alone
            with patch("evalsite.core.advisory_locks.connection", connection):
                assert claim(run, lane, most=1)[1] == []
                assert "is already being checked" in refused(
                    "check_backend", "direct", "--base-url", server.url
                )
        assert len(claim(run, lane, most=1)[1]) == 1
    finally:
        other.close()


def test_a_run_that_keeps_adapters_apart_does_not_begin_to_mix_them(en_brief, server):
    command("check_backend", "dsr", "--base-url", server.url)
    planned(en_brief, find_system("dsr"), base_url=server.url)
    with pytest.raises(
        InputErrors,
        match="doesn't mix adapters",
    ):
        planned(en_brief, find_system("dsr"), base_url=server.url, mix_adapters=True)


def test_a_history_tells_the_check_that_stood_when_it_was_written(en_brief, server):
    command("check_backend", "direct", "--base-url", server.url)
    run = work(planned(en_brief, find_system("direct"), base_url=server.url))
    keep_check(server.url, Checked(["screenwriter"], wrong=["it was built anew"]))
    story = provenance_of(run.jobs.select_related("run", "system", "brief__series").get())
    assert story.checks[server.url].passed
    (line,) = [each for each in lines_of(story) if each["kind"] == "check"]
    assert (line["passed"], line["same_seed_same_text"]) == (True, {"screenwriter": True})


def test_the_server_s_version_is_kept_with_the_run(en_brief, server):
    run = work(planned(en_brief, find_system("direct"), base_url=server.url))
    assert run.software[server.url] == ["fake"]
    assert run.software["openai"]
