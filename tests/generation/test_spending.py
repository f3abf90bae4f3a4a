"""Estimates, reservations, limits: a run stops before it could pass its limit, and nothing is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from evalsite.core.errors import InputErrors
from generation.backends.server import FakeServer
from generation.models import Attempt, Job, Run
from generation.pipelines import find_system
from generation.runs import services as run_services
from generation.runs.services import Limits, set_limits
from generation.runs.spending import Use, estimate, prices_of, sums, tokens_of
from generation.runs.worker import Worker
from generation.templatetags import numbers
from tests.generation.conftest import fake, planned
from tests.generation.test_working import ask, claimed, work

pytestmark = pytest.mark.django_db


def priced(name: str = "direct", price_in: float = 2.0, price_out: float = 10.0, max_tokens: int = 1000):
    """A system with prices and short answers' limits. It flies one request at a time."""
    spec = find_system(name)
    stages = tuple(replace(stage, max_tokens=max_tokens) for stage in spec.stages)
    backend = replace(spec.backend, price_in=price_in, price_out=price_out)
    return replace(spec, backend=backend, stages=stages, in_flight=1)


def test_tokens_are_rather_over_than_under():
    assert tokens_of("") == 0
    assert tokens_of("word" * 30) == 40
    assert tokens_of("夜，外。") == 4
    assert tokens_of("夜 ab") == 2


def test_costs_are_counted_as_the_server_reports(en_brief, server):
    run = work(planned(en_brief, priced(), samples=2, base_url=server.url))
    known = sums(run).known
    usage = list(server.usage.values())
    assert known.prompt == sum(each["prompt_tokens"] for each in usage)
    assert known.completion == sum(each["completion_tokens"] for each in usage)
    assert known.cost == 2 * known.prompt + 10 * known.completion  # per million, in millionths
    assert sums(run).reserved == Use()


def test_the_estimate_is_told_before_the_start(en_brief, zh_brief):
    spec = priced("dsr", max_tokens=5000)
    told = estimate([spec], [en_brief, zh_brief], 3, prices_of([spec]))
    assert told.jobs == 6
    assert told.most.completion == 6 * 2 * 5000
    assert 0 < told.expected.completion < told.most.completion
    assert told.expected.cost == 2 * told.expected.prompt + 10 * told.expected.completion
    run = planned(en_brief, spec)
    assert run.estimate["jobs"] == 1
    assert run.estimate["expected"]["cost"] > 0


@pytest.mark.parametrize("kind", ["tokens", "cost"])
def test_a_run_stops_by_itself_at_its_limit_and_goes_on_when_it_is_raised(en_brief, kind):
    with FakeServer() as server:
        limits = Limits(tokens=5000) if kind == "tokens" else Limits(cost=0.02)
        run = planned(en_brief, priced(), samples=9, base_url=server.url, limits=limits)
        assert Worker(run).work().wait_s is None
        run.refresh_from_db()
        assert run.state == Run.State.PAUSED
        assert run.pause_reason.startswith("the next request could exceed the limit of")
        done = run.jobs.filter(state=Job.State.DONE).count()
        assert 0 < done < 9
        total = sums(run).total
        assert total.tokens <= 5000 if kind == "tokens" else total.cost <= 20_000
        assert run.jobs.exclude(state=Job.State.DONE).filter(state=Job.State.WAITING).count() == 9 - done
        run = set_limits(run=run, limits=Limits())
        assert (run.state, run.pause_reason) == (Run.State.ACTIVE, "")
        assert work(run).state == Run.State.DONE
        assert len(server.usage) == 9


def test_a_limit_below_the_first_request_sends_nothing(en_brief, server):
    run = planned(en_brief, priced(), base_url=server.url, limits=Limits(tokens=10))
    assert Worker(run).work().requests == 0
    assert Attempt.objects.count() == len(server.requests) == 0
    run.refresh_from_db()
    assert run.state == Run.State.PAUSED


def test_what_is_lost_stays_counted_at_its_estimate(en_brief, server):
    run = planned(en_brief, priced(), base_url=server.url)
    lease, (job,) = claimed(run)
    asked = ask(run, lease, job)
    flying = sums(run)
    assert flying.reserved.completion == 1000
    assert flying.reserved == asked.ready.use
    assert flying.counts == {"sent": 1}
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work(run)
    after = sums(run)
    assert after.reserved == asked.ready.use  # the lost one
    assert after.known.completion == next(iter(server.usage.values()))["completion_tokens"]


@pytest.mark.parametrize(
    ("behaviour", "counts"), [("fail", True), ("busy", False), ("slow", True), ("lost", True)]
)
def test_a_request_without_an_answer_counts_if_the_server_may_have_worked(en_brief, behaviour, counts):
    run = work(planned(en_brief, fake(behaviour=behaviour, retries=0)))
    told = Attempt.objects.aggregate(tokens=Sum("completion_tokens"))
    assert told["tokens"] == (4096 if counts else 0)
    assert Attempt.objects.get().estimated
    assert sums(run).known == Use()


def test_limits_that_cannot_be_kept_are_refused(en_brief):
    run = planned(en_brief, fake())
    with pytest.raises(InputErrors, match="at least 1 token"):
        set_limits(run=run, limits=Limits(tokens=0))
    run_services.change_run(run=run, state="cancelled")
    with pytest.raises(InputErrors, match="so its limits can't change"):
        set_limits(run=run, limits=Limits(tokens=10))
    with pytest.raises(InputErrors, match="is cancelled"):
        run_services.retry_failed(run=run)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0.00"),
        (0.0000012, "0.0000012"),
        (0.0031, "0.0031"),
        (0.00499, "0.0050"),
        (0.01, "0.01"),
        (0.126, "0.13"),
        (1234.5, "1,234.50"),
        (None, ""),
    ],
)
def test_small_amounts_of_money_are_not_shown_as_zero(amount, shown):
    assert numbers.money(amount) == shown
