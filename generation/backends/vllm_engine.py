"""vLLM's own engine without a server, as a child process under the interpreter that VLLM_PYTHON names.

Loading a model takes minutes, so the child outlives the event loop that asks it: a process has one engine,
which is ended when another model is asked for or the process ends. Requests and answers are JSON lines
(`vllm_child.py`).
"""

import asyncio
import atexit
import contextlib
import itertools
import json
import os
import secrets
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

from evalsite.core.reason_codes import Reason
from generation.backends.base import (
    Completion,
    Rejected,
    Request,
    Sampling,
    ServerError,
    TooSlow,
    Unreachable,
)
from generation.backends.spec import EngineSpec

CHILD = Path(__file__).with_name("vllm_child.py")
LOAD_S = 1800.0
LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM 0.32.0 accepts as max_lora_rank (`MaxLoRARanks` in vllm/config/lora.py)."""
_TAIL = 600


class Engine:
    """A child with a loaded model. Its methods may be called from any thread."""

    def __init__(self, start: dict[str, Any], *, child: Path = CHILD) -> None:
        python = os.environ.get("VLLM_PYTHON", "")
        if not python:
            raise Unreachable(Reason("engine-no-python"))
        self.start = start
        self.ready: dict[str, Any] = {}
        self._waiting: dict[str, Future[dict[str, Any]]] = {}
        self._ended = False
        self._lock = threading.Lock()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the engine
        # -P and no PYTHONPATH: the child must not find this project's modules, of which one is named openai.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        try:
            self._process = subprocess.Popen(
                [python, "-P", str(child)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise Unreachable(Reason("engine-bad-python", said=error.strerror or str(error))) from None
        loaded: Future[dict[str, Any]] = Future()
        self._waiting["ready"] = loaded
        threading.Thread(target=self._read, name="vllm answers", daemon=True).start()
        threading.Thread(target=self._watch, name="vllm's end", daemon=True).start()
        self._write(start)
        try:
            self.ready = loaded.result(LOAD_S)["ready"]
        except TimeoutError:
            self.close()
            raise TooSlow(Reason("engine-slow", seconds=f"{LOAD_S:g}")) from None

    def ask(self, line: dict[str, Any]) -> Future[dict[str, Any]]:
        """Where the answer to a request will be."""
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            if self._ended:  # A process that it has started may hold its input open a moment longer.
                raise Unreachable(Reason("engine-ended", said=self._tail()))
            self._waiting[line["id"]] = future
        self._write(line)
        return future

    def cancel(self, key: str) -> None:
        with self._lock:
            self._waiting.pop(key, None)
        with contextlib.suppress(Unreachable):
            self._write({"cancel": key})

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the child: kindly, by the end of its input, then not."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._end_group()

    def _end_group(self) -> None:
        """End what the child has left: vLLM computes in processes of its own, which outlive one that is
        killed and keep the memory of the GPU."""
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _write(self, line: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(json.dumps(line).encode() + b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError):
            raise Unreachable(Reason("engine-ended", said=self._tail())) from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            line = json.loads(raw)
            with self._lock:
                future = self._waiting.pop("ready" if "ready" in line else line["id"], None)
            # False where it was given up just now: its answer is nobody's, and this thread reads on.
            if future is not None and future.set_running_or_notify_cancel():
                future.set_result(line)
        self._process.wait()
        with self._lock:
            self._ended = True
            left, self._waiting = list(self._waiting.values()), {}
        for future in filter(Future.set_running_or_notify_cancel, left):
            future.set_exception(Unreachable(Reason("engine-ended", said=self._tail()), worked=True))

    def _watch(self) -> None:
        self._process.wait()
        self._end_group()

    def _tail(self) -> str:
        """How the child ended, and the last that it has said on standard error."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _TAIL))
        said = " ".join(self._log.read().decode("utf-8", "replace").split())
        return f"exit code {self._process.poll()}; the last it said: {said or 'nothing'}"


_engine: Engine | None = None
_one = threading.Lock()
_numbers = itertools.count(1)


def engine_of(start: dict[str, Any], child: Path = CHILD) -> Engine:
    """This process's engine with this model loaded; another one is ended first. May take minutes."""
    global _engine
    with _one:
        if _engine is not None and (_engine.start != start or not _engine.alive):
            _engine.close()
            _engine = None
        if _engine is None:
            _engine = Engine(start, child=child)
        return _engine


def close_engine() -> None:
    """End this process's engine, if it has one."""
    global _engine
    with _one:
        if _engine is not None:
            _engine.close()
            _engine = None


atexit.register(close_engine)


def max_lora_rank(folders: Iterable[str]) -> int:
    """Return the lowest rank that vLLM accepts and that all adapters fit.

    Reads `r` and `rank_pattern` from each folder's adapter_config.json, as PEFT writes it. Raises `Rejected`
    for an adapter that has no usable rank.
    """
    ranks = [rank for folder in folders for rank in _ranks_of(Path(folder))]
    return next(allowed for allowed in LORA_RANKS if allowed >= max(ranks))


def _ranks_of(folder: Path) -> list[int]:
    path = folder / "adapter_config.json"
    try:
        config = json.loads(path.read_text("utf-8"))
        ranks = [config["r"], *(config.get("rank_pattern") or {}).values()]
    except OSError as error:
        raise Rejected(
            Reason("adapter-unreadable", path=str(path), said=error.strerror or str(error))
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        ranks = []
    if not ranks or not all(isinstance(rank, int) and rank > 0 for rank in ranks):
        raise Rejected(Reason("adapter-no-rank", path=str(path)))
    if max(ranks) > LORA_RANKS[-1]:
        raise Rejected(Reason("adapter-rank", path=str(path), rank=max(ranks), most=LORA_RANKS[-1]))
    return ranks


def engine_sampling(stated: Sampling) -> dict[str, Any]:
    """What vLLM's `SamplingParams` takes of a request's parameters; None for `max_tokens` is no limit."""
    sent = {
        "temperature": stated.temperature,
        "top_p": stated.top_p,
        "seed": stated.seed,
        "stop": list(stated.stop) or None,
    }
    return {name: value for name, value in sent.items() if value is not None} | {"max_tokens": stated.limit}


class VllmEngineBackend:
    """A backend on this machine's own engine.

    `adapters` are folders by the name under which requests ask for them; `engine` holds settings of vLLM.
    """

    def __init__(
        self,
        path: str,
        *,
        name: str = "",
        adapters: dict[str, str] | None = None,
        context: int = 0,
        in_flight: int = 0,
        timeout: float = 300.0,
        eager: bool = False,
        engine: EngineSpec | None = None,
        child: Path = CHILD,
    ) -> None:
        self.timeout = timeout
        self._child = child
        self._path, self._name = path, name or Path(path).name
        self._adapters = adapters or {}
        self._settings = engine or EngineSpec()
        given = {"max_model_len": context, "max_num_seqs": in_flight, "enforce_eager": eager}
        self._options = {key: value for key, value in given.items() if value} | self._settings.options()

    def _start(self) -> dict[str, Any]:
        """What the child loads. Arguments of vLLM that are not given are left to vLLM."""
        options = dict(self._options)
        if self._adapters:
            rank = max_lora_rank(self._adapters.values())
            options |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": rank}
        return {
            "path": self._path,
            "name": self._name,
            "adapters": self._adapters,
            "options": options,
            "chat_template_kwargs": self._settings.template_arguments(),
        }

    async def _engine(self) -> Engine:
        return await asyncio.to_thread(lambda: engine_of(self._start(), self._child))

    async def models(self) -> list[str]:
        return list((await self._engine()).ready["models"])

    async def software(self) -> dict[str, str]:
        return {"version": str((await self._engine()).ready["version"])}

    async def close(self) -> None:
        """The engine stays loaded for the next who asks in this process."""

    async def complete(self, request: Request) -> Completion:
        engine = await self._engine()
        key = f"engine-{secrets.token_hex(6)}-{next(_numbers)}"
        sampling = engine_sampling(request.sampling)
        messages = [{"role": role, "content": content} for role, content in request.messages]
        line = {"id": key, "model": request.model, "messages": messages, "sampling": sampling}
        line["chat_template_kwargs"] = dict(request.sampling.chat_template_kwargs)
        future = engine.ask({**line, "structured": dict(request.structured)})
        try:
            answer = await asyncio.wait_for(asyncio.wrap_future(future), self.timeout)
        except (TimeoutError, asyncio.CancelledError) as error:
            engine.cancel(key)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise TooSlow(Reason("timeout", seconds=f"{self.timeout:g}"), worked=True) from None
        if (wrong := answer.get("error")) is not None:
            raise (Rejected if wrong["kind"] == "rejected" else ServerError)(wrong["message"])
        return Completion(
            text=answer["text"],
            model=answer["model"],
            finish_reason=answer["finish_reason"],
            usage=answer["usage"],
            latency=answer["seconds"],
            id=key,
            fingerprint=answer.get("fingerprint", ""),
        )
