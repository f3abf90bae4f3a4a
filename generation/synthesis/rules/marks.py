"""Rules of the judge's marks."""

import re

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.synthesis.rules.texts import faulty_text

MARKS = ("coherence", "faithfulness", "filmable", "rhythm")
_MARK = re.compile(r"[1-5]")


def marks_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Whole numbers from 1 to 5, and a reason in words."""
    for name in MARKS:
        if not _MARK.fullmatch(answer.parts.get(name, "").strip()):
            return Refusal("mark", {"part": name})
    return faulty_text("reason", answer.parts.get("reason", ""), answer.language)
