"""What a backend is:

one request in, one completion or one named error out. Pure data; no retries, no clock.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Sampling:
    """Settings of one request. The defaults are the paper's."""

    temperature: float = 0.7
    top_p: float = 0.9
    max_tokens: int = 4096
    seed: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `messages` are pairs of role and content."""

    model: str
    messages: tuple[tuple[str, str], ...]
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back, as it came back: nothing here has been judged yet. `latency` is in seconds."""

    text: str
    model: str
    finish_reason: str
    usage: dict[str, int]
    latency: float
    id: str = ""


class Backend(Protocol):
    """Anything that answers requests. Raises a `BackendError` and nothing else."""

    def complete(self, request: Request) -> Completion: ...

    def models(self) -> list[str]: ...

    def close(self) -> None: ...


class BackendError(Exception):
    """A request that brought no completion. `again` says whether the same request may succeed later."""

    again = False

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


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


class Denied(BackendError):
    """The key is missing or not accepted (401, 403)."""


class Rejected(BackendError):
    """The request itself is wrong (another 4xx): unknown model, prompt too long, bad setting."""
