"""Rules of the outline, the guideline and the previous context."""

from collections.abc import Iterator, Mapping
from typing import Any

from generation.pipelines.inputs import is_none
from generation.pipelines.refusals import Answer, Refusal
from generation.pipelines.spec import CheckSpec
from generation.training_data.synthesis.rules.texts import (
    check_ending,
    check_length,
    check_paragraph,
    check_remarks,
    check_text,
    check_traditional,
    find_missing,
    find_quote,
    first_refusal,
    speeches_of,
)
from generation.training_data.synthesis.scenes import lines_of

# The prompts ask for 40 to 160 words, 80 to 300 characters; a short scene may do with less.
OUTLINE = {"en": (25, 230), "zh": (45, 420)}
GUIDELINE = {"en": (1, 90), "zh": (1, 160)}
CONTEXT = {"en": (8, 250), "zh": (12, 400)}
"""The paper's 400 characters, and as much in words."""


def outline_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    return first_refusal(_check_outline(answer))


def _check_outline(answer: Answer) -> Iterator[Refusal | None]:
    outline, guideline = answer.parts.get("outline", ""), answer.parts.get("guideline", "")
    yield check_text("outline", outline, answer.language)
    yield check_length("outline", outline, answer.language, OUTLINE)
    yield check_traditional("outline", outline, answer.content)
    yield check_ending("outline", outline)
    yield check_paragraph("outline", outline)
    yield check_remarks(outline)
    if guideline.strip():
        yield check_text("guideline", guideline, answer.language)
        yield check_length("guideline", guideline, answer.language, GUIDELINE)
        yield check_paragraph("guideline", guideline)
        yield check_remarks(guideline)


def outline_names(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks in the scene is named in the outline."""
    missing = find_missing(answer.content["speakers"], answer.parts["outline"])
    return Refusal("unnamed", {"part": "outline", "names": ", ".join(missing)[:200]}) if missing else None


def outline_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    speeches = speeches_of(answer.content)
    for part in ("outline", "guideline"):
        if line := find_quote(answer.parts.get(part, ""), speeches, answer.language):
            return Refusal("quote", {"part": part, "line": line[:60]})
    return None


def _context_of(answer: Answer) -> str:
    """The part that briefs take, whatever else a recipe asks for."""
    return answer.parts.get("context", answer.text)


def context_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """The word for none exactly where nothing comes before; else plain text, not too long."""
    text = _context_of(answer)
    earlier = bool(answer.content["earlier"])
    if is_none(text) or not earlier:
        if is_none(text) != earlier:
            return None
        return Refusal("context-none" if earlier else "context-invented")
    return first_refusal(_check_context(text, answer.content))


def _check_context(text: str, content: Mapping[str, Any]) -> Iterator[Refusal | None]:
    language = content["language"]
    yield check_text("context", text, language)
    yield check_length("context", text, language, CONTEXT)
    yield check_traditional("context", text, content)
    yield check_ending("context", text)
    for paragraph in text.split("\n"):
        if paragraph.strip():
            yield check_paragraph("context", paragraph)
    yield check_remarks(text)


def context_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    """No line of dialogue of the scene or of one before it."""
    content, language = answer.content, answer.language
    before = [
        each["text"]
        for scene in content["earlier"]
        for each in lines_of(scene["text"], language)
        if each["speaker"]
    ]
    line = find_quote(_context_of(answer), [*speeches_of(content), *before], language, retold=True)
    return Refusal("quote", {"part": "context", "line": line[:60]}) if line else None
