"""One vLLM at a time, briefs in both languages, and a summary of what was seen.

A plugin and no conftest.py, so that no other run of pytest meets it. Loaded before Django is set up.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalsite.local.paths import REPOSITORY
from tests.noted import note
from tests.vllm.server import Server

HOME = REPOSITORY / ".vllm"
PYTHON = HOME / "env/bin/python"
MODEL = HOME / "model"
LAST = HOME / "last"
"""What the last tests left: logs, and the histories of their scripts."""


def pytest_configure() -> None:
    if not (MODEL / "made").exists():
        pytest.exit("There is no vLLM here. `make test-vllm` installs it and makes a model first.", 3)
    LAST.mkdir(exist_ok=True)
    for path in LAST.iterdir():
        path.unlink()


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Server(str(PYTHON), MODEL, LAST / "server.log", port)
    yield running
    running.kill()


def _serving(server: Server, dtype: str, replicas: int = 1) -> Server:
    if server.dtype != dtype:
        server.kill()
        server.start(dtype, replicas)
        note(f"vLLM {server.version()} in {dtype} took requests after {server.ready_s:.0f} s")
    return server


@pytest.fixture
def server(_server: Server) -> Server:
    """vLLM's server, computing in bfloat16 as it does by default."""
    return _serving(_server, "bfloat16")


@pytest.fixture
def replicas(_server: Server) -> Server:
    """Two copies of the model at the same address, computing in float32."""
    return _serving(_server, "float32", replicas=2)


@pytest.fixture
def no_server(_server: Server) -> None:
    """There is room for one model: the server is ended."""
    _server.kill()


@pytest.fixture
def briefs(transactional_db: None) -> list:
    """One in each language, stored."""
    from generation.briefs.files import read_brief
    from generation.services import store_briefs

    paths = sorted(Path(__file__).with_name("briefs").glob("*.yaml"))
    return [each.brief for each in store_briefs([read_brief(path) for path in paths])]
