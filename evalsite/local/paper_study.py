"""`make paper-study`: the paper's study on servers of its own, which end with it.

What it does is in `evalsite/site/paper_study`; here PostgreSQL is started for it, and its faults are shown.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evalsite.core.errors import OperationError
from evalsite.local import postgres
from evalsite.local.paths import REPOSITORY, Paths, paths
from evalsite.local.progress import Progress
from evalsite.local.run import Stack, only_one
from evalsite.local.supervise import Stopped, Supervisor, end_leftovers

VAR = REPOSITORY / "var" / "paper-study"
INTERRUPTED = 130
LOCK_S = 30.0
"""How long to wait for an earlier run that is just stopping."""
MOST_FAULTS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", type=Path, default=VAR, metavar="DIR", help="data (default var/paper-study)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="reports (default: report in the data folder)"
    )
    parser.add_argument("--folder", type=Path, metavar="DIR", help="another plan.yaml and its files")
    parser.add_argument("--scenes", type=int, metavar="N", help="only the first N scenes of each series")
    parser.add_argument("--base-url", metavar="URL", help="a real model server, asked by all systems")
    parser.add_argument("--own-servers", action="store_true", help="real models, each at its file's address")
    parser.add_argument("--port", type=int, metavar="N", help="of the canned model server (default 8790)")
    parser.add_argument("--raters", choices=("simulated", "none"), default="simulated")
    parser.add_argument("--server-moved", action="store_true", help="the same models answer elsewhere now")
    parser.add_argument("--retry-failed", action="store_true", help="try failed requests again")


def run_paper_study(options: argparse.Namespace) -> int:
    """Run all steps; the exit code. Raises OperationError, and OSError for a full disk."""
    # Never a database that some other site uses: everything lies in the folder.
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "PUBLIC_URL"):
        os.environ.pop(name, None)
    place = paths(options.var)
    place.make()
    with _lock(place):
        end_leftovers(place.state)
        postgres.require_space(place.var)
        place.ensure_secret_key()
        progress = Progress()
        with Supervisor(place.state, progress.line) as supervisor:
            try:
                return _run(options, place, supervisor, progress)
            except Stopped:
                progress.line("Stopping ...")
                supervisor.stop_all()
                progress.line("Stopped. The same command continues from here.")
                return INTERRUPTED


def _run(options: argparse.Namespace, place: Paths, supervisor: Supervisor, progress: Progress) -> int:
    stack = Stack(place, "http://127.0.0.1", supervisor, progress, demo=False)
    stack.start_servers(broker=False)
    log = place.log / "paper_study.log"
    begin = log.stat().st_size if log.exists() else 0
    out = (options.out or place.var / "report").resolve()
    command = [sys.executable, str(REPOSITORY / "manage.py"), "paper_study", f"--out={out}"]
    command += _passed_on(options)
    # Nobody listens to a broker here; `make run` on the same folder sends what waits.
    environment = {**stack.environment, "BROKER_URL": "memory://localhost"}
    child = supervisor.begin(command, log=log, env=environment, output=sys.stdout.buffer)
    code = supervisor.finish(child)
    if code != 0:
        for line in _faults(postgres.read_from(log, begin)):
            progress.line(line)
        progress.line(f"The whole log: {log}")
    return code


def _passed_on(options: argparse.Namespace) -> list[str]:
    """The options of the management command."""
    given = [f"--raters={options.raters}"]
    for name in ("folder", "scenes", "base_url", "port"):
        if (value := getattr(options, name)) is not None:
            value = value.resolve() if isinstance(value, Path) else value
            given.append(f"--{name.replace('_', '-')}={value}")
    switches = ("own_servers", "server_moved", "retry_failed")
    given += [f"--{name.replace('_', '-')}" for name in switches if getattr(options, name)]
    return given


def _faults(text: str) -> list[str]:
    """What a failed command said: its lines of faults, or its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [line for line in lines if "error:" in line or ": failed: " in line]
    more = [f"... and {len(faults) - MOST_FAULTS} more."] if len(faults) > MOST_FAULTS else []
    return [*faults[:MOST_FAULTS], *more] or lines[-1:]


@contextmanager
def _lock(place: Paths) -> Iterator[None]:
    deadline = time.monotonic() + LOCK_S
    while True:
        try:
            lock = only_one(place, "make paper-study")
            lock.__enter__()
            break
        except OperationError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
