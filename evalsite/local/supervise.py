"""The parent: starts services, starts them again when they die, and stops them in order.

One thread, woken by SIGCHLD. Every child gets a signal from the kernel when this process ends, so that even
`kill -9` leaves none behind; what it was running is in the state file for the next start.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from evalsite.core.errors import OperationError, ServiceMissing
from evalsite.local import process
from evalsite.local.paths import write_private
from evalsite.local.postgres import read_from

QUICK_DEATH_S = 30.0
MOST_QUICK_DEATHS = 8
LONGEST_PAUSE_S = 5.0
LAME_PAUSE_S = 30.0
BIGGEST_LOG = 10 * 1024 * 1024
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def set_aside(log: Path, most: int = BIGGEST_LOG) -> bool:
    """Copy a log of more than `most` bytes to `.log.1` and empty it: its writer has it open and goes on."""
    if not log.exists() or log.stat().st_size <= most:
        return False
    shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)
    return True


class Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass
class Service:
    """A program that is to run as long as we do.

    `start` makes the process; `ready` says whether it serves; `stop` lists the signals to end it with, each
    with the seconds it is given; `leftovers` goes to its group when its leader has died; `fix` may put right
    what the log of a death tells before the next start; `explain` makes one line of that log. When a `vital`
    one does not stay up, all stops; the others are tried again for ever, ever more rarely. A `server` is
    stopped after all that is none.
    """

    name: str
    log: Path
    start: Callable[[], "subprocess.Popen[bytes]"]
    ready: Callable[[], bool] = lambda: True
    stop: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10),)
    leftovers: signal.Signals = signal.SIGKILL
    fix: Callable[[str], str | None] = lambda text: None
    explain: Callable[[str], str] | None = None
    vital: bool = True
    server: bool = False
    child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    log_begin: int = field(default=0, init=False)
    quick_deaths: int = field(default=0, init=False)
    due: float | None = field(default=None, init=False)

    def log_text(self) -> str:
        return read_from(self.log, self.log_begin)

    def fault(self) -> OperationError:
        text = self.log_text()
        if self.explain is not None:
            return ServiceMissing(self.explain(text))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        last = f" Its last line: {lines[-1][:300]}" if lines else ""
        return ServiceMissing(f"{self.name} does not stay up; see {self.log}.{last}")


class Supervisor:
    """Runs services and one-off commands; use it as a context manager, from the main thread."""

    def __init__(self, state: Path, say: Callable[[str], None]) -> None:
        self._state = state
        self._say = say
        self.services: list[Service] = []
        self._commands: list[subprocess.Popen[bytes]] = []
        self._stop_requests = 0
        self._old_handlers: dict[int, object] = {}
        self._wake_read, self._wake_write = socket.socketpair()

    def __enter__(self) -> "Supervisor":
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            self._old_handlers[number] = signal.signal(number, self._request_stop)
        self._old_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()
        signal.set_wakeup_fd(-1)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._wake_read.close()
        self._wake_write.close()
        self._state.unlink(missing_ok=True)

    def _request_stop(self, *_: object) -> None:
        self._stop_requests += 1

    def start(self, service: Service) -> None:
        """Start a service and keep it running; does not wait for it to be ready."""
        self.services.append(service)
        self._start(service)

    def wait_ready(self, service: Service, seconds: float) -> None:
        """Go on when the service serves. Raises OperationError if it keeps dying or takes too long."""
        deadline = time.monotonic() + seconds
        while not service.ready():
            if service.quick_deaths >= 3 or time.monotonic() > deadline:
                raise service.fault()
            self.pump(0.03)

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Look after the services until the condition holds, or the time is over."""
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            self.pump(0.03)

    def run(
        self, command: Sequence[str], *, log: Path, env: Mapping[str, str], output: IO[bytes] | None = None
    ) -> int:
        """Run a command to its end while the services are looked after; its exit code."""
        return self.finish(self.begin(command, log=log, env=env, output=output))

    def begin(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        output: IO[bytes] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> "subprocess.Popen[bytes]":
        """Start a command that `finish` waits for or `end` ends; else it is ended with the services."""
        child = process.spawn(
            command, log=log, death_signal=signal.SIGTERM, env=env, stdout=output, pass_fds=pass_fds
        )
        self._commands.append(child)
        return child

    def finish(self, child: "subprocess.Popen[bytes]") -> int:
        """Wait for a command that was begun while the services are looked after; its exit code."""
        while child.poll() is None:
            self.pump(1.0)
        self._commands.remove(child)
        return child.returncode

    def end(self, child: "subprocess.Popen[bytes]") -> None:
        """End a command that was begun."""
        _end(child, ((signal.SIGTERM, 5),), lambda: self._stop_requests > 1)
        self._commands.remove(child)

    def forever(self) -> None:
        """Look after the services until somebody asks to stop (raises Stopped)."""
        while True:
            self.pump(5.0)
            for service in self.services:
                if set_aside(service.log):
                    service.log_begin = 0

    def pump(self, timeout: float) -> None:
        """Wait for something to happen, at most `timeout` seconds, and deal with it."""
        due = [service.due for service in self.services if service.due is not None]
        timeout = max(0.0, min([timeout, *(moment - time.monotonic() for moment in due)]))
        if select.select([self._wake_read], [], [], timeout)[0]:
            self._wake_read.recv(4096)
        if self._stop_requests:
            raise Stopped
        for service in self.services:
            if service.child is not None and service.child.poll() is not None:
                self._bury(service)
            if service.due is not None and service.due <= time.monotonic():
                self._start(service)

    def stop_all(self) -> None:
        """End the services: first all that use the servers, then those. A second Ctrl-C shortens the wait."""
        for command in self._commands:
            _end(command, ((signal.SIGTERM, 5),), lambda: self._stop_requests > 1)
        self._commands.clear()
        for servers in (False, True):
            ending = [(service, service.child) for service in self.services if service.server == servers]
            for service, child in ending:
                if child is not None:
                    process.signal_process(child.pid, service.stop[0][0])
            for service, child in ending:
                if child is not None:
                    _end(child, service.stop, lambda: self._stop_requests > 1, told=True)
                    process.signal_group(child.pid, signal.SIGKILL)
                    service.child = None
        self.services.clear()

    def _start(self, service: Service) -> None:
        service.log_begin = service.log.stat().st_size if service.log.exists() else 0
        service.due = None
        service.started = time.monotonic()
        service.child = service.start()
        self._write_state()

    def _bury(self, service: Service) -> None:
        child, service.child = service.child, None
        assert child is not None
        process.signal_group(child.pid, service.leftovers)
        lived = time.monotonic() - service.started
        service.quick_deaths = service.quick_deaths + 1 if lived < QUICK_DEATH_S else 1
        fixed = service.fix(service.log_text())
        lame = service.quick_deaths > MOST_QUICK_DEATHS
        if lame and service.vital:
            raise service.fault()
        pause = LAME_PAUSE_S if lame else min(LONGEST_PAUSE_S, 0.1 * 2 ** (service.quick_deaths - 1))
        service.due = time.monotonic() + pause
        cause = str(service.fault()) if lame else f"{service.name} ended ({_cause(child.returncode)})"
        self._say(fixed or f"{cause}; starting it again")

    def _write_state(self) -> None:
        running = {"supervisor": os.getpid()}
        running |= {service.name: service.child.pid for service in self.services if service.child is not None}
        content = {name: {"pid": pid, "started": process.started_at(pid)} for name, pid in running.items()}
        with contextlib.suppress(OSError):  # a full disk is told of by whoever cannot work on it
            write_private(self._state, json.dumps(content, indent=1))


def _cause(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _end(
    child: "subprocess.Popen[bytes]",
    steps: Sequence[tuple[signal.Signals, float]],
    hurry: Callable[[], bool],
    told: bool = False,
) -> None:
    """Go through the signals until the child has ended; `told` if it has been sent the first one."""
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        if child.poll() is not None:
            return
        if not told:
            process.signal_process(child.pid, number)
        told = False
        deadline = time.monotonic() + seconds
        while child.poll() is None and time.monotonic() < deadline:
            if hurry():
                deadline = min(deadline, time.monotonic() + 1.0)
            time.sleep(0.02)


def end_leftovers(state: Path, seconds: float = 15.0) -> None:
    """After a supervisor was killed: wait for its children to end, as the kernel told them; kill the rest.

    A process counts only if its number and its start time are those that were written down.
    """
    try:
        content = json.loads(state.read_text())
        left = [(int(entry["pid"]), str(entry["started"])) for entry in content.values()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return
    for last in (False, True):
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            left = [(pid, started) for pid, started in left if process.started_at(pid) == started]
            time.sleep(0.02)
        if left and not last:
            for pid, _ in left:
                process.signal_process(pid, signal.SIGKILL)
    state.unlink(missing_ok=True)
