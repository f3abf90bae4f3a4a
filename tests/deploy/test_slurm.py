"""Deployment, Slurm: the scripts run whole; only `srun` and the server of vLLM are stand-ins."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from generation.backends.server import FakeServer
from generation.models import Run, Script
from tests.generation.test_worker import database_url

ROOT = Path(__file__).resolve().parents[2]
SLURM = ROOT / "deploy" / "slurm"
PATIENCE_S = 300

# Takes the options that serve.sh gives, as vLLM's server would, and starts the fake one under the same names.
SERVER = """#!{python}
import os, sys
given = sys.argv[3:]
def values(option):
    start = given.index(option) + 1 if option in given else len(given)
    rest = given[start:]
    return rest[: next((at for at, each in enumerate(rest) if each.startswith("--")), len(rest))]
names = values("--served-model-name") + [each.split("=")[0] for each in values("--lora-modules")]
models = [part for name in names for part in ("--model", name)]
slow = ["--slow", os.environ.get("FAKE_SLOW", "0")]
command = [sys.executable, "manage.py", "fake_server", "--port", *values("--port"), *models, *slow]
os.chdir("{root}")
os.environ.pop("PYTHONSAFEPATH")  # serve.sh sets it for vLLM
os.execv(sys.executable, command)
"""
SRUN = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do shift; done
exec "$@"
"""


@pytest.fixture
def cluster(tmp_path):
    """The environment of a batch script on a node."""
    for name, text in {"srun": SRUN, "vllm-python": SERVER.format(python=sys.executable, root=ROOT)}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name in ("dsr-novel", "end-to-end"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text("{}")
    return os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "EVALSITE": str(ROOT),
        "EVALSITE_PYTHON": sys.executable,
        "VLLM_PYTHON": str(tmp_path / "vllm-python"),
        "SERVE_MODEL": "/models/base",
        "SERVE_ADAPTERS": f"dsr-novel={tmp_path}/dsr-novel end-to-end={tmp_path}/end-to-end",
        "SERVE_LOOK": "0.1",
        "SLURM_JOB_ID": str(os.getpid()),
        "USER": f"test-{os.getpid()}",
        "SLURM_SUBMIT_DIR": str(ROOT),
    }


def start(script: str, env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = ["bash", SLURM / script, *arguments]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def gone(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) != 0


def wait_until(what, process) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert process.poll() is None, process.stdout.read()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def port_in(said: str) -> str:
    return said.split("serving at http://")[1].split("/v1")[0].split(":")[1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_job_serves_and_generates(cluster, en_brief):
    env = cluster | {"DATABASE_URL": database_url()}
    job = start("generate.sbatch", env, "--system", "dsr", "direct", "--brief", en_brief.slug)
    said = job.communicate(timeout=PATIENCE_S)[0]
    assert job.returncode == 0, said
    assert "2 of 2 jobs done." in said
    assert Script.objects.count() == 2
    assert gone(port_in(said))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_job_whose_time_is_over_stops_and_goes_on_when_it_is_submitted_again(cluster, en_brief):
    env = cluster | {"DATABASE_URL": database_url(), "FAKE_SLOW": "30"}
    arguments = ("--system", "direct", "--brief", en_brief.slug)
    job = start("generate.sbatch", env, *arguments)
    wait_until(lambda: Run.objects.filter(attempts__isnull=False).exists(), job)
    os.kill(job.pid, signal.SIGTERM)  # what `--signal=B:TERM` does
    said = job.communicate(timeout=PATIENCE_S)[0]
    assert job.returncode == 1, said
    assert "Stopped. Run the same command to continue." in said
    assert gone(port_in(said))
    later = env | {"FAKE_SLOW": "0", "SLURM_JOB_ID": str(os.getpid() + 1)}
    job = start("generate.sbatch", later, *arguments)
    said = job.communicate(timeout=PATIENCE_S)[0]
    assert "continues, 1 job" in said
    assert job.returncode == 0, said
    assert Run.objects.count() == Script.objects.count() == 1


def test_a_server_that_cannot_start_ends_the_job(cluster):
    env = cluster | {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "SERVE_MODEL": ""}
    said = start("generate.sbatch", env, "--system", "direct").communicate(timeout=PATIENCE_S)[0]
    assert "SERVE_MODEL is not set" in said
    assert "the server ended before it answered" in said


@pytest.mark.parametrize("script", ["servers.sbatch", "generate.sbatch"])
def test_further_arguments_reach_the_server_of_a_job(cluster, tmp_path, script):
    (tmp_path / "vllm-python").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/given\n')
    env = cluster | {"SERVE_ARGUMENTS": """--default-chat-template-kwargs '{"enable_thinking": false}'"""}
    env |= {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "SERVERS": str(tmp_path / "servers")}
    env |= {"SLURM_ARRAY_JOB_ID": "1", "SLURM_ARRAY_TASK_ID": "0"}
    start(script, env, "--system", "direct").communicate(timeout=PATIENCE_S)
    given = (tmp_path / "given").read_text().splitlines()
    assert given[-2:] == ["--default-chat-template-kwargs", '{"enable_thinking": false}']


@pytest.mark.slow
def test_servers_post_their_addresses_and_take_them_away(cluster, tmp_path):
    servers = tmp_path / "servers"
    env = cluster | {"SERVERS": str(servers), "SLURM_ARRAY_JOB_ID": str(os.getpid() + 1)}
    env |= {"SLURMD_NODENAME": "localhost", "SERVE_HOST": "127.0.0.1"}
    jobs = [start("servers.sbatch", env | {"SLURM_ARRAY_TASK_ID": str(task)}) for task in (0, 1)]
    for job in jobs:
        wait_until(lambda: len([*servers.glob("*_[01]")]) == 2, job)
    conf = tmp_path / "list.conf"
    command = ["bash", SLURM / "balance.sh", "--once", conf]
    subprocess.run(command, env=env, check=True)
    addresses = [path.read_text().strip() for path in sorted(servers.iterdir())]
    assert conf.read_text() == "".join(
        f"server {address} max_fails=1 fail_timeout=10s;\n" for address in addresses
    )
    assert len(set(addresses)) == 2
    for job in jobs:
        os.kill(job.pid, signal.SIGTERM)
        job.communicate(timeout=PATIENCE_S)
    assert [*servers.iterdir()] == []
    assert all(gone(address.split(":")[1]) for address in addresses)
    subprocess.run(command, env=env, check=True)
    assert conf.read_text() == "server 127.0.0.1:9 down;\n"


def models_at(port: int) -> bytes:
    """What a server lists, or nothing where none answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=30) as answer:
            return answer.read()
    except (urllib.error.URLError, OSError):
        return b""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("nginx") is None, reason="there is no nginx here")
def test_one_address_follows_the_servers_behind_it(cluster, tmp_path):
    servers = tmp_path / "servers"
    servers.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with FakeServer(models=("first",)) as first, FakeServer(models=("second",)) as second:
        for name, server in {"1_0": first, "1_1": second}.items():
            (servers / name).write_text(server.url.removeprefix("http://").removesuffix("/v1"))
        env = cluster | {"SERVERS": str(servers), "LISTEN": f"127.0.0.1:{port}", "LOOK": "0.2"}
        balance = start("balance.sh", env)
        wait_until(lambda: models_at(port), balance)
        assert len({models_at(port) for _ in range(8)}) == 2
        first.stop()  # killed: its address stays, and whoever asks is passed on
        assert {models_at(port) for _ in range(8)} == {models_at(int(second.url.split(":")[2][:-3]))}
        (servers / "1_1").unlink()
        wait_until(lambda: not models_at(port), balance)
    os.kill(balance.pid, signal.SIGTERM)
    balance.communicate(timeout=PATIENCE_S)
    assert gone(str(port))
