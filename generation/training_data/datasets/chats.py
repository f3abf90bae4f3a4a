"""Examples as chats: the very messages that a shipped system sends for a brief, and the answer that is due.

| variant | messages of | answer |
| --- | --- | --- |
| dsr | first stage of `dsr` | directives, then the prose between <novel> tags |
| prose-only | first stage of `dsr-no-directives` | the prose between <novel> tags |
| end-to-end | `end-to-end` | the source's own script |
| reverse-only | first stage of `dsr` | directives, then the source's own script between <novel> tags |

The last one is what reverse synthesis alone would give: no teacher's prose in it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from generation.pipelines import StageSpec, find_system, prepare
from generation.screenplay import bare_text
from generation.training_data.models import TrainedModel

DSR, PROSE_ONLY, END_TO_END, REVERSE_ONLY = VARIANTS = tuple(TrainedModel.Variant.values)
_SYSTEM = {DSR: "dsr", PROSE_ONLY: "dsr-no-directives", END_TO_END: "end-to-end", REVERSE_ONLY: "dsr"}


@cache
def serving_stage(variant: str) -> StageSpec:
    """The stage that will ask a model trained on this variant."""
    return find_system(_SYSTEM[variant]).stages[0]


def prompt_digests() -> dict[str, str]:
    """The prompts that the messages are made with, by name and language."""
    stages = [serving_stage(variant) for variant in VARIANTS]
    return {f"{each.name}.{each.language}": each.digest for stage in stages for each in stage.carried()}


def answer_of(variant: str, content: Mapping[str, Any]) -> str:
    """What a model is to learn to answer."""
    if variant == END_TO_END:
        return _script(content)
    if variant == PROSE_ONLY:
        return _novel(content["novel"])
    written = _script(content) if variant == REVERSE_ONLY else str(content["novel"])
    return f"{content['directives']}\n\n{_novel(written)}"


def _script(content: Mapping[str, Any]) -> str:
    """The source's own script, as a model is to write it: without marks of force."""
    return bare_text(content["script"], content["language"]).strip()


def _novel(text: str) -> str:
    return f"<novel>\n{text}\n</novel>"


def chat_of(variant: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """One line of a chat file: {messages, id, language, series, work, number}."""
    asked = prepare(serving_stage(variant), content["brief"], {}, None).messages
    messages = [{"role": role, "content": text} for role, text in asked]
    return {
        "messages": [*messages, {"role": "assistant", "content": answer_of(variant, content)}],
        "id": content["id"],
        "language": content["language"],
        "series": content["series"]["slug"],
        "work": content["scene"]["work"],
        "number": content["scene"]["number"],
    }
