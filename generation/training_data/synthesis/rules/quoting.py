"""Lines of dialogue in texts that must hold none: in quotation marks, or repeated word for word."""

from collections.abc import Mapping, Sequence
from typing import Any

from generation.training_data.synthesis.rules.language import grams, quoted, sentences, tokens
from generation.training_data.synthesis.scenes import lines_of

MARKED = {"en": 4, "zh": 6}
"""As many words or Han characters in quotation marks are speech; fewer may be a term."""
SENTENCE = {"en": 5, "zh": 6}
"""A whole sentence of a speech with as many words is a quote."""
RETOLD_SENTENCE = {"en": 7, "zh": 11}
"""The same in a text that retells scenes and so repeats short facts: a context, a profile."""
RUN = {"en": 8, "zh": 12}
"""As many words of one speech in a row are a quote, a whole sentence or not."""


def speeches_of(content: Mapping[str, Any]) -> list[str]:
    """Return all that is said in a scene, or in the scenes that show a person."""
    elements = content.get("elements")
    if elements is None:
        language = content["language"]
        elements = [each for scene in content.get("scenes", ()) for each in lines_of(scene["text"], language)]
    return [each["text"] for each in elements if each["speaker"]]


def find_quote(text: str, speeches: Sequence[str], language: str, *, retold: bool = False) -> str:
    """Return the first line of dialogue found in a text; the empty string if there is none.

    `retold`: the text retells scenes, so only longer sentences count.
    """
    least = (RETOLD_SENTENCE if retold else SENTENCE)[language]
    said = ["".join(tokens(each, language)) for each in speeches]
    for each in quoted(text):
        words = tokens(each, language)
        joined = "".join(words)
        if len(words) >= MARKED[language] or (len(words) >= 3 and any(joined in speech for speech in said)):
            return each
    words = tokens(text, language)
    sizes = {RUN[language]: set(grams(words, RUN[language]))}
    for speech in speeches:
        for sentence in sentences(_without_reaction(speech), language):
            parts = tokens(sentence, language)
            size = min(len(parts), RUN[language])
            if size < least:
                continue
            if size not in sizes:
                sizes[size] = set(grams(words, size))
            if not sizes[size].isdisjoint(grams(parts, size)):
                return sentence
    return ""


def _without_reaction(speech: str) -> str:
    """A speech without the reaction that stands in parentheses before its words."""
    for opening, closing in ("()", "（）"):
        if speech.startswith(opening):
            speech = speech.split(closing, 1)[-1]
    return speech
