"""Where the one-machine stack keeps its things. The standard library only: the settings import this."""

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
# The kernel allows 107 bytes for the path of a unix socket.
SOCKET_PATH_LIMIT = 107
APPLICATION_ROLE = "evalsite_application"
LONGEST_SOCKET_NAME = "pg/.s.PGSQL.5432.lock"
MEMORY = Path("/dev/shm")  # noqa: S108


@dataclass(frozen=True)
class Paths:
    """All files and folders of one installation, below its `var` folder."""

    var: Path

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def static(self) -> Path:
        """What `collectstatic` fills in production; WhiteNoise warns where it is missing."""
        return self.var / "static"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def state(self) -> Path:
        return self.run / "state.json"

    @property
    def links(self) -> Path:
        return self.run / "links.json"

    @property
    def kept_links(self) -> Path:
        """The links of the last run, of which the raters' ones still work."""
        return self.run / "links.kept.json"

    @property
    def may_serve(self) -> Path:
        """A file that is there as soon as the web server may answer: the database has its tables."""
        return self.run / "may-serve"

    @property
    def worker_ready(self) -> Path:
        """A file that the worker makes when it has loaded everything."""
        return self.run / "worker-ready"

    @property
    def demo_progress(self) -> Path:
        """How many steps of how many are done, while the demonstration is being loaded."""
        return self.run / "demo-progress"

    @property
    def secret_key(self) -> Path:
        return self.var / "secret_key"

    @property
    def sockets(self) -> Path:
        """`run`, or a short folder of our own below the temporary one where that path is too long."""
        if len(os.fsencode(self.run / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return self.run
        return Path(tempfile.gettempdir()) / self._own_name

    @property
    def request_counts(self) -> Path:
        """Where web processes count requests: in memory, if the system has a folder for that. They map these
        files, and a process that writes to a mapped file ends with SIGBUS when the disk is full.
        """
        return MEMORY / self._own_name if MEMORY.is_dir() else self.run / "request-counts"

    @property
    def _own_name(self) -> str:
        """Of folders that all installations on the machine keep side by side."""
        return f"evalsite-{os.getuid()}-{hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]}"

    @property
    def postgres_socket_dir(self) -> Path:
        return self.sockets / "pg"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        """For the site and its commands."""
        return f"postgres://{APPLICATION_ROLE}@/evalsite?host={self.postgres_socket_dir}"

    @property
    def database_owner_url(self) -> str:
        """For migrations."""
        return f"postgres://evalsite@/evalsite?host={self.postgres_socket_dir}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.valkey_socket}"

    def make(self) -> None:
        """Create the folders, closed to other people; raises OSError."""
        self.var.mkdir(parents=True, exist_ok=True)
        for folder in (self.run, self.log, self.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
        self.static.mkdir(exist_ok=True)
        owner = self.sockets.lstat()
        if owner.st_uid != os.getuid() or not stat.S_ISDIR(owner.st_mode):
            raise PermissionError(f"{self.sockets} belongs to somebody else; remove it")
        self.sockets.chmod(0o700)

    def ensure_secret_key(self) -> str:
        """The signing key of this installation, made at the first call and kept (mode 0600)."""
        try:
            handle = os.open(self.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if kept := self.secret_key.read_text().strip():
                return kept
            handle = os.open(self.secret_key, os.O_WRONLY | os.O_TRUNC)
        key = secrets.token_urlsafe(48)
        with os.fdopen(handle, "w") as file:
            file.write(key + "\n")
        return key


def paths(var: str | os.PathLike[str] | None = None) -> Paths:
    """The paths below `var`, below `EVALSITE_VAR`, or below the repository's own `var/`."""
    chosen = var or os.environ.get("EVALSITE_VAR") or REPOSITORY / "var"
    return Paths(Path(chosen).resolve())


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
