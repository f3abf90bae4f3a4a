"""Rules of the directives: their form, the beats, who is in them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.synthesis.rules.language import telling_set
from generation.synthesis.rules.names import named, one_by_one
from generation.synthesis.rules.quoting import quote_in, speeches_of
from generation.synthesis.rules.texts import between, faulty_text, first
from generation.synthesis.texts import MOST_BEATS, Unreadable, beats_of

ELEMENTS_A_BEAT = 14
"""A beat of more elements on the average is a summary: at least one beat for so many."""
SAID = {"en": (5, 320), "zh": (8, 500)}
"""Exposition and pacing."""
BEAT = {"en": (2, 150), "zh": (4, 260)}
"""Action, emotion."""
ALIKE = 0.8
"""Action and emotion, or two beats, that share so many of their words are copies."""


def read(answer: Answer) -> list[dict[str, Any]]:
    """The beats of an answer that stood `beats_form`; of the directives, in a later stage."""
    return beats_of(answer.parts.get("beats") or answer.answers["directives.beats"])


def beats_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Beats that can be read, cover all elements in order, and of which one is the key."""
    try:
        beats = beats_of(answer.parts.get("beats", ""))
    except Unreadable as error:
        return Refusal("beats-form", {"what": str(error)})
    return first(_ranges(beats, len(answer.content["elements"])))


def _ranges(beats: Sequence[Mapping[str, Any]], count: int) -> Iterator[Refusal | None]:
    due = 1
    for number, beat in enumerate(beats, start=1):
        if beat["first"] != due or not due <= beat["last"] <= count:
            values = {
                "number": number,
                "first": _shown(beat["first"]),
                "last": _shown(beat["last"]),
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


def _shown(number: int) -> str:
    return str(number) if abs(number) < 10**9 else "a huge number"


def beats_told(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Exposition, pacing, and each beat's action and emotion: there, in the language, no copies."""
    return first(_told(answer))


def _told(answer: Answer) -> Iterator[Refusal | None]:
    language, beats = answer.language, read(answer)
    for part in ("exposition", "pacing"):
        yield faulty_text(part, answer.parts.get(part, ""), language)
        yield between(part, answer.parts.get(part, ""), language, SAID)
    for number, beat in enumerate(beats, start=1):
        for part in ("action", "emotion"):
            yield faulty_text(f"{part} {number}", beat[part], language)
            yield between(f"{part} {number}", beat[part], language, BEAT)
        if alike(beat["action"], beat["emotion"], language):
            yield Refusal("beat-same", {"number": number})
    for part in ("action", "emotion"):
        yield _repeated(beats, part, language)
    if alike(answer.parts["exposition"], answer.parts["pacing"], language):
        yield Refusal("parts-same", {"one": "exposition", "other": "pacing"})


def _repeated(beats: Sequence[Mapping[str, Any]], part: str, language: str) -> Refusal | None:
    for number, (one, other) in enumerate(pairwise(beats), start=1):
        if alike(one[part], other[part], language):
            return Refusal("beats-same", {"one": number, "other": number + 1, "part": part})
    return None


def alike(one: str, other: str, language: str) -> bool:
    """Whether two texts tell the same in the same words."""
    if one.strip().casefold() == other.strip().casefold():
        return True
    a, b = telling_set(one, language), telling_set(other, language)
    return (
        min(len(a), len(b)) >= 4
        and len(a & b) >= ALIKE * min(len(a), len(b))
        and len(a & b) >= 0.6 * max(len(a), len(b))
    )


def beats_people(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks in the scene does something in a beat, or wants something."""
    speakers = one_by_one(answer.content["speakers"])
    text = "\n".join(f"{beat['action']}\n{beat['emotion']}" for beat in read(answer))
    missing = [each for each in speakers if not named(each, text, speakers)]
    return Refusal("unnamed", {"part": "beats", "names": ", ".join(missing)[:200]}) if missing else None


def beats_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    speeches = speeches_of(answer.content)
    texts = [("exposition", answer.parts["exposition"]), ("pacing", answer.parts["pacing"])]
    beats = read(answer)
    texts += [(part, "\n".join(beat[part] for beat in beats)) for part in ("action", "emotion")]
    for part, text in texts:
        if line := quote_in(text, speeches, answer.content):
            return Refusal("quote", {"part": part, "line": line[:60]})
    return None
