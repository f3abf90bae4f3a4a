"""/api/v1/runs/: starting, watching and changing runs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation import blinding
from generation.models import Attempt, Job, Run, Script
from generation.runs.worker import Worker
from generation.services import store_briefs
from tests.generation.two_teams import brief_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def briefs(db):
    named = [("depot-one", "depot-line"), ("depot-two", "depot-line"), ("pier-one", "pier-line")]
    return [each.brief for each in store_briefs([brief_of(slug, series, series) for slug, series in named])]


def started(owner, **fields):
    answer = owner.post("runs/", {"systems": ["fake-direct"], "briefs": ["depot-one"], **fields})
    assert answer.status_code == 201, answer.json()
    return answer


def test_a_run_is_started_watched_and_done(owner, watcher, briefs):
    answer = started(owner, series=["pier-line"], samples=2, limit_tokens=10**9, name="First")
    run = answer.json()
    assert answer["Location"] == f"http://testserver/api/v1/runs/{run['code']}/"
    assert (run["name"], run["state"], run["systems"]) == ("First", "active", ["fake-direct"])
    assert (run["briefs"], run["samples"], run["seed"]) == (["depot-one", "pier-one"], 2, 1)
    assert run["jobs"] == {"blocked": 0, "waiting": 4, "claimed": 0, "done": 0, "failed": 0}
    assert run["limit_tokens"] == 10**9
    again = owner.post(
        "runs/",
        {"systems": ["fake-direct"], "briefs": ["depot-one"], "series": ["pier-line"], "samples": 2},
    )
    assert (again.status_code, again.json()["code"]) == (200, run["code"])

    Worker(Run.objects.get()).work()
    done = watcher.get(f"runs/{run['code']}/").json()
    assert (done["state"], done["jobs"]["done"], done["failures"]) == ("done", 4, [])
    assert done["ended_at"]
    assert done["used"]["completion_tokens"] > 0
    assert Script.objects.count() == 4
    (row,) = watcher.get("runs/", state="done", kind="generate").json()["results"]
    assert (row["code"], row["created_by"], row["jobs"]["done"]) == (run["code"], "team-owner-0", 4)
    assert watcher.get("runs/", state="active").json()["results"] == []


@pytest.mark.slow
def test_more_single_briefs_than_the_page_lists(owner):
    specs = [brief_of(f"b-{number}", f"s-{number}", "A") for number in range(301)]
    store_briefs(specs)
    run = started(owner, briefs=[spec.slug for spec in specs]).json()
    assert run["jobs"]["waiting"] == 301


@pytest.mark.parametrize(
    ("fields", "status", "path"),
    [
        ({"systems": ["nobody"]}, 422, "systems"),
        ({"systems": []}, 400, "systems"),
        ({"briefs": ["nobody"]}, 422, "briefs"),
        ({"briefs": []}, 422, "briefs"),
        ({"samples": 0}, 400, "samples"),
        ({"base_url": "ftp://example.com"}, 422, "base_url"),
        ({"key": "nobody"}, 422, "key"),
        ({"temperature": 3}, 400, "temperature"),
        ({"temperature": 1, "no_sampling": True}, 422, "no_sampling"),
    ],
)
def test_wrong_fields_are_named(owner, briefs, fields, status, path):
    answer = owner.post("runs/", {"systems": ["fake-direct"], "briefs": ["depot-one"], **fields})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (status, path), answer.json()
    assert not Run.objects.exists()


def test_a_run_without_its_key_is_refused(owner, briefs, monkeypatch):
    monkeypatch.setenv("API_KEY_VARIABLES", "")
    answer = owner.post("runs/", {"systems": ["claude-direct"], "briefs": ["depot-one"]})
    assert answer.status_code == 422
    assert not Run.objects.exists()


def test_pause_resume_cancel_and_limits(owner, briefs):
    code = started(owner).json()["code"]
    for verb, state in (("pause", "paused"), ("resume", "active"), ("cancel", "cancelled")):
        answer = owner.post(f"runs/{code}/{verb}/")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    refused = owner.post(f"runs/{code}/resume/")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_state")
    assert "start another run" in refused.json()["errors"][0]["fix"]
    assert owner.post(f"runs/{code}/limits/", {"limit_tokens": 5}).status_code == 409

    code = started(owner, seed=2).json()["code"]
    answer = owner.post(f"runs/{code}/limits/", {"limit_tokens": 1, "limit_cost": 2.5})
    assert (answer.json()["limit_tokens"], answer.json()["limit_cost"]) == (1, 2.5)
    Worker(Run.objects.get(code=code)).work()
    paused = owner.get(f"runs/{code}/").json()
    assert (paused["state"], paused["pause_reason"]) == ("paused", "limit-tokens")
    assert owner.post(f"runs/{code}/limits/", {}).json()["state"] == "active"
    assert owner.post(f"runs/{code}/limits/", {"limit_tokens": 0}).status_code == 400


def test_failed_jobs_are_retried(owner, briefs):
    code = started(owner).json()["code"]
    Job.objects.update(state="failed", error="no answer", done_at=timezone.now())
    Run.objects.update(state="done")
    run = owner.get(f"runs/{code}/").json()
    assert (run["retriable"], run["failures"]) == (1, [{"reason": "no answer", "jobs": 1}])
    again = owner.post(f"runs/{code}/retry/").json()
    assert (again["state"], again["jobs"]["waiting"], again["failures"]) == ("active", 1, [])


def test_a_sealed_run_tells_no_tokens_and_no_reasons(owner, briefs, monkeypatch):
    code = started(owner).json()["code"]
    Worker(Run.objects.get()).work()
    Attempt.objects.update(
        completion_tokens=81_236, prompt_tokens=71_234, started_at=timezone.now() - timedelta(1)
    )
    Job.objects.update(state="failed", error="71234 words are too many")
    assert owner.get(f"runs/{code}/").json()["used"]["completion_tokens"] == 81_236
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: set(pairs)])
    sealed = owner.get(f"runs/{code}/")
    assert (sealed.json()["used"], sealed.json()["failures"]) == (None, [])
    assert "81236" not in sealed.content.decode()
    assert "71234" not in sealed.content.decode()


def test_a_list_of_runs_takes_a_fixed_number_of_queries(owner, briefs, django_assert_num_queries):
    counts = []
    for seed in (1, 2, 3):
        started(owner, seed=seed)
        with django_assert_num_queries(12, exact=False) as queries:
            assert len(owner.get("runs/").json()["results"]) == seed
        counts.append(len(queries))
    assert counts[0] == counts[2]
