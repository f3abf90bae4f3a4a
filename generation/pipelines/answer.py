"""What a rule looks at, and what a rule is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec, StageSpec


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule looks at: the part that goes on, and the input that it answers (its content).

    `parts` are all parts of the answer, `answers` what earlier stages gave, as later prompts know them.
    """

    stage: StageSpec
    text: str
    language: str
    content: Mapping[str, Any]
    parts: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Answer, CheckSpec], Refusal | None]
