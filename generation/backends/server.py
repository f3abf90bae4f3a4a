"""An OpenAI-compatible server with canned scenes, on this machine only: for trying things and for tests.

It can be told to be slow, to fail, to stall, to break off, to stop short, to answer nothing, nonsense, in
the other language or with another model: each Nth request, or a share of them. Which ones a share hits
follows from the request's seed and from how often that very request was seen, so it is the same in whatever
order requests come.
"""

import asyncio
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from aiohttp import web

from generation.backends import canned
from generation.backends.base import Request, Sampling
from generation.backends.fake import spoiled

MODELS = canned.MODELS
MOST_BYTES = 4_000_000
TROUBLES = ("fail", "busy", "stall", "break", "cut", "empty", "nonsense", "other-model", "other-language")
STALL_S = 3600.0


class FakeServer:
    """Serves `/v1/models`, `/v1/chat/completions` and `/version` on 127.0.0.1.

    `slow` seconds pass before each answer; each `fail_every`-th request gets 503 with Retry-After.
    `troubles` gives shares by name, as {"fail": 0.1, "stall": 0.02}. An answer longer than max_tokens allows
    is cut, with finish reason `length`; a request that cannot fit `context` tokens is refused with 400.
    With `mixes_up` a request that is answered beside one of another model gets that model's text.
    `requests` keeps what was asked (unless `keep` is false), `usage` what each answer, by its id, has used.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        slow: float = 0.0,
        fail_every: int = 0,
        troubles: Mapping[str, float] | None = None,
        models: tuple[str, ...] = MODELS,
        retry_after: str = "1",
        context: int = 32_768,
        keep: bool = True,
        mixes_up: bool = False,
        answer: Callable[[Request], str] | None = None,
    ) -> None:
        self.slow = slow
        self.fail_every = fail_every
        self.troubles = dict(troubles or {})
        if strangers := set(self.troubles) - set(TROUBLES):
            raise ValueError(
                f"no such trouble: {', '.join(sorted(strangers))} (known: {', '.join(TROUBLES)})"
            )
        self.models = models
        self.retry_after = retry_after
        self.context = context
        self.keep = keep
        self.mixes_up = mixes_up
        self.requests: list[dict[str, Any]] = []
        self.usage: dict[str, dict[str, int]] = {}
        self.most_at_once = 0
        self.mixed = 0
        self._under_way: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._count = 0
        self._answer = answer or self._canned
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        try:
            with ThreadPoolExecutor(1) as aside:  # a loop of somebody else's may run in this thread
                aside.submit(self._loop.run_until_complete, self._open()).result()
        except OSError:
            self._loop.close()
            raise

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def _canned(self, asked: Request) -> str:
        """Models differ in what they write; the first one writes as the backend without a server does."""
        place = self.models.index(asked.model)
        seed = asked.sampling.seed
        return canned.answer(asked.messages, seed if not place else place * 1_000_003 + (seed or 0))

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/version", self._version)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_route("*", "/{rest:.*}", self._not_found)
        return app

    async def _open(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=2048)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    def serve(self) -> None:
        """Serve until `stop` or an interrupt."""
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._runner.cleanup())
            self._loop.close()

    def start(self) -> "FakeServer":
        self._thread = threading.Thread(target=self.serve, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)

    def __enter__(self) -> "FakeServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _models(self, _: web.Request) -> web.Response:
        return _reply(
            200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
        )

    async def _version(self, _: web.Request) -> web.Response:
        return _reply(200, {"version": "fake"})

    async def _not_found(self, _: web.Request) -> web.Response:
        return _reply(404, _error("not found", "NotFoundError"))

    async def _chat(self, http: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await http.read())
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return _reply(400, _error("the body is no JSON object", "BadRequestError"))
        self._count += 1
        if self.keep:
            self.requests.append(body)
        name = str(body.get("model"))
        trouble = self._trouble(body)
        self._under_way[name] += 1
        self.most_at_once = max(self.most_at_once, self._under_way.total())
        self.mixed += len(+self._under_way) > 1
        try:
            await asyncio.sleep(STALL_S if trouble == "stall" else self.slow)
            return await self._reply(http, body, trouble)
        finally:
            self._under_way[name] -= 1

    async def _reply(self, http: web.Request, body: dict[str, Any], trouble: str) -> web.StreamResponse:
        if trouble == "fail":
            return _reply(503, _error("the fake server fails on demand", "server_error"), self.retry_after)
        if trouble == "busy":
            return _reply(429, _error("the fake server is busy on demand", "rate_limit"), self.retry_after)
        if refused := self._refused(body):
            return _reply(*refused)
        answer = self._completion(body, trouble)
        if trouble == "break":
            return await _broken(http, answer)
        self.usage[answer["id"]] = answer["usage"]
        return _reply(200, answer)

    def _trouble(self, body: dict[str, Any]) -> str:
        """What goes wrong with this request; the empty string if nothing does."""
        if self.fail_every and self._count % self.fail_every == 0:
            return "fail"
        if not self.troubles:
            return ""
        asked = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        self._seen[asked] += 1
        drawn = hashlib.sha256(f"{asked}\n{self._seen[asked]}".encode()).digest()
        chance = int.from_bytes(drawn[:8]) / 2**64
        for name, share in self.troubles.items():
            if chance < share:
                return name
            chance -= share
        return ""

    def _refused(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """The refusals of vLLM: an unknown model, no messages, a setting out of bounds, a prompt too long."""
        if body.get("model") not in self.models:
            return 404, _error(f"The model `{body.get('model')}` does not exist.", "NotFoundError")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            return 400, _error("messages must be a list of at least one message", "BadRequestError")
        temperature = body.get("temperature", 1.0)
        if not isinstance(temperature, int | float) or not 0 <= temperature <= 2:
            return 400, _error(f"temperature must be within 0 and 2, got {temperature}", "BadRequestError")
        tokens = _tokens("".join(str(message.get("content")) for message in messages))
        if tokens + (_most(body) or 1) > self.context:
            said = f"This model's maximum context length is {self.context} tokens; the request has {tokens}"
            return 400, _error(f"{said} and asks for {_most(body)} more.", "BadRequestError")
        return None

    def _completion(self, body: dict[str, Any], trouble: str) -> dict[str, Any]:
        messages = tuple((str(m.get("role")), str(m.get("content"))) for m in body["messages"])
        asked = Request(body["model"], messages, Sampling(seed=body.get("seed")))
        if self.mixes_up:
            others = [name for name in self.models if self._under_way[name] and name != asked.model]
            asked = replace(asked, model=max(others, default=asked.model))
        text, model, reason = spoiled(trouble or "ok", asked, self._answer(asked))
        most = (_most(body) or 4096) * 4
        if len(text) > most:
            text, reason = text[:most], "length"
        prompt, answered = _tokens("".join(content for _, content in messages)), _tokens(text)
        return {
            "id": f"chatcmpl-{secrets.token_hex(8)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body["model"] if model == asked.model else model,
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
            ],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": answered,
                "total_tokens": prompt + answered,
            },
        }


def _most(body: dict[str, Any]) -> int:
    """The limit of an answer, under either of its names; 0 where none is given."""
    return int(body.get("max_tokens") or body.get("max_completion_tokens") or 0)


def _tokens(text: str) -> int:
    return len(text) // 4


def _error(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind}}


def _reply(status: int, body: dict[str, Any], retry_after: str = "") -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after else None
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/json",
        headers=headers,
    )


async def _broken(http: web.Request, answer: dict[str, Any]) -> web.StreamResponse:
    """Half of the answer, and then the connection is cut."""
    raw = json.dumps(answer).encode()
    response = web.StreamResponse(headers={"Content-Length": str(len(raw))})
    await response.prepare(http)
    await response.write(raw[: len(raw) // 2])
    if http.transport is not None:
        http.transport.abort()
    return response
