"""What `make run` does: one after the other, each step shown, until somebody stops it."""

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from evalsite.core.errors import REFUSED, OperationError
from evalsite.local import postgres, services
from evalsite.local.network import address, check_broker, check_database, listen
from evalsite.local.paths import REPOSITORY, Paths, paths, write_private
from evalsite.local.progress import Progress
from evalsite.local.supervise import Service, Stopped, Supervisor, end_leftovers

START_S = 60.0
MOST_WAIT_S = 10.0
"""How long the web server waits for the worker, so that the first pages have the machine for themselves."""


def run_stack(*, demo: bool = True) -> None:
    """Run the whole stack until SIGINT, SIGTERM or SIGHUP.

    Raises OperationError, and OSError for a full disk.
    """
    place = paths()
    host, port = address(os.environ)
    url = os.environ.get("PUBLIC_URL", "").rstrip("/") or f"http://127.0.0.1:{port}"
    place.make()
    with only_one(place, url):
        end_leftovers(place.state)
        _set_links_aside(place)
        for mark in (place.may_serve, place.worker_ready, place.demo_progress):
            mark.unlink(missing_ok=True)
        postgres.require_space(place.var)
        place.ensure_secret_key()
        progress = Progress()
        with listen(host, port) as door, Supervisor(place.state, progress.line) as supervisor:
            try:
                Stack(place, url, supervisor, progress, demo).run(door.fileno())
            except Stopped:
                progress.line("Stopping ...")
                supervisor.stop_all()
                progress.line("Stopped.")
            finally:
                _set_links_aside(place)


def _set_links_aside(place: Paths) -> None:
    """links.json is there only while its addresses answer; a rater's link is used again in the next run."""
    try:
        raters = json.loads(place.links.read_text())["raters"]
    except (OSError, ValueError, KeyError, TypeError):
        raters = {}
    if raters:
        place.links.replace(place.kept_links)
    else:
        place.links.unlink(missing_ok=True)


@contextlib.contextmanager
def only_one(place: Paths, url: str) -> Iterator[None]:
    with place.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            who = file.read().strip() or "another process"
            raise OperationError(
                f"Already running on {place.var}: {who}. Stop it with Ctrl-C where it was started, "
                "or name another folder in EVALSITE_VAR.",
                REFUSED,
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} at {url}\n")
        file.flush()
        yield


@dataclass
class _Command:
    """A management command under way: its process, what it prints, and where in the log it began."""

    name: str
    child: "subprocess.Popen[bytes]"
    output: IO[bytes]
    log: Path
    log_begin: int


@dataclass
class Stack:
    place: Paths
    url: str
    supervisor: Supervisor
    progress: Progress
    demo: bool

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        """What the site's processes get: the servers given, or else our own."""
        ours = {
            "BROKER_URL": self.place.broker_url,
            "PUBLIC_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "evalsite.settings",
            "SHOW_FAKE_SYSTEMS": "true",
            "ALLOW_INTERNAL_ADDRESSES": "true",
            "UNBLIND_SECOND_FACTOR": "off",
            "STAFF_MAY_JUDGE": "true",
        }
        given = {name: value for name, value in os.environ.items() if value}
        if "DATABASE_URL" not in given:
            ours |= {
                "DATABASE_URL": self.place.database_url,
                "DATABASE_OWNER_URL": self.place.database_owner_url,
            }
            given.pop("DATABASE_OWNER_URL", None)
        return {**ours, **given, "EVALSITE_VAR": str(self.place.var), "PYTHONPATH": str(REPOSITORY)}

    @property
    def _given_database(self) -> str:
        return os.environ.get("DATABASE_URL", "")

    def start_servers(self, *, broker: bool = True, beside: Sequence[Service] = ()) -> None:
        """Start the database and the broker and prepare the tables; what is `beside` loads meanwhile."""
        for service in beside:
            self.supervisor.start(service)
        # Django loads while the database is created. With an old one an earlier server may still be ending.
        migrating = self._begin_migrate() if self._is_new else None
        with self.progress.step("Starting PostgreSQL and Valkey" if broker else "Starting PostgreSQL"):
            server = self._start_postgres()
            if broker:
                self._start_valkey()
            for service in self.supervisor.services:
                if service.server:
                    self.supervisor.wait_ready(service, START_S)
            fresh = server.ensure_database() if server else True
        if migrating is None and (fresh or not self._migrated()):
            migrating = self._begin_migrate()
        if migrating is not None:
            with self.progress.step("Preparing the tables"):
                self._end(migrating)
            if server:
                write_private(self.place.run / "migrated", migration_digest(self.place))

    def run(self, door: int) -> None:
        application = {
            name: value for name, value in self.environment.items() if name != "DATABASE_OWNER_URL"
        }
        web = services.web(self.place, application, door)
        worker = services.worker(self.place, application)
        beside = [web, worker] if self._migrated() else [web]
        starting_page = self._begin_starting_page(door) if self._is_new else None
        self.start_servers(beside=beside)
        if starting_page is not None:
            self.supervisor.end(starting_page)
        # Beside the web server: when the studies are there, there is nothing to wait for but Django itself.
        demo = self._begin_demo()
        with self.progress.step("Starting the web server"):
            if worker not in beside:
                self.supervisor.start(worker)
            if not self.demo:
                self.supervisor.wait_until(self.place.worker_ready.exists, MOST_WAIT_S)
            self.place.may_serve.touch()
            self.supervisor.wait_ready(web, START_S)
        self.progress.line(f"The site is up: {self.url}/")
        links = self._demo_links(demo) if demo else {}
        links = {"url": self.url, "staff": [], "raters": {}, "reports": [], **links}
        write_private(self.place.links, json.dumps(links, indent=1, ensure_ascii=False) + "\n")
        self._show(links)
        self.supervisor.forever()

    @property
    def _is_new(self) -> bool:
        """Whether the database is still to be created."""
        return not self._given_database and not self.place.postgres.exists()

    def _begin_migrate(self) -> "_Command":
        return self._begin("migrate", "--no-input", "--verbosity=0", f"--wait={START_S:.0f}")

    def _begin_starting_page(self, door: int) -> "subprocess.Popen[bytes]":
        """Only for a new site. When one restarts, requests wait instead, so that no posted form is lost."""
        file = Path(__file__).with_name("starting_page.py")
        command = [sys.executable, "-I", "-S", str(file), str(door)]
        log = self.place.log / "starting_page.log"
        return self.supervisor.begin(command, log=log, env=self.environment, pass_fds=[door])

    def _begin_demo(self) -> "_Command | None":
        """The demonstration, or the staff's accounts alone; a database that was given keeps its own staff."""
        if self.demo:
            self.place.demo_progress.write_text("0 1")
            return self._begin("load_demo", "--links", f"--wait={START_S:.0f}")
        return None if self._given_database else self._begin("staff_links")

    def _start_postgres(self) -> postgres.Server | None:
        """Our own, unless one was given, which has to answer."""
        if self._given_database:
            check_database(self._given_database)
            return None
        server, service = services.postgres_service(self.place)
        server.prepare()
        self.supervisor.start(service)
        return server

    def _start_valkey(self) -> None:
        if given := os.environ.get("BROKER_URL"):
            check_broker(given)
        else:
            self.supervisor.start(services.valkey_service(self.place))

    def _migrated(self) -> bool:
        """Whether an earlier run has prepared the tables; of a database that was given we cannot know."""
        mark = self.place.run / "migrated"
        if self._given_database or not mark.exists():
            return False
        return mark.read_text() == migration_digest(self.place)

    def _demo_links(self, loading: "_Command") -> dict[str, Any]:
        """The links into the demo studies, once they are there; trouble is told and stops nothing."""
        try:
            with self.progress.step(f"Preparing {'the demo studies' if self.demo else 'two accounts'}"):
                return dict(json.loads(self._end(loading)))
        except (OperationError, ValueError) as error:
            what = "demo studies" if self.demo else "accounts"
            self.progress.line(f"The {what} could not be loaded: {error}")
            return {}
        finally:
            self.place.demo_progress.unlink(missing_ok=True)

    def _begin(self, *arguments: str) -> "_Command":
        log = self.place.log / f"{arguments[0]}.log"
        begin = log.stat().st_size if log.exists() else 0
        output = tempfile.TemporaryFile()  # noqa: SIM115
        command = [sys.executable, str(REPOSITORY / "manage.py"), *arguments]
        child = self.supervisor.begin(command, log=log, env=self.environment, output=output)
        return _Command(arguments[0], child, output, log, begin)

    def _end(self, command: "_Command") -> str:
        """Wait for a management command; its standard output.

        Raises OperationError with the last line it wrote.
        """
        with command.output as output:
            code = self.supervisor.finish(command.child)
            output.seek(0)
            text = output.read().decode()
        if code != 0:
            last = _last_line(command.log, command.log_begin)
            if last.startswith("error: "):
                raise OperationError(last.removeprefix("error: "), code)
            raise OperationError(f"`manage.py {command.name}` failed: {last} The whole log: {command.log}")
        return text

    def _show(self, links: dict[str, Any]) -> None:
        say: Callable[[str], None] = self.progress.line
        for staff in links["staff"]:
            say(f"Sign-in link for {staff['name']} ({staff['role']}, works once): {staff['link']}")
        for study, raters in links["raters"].items():
            for rater in raters:
                say(f"Rater link, {study} ({', '.join(rater['reads'])}): {rater['link']}")
        for report in links["reports"]:
            say(f"Report: {report}")
        if not links["staff"]:
            say("Create an account to sign in: .venv/bin/python manage.py createsuperuser")
        say("Ready. Press Ctrl-C to stop.")


def _last_line(log: Path, begin: int) -> str:
    lines = [line.strip() for line in postgres.read_from(log, begin).splitlines() if line.strip()]
    return lines[-1][:500] if lines else "it said nothing."


def migration_digest(place: Paths) -> str:
    """Changes with what `migrate` does, the packages installed, and the database it was done to."""
    apps = REPOSITORY.glob("*/migrations/*.py")
    deeper = REPOSITORY.glob("*/*/migrations/*.py")
    grants = REPOSITORY / "evalsite" / "core" / "grants.py"
    packages = REPOSITORY.glob("requirements/*.txt")
    return _digest([*apps, *deeper, grants, *packages], _cluster(place.postgres))


def _digest(files: Iterable[Path], more: bytes) -> str:
    digest = hashlib.sha256(more)
    for file in sorted(file for file in files if file.is_file()):
        digest.update(
            str(file.relative_to(REPOSITORY)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest()
        )
    return digest.hexdigest()


def _cluster(data: Path) -> bytes:
    """The identifier that initdb draws, which stands first in the control file."""
    control = data / "global" / "pg_control"
    return control.read_bytes()[:8] if control.exists() else b""
