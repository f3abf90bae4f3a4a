"""Rules of the prose that a teacher writes from brief and directives."""

from collections.abc import Iterator

from generation.pipelines.refusals import Answer, Refusal
from generation.pipelines.spec import CheckSpec
from generation.screenplay.measure import count_han
from generation.training_data.synthesis.rules.texts import (
    check_ending,
    check_numbering,
    check_remarks,
    check_text,
    check_traditional,
    densest_overlap,
    find_missing,
    first_refusal,
    is_named,
    overlap,
    split_speakers,
)

HAN = 2
"""Han characters in English prose about a scene that has none: a sign, a seal."""
OVERLAP = 0.1
"""Share of long runs of words that may stand in the source. A teacher that never saw it has none; lines of
speech that nobody could say otherwise, and names, make up to 4 %."""
DENSEST = {"en": 0.2, "zh": 0.27}
"""Share of short runs in the densest window. Sound prose has at most 0.15 and 0.2, of earlier scenes 0.05 and
0.12; copied lines among one's own have at least 0.3, English with every fifth word changed 0.22."""


def one_language(answer: Answer, check: CheckSpec) -> Refusal | None:
    """In one language throughout, and the prose alone."""
    scene = answer.content.get("text", answer.text)
    if answer.language == "en" and count_han(answer.text) > HAN and not count_han(scene):
        return Refusal("part-language", {"part": "novel", "found": "partly Chinese", "language": "en"})
    return first_refusal(_check_prose(answer))


def _check_prose(answer: Answer) -> Iterator[Refusal | None]:
    yield check_text("novel", answer.text, answer.language)
    yield check_traditional("novel", answer.text, answer.content)
    yield check_remarks(answer.text)
    yield check_numbering("novel", answer.text)
    yield check_ending("novel", answer.text)


def people(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks in the scene and is named in the outline appears."""
    speakers = split_speakers(answer.content["speakers"])
    outline = answer.answers.get("outline", "")
    due = [each for each in speakers if not outline or is_named(each, outline, speakers)]
    missing = set(find_missing(speakers, answer.text))
    absent = [each for each in due if each in missing]
    return Refusal("absent", {"names": ", ".join(absent)[:200]}) if absent else None


def not_copied(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Not copied from the scene or one before it, in whole or in part, with or without other names."""
    text, language, content = answer.text, answer.language, answer.content
    share = overlap(text, content["text"], language)
    sources = [content["text"], *(each["text"] for each in content["earlier"])]
    dense = densest_overlap(text, sources, language)
    if share <= OVERLAP and dense <= DENSEST[language]:
        return None
    return Refusal("copied", {"share": round(100 * max(share, dense))})
