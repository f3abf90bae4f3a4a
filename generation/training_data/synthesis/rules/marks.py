"""Rules of the judge's marks."""

import re
from collections.abc import Mapping

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.training_data.synthesis.rules.texts import check_text

MARKS = ("coherence", "faithfulness", "filmable", "rhythm")
_MARK = re.compile(r"[1-5]")


def marks_of(parts: Mapping[str, str]) -> dict[str, int]:
    """The marks of an answer by name, from its parts; those are left out that are none."""
    given = {name: parts.get(name, "").strip() for name in MARKS}
    return {name: int(mark) for name, mark in given.items() if _MARK.fullmatch(mark)}


def marks_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Whole numbers from 1 to 5, and a reason in words."""
    given = marks_of(answer.parts)
    for name in MARKS:
        if name not in given:
            return Refusal("mark", {"part": name})
    return check_text("reason", answer.parts.get("reason", ""), answer.language)
