"""Answers that no table can hold: each must stand alone, and take none of those along that come with it."""

import pytest

from generation.backends import BackendError, Completion, Rejected
from generation.backends.fake import FakeBackend
from generation.models import Attempt, Job
from generation.runs.worker import Worker
from tests.generation.conftest import fake, planned

NUL, HALF = "\x00", "\ud800"


class Hostile(FakeBackend):
    """Answers as told once, and well from then on."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil

    async def complete(self, request):
        good = await super().complete(request)
        return self.spoil(good) if len(self.requests) == 1 else good


def changed(**fields):
    def spoil(good):
        told = {"text": good.text, "model": good.model, "usage": good.usage, "id": good.id} | fields
        return Completion(finish_reason="stop", latency=0.1, **told)

    return spoil


def raised(good: Completion) -> Completion:
    raise Rejected(f"status 400: bad {NUL} thing {HALF}")


@pytest.mark.parametrize(
    ("spoil", "first", "counted"),
    [
        (raised, Attempt.Outcome.ERROR, False),
        (changed(id=f"a{NUL}b"), Attempt.Outcome.OK, True),
        (changed(id=f"a{HALF}b"), Attempt.Outcome.OK, True),
        (changed(model=f"a{NUL}b"), Attempt.Outcome.REFUSED, True),
        (changed(text=f"{NUL}{HALF}"), Attempt.Outcome.REFUSED, True),
        (changed(usage={"prompt_tokens": 1, "completion_tokens": 1, NUL: 1}), Attempt.Outcome.OK, True),
        (changed(usage={"prompt_tokens": 10**40, "completion_tokens": 1}), Attempt.Outcome.OK, False),
        (changed(usage={"prompt_tokens": True, "completion_tokens": 1}), Attempt.Outcome.OK, False),
    ],
)
def test_an_answer_that_cannot_be_stored_harms_no_other(en_brief, spoil, first, counted):
    spec = fake(tries=1)
    run = planned(en_brief, spec, samples=4)
    backend = Hostile(spoil)
    Worker(run, make=lambda *_: backend).work()
    attempt = Attempt.objects.order_by("pk")[0]
    assert (attempt.outcome, attempt.estimated) == (first, not counted or first == "error")
    if "usage" in attempt.answer and not counted:  # what no request can use is no count: the estimate stands
        assert attempt.completion_tokens == spec.stages[0].max_tokens
    assert list(run.jobs.order_by("pk")[1:].values_list("state", flat=True)) == [Job.State.DONE] * 3
    assert Attempt.objects.count() == 4


def test_an_error_can_be_stored_whatever_a_server_says():
    assert str(BackendError(f"a{NUL}{HALF}")) == "a\ufffd\ufffd"
