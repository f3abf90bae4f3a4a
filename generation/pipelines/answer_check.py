"""Whether an answer may go on: what is not what was asked for is recorded as what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evalsite.core.reason_codes import Reason
from generation.backends import Completion, is_model
from generation.pipelines.answer_parts import Split, describe_part, split
from generation.pipelines.refusals import Answer, Refusal
from generation.pipelines.rules import RULES, rules_of
from generation.pipelines.schemas import breach_of
from generation.pipelines.spec import DERIVED, StageSpec, Underivable
from generation.screenplay.text import MAX_BYTES, TextTooLarge

CHARACTERS_A_TOKEN = 32
"""No answer of so many tokens as were asked for is longer: a token is four characters or so. A server that
does not keep to what was asked would hold up a worker: judging takes 4 s for a million characters.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer may go on. `text` is the part that does; `reason` says why not.

    `why` says it to the model, in the language of the brief; empty where asking otherwise would not help.
    """

    ok: bool
    reason: str = ""
    text: str = ""
    why: str = ""
    parts: dict[str, str] = field(default_factory=dict)


def judge(
    stage: StageSpec,
    completion: Completion,
    language: str,
    content: Mapping[str, Any] | None = None,
    answers: Mapping[str, str] | None = None,
) -> Verdict:
    """Whether an answer may go on, and which part of it.

    `content` is that of the input it answers, `answers` are what earlier stages gave.
    """
    refusal = _not_whole(stage, completion)
    if refusal is not None:
        return _refused(refusal, language)
    found, refusal = look(stage, completion.text, language, content or {}, answers or {})
    if refusal is not None:
        return _refused(refusal, language)
    return Verdict(True, text=found.text, parts=found.parts)


def look(
    stage: StageSpec, text: str, language: str, content: Mapping[str, Any], answers: Mapping[str, str]
) -> tuple[Split, Refusal | None]:
    """A whole answer in its parts, and the first rule that it breaks, if any."""
    try:
        found = split(stage, text)
    except TextTooLarge:
        return Split(), Refusal("too-large", {"said": Reason("text-long", most=f"{MAX_BYTES:,}")})
    if (not found.text and not stage.part_names) or not text.strip():
        return found, Refusal("empty")
    if found.fault:
        return found, Refusal("no-split", {"said": found.fault})
    if found.missing:
        return found, Refusal("no-part", {"shown": describe_part(stage, found.missing[0])})
    if (refusal := breach_of(stage, found.data) or _underivable(stage, found, language)) is not None:
        return found, refusal
    answer = Answer(stage, found.text, language, content, found.parts, answers)
    for check in rules_of(stage):
        if (refusal := RULES[check.rule](answer, check)) is not None:
            return found, refusal
    return found, None


def _underivable(stage: StageSpec, found: Split, language: str) -> Refusal | None:
    """What later prompts are to name must be there to be made, whatever rules the stage names."""
    if stage.derive in found.parts:
        derivation = DERIVED[stage.derive]
        try:
            derivation.make(found.parts[stage.derive], language)
        except Underivable as error:
            return Refusal(derivation.refusal, {"what": str(error)})
    return None


def _not_whole(stage: StageSpec, completion: Completion) -> Refusal | None:
    """Another model's answer, or one that did not come to its end."""
    if not is_model(completion.model, stage.asks, stage.answers_as):
        return Refusal("model", {"model": completion.model or "none named"})
    if completion.finish_reason == "length":
        limit = stage.sampling().limit
        return Refusal("cut", {"limit": limit}) if limit else Refusal("cut-by-server")
    if stage.answer_tokens and len(completion.text) > CHARACTERS_A_TOKEN * stage.answer_tokens:
        length = len(completion.text)
        return Refusal("longer-than-asked", {"length": length, "limit": stage.answer_tokens})
    if completion.finish_reason != "stop":
        return Refusal("finish", {"finish": completion.finish_reason or "not given"})
    return None


def _refused(refusal: Refusal, language: str) -> Verdict:
    return Verdict(False, reason=refusal.reason(), why=refusal.why(language))
