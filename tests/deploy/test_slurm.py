"""Deployment, Slurm: the scripts run whole; only `srun` and the server of vLLM are stand-ins."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generation.models import Run, Script
from tests.generation.test_worker import database_url

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
ROOT = Path(__file__).resolve().parents[2]
SLURM = ROOT / "deploy" / "slurm"
PATIENCE_S = 300

# Takes the options that serve.sh gives, as vLLM's server would, and starts the fake one under the same names.
SERVER = """#!{python}
import os, sys
given = sys.argv[4:]
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
# Starts the command once for each node, as Slurm does, all on this machine.
SRUN = """#!/bin/bash
while [[ $1 == --* ]]; do
    [[ $1 != --nodes=* ]] || nodes=${1#--nodes=}
    shift
done
for ((node = nodes - 1; node > 0; node--)); do SLURM_NODEID=$node "$@" & done
SLURM_NODEID=0 exec "$@"
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


def test_a_node_without_curl_is_refused(cluster, tmp_path):
    (tmp_path / "bash").symlink_to(shutil.which("bash"))
    job = start("vllm.sbatch", cluster | {"PATH": str(tmp_path)})
    assert "there is no curl" in job.communicate(timeout=PATIENCE_S)[0]
    assert job.returncode == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_job_serves_and_generates(cluster, en_brief):
    env = cluster | {"DATABASE_URL": database_url()}
    job = start("vllm.sbatch", env, "--system", "dsr", "direct", "--brief", en_brief.slug)
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
    job = start("vllm.sbatch", env, *arguments)
    wait_until(lambda: Run.objects.filter(attempts__isnull=False).exists(), job)
    os.kill(job.pid, signal.SIGTERM)  # what `--signal=B:TERM` does
    said = job.communicate(timeout=PATIENCE_S)[0]
    assert job.returncode == 1, said
    assert "Stopped. Run the same command to continue." in said
    assert gone(port_in(said))
    later = env | {"FAKE_SLOW": "0", "SLURM_JOB_ID": str(os.getpid() + 1)}
    job = start("vllm.sbatch", later, *arguments)
    said = job.communicate(timeout=PATIENCE_S)[0]
    assert "continues, 1 job" in said
    assert job.returncode == 0, said
    assert Run.objects.count() == Script.objects.count() == 1


def test_a_server_that_cannot_start_ends_the_job(cluster):
    env = cluster | {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "SERVE_MODEL": ""}
    said = start("vllm.sbatch", env, "--system", "direct").communicate(timeout=PATIENCE_S)[0]
    assert "SERVE_MODEL is not set" in said
    assert "the server ended before it answered" in said


@pytest.fixture
def given_to_vllm(cluster, tmp_path):
    """Starts the script with a server that ends at once; what each node's was given."""
    text = f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/given-$SLURM_NODEID.new\n'
    text += f"mv {tmp_path}/given-$SLURM_NODEID.new {tmp_path}/given-$SLURM_NODEID\n"
    (tmp_path / "vllm-python").write_text(text)

    def start_and_read(nodes: int, **env: str) -> list[list[str]]:
        job = start("vllm.sbatch", cluster | {"SLURM_JOB_NUM_NODES": str(nodes)} | env)
        said = job.communicate(timeout=PATIENCE_S)[0]
        assert "the server ended before it answered" in said
        return [(tmp_path / f"given-{node}").read_text().splitlines() for node in range(nodes)]

    return start_and_read


def test_further_arguments_reach_the_server_of_a_job(given_to_vllm):
    (given,) = given_to_vllm(1, SERVE_ARGUMENTS="""--default-chat-template-kwargs '{"a": false}'""")
    assert given[-4:] == ["--default-chat-template-kwargs", '{"a": false}', "--data-parallel-size", "1"]


def test_every_node_of_a_job_has_its_share_of_the_replicas(given_to_vllm):
    env = {
        "SLURM_GPUS_PER_NODE": "h100:8",
        "SERVE_TENSOR": "2",
        "HEAD_ADDRESS": "10.0.0.1",
        "SERVE_PORT": "8001",
    }
    first, second = given_to_vllm(2, **env)
    shared = ["--data-parallel-size", "8", "--data-parallel-size-local", "4"]
    shared += ["--data-parallel-rpc-port", "28002", "--data-parallel-address", "10.0.0.1"]
    assert first[-8:] == shared
    assert second[-11:] == [*shared, "--headless", "--data-parallel-start-rank", "4"]
    assert first[first.index("--host") + 1] == "0.0.0.0"


def test_a_replica_must_fit_its_node(cluster):
    said = start("vllm.sbatch", cluster | {"SERVE_TENSOR": "2"}).communicate(timeout=PATIENCE_S)[0]
    assert "a replica needs more GPUs than --gpus-per-node=1. Fix:" in said


@pytest.mark.slow
def test_a_job_without_arguments_serves_until_its_time_is_over(cluster):
    job = start("vllm.sbatch", cluster | {"SLURMD_NODENAME": "localhost"})
    line = job.stdout.readline()
    while "serving at" not in line:
        assert line, "the job ended"
        line = job.stdout.readline()
    os.kill(job.pid, signal.SIGTERM)
    job.communicate(timeout=PATIENCE_S)
    assert job.returncode == 0
    assert gone(port_in(line))
