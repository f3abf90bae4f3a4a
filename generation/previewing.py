"""The exact messages that a brief would give, before anything is sent. No database here.

What earlier stages will have written is not there yet: it stands as a mark, and is shown as one.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation import pipelines
from generation.pipelines import StageSpec, SystemSpec
from generation.pipelines.spec import AGAIN
from generation.prompts import PromptError, PromptTemplate

_OPEN, _SHUT = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message. `source` names what will stand there: a stage, or a part of one."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    role: str
    pieces: tuple[Piece, ...]
    length: int


@dataclass(frozen=True, slots=True)
class StagePreview:
    """What one stage would send.

    `digest` is that of the messages, and is empty where something is still to be written; `fault` says why
    there is nothing to show.
    """

    stage: StageSpec
    template: PromptTemplate | None
    messages: tuple[ShownMessage, ...]
    digest: str
    again: str
    record: dict[str, Any]
    fault: str = ""

    @property
    def waits_for(self) -> list[str]:
        """What must be written before this can be sent, in order."""
        pieces = [piece.source for message in self.messages for piece in message.pieces if piece.source]
        return list(dict.fromkeys(pieces))


def preview(spec: SystemSpec, content: Mapping[str, Any]) -> list[StagePreview]:
    """What each stage of a system would send for a brief, from `Brief.content()`."""
    answers: dict[str, str] = {}
    shown = []
    # Drawn anew each time: no brief holds it, whatever characters stand in it.
    ours = secrets.token_hex(8)
    marks = re.compile(f"{_OPEN}{ours}:([^{_OPEN}{_SHUT}]*){_SHUT}")
    for stage in spec.stages:
        shown.append(_stage(stage, content, answers, marks))
        names = [stage.name, *(f"{stage.name}.{part}" for part in stage.values)]
        answers |= {name: f"{_OPEN}{ours}:{name}{_SHUT}" for name in names}
    return shown


def _stage(
    stage: StageSpec, content: Mapping[str, Any], answers: Mapping[str, str], marks: re.Pattern[str]
) -> StagePreview:
    language = content["language"]
    try:
        template = stage.template(language)
        request = pipelines.prepare(stage, content, answers, None)
        again = stage.template(language, AGAIN).parts()[0][1] if stage.say_why else ""
    except PromptError as fault:
        return StagePreview(stage, None, (), "", "", {}, str(fault))
    messages = tuple(shown_message(role, text, marks) for role, text in request.messages)
    whole = not any(piece.source for message in messages for piece in message.pieces)
    return StagePreview(
        stage,
        template,
        messages,
        pipelines.prompt_digest(request) if whole else "",
        again,
        pipelines.request_record(request),
    )


def shown_message(role: str, text: str, marks: re.Pattern[str] | None = None) -> ShownMessage:
    """A message in pieces: its own text, and the marks in it, if any can be."""
    pieces = marks.split(text) if marks else [text]
    parts = [
        Piece("" if index % 2 else piece, piece if index % 2 else "") for index, piece in enumerate(pieces)
    ]
    kept = tuple(part for part in parts if part.text or part.source)
    return ShownMessage(role, kept, sum(len(part.text) for part in kept))
