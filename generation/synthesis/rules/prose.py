"""Rules of the prose that a teacher writes from brief and directives."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.screenplay.measure import count_han
from generation.synthesis.rules import decisions
from generation.synthesis.rules.copying import densest, overlap
from generation.synthesis.rules.names import named, one_by_one
from generation.synthesis.rules.ordering import order
from generation.synthesis.rules.remarks import remark
from generation.synthesis.rules.seeing import inner_life
from generation.synthesis.rules.speaking import known_of, strangers
from generation.synthesis.rules.texts import broken_off, faulty_text, first, numbered, strange_to

HAN = 2
"""Han characters in English prose about a scene that has none: a sign, a seal."""
INNER = 0.03
"""The share of inner life that is let pass where each sentence is doubtful: one in some thirty, or a few
doubtful words in a long text. Sound prose, and the action of good screenplays, has a third of that."""
INNER_LEAST = 0.75
"""Less than this in all is let pass in the shortest text."""
PLAIN = 0.79
"""One sentence that weighs so much is inner life, in however long a text: a thought, a memory, a feeling by
its name, what somebody does not know. Of the sentences of sound prose none does."""
MONOLOGUE = 1.2
"""Two doubtful sentences in a row that weigh so much are inner life too."""
VOICE = 0.5
"""One sentence must weigh so much: what may be, twice, is how a thing looks or sounds."""
OVERLAP = 0.1
"""Share of long runs of words that may stand in the source. A teacher that never saw it has none; lines
of speech that nobody could say otherwise, and names, make up to 4 %."""
DENSEST = {"en": 0.2, "zh": 0.27}
"""Share of short runs in the densest window. Sound prose has 0.15 and 0.2 at the most, of earlier scenes 0.05
and 0.12; copied lines among one's own have 0.3 and more, English with every fifth word changed 0.22."""
AGREEMENT = ((12, 0.15), (6, 0.0), (4, -0.3))
"""The least agreement, by how many words it rests on; with fewer than four the order is not judged. Sound
prose has 0.4 to 0.95; prose whose halves were exchanged lies below 0, turned round below -0.4."""
MISSING = 0.34
"""So large a share of beats may have left no word of theirs in the prose."""


def one_language(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Not partly in another language, and the prose alone. A speech may be in Chinese where the scene has
    some."""
    scene = answer.content.get("text", answer.text)
    if answer.language == "en" and count_han(answer.text) > HAN and not count_han(scene):
        return Refusal("part-language", {"part": "novel", "found": "partly Chinese", "language": "en"})
    return first(_prose(answer))


def _prose(answer: Answer) -> Iterator[Refusal | None]:
    yield faulty_text("novel", answer.text, answer.language)
    yield strange_to("novel", answer.text, answer.content)
    yield remark(answer.text)
    yield numbered("novel", answer.text)
    yield broken_off("novel", answer.text)


def visible(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Only what a camera and a microphone catch."""
    weighed = inner_life(answer.text, answer.language)
    if not is_inner([weight for _, weight in weighed]):
        return None
    found = [(weight, sentence) for sentence, weight in weighed]
    share = sum(min(1.0, weight) for weight, _ in found) / len(found)
    line = max(found)[1].replace("¤", "…")
    return Refusal("inner-life", {"share": round(100 * share), "line": " ".join(line.split())[:80]})


def is_inner(weights: Sequence[float]) -> bool:
    """Whether sentences that weigh so much, in their order, tell inner life."""
    most = max(weights, default=0.0)
    if most >= PLAIN or max(map(sum, pairwise(weights)), default=0.0) >= MONOLOGUE:
        return True
    total = sum(weights)
    return most >= VOICE and total >= INNER_LEAST and total > INNER * len(weights)


def people(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks in the scene and is named in the outline appears; nobody else speaks."""
    speakers = one_by_one(answer.content["speakers"])
    outline = answer.answers.get("outline", "")
    due = [each for each in speakers if not outline or named(each, outline, speakers)]
    missing = [each for each in due if not named(each, answer.text, speakers)]
    if missing:
        return Refusal("absent", {"names": ", ".join(missing)[:200]})
    new = strangers(answer.text, known_of(answer.content, answer.answers), answer.language)
    return Refusal("stranger", {"names": ", ".join(new)[:200]}) if new else None


def events(answer: Answer, check: CheckSpec) -> Refusal | None:
    """The beats, all of them, in their order."""
    if "directives.beats" not in answer.answers:
        return None
    beats = decisions.read(answer)
    found = order(answer.text, beats, answer.content)
    if len(found.missing) > MISSING * len(beats):
        return Refusal("beats-missing", {"numbers": ", ".join(map(str, found.missing))})
    least = next((least for evidence, least in AGREEMENT if found.evidence >= evidence), -1.0)
    if found.agreement < least:
        return Refusal("order", {"agreement": f"{found.agreement:.2f}"})
    return None


def not_copied(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Written anew, not taken from the source or a scene before it, in whole or in part, with or without
    other names and tenses."""
    text, language, content = answer.text, answer.language, answer.content
    share = overlap(text, content["text"], language)
    sources = [content["text"], *(each["text"] for each in content["earlier"])]
    dense = densest(text, sources, language)
    if share <= OVERLAP and dense <= DENSEST[language]:
        return None
    return Refusal("copied", {"share": round(100 * max(share, dense))})
