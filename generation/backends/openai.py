"""Any OpenAI-compatible address, which is also what vLLM serves, by plain HTTP.

One call is one request: retrying is for the caller, who records every attempt before it is sent. The key
comes from the environment under the name that the system gives, and stands in no message, log or stored
row.
"""

import email.utils
import json
import math
import os
import time
from collections.abc import Callable
from typing import Any

import httpx

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.key_env = key_env
        self.timeout = timeout
        self._clock = clock
        limits = httpx.Timeout(timeout, connect=min(10.0, timeout))
        self._client = httpx.Client(timeout=limits, transport=transport, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def models(self) -> list[str]:
        """The models that the server lists."""
        body = self._send("GET", "/models", None)
        entries = body.get("data")
        if not isinstance(entries, list):
            raise Malformed("the list of models has no data")
        return [str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry]

    def complete(self, request: Request) -> Completion:
        """One chat completion, not streamed."""
        payload: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": role, "content": content} for role, content in request.messages],
            **request.sampling.as_dict(),
            "n": 1,
        }
        if request.sampling.seed is not None:
            payload["seed"] = request.sampling.seed
        started = self._clock()
        body = self._send("POST", "/chat/completions", payload)
        return _completion(body, self._clock() - started)

    def _send(self, method: str, path: str, payload: dict[str, Any] | None) -> dict[str, Any]:
        headers = self._headers()
        deadline = self._clock() + self.timeout
        chunks: list[bytes] = []
        try:
            with self._client.stream(method, self.base_url + path, json=payload, headers=headers) as response:
                read = 0
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    read += len(chunk)
                    if read > MOST_BYTES:
                        raise Malformed(f"the answer is longer than {MOST_BYTES:,} bytes")
                    if self._clock() > deadline:
                        raise TooSlow(f"no whole answer within {self.timeout:g} s")
                status, retry_after = response.status_code, response.headers.get("retry-after", "")
        except httpx.TimeoutException as error:
            raise TooSlow(f"no answer within {self.timeout:g} s ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"{self.base_url} does not answer: {error or type(error).__name__}") from error
        raw = b"".join(chunks)
        if status != httpx.codes.OK:
            raise _failure(status, raw, retry_after)
        return _object(raw)

    def _headers(self) -> dict[str, str]:
        if not self.key_env:
            return {}
        key = os.environ.get(self.key_env, "")
        if not key:
            raise Denied(f"the environment has no {self.key_env}, which this system's key is to come from")
        return {"Authorization": f"Bearer {key}"}


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
        return TooSlow(text)
    if status >= 500:
        return ServerFault(text, retry_after=_seconds(retry_after))
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
        usage={key: value for key, value in counts.items() if isinstance(value, int)},
        latency=latency,
        id=str(body.get("id") or ""),
    )
