"""The request of a stage, from the input, what earlier stages gave, and why earlier answers were refused."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import evalsite
from evalsite.core.digests import json_digest
from generation.backends import Request
from generation.pipelines.answer_parts import split
from generation.pipelines.inputs import INPUTS, NONE
from generation.pipelines.spec import AGAIN, DERIVED, StageSpec, Underivable

TOLD_MOST = 5
"""So many different reasons are told at most, the latest."""


def prepare(
    stage: StageSpec,
    content: Mapping[str, Any],
    answers: Mapping[str, str],
    seed: int | None,
    told: Sequence[str] = (),
) -> Request:
    """The request of a stage.

    `answers` are what earlier stages gave, from `answers_of`; `told` is why answers to this stage were
    refused, which is said in a last message where the stage says why. Raises `PromptError`.
    """
    values = {**INPUTS[stage.input].values(content), **{key: each.strip() for key, each in answers.items()}}
    values |= {name: values[source] for name, source in stage.reads.items() if source in values}
    messages = stage.template(content["language"]).render(values)
    reasons = list(dict.fromkeys(each for each in told if each))[-TOLD_MOST:]
    if stage.say_why and reasons:
        stop, mark = ("；", "") if content["language"] == "zh" else ("; ", "")
        messages += stage.template(content["language"], AGAIN).render({"reason": mark + stop.join(reasons)})
    return Request(stage.asks, tuple(_joined(messages)), stage.sampling(seed), structured_of(stage))


def _joined(messages: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Two messages of one role in a row as one: many chat templates take no other order."""
    joined: list[tuple[str, str]] = []
    for role, text in messages:
        if joined and joined[-1][0] == role:
            joined[-1] = (role, f"{joined[-1][1]}\n\n{text}")
        else:
            joined.append((role, text))
    return joined


def structured_of(stage: StageSpec) -> dict[str, Any]:
    """What leads the server to the form that the stage asks for: a JSON schema, or nothing."""
    if stage.schema is None:
        return {}
    schema = {"name": stage.name, "schema": stage.schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def answers_of(
    stages: Sequence[StageSpec], outputs: Mapping[str, str], language: str = "en"
) -> dict[str, str]:
    """What later prompts may name: each stage's text by its name, each of its parts by `stage.part`.

    An optional part that is empty reads as none in the language.
    """
    none = NONE[language]
    answers: dict[str, str] = {}
    for stage in stages:
        if stage.name in outputs:
            found = split(stage, outputs[stage.name])
            answers[stage.name] = found.text
            answers |= {f"{stage.name}.{part}": none for part in stage.optional}
            answers |= {f"{stage.name}.{part}": text for part, text in found.parts.items() if text}
            if stage.derive in found.parts:
                with suppress(Underivable):  # kept before this was looked at: a later prompt lacks it
                    made = DERIVED[stage.derive].make(found.parts[stage.derive], language)
                    answers |= {f"{stage.name}.{name}": text for name, text in made.items()}
    return answers


def seed_of(run_digest: str, *parts: object) -> int:
    """A seed that follows from the run and from what is asked for: the same run asks with the same seeds."""
    line = "\n".join([run_digest, *map(str, parts)])
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:4]) & 0x7FFFFFFF


def prompt_digest(request: Request) -> str:
    """SHA-256 of the exact messages."""
    return json_digest([list(message) for message in request.messages])


def request_record(request: Request) -> dict[str, Any]:
    """What is kept of a request beside its messages, with the software that sent it."""
    record: dict[str, Any] = {"model": request.model, **request.sampling.as_dict()}
    if request.sampling.seed is not None:
        record["seed"] = request.sampling.seed
    if request.structured:
        record["structured"] = dict(request.structured)
    return {**record, "software": {"evalsite": evalsite.__version__, "python": platform.python_version()}}
