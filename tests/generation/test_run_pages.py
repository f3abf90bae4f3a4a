"""The page of one run: what moves on it, what may be done, its texts, and how it bears many jobs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from evalsite.core.models import AuditEvent
from evalsite.core.reason_codes import Reason
from generation import blinding
from generation.backends.server import FakeServer
from generation.models import Attempt, Job, Run, Script
from generation.pipelines import find_system
from generation.runs.addresses import Lane
from generation.runs.lanes import claim
from generation.runs.progress import progress_of
from generation.runs.services import Limits
from generation.runs.worker import Worker
from tests.generation.conftest import fake, planned
from tests.generation.test_spending import priced
from tests.generation.test_working import work

pytestmark = pytest.mark.django_db


def address(name: str, run: Run) -> str:
    return reverse(f"generation-{name}", args=[run.code])


def html(client, *place, **values) -> str:
    answer = client.get(address(*place), values)
    assert answer.status_code == 200
    return answer.content.decode()


def figures(text: str) -> dict[str, str]:
    found = re.findall(r"<dt>([^<]*)</dt><dd>(?:<span[^>]*>)?([^<]*)", text)
    return {name: value.strip() for name, value in found}


def test_what_moves_is_a_part_of_its_own(researcher, en_brief, server):
    run = planned(en_brief, priced(), samples=3, base_url=server.url)
    before = figures(html(researcher, "live", run))
    assert (before["Waiting"], before["Done"], before["Tokens per second"]) == ("3", "0", "not yet")
    work(run)
    part = html(researcher, "live", run)
    after = figures(part)
    assert (after["Waiting"], after["Done"], after["Requests"]) == ("0", "3", "3")
    assert "Tokens per second" not in after  # it has ended
    assert "<html" not in part
    assert part in html(researcher, "run", run)
    used = list(server.usage.values())
    cost = sum(2 * each["prompt_tokens"] + 10 * each["completion_tokens"] for each in used) / 1e6
    assert after["Cost"] == f"{cost:.2f}"


def test_speed_and_time_left_while_it_runs(researcher, en_brief):
    with FakeServer(slow=0.05) as server:
        run = planned(en_brief, priced(), samples=4, base_url=server.url)
        # Time that goes on with each answer: two of the four are there in the end, on whatever machine.
        Worker(run, clock=lambda: float(len(server.usage))).work(seconds=2)
    now = figures(html(researcher, "live", run))
    assert int(now["Tokens per second"].replace(",", "")) > 0
    assert now["Time left"] == "1 min"


def test_the_table_of_jobs_moves_too(researcher, en_brief, server):
    run = planned(en_brief, priced(), samples=3, base_url=server.url)
    page = html(researcher, "run", run, state="waiting")
    assert f'data-live="{address("live-jobs", run)}?state=waiting&amp;page=1"' in page
    assert html(researcher, "live-jobs", run, state="waiting").count('<th scope="row">') == 3
    work(run)
    assert html(researcher, "live-jobs", run, state="waiting").count('<th scope="row">') == 0
    assert html(researcher, "live-jobs", run).count(">1</td>") == 4, "of each one request; the first sample"
    assert address("live-jobs", run) not in html(researcher, "run", run), "it has ended"


def test_what_is_held_for_requests_under_way_is_not_told_as_used(researcher, en_brief, server):
    run = planned(en_brief, priced(), samples=2, base_url=server.url)
    work(run)
    one, two = (tuple(each.values()) for each in Attempt.objects.values("prompt_tokens", "completion_tokens"))
    Attempt.objects.filter(pk=Attempt.objects.earliest("pk").pk).update(estimated=True)
    part = html(researcher, "live", run)
    assert f"{two[0]:,} / {two[1]:,}" in part
    assert f"plus up to {sum(one):,}" in part


def test_a_server_that_is_down_is_told_with_its_address(researcher, en_brief):
    with FakeServer(keep=False) as server:
        run = planned(en_brief, priced(), samples=2, base_url=server.url)
    assert "hasn't responded since" not in html(researcher, "live", run)
    Worker(run).work()
    part = html(researcher, "live", run)
    assert f"<code>{server.url}</code> hasn't responded since" in part
    assert "2 jobs will be retried automatically" in part
    assert figures(part)["Time left"] == "not yet"


def ended(run: Run, address: str, *outcomes: str) -> None:
    """Requests of a run at an address that ended so, a second after each other, the last one now."""
    job, count = run.jobs.first(), Attempt.objects.count()
    for at, outcome in enumerate(outcomes, start=1):
        row = Attempt.objects.create(
            job=job, run=run, stage="direct", number=count + at, outcome=outcome, address=address,
            reason=Reason("Unreachable", reason="refused") if outcome == "error" else "",
            request={}, estimated=False, completion_tokens=100 if outcome == "ok" else 0,
        )  # fmt: skip
        then = timezone.now() - timedelta(seconds=len(outcomes) - at)
        Attempt.objects.filter(pk=row.pk).update(started_at=then - timedelta(seconds=1), finished_at=then)


def test_silence_is_told_of_the_address_where_it_is(researcher, en_brief):
    run = planned(en_brief, find_system("dsr"), base_url="http://one.example/v1")
    run.frozen_settings["addresses"]["dsr"]["script"] = "http://two.example/v1"
    run.save()
    ended(run, "http://two.example/v1", "ok", "ok")
    ended(run, "http://one.example/v1", "ok", "error", "error", "error")
    answered = Attempt.objects.filter(address="http://one.example/v1", outcome="ok").get().finished_at
    ended(run, "http://two.example/v1", "ok", "error", "ok")
    (silence,) = progress_of(run).silences
    assert (silence.address, silence.since, silence.waiting) == ("http://one.example/v1", answered, 1)
    part = html(researcher, "live", run)
    assert "<code>http://one.example/v1</code> hasn't responded since" in part
    assert "two.example" not in part
    shown = figures(part)
    assert int(shown["Tokens per second"].replace(",", "")) > 0, "the other one answers"
    assert shown["Time left"] == "not yet"


def test_one_lost_request_among_answers_is_no_silence(researcher, en_brief):
    run = planned(en_brief, find_system("direct"), base_url="http://one.example/v1")
    ended(run, "http://one.example/v1", "ok", "ok", "error")
    assert progress_of(run).silences == ()
    assert int(figures(html(researcher, "live", run))["Tokens per second"]) > 0


def test_a_run_that_waits_for_its_turn_says_so(researcher, en_brief, server):
    first, second, like = (
        planned(en_brief, find_system(name), base_url=server.url, seed=seed)
        for name, seed in (("dsr", 1), ("direct", 1), ("dsr", 2))
    )
    assert first.code not in html(researcher, "live", second)
    claim(first, Lane(server.url, "dsr-novel"), most=1)
    told = html(researcher, "live", second)
    assert "This run is waiting its turn" in told
    assert first.code in told
    assert "This run is waiting its turn" not in html(
        researcher, "live", like
    )  # its model is the one that is asked


def test_reasons_stand_together(researcher, en_brief):
    run = work(planned(en_brief, fake(behaviour="nonsense", tries=1), samples=3))
    text = html(researcher, "run", run)
    assert "3 ×" in text
    assert text.count("Why jobs failed") == 1


def test_jobs_of_one_state(researcher, en_brief):
    run = work(planned(en_brief, fake(behaviour="empty", every=2, tries=1), samples=4))
    assert run.jobs.filter(state=Job.State.FAILED).count() == 2
    assert html(researcher, "run", run, state="failed").count('<th scope="row">') == 2
    assert html(researcher, "run", run).count('<th scope="row">') == 4
    assert html(researcher, "run", run, state="odd").count('<th scope="row">') == 4


def test_pages_of_jobs_hold_each_once_and_the_failed_first(researcher, en_brief):
    run = planned(en_brief, fake(), samples=230)
    failed = list(run.jobs.values_list("pk", flat=True))[150:180]
    Job.objects.filter(pk__in=failed).update(state=Job.State.FAILED, error="it was so")
    seen = [
        sample
        for page in (1, 2, 3)
        for sample in re.findall(r"/(\d+)/\">", html(researcher, "run", run, page=page))
    ]
    assert len(seen) == len(set(seen)) == 230
    assert sorted(map(int, seen[:30])) == list(range(151, 181))


@pytest.mark.parametrize("verb", ["pause", "cancel", "retry", "go-on"])
def test_it_asks_before_it_acts(admin, en_brief, verb):
    run = planned(en_brief, fake())
    text = html(admin, verb, run)
    assert "Cancel" in text
    run.refresh_from_db()
    assert run.state == Run.State.ACTIVE
    assert not AuditEvent.objects.filter(about=run.code).exclude(verb="plan run").exists()


def test_an_admin_raises_the_limit_of_a_run_that_paused(admin, en_brief, server):
    run = planned(en_brief, priced(), samples=2, base_url=server.url, limits=Limits(tokens=5))
    Worker(run).work()
    assert "The run paused because the next request could exceed a limit. Raise the limit to resume." in html(
        admin, "run", run
    )
    assert admin.post(address("limits", run), {"tokens": "0"}).status_code == 200  # refused, with a reason
    assert admin.post(address("limits", run), {"tokens": "9000000", "cost": ""}).status_code == 303
    run.refresh_from_db()
    assert (run.state, run.limit_tokens, run.limit_cost) == (Run.State.ACTIVE, 9_000_000, None)
    assert work(run).state == Run.State.DONE
    assert AuditEvent.objects.filter(about=run.code, verb="set limits", who="ada").count() == 1


# Texts


def test_texts_as_they_come_name_no_system(researcher, en_brief):
    run = work(planned(en_brief, fake("fake-dsr"), samples=2))
    text = html(researcher, "texts", run)
    for script in Script.objects.all():
        assert max(script.text.split("\n"), key=len) in text.replace("&#x27;", "'").replace("&quot;", '"')
    assert "fake-dsr" not in text
    assert "fake-dsr" not in str(AuditEvent.objects.get(verb="read texts of a run").detail)


def test_texts_under_seal_are_not_shown(researcher, en_brief, zh_brief, monkeypatch):
    run = work(planned(en_brief, fake(), fake("fake-dsr")))
    hidden = (en_brief.slug, "fake-dsr")
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: {hidden}])
    text = html(researcher, "texts", run)
    assert text.count("<pre") == 1
    assert "Texts for 1 combination of brief and system are sealed" in text


def test_the_run_s_page_does_not_ask_more_of_more_jobs(researcher, en_brief, django_assert_max_num_queries):
    run = planned(en_brief, find_system("fake-direct"), samples=300)
    with django_assert_max_num_queries(20):
        html(researcher, "run", run)
