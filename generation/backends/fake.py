"""A backend without a server, for trying and testing: the same seed gives the same text.

`behaviour` says what is wrong with it, and `every` with how many of its answers: 1 with all of them, 3 with
each third.
"""

import threading
import time
from collections.abc import Callable

from generation.backends import canned
from generation.backends.base import Busy, Completion, Request, ServerFault, TooSlow

BEHAVIOURS = (
    "ok",
    "fail",
    "busy",
    "slow",
    "cut",
    "empty",
    "nonsense",
    "other-model",
    "other-language",
    "no-part",
)


class FakeBackend:
    """Answers from `canned`. `delay` is slept before each answer; `slow` means longer than any time limit."""

    def __init__(
        self,
        *,
        behaviour: str = "ok",
        every: int = 1,
        delay: float = 0.0,
        models: tuple[str, ...] = ("screenwriter", "dsr-novel"),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if behaviour not in BEHAVIOURS:
            raise ValueError(f"no such behaviour: {behaviour!r} (known: {', '.join(BEHAVIOURS)})")
        self.behaviour = behaviour
        self.every = max(1, every)
        self.delay = delay
        self.requests: list[Request] = []
        self._models = models
        self._sleep = sleep
        self._lock = threading.Lock()

    def models(self) -> list[str]:
        return list(self._models)

    def close(self) -> None:
        """Nothing is held."""

    def complete(self, request: Request) -> Completion:
        with self._lock:
            self.requests.append(request)
            count = len(self.requests)
        if self.delay:
            self._sleep(self.delay)
        text = canned.answer(request.messages, request.sampling.seed)
        behaviour = self.behaviour if count % self.every == 0 else "ok"
        return self._behave(behaviour, request, text)

    def _behave(self, behaviour: str, request: Request, text: str) -> Completion:
        if behaviour == "fail":
            raise ServerFault("status 500: fake failure")
        if behaviour == "busy":
            raise Busy("status 429: fake rush", retry_after=1.0)
        if behaviour == "slow":
            raise TooSlow("no answer within the fake's time limit")
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
        asked = sum(len(content) for _, content in request.messages)
        usage = {"prompt_tokens": asked // 4, "completion_tokens": len(text) // 4}
        return Completion(text, model, reason, usage, self.delay, id=f"fake-{request.sampling.seed}")


def _in_other_language(request: Request) -> str:
    chinese = canned.language_of(request.messages[-1][1]) == "zh"
    marks = "<characters>\n{}: x\n</characters>" + (
        "</directives>" if "</directives>" in request.messages[-1][1] else ""
    )
    asked = marks.format("Moody") if chinese else marks.format("阿青") + "写一场戏" * 40
    return canned.answer([("user", asked)], request.sampling.seed)
