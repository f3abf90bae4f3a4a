"""A backend without a server, for trying and testing: the same seed gives the same text.

`behaviour` says what is wrong with it, and `every` with how many of its answers: 1 with all of them, 3 with
each third.
"""

import asyncio
import secrets

from evalsite.core.reason_codes import Reason
from generation.backends import canned
from generation.backends.base import Busy, Completion, Request, ServerError, TooSlow, Unreachable

BEHAVIOURS = (
    "ok",
    "fail",
    "busy",
    "slow",
    "lost",
    "cut",
    "empty",
    "nonsense",
    "other-model",
    "other-language",
    "no-part",
)
RAISED = frozenset({"fail", "busy", "slow", "lost"})
"""Behaviours that bring no answer."""


class FakeBackend:
    """Answers from `canned`. `delay` is slept before each answer; `slow` means longer than any time limit."""

    def __init__(
        self,
        *,
        behaviour: str = "ok",
        every: int = 1,
        delay: float = 0.0,
    ) -> None:
        if behaviour not in BEHAVIOURS:
            raise ValueError(f"no such behaviour: {behaviour!r} (known: {', '.join(BEHAVIOURS)})")
        self.behaviour = behaviour
        self.every = max(1, every)
        self.delay = delay
        self.requests: list[Request] = []

    async def models(self) -> list[str]:
        return list(canned.MODELS)

    async def software(self) -> dict[str, str]:
        return {"version": "canned scenes"}

    async def close(self) -> None:
        """Nothing is held."""

    async def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        count = len(self.requests)
        if self.delay:
            await asyncio.sleep(self.delay)
        behaviour = self.behaviour if count % self.every == 0 else "ok"
        if behaviour in RAISED:
            raise _raised(behaviour)
        text, model, reason = spoiled(
            behaviour, request, canned.answer(request.messages, request.sampling.seed)
        )
        usage = {
            "prompt_tokens": sum(len(content) for _, content in request.messages) // 4,
            "completion_tokens": len(text) // 4,
        }
        return Completion(text, model, reason, usage, self.delay, id=f"fake-{secrets.token_hex(8)}")


def _raised(behaviour: str) -> Exception:
    if behaviour == "fail":
        return ServerError(Reason("status-said", status=500, said="fake failure"), worked=True)
    if behaviour == "busy":
        return Busy(Reason("status-said", status=429, said="fake rush"), retry_after=1.0)
    if behaviour == "lost":
        return Unreachable(Reason("fake-broke-off"), worked=True)
    return TooSlow(Reason("fake-timeout"), worked=True)


def spoiled(behaviour: str, request: Request, text: str) -> tuple[str, str, str]:
    """Text, model and finish reason of an answer that goes wrong in the way named; `ok` is a good one."""
    model, reason = request.model, "stop"
    if behaviour == "cut":
        text, reason = text[: len(text) // 2], "length"
    elif behaviour == "empty":
        text = ""
    elif behaviour == "nonsense":
        text = canned.NONSENSE
    elif behaviour == "other-model":
        model = "somebody-else"
    elif behaviour == "other-language":
        text = _in_other_language(request)
    elif behaviour == "no-part":
        text = text.replace("<novel>", "").replace("</novel>", "")
    return text, model, reason


def _in_other_language(request: Request) -> str:
    chinese = canned.language_of(request.messages[-1][1]) == "zh"
    marks = "<characters>\n{}: x\n</characters>" + (
        "</directives>" if "</directives>" in request.messages[-1][1] else ""
    )
    asked = marks.format("Moody") if chinese else marks.format("阿青") + "写一场戏" * 40
    return canned.answer([("user", asked)], request.sampling.seed)
