"""When requests may go: rates, and the circuit that opens when a server is down."""

import pytest

from generation.backends import Busy, CircuitOpen, Completion, Request, Unreachable
from generation.backends.gate import Gate

ASKED = Request("screenwriter", (("user", "x"),))


class Moody:
    """A backend that raises what it is told to, or answers."""

    def __init__(self):
        self.error = None
        self.count = 0

    async def complete(self, request):
        self.count += 1
        if self.error is not None:
            raise self.error
        return Completion("x", request.model, "stop", {}, 0.0)


def test_without_rates_all_may_go(loop):
    assert loop.run(Gate().acquire([10] * 500)) == (500, 0.0)


@pytest.mark.parametrize("rate", [5, 60, 600])
def test_no_more_requests_than_the_rate_in_any_minute(loop, rate, monkeypatch):
    """Asked every tenth of a second, from the first moment on, for two minutes of the limiter's clock."""
    gate, now, sent = Gate(requests_per_minute=rate), [0.0], []
    monkeypatch.setattr(loop._loop, "time", lambda: now[0])

    async def ask():
        for tick in range(1200):
            now[0] = tick / 10
            sent.extend([now[0]] * (await gate.acquire([10] * rate))[0])

    loop.run(ask())
    assert max(sum(1 for at in sent if begin <= at < begin + 60) for begin in range(60)) <= rate
    assert len(sent) >= rate * 2 * 0.75  # and not many fewer: 11/12 of the rate where it is large


def test_tokens_per_minute(loop):
    gate = Gate(tokens_per_minute=400)
    count, wait = loop.run(gate.acquire([40, 40, 40]))
    assert count == 2
    assert 0 < wait <= 12
    # One that is larger than what may go at once may go alone, or it never could.
    assert loop.run(Gate(tokens_per_minute=400).acquire([5000, 1]))[0] == 1


def test_the_circuit_opens_tries_one_and_closes(loop):
    backend, now = Moody(), [1000.0]
    gate = Gate(failures=3, pause_s=0.2, clock=lambda: now[0])
    backend.error = Unreachable("gone")
    for _ in range(3):
        with pytest.raises(Unreachable):
            loop.run(gate.send(backend, ASKED))
    with pytest.raises(CircuitOpen):
        loop.run(gate.send(backend, ASKED))
    assert backend.count == 3  # nothing was sent
    now[0] = 0.0  # long before the pause ends
    assert loop.run(gate.acquire([1, 1]))[0] == 0
    now[0] = 1e12
    assert loop.run(gate.acquire([1, 1, 1])) == (1, 0.0)
    backend.error = None

    async def until_it_answers():
        import asyncio

        while True:
            try:
                return await gate.send(backend, ASKED)
            except CircuitOpen:
                await asyncio.sleep(0.01)

    assert loop.run(until_it_answers()).text == "x"
    assert loop.run(gate.acquire([1, 1, 1])) == (3, 0.0)


def turned_away(loop, gate, backend, times, **told):
    backend.error = Busy("later", **told)
    for _ in range(times):
        with pytest.raises(Busy):
            loop.run(gate.send(backend, ASKED))


def test_a_busy_server_is_not_a_dead_one(loop):
    backend, gate = Moody(), Gate(failures=2)
    turned_away(loop, gate, backend, 2)
    assert loop.run(gate.acquire([1]))[0] == 1


def test_a_server_that_is_busy_again_and_again_is_left_alone_and_asked_less(loop):
    backend, now = Moody(), [1000.0]
    gate = Gate(clock=lambda: now[0])
    turned_away(loop, gate, backend, 3, retry_after=30.0)
    assert loop.run(gate.acquire([1] * 9)) == (0, 30.0)
    now[0] += 30.0
    assert loop.run(gate.acquire([1] * 9)) == (1, 0.0)  # one flew, and half of it is the least there is
    backend.error = None
    for most in (2, 2, 2, 3):  # one more when as many were answered: 1, and then 2 and a bit
        loop.run(gate.send(backend, ASKED))
        assert loop.run(gate.acquire([1] * 9))[0] == most
