"""What a backend is:

one request in, one completion or one named error out. Pure data; no retries, no clock.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from evalsite.core.reason_codes import Reason, reason_of

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MOST_COUNT = 10**9
"""More tokens than any request can use: a server that says so does not count."""
MOST_COUNTS = 40
_SNAPSHOT = re.compile(r"-\d{4}-?\d{2}-?\d{2}")


def _storable(text: str) -> str:
    """Without what the database cannot hold: one bad answer must not take along those kept with it."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def is_model(answered: str, asked: str, others: Sequence[str] = ()) -> bool:
    """Whether the model of an answer is the one that was asked for, or listed among `others`.

    Providers answer an alias under the name of its dated snapshot: `gpt-5` as `gpt-5-2025-08-07`.
    """
    dated = answered.startswith(asked) and _SNAPSHOT.fullmatch(answered[len(asked) :])
    return answered in (asked, *others) or bool(dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """The parameters of one request, as a system's file states them. What is None or empty is not sent.

    `max_tokens` (or `max_completion_tokens`, where the server wants that name) is the budget of the answer.
    Thinking has its own: `thinking_budget` is sent to the model in the way of its provider;
    `thinking_reserve` is for models that take no budget. Both are added to the limit that is sent, which
    counts all tokens.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    reasoning_effort: str = ""
    thinking_budget: int | None = None
    thinking_reserve: int | None = None
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def limit(self) -> int | None:
        """The most tokens that the model may write, thinking and answer together; None is no limit."""
        answer = self.max_completion_tokens or self.max_tokens
        return answer and answer + (self.thinking_budget or 0) + (self.thinking_reserve or 0)

    def as_dict(self) -> dict[str, Any]:
        """What the file states, without the seed, which is stored beside it."""
        stated = {name: getattr(self, name) for name in self.__slots__ if name != "seed"}
        stated["stop"] = list(self.stop)
        return {
            name: value for name, value in stated.items() if value is not None and value not in ("", [], {})
        }


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
    it all the same, so that it has to be counted at its estimate. `reason` is what is stored: the kind of
    error with its own reason.
    """

    again = False

    def __init__(self, reason: str, *, retry_after: float | None = None, worked: bool = False) -> None:
        reason = reason_of(reason)
        self.reason = Reason(type(self).__name__, reason=reason)
        super().__init__(reason)
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


class ServerError(BackendError):
    """The server failed (another 5xx)."""

    again = True


class Malformed(BackendError):
    """The answer is no chat completion."""

    again = True


class CircuitOpen(BackendError):
    """Not sent: the server failed so often in a row that it is left alone for a while."""

    again = True


class Denied(BackendError):
    """The key is missing or not accepted (401, 403), or its account has no credit left."""

    def __init__(self, reason: str, *, no_credit: bool = False) -> None:
        super().__init__(reason)
        self.no_credit = no_credit


class Rejected(BackendError):
    """The request itself is wrong (another 4xx): unknown model, prompt too long, bad setting.

    `parameters` are those of the request that the server refuses, as far as its message names them.
    """

    def __init__(self, reason: str, *, parameters: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.parameters = tuple(parameters)
