"""Any OpenAI-compatible address by the official `openai` SDK: providers, and what vLLM serves.

One call is one request. The SDK retries nothing here, because runs record every attempt before it is sent
and count the tries (`generation.runs.responses`). The key is one that the operator has configured for the
host (`generation.backends.keys`), or an environment variable that the system's file names. It appears in no
message, log or stored row.

With 256 requests in flight the SDK's aiohttp transport costs half the processor time of its default one
(2.3 ms and 4.7 ms a request). `post` takes another quarter less than `chat.completions.create`, which walks
through all messages to rename fields that need no renaming.
"""

import asyncio
import email.utils
import errno
import json
import logging
import math
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import aiohttp
import httpx2
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAioHttpClient,
    omit,
)
from openai._types import RequestOptions

from evalsite.core.internal_addresses import is_internal_ip
from evalsite.core.reason_codes import Reason
from generation.backends.base import (
    BackendError,
    Busy,
    Completion,
    Denied,
    Malformed,
    Rejected,
    Request,
    ServerError,
    TooSlow,
    Unreachable,
)
from generation.backends.keys import read_key_for, read_variable
from generation.backends.providers import body_of, stated_name

MOST_BYTES = 8_000_000
"""The longest answer that is read. A scene is a few kilobytes; a server gone mad is not stored."""
LONGEST_WAIT_S = 3600.0
CONNECT_S = 10.0
VERSION_S = 5.0
MOST_CONNECTIONS = 10_000
"""More than any run has in flight: how many requests are sent at once is the caller's to say."""
_MOVED = 3
_BUSY = (429, 503, 529)
"""529 is Anthropic's for an overloaded service: https://platform.claude.com/docs/en/api/errors."""
_KEPT_BACK = "(the key)"
_LONG_KEY = 16
"""A shorter one is a word, as servers that want none are given: it may occur in a text."""
_NO_CREDIT = ("insufficient_quota", "billing_error", "credit balance is too low")
_BAD_KEY = ("API_KEY_INVALID", "API key not valid")
"""Google answers a bad key with a 400: https://ai.google.dev/gemini-api/docs/troubleshooting."""

# They log the address of every request at level INFO.
for _name in ("openai", "httpx2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class OpenAIBackend:
    """A backend at `base_url`, which ends in `/v1` as a rule.

    Parameters
    ----------
    key : the name of a configured key, which is sent to its own hosts alone; empty where there is none.
    key_env : the environment variable that holds the key; empty where the server wants none.
    timeout : seconds for a whole answer.
    provider : a name of `generation.backends.providers.PROVIDERS`, or empty.
    key_optional : whether requests go without a key where the variable is not set.
    public_only : whether a domain name must not lead into a private network, whatever it led to before.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str = "",
        key_env: str = "",
        timeout: float = 300.0,
        provider: str = "",
        key_optional: bool = False,
        public_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.key_name = key
        self.key_env = key_env
        self.timeout = timeout
        self.provider = provider
        self.key_optional = key_optional
        self.public_only = public_only
        self._clock = clock
        self._made: AsyncOpenAI | None = None

    def _client(self, key: str) -> AsyncOpenAI:
        """Made when first used: its connections belong to the event loop that runs then."""
        if self._made is None:
            # Idle connections are dropped before servers do so (vLLM after 5 s), or a request may meet one
            # that is closing. Redirects are not followed: they would take the key along.
            limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=3.0)
            http = DefaultAioHttpClient(
                limits=limits,
                timeout=httpx2.Timeout(None, connect=min(CONNECT_S, self.timeout)),
                follow_redirects=False,
                trust_env=False,
                event_hooks={"response": [_bound]},
            )
            if self.public_only:
                http._transport.client = lambda: aiohttp.ClientSession(  # type: ignore[attr-defined]
                    connector=aiohttp.TCPConnector(
                        limit=MOST_CONNECTIONS, keepalive_timeout=3.0, resolver=_PublicNames()
                    )
                )
            self._made = AsyncOpenAI(
                api_key=key or "none",
                base_url=self.base_url,
                max_retries=0,
                http_client=http,
            )
            # Taken from the environment otherwise, and sent to every address.
            self._made.organization = self._made.project = None
        return self._made

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def models(self) -> list[str]:
        """The models that the server lists. Google's have a folder before their names."""
        body = _object(await self._send("GET", "/models"))
        entries = body.get("data")
        if not isinstance(entries, list):
            raise Malformed(Reason("models-no-data"))
        names = [str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry]
        return [name.removeprefix("models/") for name in names]

    async def software(self) -> dict[str, str]:
        """The server's own version: vLLM serves it beside the API. Empty where there is none."""
        try:
            async with asyncio.timeout(VERSION_S):  # all other addresses of a run wait for this one
                body = _object(await self._send("GET", self.base_url.removesuffix("/v1") + "/version"))
        except (BackendError, TimeoutError):
            return {}
        version = body.get("version")
        return {"version": version[:100]} if isinstance(version, str) else {}

    async def complete(self, request: Request) -> Completion:
        """One chat completion, not streamed."""
        started = self._clock()
        try:
            body = body_of(request, self.provider)
        except ValueError:
            raise Rejected(Reason("no-thinking-budget"), parameters=["thinking_budget"]) from None
        raw = await self._send("POST", "/chat/completions", body)
        try:
            answer = _object(raw)
            if "error" in answer and not answer.get(
                "choices"
            ):  # as some proxies pass on what failed behind them
                raise Malformed(Reason("status-error", said=_one_line(_message(raw))))
            return _completion(answer, self._clock() - started)
        except Malformed as error:
            error.worked = True
            raise

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """The body of a good answer. An answer with another status is a named failure."""
        key = self._key()
        try:
            client = self._client(key)
            async with asyncio.timeout(self.timeout):
                options: RequestOptions = {} if key else {"headers": {"Authorization": omit}}
                if method == "GET":
                    response = await client.get(path, cast_to=httpx2.Response, options=options)
                else:
                    response = await client.post(path, cast_to=httpx2.Response, body=body, options=options)
            return _without_key(response.content, key, good=True)
        except APIStatusError as error:
            raise self._failure(error.response, key, body or {}) from None
        except (
            TimeoutError,
            APIConnectionError,
            httpx2.HTTPError,
            httpx2.InvalidURL,
            OSError,
            ValueError,
        ) as error:
            causes = list(_causes(error))
            if malformed := next((each for each in causes if isinstance(each, Malformed)), None):
                raise malformed from None
            raise self._no_answer(causes, key) from None

    def _no_answer(self, causes: Sequence[BaseException], key: str) -> BackendError:
        """Why no answer came. The SDK calls some broken connections timeouts, so the cause counts."""
        unconnected = (aiohttp.ClientConnectorError, aiohttp.InvalidURL, httpx2.InvalidURL)
        first = next((each for each in causes if isinstance(each, unconnected)), None)
        last = first or causes[-1]
        text = _one_line(str(last).replace(key, _KEPT_BACK) if key else str(last)) or type(last).__name__
        if first is not None:
            return Unreachable(Reason("no-answer", address=self.base_url, said=text))
        if any(isinstance(each, TimeoutError) for each in causes):
            connected = not any(isinstance(each, aiohttp.ConnectionTimeoutError) for each in causes)
            return TooSlow(Reason("timeout", seconds=f"{self.timeout:g}"), worked=connected)
        return Unreachable(Reason("broke-off", address=self.base_url, said=text), worked=True)

    def _key(self) -> str:
        if self.key_name:
            key = read_key_for(self.key_name, self.base_url)
        elif not self.key_env:
            return ""
        else:
            key = read_variable(self.key_env)
            if not key and not self.key_optional:
                raise Denied(Reason("no-key", name=self.key_env))
        if not key.isprintable() or not key.isascii():
            raise Denied(Reason("not-a-key", name=self.key_name or self.key_env))
        return key

    def _failure(self, response: httpx2.Response, key: str, body: Mapping[str, Any]) -> BackendError:
        """An answer with another status than 200, as one of our errors in one line."""
        raw, status = _without_key(response.content, key), response.status_code
        leads_to = response.headers.get("Location", "")[:200]
        if leads_to and status // 100 == _MOVED:
            return Rejected(Reason("status-moved", status=status, place=leads_to))
        text = _one_line(_message(raw))
        said = Reason("status-said", status=status, said=text) if text else Reason("status", status=status)
        wait = _wait(response.headers)
        if any(sign in raw.decode("utf-8", "replace") for sign in _NO_CREDIT):
            return Denied(Reason("no-credit", said=said), no_credit=True)
        if status == 401 or (status == 400 and any(each in text for each in _BAD_KEY)):
            return Denied(self._about_key("bad-key", said))
        if status == 403:
            model = str(body.get("model", ""))
            if model and model in text:
                return Rejected(Reason("no-model-for-key", name=model, said=said), parameters=["model"])
            return Denied(self._about_key("not-allowed", said))
        if status in _BUSY:
            code = "rate-limit" if status == 429 else "server-busy"
            return Busy(Reason(code, said=said), retry_after=wait)
        if status in (408, 504):
            return TooSlow(said, worked=status == 504)
        if status >= 500:
            # Behind a balancer the work may have been done; only who is busy says that it did none.
            return ServerError(said, retry_after=wait, worked=True)
        return _rejected(status, text, said, raw, body)

    def _about_key(self, code: str, said: Reason) -> Reason:
        name = self.key_name or self.key_env
        return Reason(f"{code}-named", name=name, said=said) if name else Reason(code, said=said)


def _rejected(status: int, text: str, said: Reason, raw: bytes, body: Mapping[str, Any]) -> Rejected:
    """A request that the server refuses: an unknown model, parameters, or whatever it says."""
    model = str(body.get("model", ""))
    if status == 404 and model and (model in text or "model" in text.lower()):
        return Rejected(Reason("no-model", name=model, said=said), parameters=["model"])
    found = [name for name in _parameters_in(body) if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
    if isinstance(named := _error_of(raw).get("param"), str) and named in body and named != "messages":
        found = [named]
    names = list(dict.fromkeys(map(stated_name, found)))
    if status in (400, 422) and names:
        return Rejected(Reason("parameters-refused", names=", ".join(names), said=said), parameters=names)
    return Rejected(said)


def _parameters_in(body: Mapping[str, Any]) -> list[str]:
    """The names of a request's parameters, those within `extra_body` and the like included."""
    names = []
    for name, value in body.items():
        if name in ("model", "messages"):
            continue
        names.append(name)
        if isinstance(value, Mapping):
            names += _parameters_in(value)
    return names


class _PublicNames(aiohttp.ThreadedResolver):
    """Refuses names of the internet that lead into a private network. Asked for every new connection."""

    async def resolve(self, host: str, *arguments: Any, **options: Any) -> Any:
        found = await super().resolve(host, *arguments, **options)
        # A name without a dot can't belong to an outsider. Numeric addresses were checked before.
        if "." in host.rstrip(".") and any(is_internal_ip(each["host"]) for each in found):
            fix = "allow it with ALLOW_INTERNAL_ADDRESSES, or name it in API_KEYS_FILE"
            raise OSError(errno.EACCES, f"{host} is in a private network; {fix}")
        return found


async def _bound(response: httpx2.Response) -> None:
    """Read no more of an answer than `MOST_BYTES`."""
    response.stream = _Bounded(response.stream)  # type: ignore[arg-type]


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > MOST_BYTES:
                raise Malformed(Reason("too-many-bytes", most=f"{MOST_BYTES:,}"), worked=True)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _without_key(raw: bytes, key: str, *, good: bool = False) -> bytes:
    """An answer without the key. Here and not later: what is said of it is cut, perhaps within the key."""
    if not key or (good and len(key) < _LONG_KEY):
        return raw
    return raw.replace(key.encode(), _KEPT_BACK.encode())


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came of, outermost first."""
    while error is not None:
        yield error
        error = error.__cause__


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed(Reason("answer-not-json")) from error
    if not isinstance(body, dict):
        raise Malformed(Reason("answer-not-object"))
    return body


def _error_of(raw: bytes) -> dict[str, Any]:
    """The error of an answer in any usual shape: an object under `error`, bare, or in a list of one."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error", body) if isinstance(body, dict) else body
    return error if isinstance(error, dict) else {"message": str(error)}


def _message(raw: bytes) -> str:
    """What the server said; else the beginning of its answer."""
    error = _error_of(raw)
    return str(error.get("message", error) if error else raw[:2000].decode("utf-8", "replace"))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    try:
        wait = float(headers.get("retry-after-ms", "")) / 1000
    except ValueError:
        after = headers.get("Retry-After", "")
        try:
            wait = float(after)
        except ValueError:
            try:
                wait = email.utils.parsedate_to_datetime(after).timestamp() - time.time()
            except (TypeError, ValueError):
                return None
    return None if math.isnan(wait) else min(max(wait, 0.0), LONGEST_WAIT_S)


def _completion(body: dict[str, Any], latency: float) -> Completion:
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Malformed(Reason("no-choices"))
    message = choices[0].get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return Completion(
        text=content if isinstance(content, str) else "",
        model=str(body.get("model") or "").removeprefix("models/"),
        finish_reason=str(choices[0].get("finish_reason") or ""),
        usage=_usage(body.get("usage")),
        latency=latency,
        id=str(body.get("id") or ""),
        fingerprint=str(body.get("system_fingerprint") or ""),
    )


def _usage(usage: object) -> dict[str, int]:
    """The counts of an answer, with `thinking_tokens` where there were any.

    `completion_tokens` then holds all that is billed as output, thinking included. OpenAI counts so and
    gives the thinking in `completion_tokens_details`; Google has it in the total alone.
    """
    counts = usage if isinstance(usage, dict) else {}
    found = {key: value for key, value in counts.items() if type(value) is int and value >= 0}
    details = counts.get("completion_tokens_details")
    thought = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if {"prompt_tokens", "completion_tokens", "total_tokens"} <= found.keys():
        hidden = found["total_tokens"] - found["prompt_tokens"] - found["completion_tokens"]
        if hidden > 0:
            thought = thought if type(thought) is int and thought > 0 else hidden
            found["completion_tokens"] += hidden
    return {**found, "thinking_tokens": thought} if type(thought) is int and thought > 0 else found
