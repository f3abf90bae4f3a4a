"""When a request may go to an address: rates, a circuit that opens when the server is down, rests when busy.

The rates are leaky buckets of aiolimiter, the circuit is purgatory's: after `FAILURES` failures in a row
nothing is sent for `PAUSE_S`, then one request tries. A server that turns requests away for being busy,
`BUSY_IN_A_ROW` in a row, is left alone for as long as it says; then half as many are sent at once, and one
more whenever as many have been answered. All of it lives on one event loop.
"""

import time
from collections.abc import Callable, Sequence

from aiolimiter import AsyncLimiter
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from purgatory.service._async.circuitbreaker import AsyncCircuitBreaker

from evalsite.core.reason_codes import Reason
from generation.backends.base import (
    Backend,
    Busy,
    CircuitOpen,
    Completion,
    Denied,
    Malformed,
    Rejected,
    Request,
)

FAILURES = 20
PAUSE_S = 15.0
BUSY_IN_A_ROW = 3
BUSY_PAUSE_S, LONGEST_PAUSE_S = 1.0, 120.0
"""How long a busy server is left alone where it does not say, and at most."""
MOST_AT_ONCE = 4096.0
REQUESTS_AT_ONCE, TOKENS_AT_ONCE = 1 / 12, 1 / 4
"""The shares of a rate that may go at once. One request of more tokens goes alone, and counts for so many."""
_HARMLESS = [Busy, Denied, Malformed, Rejected]
"""Failures of a server that is there."""


def _bucket(rate: float, share: float) -> AsyncLimiter:
    """A bucket that lets no more than `rate` through in any minute: what may go at once, a `share` of it, and
    what leaks meanwhile. One full of the rate itself would let through twice as much in its first minute.
    """
    at_once = max(1.0, rate * share)
    return AsyncLimiter(at_once, 60.0 * at_once / max(rate - at_once, rate / 2))


class Gate:
    """One address as one worker sees it. `clock` gives the time of day in seconds, as purgatory's does."""

    def __init__(
        self,
        *,
        requests_per_minute: float = 0.0,
        tokens_per_minute: float = 0.0,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._requests = _bucket(requests_per_minute, REQUESTS_AT_ONCE) if requests_per_minute else None
        self._tokens = _bucket(tokens_per_minute, TOKENS_AT_ONCE) if tokens_per_minute else None
        self._factory = AsyncCircuitBreakerFactory(failures, pause_s, exclude=list(_HARMLESS))
        self._made: AsyncCircuitBreaker | None = None
        self._pause_s = pause_s
        self._clock = clock
        self._flying = 0
        self._busy_in_a_row = 0
        self._busy_until = 0.0
        self._at_once = MOST_AT_ONCE

    async def acquire(self, tokens: Sequence[int]) -> tuple[int, float]:
        """How many of these requests, in order, may be sent now, and after how many seconds to ask again.

        What is let through is taken from the rates. Never waits.
        """
        breaker = await self._breaker()
        shut = breaker.context
        if shut.state == "opened":
            left = (shut.opened_at or 0.0) + self._pause_s - self._clock()
            if left > 0:
                return 0, left
            tokens = tokens[:1]
        elif shut.state == "half-opened":
            tokens = tokens[: max(0, 1 - self._flying)]
        if (left := self._busy_until - self._clock()) > 0:
            return 0, left
        count = 0
        for each in tokens[: max(0, int(self._at_once) - self._flying)]:
            if wait := self._over(each):
                return count, wait
            await self._take(each)
            count += 1
        return count, 0.0

    def _over(self, tokens: int) -> float:
        """Seconds until a request of so many tokens fits the rates; 0 when it does now."""
        pairs = ((self._requests, 1.0), (self._tokens, float(tokens)))
        waits = [
            max(0.01, min(amount, limiter.max_rate) * limiter.time_period / limiter.max_rate / 4)
            for limiter, amount in pairs
            if limiter is not None and not limiter.has_capacity(min(amount, limiter.max_rate))
        ]
        return max(waits, default=0.0)

    async def _take(self, tokens: int) -> None:
        if self._requests is not None:
            await self._requests.acquire(1)
        if self._tokens is not None:
            await self._tokens.acquire(min(float(tokens), self._tokens.max_rate))

    async def send(self, backend: Backend, request: Request) -> Completion:
        """One request. Raises a `BackendError`; `CircuitOpen` when it was not sent."""
        breaker = await self._breaker()
        self._flying += 1
        try:
            async with breaker:
                answer = await backend.complete(request)
            self._answered()
            return answer
        except Busy as busy:
            self._turned_away(busy.retry_after)
            raise
        except OpenedState:
            raise CircuitOpen(Reason("circuit-open")) from None
        finally:
            self._flying -= 1

    def _answered(self) -> None:
        self._busy_in_a_row = 0
        self._at_once = min(MOST_AT_ONCE, self._at_once + 1 / self._at_once)

    def _turned_away(self, retry_after: float | None) -> None:
        """One by chance is its job's own affair; several in a row mean that too much is sent at once."""
        self._busy_in_a_row += 1
        if self._busy_in_a_row < BUSY_IN_A_ROW:
            return
        now = self._clock()
        if now >= self._busy_until:  # the first of those that were sent together
            self._at_once = max(1.0, min(self._at_once, float(self._flying)) / 2)
        pause = BUSY_PAUSE_S if retry_after is None else min(retry_after, LONGEST_PAUSE_S)
        self._busy_until = max(self._busy_until, now + pause)

    async def _breaker(self) -> AsyncCircuitBreaker:
        if self._made is None:
            self._made = await self._factory.get_breaker("server")
        return self._made
