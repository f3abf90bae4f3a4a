"""The port we listen on, and a look at the servers that were given to us."""

import contextlib
import errno
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from evalsite.core.errors import REFUSED, WRONG_USAGE, OperationError, ServiceMissing


def address(environment: Mapping[str, str]) -> tuple[str, int]:
    """Host and port from `HOST` (this machine only) and `PORT` (8000)."""
    text = environment.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise OperationError(f"PORT is {text!r}, and must be a number from 1 to 65535.", WRONG_USAGE)
    return environment.get("HOST") or "127.0.0.1", int(text)


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """The listening socket, held by the parent: a web server that is started again loses no connection."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            raise _refusal(host, port, error) from None
        door.listen(1024)
        yield door


def _refusal(host: str, port: int, error: OSError) -> OperationError:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8000
        return OperationError(
            f"Port {port} is in use by another program. Stop it, or choose another: make run PORT={other}",
            REFUSED,
        )
    if error.errno == errno.EACCES:
        return OperationError(
            f"Port {port} is kept for root. Choose one from 1024 up: make run PORT=8000", REFUSED
        )
    return OperationError(
        f"Cannot listen on {host} port {port}: {error.strerror or error}. Set another HOST or PORT.", REFUSED
    )


def check_database(url: str) -> None:
    """Refuse to start on a database that does not answer; raises OperationError."""
    import psycopg

    scheme, _, rest = url.partition("://")
    if scheme not in {"postgres", "postgresql", "psql", "pgsql"}:
        raise OperationError(
            f"DATABASE_URL begins with {scheme!r}, and must begin with postgres://.",
            REFUSED,
        )
    try:
        psycopg.connect(f"postgresql://{rest}", connect_timeout=10).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise ServiceMissing(
            f"The database in DATABASE_URL does not answer: {reason}. Start it, or unset it."
        ) from None


def check_broker(url: str) -> None:
    """Refuse to start on a broker that does not answer; raises OperationError."""
    parts = urlsplit(url)
    try:
        if parts.scheme.endswith("+socket"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(10)
                connection.connect(parts.path)
            return
        default = 5672 if parts.scheme.startswith(("amqp", "pyamqp")) else 6379
        socket.create_connection((parts.hostname or "localhost", parts.port or default), timeout=10).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ServiceMissing(
            f"The broker in BROKER_URL does not answer: {reason}. Start it, or unset BROKER_URL."
        ) from None
