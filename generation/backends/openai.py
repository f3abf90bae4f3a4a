"""Any OpenAI-compatible address, which is also what vLLM serves, by plain HTTP on an event loop.

One call is one request: retrying is for the caller, who records every attempt before it is sent. The key
comes from the environment under the name that the system gives, and stands in no message, log or stored
row. aiohttp, because hundreds in flight are the rule: a request costs it 0.17 ms of processor time, httpx
2.9 ms (2,000 requests, 64 in flight, one local server).
"""

import asyncio
import email.utils
import json
import math
import os
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from generation.backends.base import (
    BackendError,
    Busy,
    Completion,
    Denied,
    Malformed,
    Rejected,
    Request,
    ServerFault,
    TooSlow,
    Unreachable,
)

MOST_BYTES = 8_000_000
"""The longest answer that is read. A scene is a few kilobytes; a server gone mad is not stored."""

LONGEST_WAIT_S = 3600.0
CONNECT_S = 10.0
VERSION_S = 5.0
_CHUNK = 65_536
_OK = 200
_MOVED = 3
_HELD_BACK = "(the key)"
_LONG_KEY = 16
"""A shorter one is a word, as servers that want none are given: it may stand in a text."""


class OpenAIBackend:
    """A backend at `base_url` (which ends in `/v1` as a rule).

    `timeout` is for the whole answer, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key_env: str = "",
        timeout: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.key_env = key_env
        self.timeout = timeout
        self._clock = clock
        self._made: aiohttp.ClientSession | None = None

    def _session(self) -> aiohttp.ClientSession:
        """Made when first used: it belongs to the event loop that runs then."""
        if self._made is None:
            limits = aiohttp.ClientTimeout(total=self.timeout, sock_connect=min(CONNECT_S, self.timeout))
            # No bound on connections: how many are in flight is the caller's to say. Idle ones are dropped
            # before servers do so (vLLM after 5 s), or a request may meet a connection that is closing.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3.0)
            self._made = aiohttp.ClientSession(timeout=limits, connector=connector, trust_env=False)
        return self._made

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def models(self) -> list[str]:
        """The models that the server lists."""
        body = _object(await self._send("GET", self.base_url + "/models", None))
        entries = body.get("data")
        if not isinstance(entries, list):
            raise Malformed("the list of models has no data")
        return [str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry]

    async def software(self) -> dict[str, str]:
        """What the server says of itself: vLLM tells its version beside the API. Empty where nothing is."""
        try:
            async with asyncio.timeout(VERSION_S):  # all other addresses of a run wait for this one
                body = _object(await self._send("GET", self.base_url.removesuffix("/v1") + "/version", None))
        except (BackendError, TimeoutError):
            return {}
        version = body.get("version")
        return {"version": version[:100]} if isinstance(version, str) else {}

    async def complete(self, request: Request) -> Completion:
        """One chat completion, not streamed."""
        payload: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": role, "content": content} for role, content in request.messages],
            **request.sampling.as_dict(),
            **request.structured,
            "n": 1,
        }
        if request.sampling.seed is not None:
            payload["seed"] = request.sampling.seed
        started = self._clock()
        raw = await self._send("POST", self.base_url + "/chat/completions", payload)
        try:
            body = _object(raw)
            if "error" in body and not body.get("choices"):  # as some proxies pass on what failed behind them
                raise Malformed(f"status 200 with an error: {' '.join(_message(raw).split())[:300]}")
            return _completion(body, self._clock() - started)
        except Malformed as error:
            error.worked = True
            raise

    async def _send(self, method: str, url: str, payload: dict[str, Any] | None) -> bytes:
        """The body of a good answer. An answer with another status is a named failure."""
        key = self._key()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with self._session().request(
                method, url, json=payload, headers=headers, allow_redirects=False
            ) as response:
                raw = await _read(response)
                status, retry_after = response.status, response.headers.get("Retry-After", "")
                leads_to = response.headers.get("Location", "")[:200]
        except TimeoutError as error:
            started = not isinstance(error, aiohttp.ConnectionTimeoutError)
            raise TooSlow(f"no whole answer within {self.timeout:g} s", worked=started) from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise Unreachable(f"{self.base_url} does not answer: {_said(error, key)}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            message = f"{self.base_url} broke off before its answer was whole: {_said(error, key)}"
            raise Unreachable(message, worked=True) from None
        if key and (status != _OK or len(key) >= _LONG_KEY):
            # Here and not later: what is said of an answer is cut, and may be cut within the key.
            raw = raw.replace(key.encode(), _HELD_BACK.encode())
        if leads_to and status // 100 == _MOVED:
            raise Rejected(f"status {status}: it leads to {leads_to}, where no request is sent by itself")
        if status != _OK:
            raise _failure(status, raw, retry_after)
        return raw

    def _key(self) -> str:
        if not self.key_env:
            return ""
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise Denied(f"the environment has no {self.key_env}, which this system's key is to come from")
        if not key.isprintable() or not key.isascii():
            raise Denied(f"{self.key_env} holds what cannot be a key: it is not plain ASCII")
        return key


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    read = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        chunks.append(chunk)
        read += len(chunk)
        if read > MOST_BYTES:
            raise Malformed(f"the answer is longer than {MOST_BYTES:,} bytes", worked=True)
    return b"".join(chunks)


def _said(error: Exception, key: str) -> str:
    """What an error says of itself, without the key should a library ever put it there."""
    said = str(error).replace(key, _HELD_BACK) if key else str(error)
    return " ".join(said.split())[:300] or type(error).__name__


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("the answer is not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("the answer is not a JSON object")
    return body


def _failure(status: int, raw: bytes, retry_after: str) -> BackendError:
    said = " ".join(_message(raw).split())[:300]
    text = f"status {status}: {said}" if said else f"status {status}"
    if status in (401, 403):
        return Denied(text)
    if status in (429, 503):
        return Busy(text, retry_after=_seconds(retry_after))
    if status in (408, 504):
        return TooSlow(text, worked=status == 504)
    if status >= 500:
        # Behind a balancer the work may have been done; only who is busy says that it did none.
        return ServerFault(text, retry_after=_seconds(retry_after), worked=True)
    return Rejected(text)


def _message(raw: bytes) -> str:
    """What the server said, in any of the usual shapes; else the beginning of its answer."""
    text = raw[:2000].decode("utf-8", "replace")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return text
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("message", error)
    return str(error)


def _seconds(retry_after: str) -> float | None:
    """A Retry-After header, in seconds or as a date, as seconds from now."""
    if not retry_after:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return None if math.isnan(wait) else min(max(wait, 0.0), LONGEST_WAIT_S)


def _completion(body: dict[str, Any], latency: float) -> Completion:
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Malformed("the answer has no choices")
    message = choices[0].get("message")
    content = message.get("content") if isinstance(message, dict) else None
    usage = body.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=content if isinstance(content, str) else "",
        model=str(body.get("model") or ""),
        finish_reason=str(choices[0].get("finish_reason") or ""),
        usage={key: value for key, value in counts.items() if isinstance(value, int) and value >= 0},
        latency=latency,
        id=str(body.get("id") or ""),
        fingerprint=str(body.get("system_fingerprint") or ""),
    )
