"""Rules of the directives: the form of the beats, what they say, who is in them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from generation.pipelines.refusals import Answer, Refusal
from generation.pipelines.spec import CheckSpec
from generation.training_data.synthesis.rules.texts import (
    check_length,
    check_text,
    find_missing,
    find_quote,
    first_refusal,
    grams,
    speeches_of,
    tokens,
)
from generation.training_data.synthesis.texts import MOST_BEATS, Unreadable, beats_of

ELEMENTS_A_BEAT = 14
"""Elements of the scene for each beat, at most on average: a longer beat is a summary."""
WHOLE_SCENE = {"en": (5, 320), "zh": (8, 500)}
"""Words or characters of exposition and pacing."""
BEAT = {"en": (2, 150), "zh": (4, 260)}
"""Words or characters of an action or an emotion."""
COPY = 0.8
"""Two texts that share as large a part of their pairs of neighbouring words are copies."""


def read_beats(answer: Answer) -> list[dict[str, Any]]:
    """Return the beats of an answer that has passed `beats_form`."""
    return beats_of(answer.parts["beats"])


def beats_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Beats that can be read, cover all elements in order, and of which one is the key."""
    try:
        beats = beats_of(answer.parts.get("beats", ""))
    except Unreadable as error:
        return Refusal("beats-form", {"what": str(error)})
    return first_refusal(_check_ranges(beats, len(answer.content["elements"])))


def _check_ranges(beats: Sequence[Mapping[str, Any]], count: int) -> Iterator[Refusal | None]:
    due = 1
    for number, beat in enumerate(beats, start=1):
        if beat["first"] != due or not due <= beat["last"] <= count:
            values = {
                "number": number,
                "first": _short_number(beat["first"]),
                "last": _short_number(beat["last"]),
                "due": due,
                "count": count,
            }
            yield Refusal("ranges", values)
        due = beat["last"] + 1
    if due != count + 1:
        yield Refusal("ranges-end", {"last": due - 1, "count": count})
    keys = sum(beat["key"] for beat in beats)
    if keys != 1:
        yield Refusal("key", {"count": keys})
    least, most = max(1, count // ELEMENTS_A_BEAT), min(MOST_BEATS, count)
    if not least <= len(beats) <= most:
        yield Refusal("beats-count", {"count": len(beats), "least": least, "most": most})


def _short_number(number: int) -> str:
    return str(number) if abs(number) < 10**9 else "a huge number"


def beats_parts(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Exposition, pacing, and each beat's action and emotion: there, in the language, no copies."""
    return first_refusal(_check_parts(answer))


def _check_parts(answer: Answer) -> Iterator[Refusal | None]:
    language, beats = answer.language, read_beats(answer)
    for part in ("exposition", "pacing"):
        yield check_text(part, answer.parts.get(part, ""), language)
        yield check_length(part, answer.parts.get(part, ""), language, WHOLE_SCENE)
    for number, beat in enumerate(beats, start=1):
        for part in ("action", "emotion"):
            yield check_text(f"{part} {number}", beat[part], language)
            yield check_length(f"{part} {number}", beat[part], language, BEAT)
        if is_copy(beat["action"], beat["emotion"], language):
            yield Refusal("beat-same", {"number": number})
    for part in ("action", "emotion"):
        yield _check_neighbours(beats, part, language)
    if is_copy(answer.parts["exposition"], answer.parts["pacing"], language):
        yield Refusal("parts-same", {"one": "exposition", "other": "pacing"})


def _check_neighbours(beats: Sequence[Mapping[str, Any]], part: str, language: str) -> Refusal | None:
    for number, (one, other) in enumerate(pairwise(beats), start=1):
        if is_copy(one[part], other[part], language):
            return Refusal("beats-same", {"one": number, "other": number + 1, "part": part})
    return None


def is_copy(one: str, other: str, language: str) -> bool:
    """Return whether two texts say the same in the same words."""
    if one.strip().casefold() == other.strip().casefold():
        return True
    a, b = (set(grams(tokens(each, language), 2)) for each in (one, other))
    shorter, longer = sorted((len(a), len(b)))
    return shorter >= 4 and len(a & b) >= COPY * shorter and len(a & b) >= 0.6 * longer


def beats_people(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks in the scene does something in a beat, or wants something."""
    text = "\n".join(f"{beat['action']}\n{beat['emotion']}" for beat in read_beats(answer))
    missing = find_missing(answer.content["speakers"], text)
    return Refusal("unnamed", {"part": "beats", "names": ", ".join(missing)[:200]}) if missing else None


def beats_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    speeches = speeches_of(answer.content)
    texts = [("exposition", answer.parts["exposition"]), ("pacing", answer.parts["pacing"])]
    beats = read_beats(answer)
    texts += [(part, "\n".join(beat[part] for beat in beats)) for part in ("action", "emotion")]
    for part, text in texts:
        if line := find_quote(text, speeches, answer.language):
            return Refusal("quote", {"part": part, "line": line[:60]})
    return None
