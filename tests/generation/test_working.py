"""Doing a run's work on the real database: stages, refusals, budgets, leases, two workers at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generation.backends.fake import FakeBackend
from generation.backends.looping import Loop
from generation.backends.server import FakeServer
from generation.models import Attempt, Brief, Job, Run, Script, StageOutput
from generation.pipelines import SystemSpec, find_system
from generation.runs import services
from generation.runs.lanes import claim, due_in, lanes_waiting, release, renew
from generation.runs.requests import histories, next_step, write_attempts
from generation.runs.responses import record, validate, wait_before
from generation.runs.worker import Worker
from generation.screenplay import digest
from tests.generation.conftest import fake, planned


def work(run: Run) -> Run:
    """Work until nothing is due at once; waits for later tries are cut short."""
    while Worker(run).work().wait_s is not None:
        Job.objects.filter(run=run).update(not_before=None)
    run.refresh_from_db()
    return run


def claimed(run: Run, most: int = 1):
    """Claim from the first lane that waits."""
    lanes = lanes_waiting(run)
    return claim(run, lanes[0], most=most) if lanes else ("", [])


def ask(run: Run, lease: str, job: Job):
    """Write the attempt for a job's next request, as a worker does that goes away before it is answered."""
    spec = SystemSpec.from_record(run.frozen_settings["systems"][job.system.slug])
    step = next_step(job, lease, run, spec, histories([job])[job.pk], job.brief.content())
    return write_attempts(run, [step]).asked[0]


def outcomes(run: Run) -> list[str]:
    return list(Attempt.objects.filter(job__run=run).values_list("outcome", flat=True))


def four_at_once(call: Callable[[], object]) -> list[object]:
    """What four calls return, each in a thread with a separate connection, started together."""
    together = threading.Barrier(4)

    def one(_number: int) -> object:
        together.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(4)))


# Both stages, over HTTP


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_stages_of_dsr_over_http(language, request, server):
    brief: Brief = request.getfixturevalue(f"{language}_brief")
    run = work(planned(brief, find_system("dsr"), base_url=server.url))
    assert run.state == Run.State.DONE
    job = run.jobs.get()
    novel, screenplay = job.outputs.all()
    assert [body["model"] for body in server.requests] == ["dsr-novel", "screenwriter"]
    first, second = (body["messages"][-1]["content"] for body in server.requests)
    assert brief.outline.strip() in first
    assert brief.characters[0]["profile"].strip() in first
    told = novel.text.split("<novel>")[1].split("</novel>")[0].strip()
    assert f"<novel>\n{told}\n</novel>" in second
    script = job.script
    assert (script.brief, script.system.slug, script.language, script.sample) == (brief, "dsr", language, 1)
    assert script.text.strip() == screenplay.text.strip()
    assert script.digest == digest(script.text)
    assert (script.finish_reason, script.redraws) == ("stop", 0)
    assert outcomes(run) == ["ok", "ok"]
    assert novel.model_asked == novel.model_answered == "dsr-novel"
    assert novel.finish_reason == "stop"
    assert novel.sampling == {"temperature": 0.7, "top_p": 0.9, "max_tokens": 6000}
    assert novel.seed == server.requests[0]["seed"]
    assert novel.usage["completion_tokens"] > 0
    assert novel.attempt.answer["usage"] == novel.usage
    assert len(novel.attempt.prompt_digest) == 64
    assert run.frozen_settings["prompts"][f"dsr/stage1.{language}"]
    assert run.frozen_settings["briefs"] == {brief.slug: brief.digest}


def test_several_systems_and_samples(en_brief, zh_brief):
    specs = [fake("fake-dsr"), fake("fake-direct")]
    run = services.plan_run(specs=specs, briefs=[en_brief, zh_brief], samples=3, wake=False).run
    work(run)
    assert run.jobs.filter(state=Job.State.DONE).count() == 12
    assert Script.objects.count() == len(set(Script.objects.values_list("brief", "digest"))) == 12
    assert set(Script.objects.values_list("sample", flat=True)) == {1, 2, 3}


def test_a_failing_server_is_asked_again(en_brief):
    with FakeServer(fail_every=2) as server:
        run = work(planned(en_brief, find_system("dsr"), base_url=server.url))
    assert run.jobs.get().state == Job.State.DONE
    assert outcomes(run) == ["ok", "error", "ok"]
    wrong = Attempt.objects.get(job__run=run, outcome="error")
    assert wrong.reason.startswith("Busy: the server is busy (status 503")
    seeds = [body["seed"] for body in server.requests]
    assert seeds[1] == seeds[2]  # a request that brought nothing is asked again, not drawn again


# What never becomes a script


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("cut", "cut off at 4096 tokens"),
        ("other-model", "another model answered: somebody-else"),
    ],
)
def test_a_bad_answer_never_becomes_a_script(en_brief, behaviour, reason):
    run = work(planned(en_brief, fake(behaviour=behaviour, tries=2)))
    job = run.jobs.get()
    assert job.state == Job.State.FAILED
    assert job.error.startswith("answers rejected: 2")
    assert reason in job.error
    assert outcomes(run) == ["refused", "refused"]
    assert Script.objects.count() == StageOutput.objects.count() == 0
    assert run.state == Run.State.DONE
    assert "text" in job.attempts.first().answer


def test_a_redraw_has_another_seed_and_is_counted(en_brief):
    run = work(
        planned(en_brief, fake(behaviour="empty", every=2), fake("fake-dsr", behaviour="ok"), samples=2)
    )
    drawn = Attempt.objects.filter(job__run=run, outcome="refused").first().job
    seeds = [attempt.request["seed"] for attempt in drawn.attempts.all()]
    assert len(set(seeds)) == 2
    assert drawn.script.redraws == 1


def test_a_stage_without_its_part_is_refused(en_brief):
    run = work(planned(en_brief, fake("fake-dsr", behaviour="no-part", tries=1)))
    assert "the answer has no <novel>" in run.jobs.get().error


# Budgets


@pytest.mark.parametrize("behaviour", ["fail", "busy", "slow"])
def test_the_budget_of_failed_requests(en_brief, behaviour):
    run = work(planned(en_brief, fake(behaviour=behaviour, retries=2)))
    job = run.jobs.get()
    assert outcomes(run) == ["error"] * 3
    assert (job.state, job.error[:18]) == (Job.State.FAILED, "requests failed: 3")


def test_waits_double_and_keep_to_what_the_server_asks():
    waits = [wait_before(number, None, spread=False) for number in (1, 2, 3, 9, 99)]
    assert waits == [1, 2, 4, 120, 120]
    assert wait_before(1, 30, spread=False) == 30
    assert 1 <= wait_before(1, None) <= 1.5


def test_failed_jobs_try_again_when_told(en_brief):
    run = work(planned(en_brief, fake(behaviour="fail", retries=0)))
    run.frozen_settings["systems"]["fake-direct"]["backend"]["behaviour"] = "ok"
    run.save()
    assert services.retry_failed(run=run) == 1
    work(run)
    assert run.jobs.get().state == Job.State.DONE
    assert run.state == Run.State.DONE


def test_a_job_that_waits_is_not_claimed_before_its_time(en_brief, monkeypatch):
    monkeypatch.setattr("generation.runs.responses.wait_before", lambda *_: 60.0)
    run = planned(en_brief, fake(behaviour="busy"))
    worked = Worker(run).work()
    assert 0 < worked.wait_s <= 60
    assert outcomes(run) == ["error"]
    assert claimed(run, most=5)[1] == []


# Leases


def test_a_claim_whose_worker_died_is_taken_up_after_its_lease(en_brief):
    run = planned(en_brief, fake("fake-dsr"))
    lease, (job,) = claimed(run)
    asked = ask(run, lease, job)
    assert claimed(run)[1] == []
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work(run)
    assert outcomes(run) == ["lost", "ok", "ok"]
    asked.attempt.refresh_from_db()
    assert asked.attempt.reason == "the worker stopped before the answer arrived"
    assert run.jobs.get().state == Job.State.DONE


def test_an_answer_that_comes_after_the_lease_is_not_kept(en_brief):
    spec = fake()
    run = planned(en_brief, spec)
    lease, (job,) = claimed(run)
    asked = ask(run, lease, job)
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work(run)
    with Loop() as loop:
        late = loop.run(FakeBackend().complete(asked.request))
    assert record(run, [validate(asked, late)]).lost == 1
    assert StageOutput.objects.count() == Script.objects.count() == 1
    asked.attempt.refresh_from_db()
    assert asked.attempt.outcome == "lost"


def test_a_lease_is_renewed_by_its_holder_alone(en_brief):
    run = planned(en_brief, fake())
    lease, (job,) = claimed(run)
    soon = timezone.now() + timedelta(seconds=1)
    Job.objects.update(leased_until=soon)
    renew({job.pk: "another"})
    assert Job.objects.get().leased_until == soon
    renew({job.pk: lease})
    assert Job.objects.get().leased_until > soon
    release([(job, "another")])
    assert Job.objects.get().state == Job.State.CLAIMED


@pytest.mark.django_db(transaction=True)
def test_four_workers_never_do_a_job_twice(en_brief):
    run = services.plan_run(specs=[fake("fake-dsr")], briefs=[en_brief], samples=24, wake=False).run
    four_at_once(lambda: Worker(Run.objects.get(pk=run.pk)).work())
    work(run)
    assert outcomes(run) == ["ok"] * 48
    assert Script.objects.count() == 24


@pytest.mark.django_db(transaction=True)
def test_four_who_plan_the_same_at_once_get_one_run(en_brief):
    found = four_at_once(lambda: services.plan_run(specs=[fake()], briefs=[en_brief], wake=False).run.pk)
    assert len(set(found)) == Job.objects.count() == 1


# Frozen


def test_planning_the_same_again_goes_on_with_the_same_run(en_brief):
    first = services.plan_run(specs=[fake()], briefs=[en_brief], wake=False)
    again = services.plan_run(specs=[fake()], briefs=[en_brief], wake=False)
    assert (again.run, again.created, Job.objects.count()) == (first.run, False, 1)
    assert services.plan_run(specs=[fake()], briefs=[en_brief], seed=2, wake=False).created


def test_a_brief_that_changed_ends_the_job(en_brief):
    run = planned(en_brief, fake())
    en_brief.outline += " And it rains."
    en_brief.save()
    work(run)
    assert run.jobs.get().error == "the brief has changed since the run started"


def test_a_prompt_that_changed_ends_the_job(en_brief):
    run = planned(en_brief, fake())
    run.frozen_settings["prompts"]["direct/script.en"] = "0" * 64
    run.save()
    work(run)
    assert run.jobs.get().error == "prompt direct/script.en has changed since the run started"


def test_the_same_run_again_writes_the_same_texts(en_brief):
    first = work(planned(en_brief, fake("fake-dsr")))
    Run.objects.update(state=Run.State.CANCELLED)
    second = work(planned(en_brief, fake("fake-dsr")))
    assert first.pk != second.pk
    texts = [list(run.jobs.get().outputs.values_list("stage", "digest")) for run in (first, second)]
    assert texts[0] == texts[1]
    assert Script.objects.count() == 1


def test_an_equal_text_is_one_script(en_brief):
    first = work(planned(en_brief, fake()))
    same = Script.objects.get()
    spec = replace(fake(), in_flight=2)
    run = services.plan_run(specs=[spec], briefs=[en_brief], wake=False).run
    Run.objects.filter(pk=run.pk).update(digest=first.digest)
    run.refresh_from_db()
    work(run)
    assert Script.objects.get() == same
    assert run.jobs.get().error == f"same text as sample {same.sample}"


# Pause, go on, cancel; the sweep


def test_a_paused_run_is_left_alone(en_brief):
    run = planned(en_brief, fake())
    services.change_run(run=run, state="paused")
    assert Worker(run).work().requests == 0
    services.change_run(run=run, state="active")
    assert work(run).state == Run.State.DONE


def test_a_run_that_ended_cannot_go_on(en_brief):
    run = work(planned(en_brief, fake()))
    with pytest.raises(services.InputErrors, match="is done and can't become active"):
        services.change_run(run=run, state="active")


def test_the_sweep_wakes_what_waits_and_what_was_left(en_brief, django_capture_on_commit_callbacks):
    run = planned(en_brief, fake(), samples=3)
    claimed(run)
    Job.objects.filter(state="claimed").update(leased_until=timezone.now() - timedelta(seconds=1))
    later = Job.objects.filter(state="waiting").first()
    Job.objects.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(hours=1))
    with django_capture_on_commit_callbacks() as woken:
        assert services.wake_waiting() == 2
    assert len(woken) == 1
    assert due_in(run) == 0


def test_the_sweep_takes_back_what_was_lost_of_a_run_that_was_cancelled(en_brief):
    run = planned(en_brief, fake())
    lease, (job,) = claimed(run)
    ask(run, lease, job)
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    services.change_run(run=run, state="cancelled")
    assert services.wake_waiting() == 0
    assert run.jobs.get().state == Job.State.WAITING
    assert outcomes(run) == [Attempt.Outcome.LOST]


def test_the_sweep_ends_a_run_whose_worker_was_lost_after_the_last_job(
    en_brief, django_capture_on_commit_callbacks
):
    run = work(planned(en_brief, fake()))
    Run.objects.filter(pk=run.pk).update(state=Run.State.ACTIVE, ended_at=None)
    unended = planned(en_brief, fake(), samples=2)
    with django_capture_on_commit_callbacks() as woken:
        assert services.wake_waiting() == 2
    assert len(woken) == 1
    run.refresh_from_db()
    unended.refresh_from_db()
    assert (run.state, unended.state) == (Run.State.DONE, Run.State.ACTIVE)
    assert run.ended_at is not None


def test_planning_wakes_a_worker(en_brief, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as woken:
        services.plan_run(specs=[fake()], briefs=[en_brief])
    assert len(woken) == 1


# Keys and clear failures


def test_a_key_is_stored_nowhere(en_brief, server, monkeypatch, caplog):
    monkeypatch.setenv("SOME_KEY", "very-secret-key")
    spec = find_system("direct")
    spec = replace(spec, backend=replace(spec.backend, key_env="SOME_KEY"))
    work(planned(en_brief, spec, base_url=server.url))
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', ["%very-secret-key%"])
            assert cursor.fetchone() == (0,), table
    assert len(tables) > 10
    assert "very-secret-key" not in caplog.text


def test_a_worker_without_the_key_leaves_the_jobs_to_one_that_has_it(en_brief, server, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    spec = find_system("direct")
    spec = replace(spec, backend=replace(spec.backend, key_env="SOME_KEY"))
    run = planned(en_brief, spec, base_url=server.url)
    assert Worker(run).work().wait_s is None
    assert run.jobs.get().state == Job.State.WAITING
    assert not Attempt.objects.exists()
    monkeypatch.setenv("SOME_KEY", "very-secret-key")
    Worker(run).work()
    assert run.jobs.get().state == Job.State.DONE


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"models": ("another",)}, "Rejected: the server has no model screenwriter (status 404: The model"),
        ({"context": 50}, "Rejected: status 400: This model's maximum context length is 50 tokens"),
    ],
)
def test_what_a_server_refuses_is_told_on_the_job(en_brief, options, said):
    with FakeServer(**options) as server:
        run = work(planned(en_brief, find_system("direct"), base_url=server.url))
    assert run.jobs.get().error.startswith(said)
    assert outcomes(run) == ["error"], "it is no use trying again"


def test_an_answer_that_breaks_off_is_asked_again(en_brief):
    with FakeServer(troubles={"break": 0.4}) as server:
        spec = replace(find_system("dsr"), retries=50)
        run = work(planned(en_brief, spec, samples=10, base_url=server.url))
    assert run.jobs.filter(state=Job.State.DONE).count() == 10
    reasons = Attempt.objects.filter(run=run, outcome="error").values_list("reason", flat=True)
    assert reasons
    assert all(
        reason.startswith("Unreachable") and "disconnected before the answer was complete:" in reason
        for reason in reasons
    )


def test_a_database_that_went_away_is_waited_for(en_brief, monkeypatch):
    from django.db import OperationalError

    from generation.runs import worker

    monkeypatch.setattr(
        worker.tenacity.nap, "time", type("Clock", (), {"sleep": staticmethod(lambda _: None)})
    )
    failures = iter([OperationalError("gone"), OperationalError("still gone")])

    def once_it_is_back():
        for failure in failures:
            raise failure
        return "back"

    class Outside:
        in_atomic_block = False
        closed = 0

        def close(self):
            self.closed += 1

    outside = Outside()
    monkeypatch.setattr(worker, "connection", outside)
    assert worker.retry_on_disconnect(once_it_is_back) == "back"
    assert outside.closed == 2


def test_an_answer_kept_twice_is_kept_once(en_brief):
    """As when the connection broke after the commit: what is said again changes nothing."""
    run = planned(en_brief, fake("fake-dsr"))
    lease, (job,) = claimed(run)
    asked = ask(run, lease, job)
    with Loop() as loop:
        back = validate(asked, loop.run(FakeBackend().complete(asked.request)))
    assert len(record(run, [back]).going_on) == 1
    assert record(run, [back]).lost == 1
    assert StageOutput.objects.count() == 1
    assert work(run).state == Run.State.DONE
    assert outcomes(run) == ["ok", "ok"]


def test_attempts_written_twice_are_written_once(en_brief):
    run = planned(en_brief, fake())
    lease, (job,) = claimed(run)
    first, second = ask(run, lease, job), None
    second = write_attempts(run, [first.ready]).asked[0]
    assert first.attempt.pk == second.attempt.pk
    assert Attempt.objects.count() == 1
