"""Local stack: what it cannot start with is refused in one line; given servers are used."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from evalsite.core.errors import OperationError
from evalsite.local.postgres import Server, find_binaries
from tests.servers import LiveStack, free_port, live_stack_in, temporary_postgres, temporary_valkey


@pytest.fixture
def stack(tmp_path: Path) -> LiveStack:
    return LiveStack(tmp_path / "var", free_port(), demo=False)


def refusal(stack: LiveStack) -> tuple[int, str]:
    """The exit code of a start that does not get far, and the one line on its standard error."""
    stack.launch()
    assert stack.process is not None
    code = stack.process.wait(300)
    text = stack.output.read_text()
    assert "Traceback" not in text
    lines = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, text
    return code, lines[0]


def made_data(stack: LiveStack) -> Path:
    """A data folder as initdb makes it."""
    stack.var.mkdir()
    server = Server(stack.var / "postgres", stack.var / "s", stack.var / "made.log", durable=False)
    server.prepare()
    return server.data


def test_a_port_in_use(stack: LiveStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        stack.port = taken.getsockname()[1]
        code, line = refusal(stack)
    assert code == 1
    assert f"Port {stack.port} is in use" in line
    assert "make run PORT=" in line
    assert not (stack.var / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "70000", "http", "²"])
def test_a_port_that_is_none(stack: LiveStack, port: str) -> None:
    stack.port = port  # type: ignore[assignment]
    code, line = refusal(stack)
    assert code == 2
    assert f"PORT is {port!r}" in line


def test_a_folder_of_another_version(stack: LiveStack) -> None:
    (made_data(stack) / "PG_VERSION").write_text("16\n")
    code, line = refusal(stack)
    assert code == 3
    assert f"was made by PostgreSQL 16, and the one here is {find_binaries().version}" in line
    assert "mv " in line


def test_a_folder_that_is_no_data_folder(stack: LiveStack) -> None:
    data = stack.var / "postgres"
    data.mkdir(parents=True)
    (data / "holiday.jpg").write_text("")
    code, line = refusal(stack)
    assert code == 3
    assert "is damaged" in line
    assert (data / "holiday.jpg").exists()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["global/pg_control", "pg_wal", "base"])
def test_a_damaged_data_folder(stack: LiveStack, path: str) -> None:
    broken = made_data(stack) / path
    files = [broken] if broken.is_file() else [file for file in broken.rglob("*") if file.is_file()]
    for file in files:
        file.write_bytes(b"\0" * 8192)
    code, line = refusal(stack)
    assert code == 3
    assert "PostgreSQL cannot start on" in line
    assert "damaged" in line


def test_a_half_made_folder_is_made_again(stack: LiveStack) -> None:
    half = stack.var / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = Server(stack.var / "postgres", stack.var / "s", stack.var / "made.log")
    server.prepare()
    assert not half.exists()
    assert (server.data / "global" / "pg_control").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk takes root's rights")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_all_but_full(small_disk: Path, tmp_path: Path) -> None:
    stack = LiveStack(small_disk / "var", free_port(), demo=False)
    stack.output = tmp_path / "output"
    code, line = refusal(stack)
    assert code == 3
    assert "is full" in line
    assert "EVALSITE_VAR" in line


@pytest.mark.slow
def test_a_disk_that_fills_up(small_disk: Path, stack: LiveStack) -> None:
    """The space is there at first and gone when initdb wants it."""
    server = Server(small_disk / "postgres", small_disk / "s", small_disk / "log")
    with pytest.raises(OperationError, match="the disk is full"):
        server.prepare()
    assert not server.data.exists()


def test_a_file_in_place_of_the_folder(stack: LiveStack) -> None:
    stack.var.write_text("a file stands in the way")
    code, line = refusal(stack)
    assert code == 3
    assert f"{stack.var} stands in the way" in line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "url", "words"),
    [
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none", "DATABASE_URL does not answer"),
        ("DATABASE_URL", "sqlite:///db.sqlite3", "must begin with postgres://"),
        ("BROKER_URL", "amqp://guest@127.0.0.1:1//", "BROKER_URL does not answer"),
        ("BROKER_URL", "redis+socket:///nowhere.sock", "BROKER_URL does not answer"),
    ],
)
def test_a_given_server_that_does_not_answer(tmp_path: Path, name: str, url: str, words: str) -> None:
    stack = LiveStack(tmp_path / "var", free_port(), demo=False, **{name: url})
    code, line = refusal(stack)
    assert code in {1, 3}
    assert words in line


@pytest.mark.slow
def test_data_of_another_version(tmp_path: Path) -> None:
    with temporary_postgres() as database, temporary_valkey() as broker:
        with psycopg.connect(database) as connection:
            connection.execute(
                "CREATE TABLE django_migrations (id bigint GENERATED ALWAYS AS IDENTITY, app text, name text,"
                " applied timestamptz DEFAULT now())"
            )
            connection.execute(
                "INSERT INTO django_migrations (app, name) VALUES ('annotations', '0001_initial'),"
                " ('annotations', '0002_gone')"
            )
        stack = LiveStack(tmp_path / "var", free_port(), demo=False, DATABASE_URL=database, BROKER_URL=broker)
        code, line = refusal(stack)
        assert code == 1
        assert "another version of evalsite stored these data" in line
        assert "Fix: name an empty database in DATABASE_URL" in line
        with psycopg.connect(database) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert tables.fetchone() == (1,)


# Starts a whole stack.
@pytest.mark.slow
def test_given_servers_are_used_and_none_is_started(tmp_path: Path) -> None:
    with (
        temporary_postgres() as database,
        temporary_valkey() as broker,
        live_stack_in(tmp_path, demo=False, DATABASE_URL=database, BROKER_URL=broker) as stack,
    ):
        state = json.loads((stack.var / "run" / "state.json").read_text())
        assert set(state) == {"supervisor", "web", "worker"}
        assert stack.answers("/readyz")
        assert not (stack.var / "postgres").exists()
        assert not (stack.var / "valkey").exists()
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)
        assert stack.stop() == 0
        psycopg.connect(database).close()
