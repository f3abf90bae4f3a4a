"""Doing a run's work: claim jobs, keep as many requests in flight as their backends take, keep what comes.

Requests fly on an event loop in a thread of its own; rows are written by the thread that called. The next
requests are made ahead and wait in memory, so that a place that comes free is filled before the answer that
freed it is judged and stored. An attempt is written before its request is sent; any number of workers may
work on one run (`lanes`), and one that is killed loses at most what it had in flight.
"""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from itertools import chain

import tenacity
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from generation.backends import Backend, BackendError, Completion
from generation.backends.gate import Gate
from generation.backends.looping import Loop, fast_thread_switching
from generation.backends.spec import BackendSpec, lacks_key
from generation.models import Job, Run
from generation.pipelines import SystemSpec
from generation.runs.addresses import Lane, address_in, backend_of, in_flight, make_backend
from generation.runs.kinds import kind_of
from generation.runs.lanes import (
    LEASE,
    abandon,
    claim,
    due_in,
    finish,
    lanes_waiting,
    recover,
    release,
    renew,
)
from generation.runs.requests import (
    FinishedJob,
    PreparedRequest,
    SentRequest,
    histories,
    next_step,
    write_attempts,
)
from generation.runs.responses import Response, end, record, validate
from generation.runs.services import note_software
from generation.runs.spending import pause_at_limit

RENEW_S = LEASE.total_seconds() / 6
LOOK_S = 2.0
"""How often a worker with nothing to claim looks again, and looks for jobs that others have lost."""
DRY_S = 0.2
KEEP_AT_ONCE = 64
"""The most answers that are stored at once."""
KEEP_S, CALM_S = 0.02, 0.2
"""How long answers wait to be stored together: while others come in, whose places wait to be filled,
and while none does. The more are stored at once, the fewer statements it takes.
"""
PATIENCE_S = LEASE.total_seconds() * 0.75
"""How long a database that went away is waited for: less than a lease."""

MakeBackend = Callable[[BackendSpec, str], Backend]


def retry_on_disconnect[T](work: Callable[[], T]) -> T:
    """Do it, and again on a new connection while the database is away. What is done must bear that."""
    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((OperationalError, InterfaceError)),
        wait=tenacity.wait_exponential(multiplier=0.1, max=2.0),
        stop=tenacity.stop_after_delay(PATIENCE_S),
        before_sleep=lambda _: connection.close(),
        reraise=True,
    )
    return again(work) if not connection.in_atomic_block else work()


@dataclass(frozen=True, slots=True)
class Worked:
    """What one call has done. `wait_s` is the time until the next job is due; None when nothing waits."""

    requests: int
    wait_s: float | None


def _least(rates: Iterable[float]) -> float:
    """The lowest of rates, of which 0 is none."""
    return min((rate for rate in rates if rate), default=0.0)


@dataclass(slots=True)
class Endpoint:
    """One address: its gate, how many requests it takes at once, and what is made ready for it."""

    gate: Gate
    max_in_flight: int
    lane: Lane | None = None
    ready: deque[PreparedRequest] = field(default_factory=deque)
    flying: int = 0
    again_at: float = 0.0
    empty_until: float = 0.0


class Worker:
    """Works on one run. `make` gives a stage's backend, `clock` counts seconds."""

    def __init__(
        self, run: Run, *, make: MakeBackend = make_backend, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.run = run
        self.specs = {
            slug: SystemSpec.from_record(each) for slug, each in run.frozen_settings["systems"].items()
        }
        self.clock = clock
        self._make = make
        self._endpoints: dict[str, Endpoint] = {}
        self._backends: dict[tuple[str, BackendSpec], Backend] = {}
        self._flying: dict[int, SentRequest] = {}
        self._come: queue.SimpleQueue[tuple[SentRequest, Future[Completion]]] = queue.SimpleQueue()
        self._back: deque[tuple[SentRequest, Completion | BackendError]] = deque()
        self._requests = 0
        self._stopped = False
        self._renew_at = self._look_at = 0.0

    def work(self, *, seconds: float = 240.0, on_change: Callable[[], None] = lambda: None) -> Worked:
        """Ask and keep until nothing can be claimed or the time is over; what is under way is waited for."""
        deadline = self.clock() + seconds
        with fast_thread_switching(), Loop() as loop:
            try:
                self._open(loop)
                while True:
                    self._claim(deadline)
                    self._send(loop, deadline)
                    self._claim(deadline)  # What is made ready now flies when the first answer is back.
                    if not (self._flying or self._back or self._waiting()):
                        if retry_on_disconnect(lambda: kind_of(self.run).release_jobs(self.run)):
                            self._look_at = 0.0
                            continue
                        break
                    came = self._collect(0.0 if self._back else self._patience())
                    self._send(loop, deadline)
                    self._keep(deadline, KEEP_S if came else CALM_S)
                    self._renew()
                    on_change()
            finally:
                self._give_up()
                keyless = not self._endpoints
                for backend in self._backends.values():
                    loop.run(backend.close())
                self._endpoints, self._backends = {}, {}
        retry_on_disconnect(lambda: finish(self.run))
        if keyless:
            return Worked(0, None)
        wait = retry_on_disconnect(lambda: due_in(self.run))
        if wait == 0 and not self._requests:
            wait = LOOK_S  # What is due cannot be claimed now: another lane drains, by another worker's hand.
        return Worked(self._requests, wait)

    # Places

    def _open(self, loop: Loop) -> None:
        """A place for each address. Stages that share one share its rates, its circuit and its room.

        An address whose key this process does not have gets none: its jobs wait for a worker that has it.
        """
        specs: dict[str, list[BackendSpec]] = {}
        for spec in self.specs.values():
            for stage in spec.stages:
                address = address_in(self.run.frozen_settings, spec.slug, stage.name)
                backend = backend_of(spec, stage)
                specs.setdefault(address, []).append(backend)
                if (address, backend) not in self._backends:
                    self._backends[address, backend] = self._make(backend, address)
                endpoint = self._endpoints.setdefault(address, Endpoint(Gate(), 0))
                endpoint.max_in_flight = max(endpoint.max_in_flight, in_flight(spec, stage))
        for address in [each for each, backends in specs.items() if any(map(lacks_key, backends))]:
            del self._endpoints[address]
            self._backends = {key: each for key, each in self._backends.items() if key[0] != address}
        for address, endpoint in self._endpoints.items():
            endpoint.gate = Gate(
                requests_per_minute=_least(each.requests_per_minute for each in specs[address]),
                tokens_per_minute=_least(each.tokens_per_minute for each in specs[address]),
            )
        retry_on_disconnect(lambda: recover(self.run))
        if due_in(self.run) is not None:  # else an engine would load its model for nothing
            asked = {address: loop.submit(each.software()) for (address, _), each in self._backends.items()}
            note_software(self.run, {address: future.result() for address, future in asked.items()})

    def _waiting(self) -> bool:
        """Whether requests are ready that could not be sent yet: the rates or an open circuit hold them."""
        return any(endpoint.ready for endpoint in self._endpoints.values())

    # Claiming

    def _claim(self, deadline: float) -> None:
        """Make requests ready where fewer wait than half of what flies at once."""
        now = self.clock()
        if self._stopped or now >= deadline:
            self._release_ready()
            return
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            retry_on_disconnect(lambda: recover(self.run))
            retry_on_disconnect(lambda: kind_of(self.run).release_jobs(self.run))
            self._choose_lanes()
        for endpoint in self._endpoints.values():
            dry = endpoint.flying and now < endpoint.empty_until
            if endpoint.lane is not None and not dry and len(endpoint.ready) * 2 < endpoint.max_in_flight:
                self._claim_at(endpoint, endpoint.lane)
                if not endpoint.ready:
                    self._choose_lanes(endpoint)
                endpoint.empty_until = 0.0 if endpoint.ready else now + DRY_S

    def _choose_lanes(self, only: Endpoint | None = None) -> None:
        """For addresses that have nothing to do: the first lane of theirs that gives jobs."""
        endpoints = [only] if only else [each for each in self._endpoints.values() if not each.ready]
        if not endpoints:
            return
        for lane in retry_on_disconnect(lambda: lanes_waiting(self.run)):
            endpoint = self._endpoints.get(lane.address)
            if endpoint in endpoints and not endpoint.ready:
                self._claim_at(endpoint, lane)

    def _claim_at(self, endpoint: Endpoint, lane: Lane) -> None:
        if lane.owned and any(each.owned and each != lane for each in self._lanes_held()):
            return  # This process's engine answers one model at a time.
        most = endpoint.max_in_flight - len(endpoint.ready)
        lease, jobs = retry_on_disconnect(lambda: claim(self.run, lane, most=most))
        if not jobs:
            return
        endpoint.lane = lane
        self._make_ready([(job, lease) for job in jobs])

    def _lanes_held(self) -> Iterator[Lane]:
        """The lanes of the jobs that this worker holds, some more than once."""
        for asked in chain(self._flying.values(), (asked for asked, _ in self._back)):
            yield asked.ready.lane
        for endpoint in self._endpoints.values():
            yield from (ready.lane for ready in endpoint.ready)

    def _make_ready(self, jobs: list[tuple[Job, str]]) -> None:
        """Make the next requests of leased jobs; one that has none ends, one of another lane waits."""
        known = retry_on_disconnect(lambda: histories([job for job, _ in jobs]))
        inputs = retry_on_disconnect(lambda: kind_of(self.run).contents(self.run, [job for job, _ in jobs]))
        for job, lease in jobs:
            spec = self.specs[job.system.slug]
            step = next_step(job, lease, self.run, spec, known[job.pk], inputs[job.pk])
            if isinstance(step, FinishedJob):
                retry_on_disconnect(lambda step=step, spec=spec: end(step, spec))  # type: ignore[misc]
            elif step.lane.address in self._endpoints:
                self._endpoints[step.lane.address].ready.append(step)
            else:
                retry_on_disconnect(lambda job=job, lease=lease: release([(job, lease)]))  # type: ignore[misc]

    # Sending

    def _send(self, loop: Loop, deadline: float) -> None:
        for endpoint in self._endpoints.values():
            free = endpoint.max_in_flight - endpoint.flying
            if endpoint.ready and free > 0 and self.clock() >= endpoint.again_at and self.clock() < deadline:
                self._send_at(loop, endpoint, free)

    def _send_at(self, loop: Loop, endpoint: Endpoint, free: int) -> None:
        batch = [endpoint.ready[index] for index in range(min(free, len(endpoint.ready)))]
        count, wait = loop.run(endpoint.gate.acquire([each.use.tokens for each in batch]))
        if wait:
            endpoint.again_at = self.clock() + wait
        if not count:
            return
        batch = [endpoint.ready.popleft() for _ in range(count)]
        written = retry_on_disconnect(lambda: write_attempts(self.run, batch))
        for asked in written.asked:
            self._fly(loop, endpoint, asked)
        endpoint.ready.extendleft(reversed(written.left))
        if written.stopped:
            self._stopped = True
            self._release_ready()
        elif written.left:
            self._at_limit(endpoint, written.reason)

    def _fly(self, loop: Loop, endpoint: Endpoint, asked: SentRequest) -> None:
        self._flying[asked.attempt.pk] = asked
        endpoint.flying += 1
        self._requests += 1
        ready = asked.ready
        backend = self._backends[ready.lane.address, backend_of(ready.spec, ready.stage)]
        future = loop.submit(endpoint.gate.send(backend, asked.request))
        future.add_done_callback(lambda done: self._come.put((asked, done)))

    def _at_limit(self, endpoint: Endpoint, reason: str) -> None:
        """Wait for what flies: it may use less than was reserved for it. If nothing does, the run pauses."""
        endpoint.again_at = self.clock() + LOOK_S
        if not self._flying and not self._back:
            self._stopped = retry_on_disconnect(lambda: pause_at_limit(self.run, reason))
            if self._stopped:
                self._release_ready()

    # Keeping

    def _patience(self) -> float:
        soonest = min(
            (endpoint.again_at for endpoint in self._endpoints.values() if endpoint.ready), default=0.0
        )
        wait = soonest - self.clock() if soonest else LOOK_S
        return min(max(wait, 0.01), LOOK_S)

    def _collect(self, timeout: float) -> bool:
        """Take what has come back, waiting for the first of it: whether there was any. Its place is free from
        here on.
        """
        before = len(self._flying)
        try:
            asked, future = self._come.get(timeout=timeout) if timeout else self._come.get_nowait()
            while True:
                self._take(asked, future)
                asked, future = self._come.get_nowait()
        except queue.Empty:
            return len(self._flying) < before

    def _take(self, asked: SentRequest, future: Future[Completion]) -> None:
        del self._flying[asked.attempt.pk]
        endpoint = self._endpoints[asked.ready.lane.address]
        endpoint.flying -= 1
        endpoint.again_at = min(endpoint.again_at, self.clock() + 0.05)
        try:
            self._back.append((asked, future.result()))
        except BackendError as error:
            self._back.append((asked, error))
        except CancelledError:
            self._flying[asked.attempt.pk] = asked  # given up: it is released with the rest

    def _keep(self, deadline: float, seconds: float) -> None:
        """Keep some of what has come back; jobs whose next request is of the same lane go on at once."""
        if not self._back:
            return
        until = self.clock() + seconds
        backs: list[Response] = []
        while len(backs) < min(KEEP_AT_ONCE, len(self._back)) and (not backs or self.clock() < until):
            backs.append(validate(*self._back[len(backs)]))
        active = not self._stopped and self.clock() < deadline
        kept = retry_on_disconnect(lambda: record(self.run, backs, active=active).going_on)
        for _ in backs:
            self._back.popleft()
        for endpoint in self._endpoints.values():  # What was reserved and not used has made room.
            endpoint.again_at = min(endpoint.again_at, self.clock() + 0.05)
        if kept:
            self._make_ready(kept)

    def _renew(self) -> None:
        if self.clock() < self._renew_at:
            return
        self._renew_at = self.clock() + RENEW_S
        leases = {asked.job.pk: asked.lease for asked in self._flying.values()}
        leases |= {asked.job.pk: asked.lease for asked, _ in self._back}
        for endpoint in self._endpoints.values():
            leases |= {ready.job.pk: ready.lease for ready in endpoint.ready}
        retry_on_disconnect(lambda: renew(leases))

    # Ending

    def _release_ready(self) -> None:
        for endpoint in self._endpoints.values():
            jobs = [(ready.job, ready.lease) for ready in endpoint.ready]
            endpoint.ready.clear()
            if jobs:
                retry_on_disconnect(lambda jobs=jobs: release(jobs))  # type: ignore[misc]

    def _give_up(self) -> None:
        """Release all leases: there are none in the end, unless it comes too early."""
        held = [(asked.job, asked.lease) for asked in self._flying.values()]
        held += [(asked.job, asked.lease) for asked, _ in self._back]
        held += [
            (ready.job, ready.lease) for endpoint in self._endpoints.values() for ready in endpoint.ready
        ]
        self._flying, self._back = {}, deque()
        try:
            if held:
                abandon(held)
        except DatabaseError:
            connection.close()  # The leases run out, and the next worker takes the jobs up.
