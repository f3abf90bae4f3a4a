"""What a backend is:

one request in, one completion or one named error out. Pure data; no retries, no clock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MOST_COUNT = 10**9
"""More tokens than any request can use: a server that says so does not count."""
MOST_COUNTS = 40


def _storable(text: str) -> str:
    """Without what the database cannot hold: one bad answer must not take along those kept with it."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Settings of one request. The defaults are the paper's."""

    temperature: float = 0.7
    top_p: float = 0.9
    max_tokens: int = 4096
    seed: int | None = None
    stop: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """What is sent, but for the seed. No stop rule leaves none behind."""
        told = {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}
        return {**told, "stop": list(self.stop)} if self.stop else told


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `messages` are pairs of role and content; `model` is a model's or an adapter's name.

    `structured` leads the answer: `{"response_format": ...}` as OpenAI has it, or `{"structured_outputs":
    ...}` as vLLM has it. What else stands in it is refused.
    """

    model: str
    messages: tuple[tuple[str, str], ...]
    sampling: Sampling = field(default_factory=Sampling)
    structured: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if strangers := set(self.structured) - {"response_format", "structured_outputs"}:
            raise ValueError(f"not a way to lead an answer: {', '.join(sorted(strangers))}")


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back, as it came back but for what cannot be stored: nothing here has been judged yet.

    `latency` is in seconds. Of `usage` those counts are kept that are some.

    `fingerprint` is what the server says of its own version (`system_fingerprint`), where it does.
    """

    text: str
    model: str
    finish_reason: str
    usage: dict[str, int]
    latency: float
    id: str = ""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        for name in ("text", "model", "finish_reason", "id", "fingerprint"):
            object.__setattr__(self, name, _storable(getattr(self, name)))
        counts = [(_storable(key)[:80], value) for key, value in self.usage.items() if _is_count(value)]
        object.__setattr__(self, "usage", dict(counts[:MOST_COUNTS]))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_COUNT


class Backend(Protocol):
    """Anything that answers requests, on one event loop. Raises a `BackendError` and nothing else."""

    async def complete(self, request: Request) -> Completion: ...

    async def models(self) -> list[str]: ...

    async def software(self) -> dict[str, str]: ...

    async def close(self) -> None: ...


class BackendError(Exception):
    """A request that brought no completion.

    `again` says whether the same request may succeed later, `worked` whether the server may have worked on
    it all the same, so that it has to be counted at its estimate.
    """

    again = False

    def __init__(self, message: str, *, retry_after: float | None = None, worked: bool = False) -> None:
        super().__init__(_storable(message))
        self.retry_after = retry_after
        self.worked = worked


class Unreachable(BackendError):
    """No connection, or it broke before the answer was whole."""

    again = True


class TooSlow(BackendError):
    """No answer within the time limit."""

    again = True


class Busy(BackendError):
    """The server asks to come back later (429, 503); `retry_after` is in seconds where it said so."""

    again = True


class ServerFault(BackendError):
    """The server failed (another 5xx)."""

    again = True


class Malformed(BackendError):
    """The answer is no chat completion."""

    again = True


class CircuitOpen(BackendError):
    """Not sent: the server failed so often in a row that it is left alone for a while."""

    again = True


class Denied(BackendError):
    """The key is missing or not accepted (401, 403)."""


class Rejected(BackendError):
    """The request itself is wrong (another 4xx): unknown model, prompt too long, bad setting."""
