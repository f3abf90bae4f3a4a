"""vLLM's OpenAI-compatible server as a process of this one, and what it says of itself."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx

from evalsite.local.paths import REPOSITORY
from evalsite.local.process import children_of, spawn
from tests.vllm.scenes import ADAPTERS, BASE

SERVE = REPOSITORY / "deploy/vllm/serve.sh"
CONTEXT = 8192
READY_S = 900.0
ALIAS = "writer-under-another-name"
"""The base is served under this name too; answers to it come under its first name."""
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",  # For a small model; threads that wait for each other are slow on a busy machine.
}
_TOTAL = re.compile(r"^vllm:(prompt|generation)_tokens_total(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)
_SUCCESS = re.compile(r'^vllm:request_success_total\{[^}]*engine="(\d+)"[^}]*\} ([0-9.e+]+)$', re.MULTILINE)


def environment() -> dict[str, str]:
    """What vLLM gets: offline, small, and nothing of this project."""
    ours = ("PYTHONPATH", "DATABASE_URL", "BROKER_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if name not in ours} | QUIET


class Server:
    """One address; what serves there is started by `serve.sh`, ended and killed."""

    def __init__(
        self,
        python: str,
        model: Path,
        log: Path,
        port: int,
        adapters: Mapping[str, Path] | None = None,
    ) -> None:
        self._python, self._model, self._log, self.port = python, model, log, port
        self._adapters = adapters or {name: model / name for name in ADAPTERS}
        self._process: subprocess.Popen[bytes] | None = None
        self.dtype = ""
        self.ready_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self, dtype: str, replicas: int = 1) -> None:
        """Serve `replicas` copies of the model and its adapters, computed in `dtype`; returns when requests
        are taken.
        """
        settings = {
            "VLLM_PYTHON": self._python, "SERVE_MODEL": self._model / "base", "SERVE_PORT": self.port,
            "SERVE_ADAPTERS": " ".join(f"{name}={folder}" for name, folder in self._adapters.items()),
            "SERVE_RANK": 32, "SERVE_CONTEXT": CONTEXT, "SERVE_IN_FLIGHT": 16,
            "SERVE_REPLICAS": replicas,
        }  # fmt: skip
        command = [str(SERVE), "--dtype", dtype, "--max-num-batched-tokens", str(CONTEXT)]
        # On CPUs the engine dies of a request with a seed whose prompt is read in parts (vllm-cpu 0.32.0).
        command += ["--enforce-eager", "--no-enable-chunked-prefill"]
        # A weak model that is held to JSON writes blanks for ever where any may stand.
        command += ["--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}']
        command += ["--served-model-name", BASE, ALIAS, "--enable-server-load-tracking"]
        env = environment() | {name: str(value) for name, value in settings.items()}
        began = time.monotonic()
        self._process = spawn(command, log=self._log, death_signal=signal.SIGKILL, env=env)
        self.dtype = dtype
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() - began > READY_S:
                said = self._log.read_text("utf-8", "replace")[-3000:]
                self.kill()
                raise RuntimeError(f"vLLM did not come up:\n{said}")
            time.sleep(0.5)
        self.ready_s = time.monotonic() - began

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(self.url.removesuffix("/v1") + "/health", timeout=5).is_success
        return False

    def kill(self) -> None:
        """End it at once with all its processes, whatever it is doing; returns when they are gone."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            deadline = time.monotonic() + 20
            while _group_lives(self._process.pid) and time.monotonic() < deadline:
                time.sleep(0.05)
        self._process, self.dtype = None, ""

    def pause(self) -> None:
        """Stop its engine: until it is killed, the server takes requests and answers none."""
        assert self._process is not None
        children = children_of(self._process.pid)
        (engine,) = (each for each in children if b"EngineCore" in Path(f"/proc/{each}/cmdline").read_bytes())
        os.kill(engine, signal.SIGSTOP)

    def _metrics(self) -> str:
        return httpx.get(self.url.removesuffix("/v1") + "/metrics", timeout=30).text

    def tokens(self) -> dict[str, int]:
        """All tokens that it has read (`prompt`) and written (`generation`) since its start."""
        totals = Counter[str]()
        for name, count in _TOTAL.findall(self._metrics()):  # of each replica
            totals[name] += int(float(count))
        return dict(totals)

    def answered(self) -> dict[str, int]:
        """How many requests each replica has answered, by its number."""
        counts = Counter[str]()
        for replica, count in _SUCCESS.findall(self._metrics()):
            counts[replica] += int(float(count))
        return dict(counts)

    def running(self) -> int:
        """How many requests it has taken and not answered."""
        return int(httpx.get(self.url.removesuffix("/v1") + "/load", timeout=30).json()["server_load"])

    def version(self) -> str:
        return str(httpx.get(self.url.removesuffix("/v1") + "/version", timeout=30).json()["version"])


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
