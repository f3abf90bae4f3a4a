"""Rules of the outline, the guideline and the previous context."""

from collections.abc import Iterator

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.synthesis.rules.knowing import Told, rests, retells, told
from generation.synthesis.rules.names import named, one_by_one
from generation.synthesis.rules.quoting import quote_in, speeches_of
from generation.synthesis.rules.texts import NONE, between, faulty_text, first, plain_paragraph
from generation.synthesis.scenes import lines_of

# The prompts ask for 40 to 160 words, 80 to 300 characters; a short scene may do with less.
OUTLINE = {"en": (25, 230), "zh": (45, 420)}
GUIDELINE = {"en": (1, 90), "zh": (1, 160)}
CONTEXT = {"en": (8, 250), "zh": (12, 400)}
"""The paper's 400 characters, and as much in words."""
# A sentence tells the future when several of its words stand in one scene that is not yet to be known, and
# few or none in those that are. Sound contexts written from the earlier scenes alone have at most one such
# word in a sentence; those of writers who knew the whole series have two, beside at least as many known
# ones.
AHEAD = 2
AHEAD_SURE = 3
"""So many weigh more than as many known ones."""
LOOKING = 1
"""In a sentence that looks ahead by its form (`words/ahead.*`) one is enough."""
# A sentence of which nearly nothing is known, in a context that rests on the earlier scenes otherwise, was
# not taken from them, whatever words it uses.
UNHEARD = {"en": 3, "zh": 4}
OTHERWISE = {"en": 0.5, "zh": 0.5}
HEARD = 0.85
"""Unless nearly all its characters are (in English its neighbouring words): another way to say what is
known."""
RESTS = {"en": 0.25, "zh": 0.17}
"""So large a share of a context's words must be known. Sound ones written from the scenes alone have
twice that."""


def outline_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    return first(_outline(answer))


def _outline(answer: Answer) -> Iterator[Refusal | None]:
    outline, guideline = answer.parts.get("outline", ""), answer.parts.get("guideline", "")
    yield faulty_text("outline", outline, answer.language)
    yield between("outline", outline, answer.language, OUTLINE)
    yield plain_paragraph("outline", outline)
    if guideline.strip():
        yield faulty_text("guideline", guideline, answer.language)
        yield between("guideline", guideline, answer.language, GUIDELINE)
        yield plain_paragraph("guideline", guideline)


def outline_names(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Everybody who speaks in the scene is named in the outline."""
    speakers = one_by_one(answer.content["speakers"])
    missing = [each for each in speakers if not named(each, answer.parts["outline"], speakers)]
    return Refusal("unnamed", {"part": "outline", "names": ", ".join(missing)[:200]}) if missing else None


def outline_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    speeches = speeches_of(answer.content)
    for part in ("outline", "guideline"):
        if line := quote_in(answer.parts.get(part, ""), speeches, answer.content):
            return Refusal("quote", {"part": part, "line": line[:60]})
    return None


def is_none(text: str) -> bool:
    return text.strip().casefold() in NONE


def context_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """The word for none exactly where nothing comes before; else plain text, not too long."""
    text = answer.parts.get("previous_context", answer.text)
    earlier = bool(answer.content["earlier"])
    if is_none(text) or not earlier:
        if is_none(text) != earlier:
            return None
        return Refusal("context-none" if earlier else "context-invented")
    return first(_context(text, answer.language))


def _context(text: str, language: str) -> Iterator[Refusal | None]:
    yield faulty_text("previous_context", text, language)
    yield between("previous_context", text, language, CONTEXT)
    for paragraph in text.split("\n"):
        if paragraph.strip():
            yield plain_paragraph("previous_context", paragraph)


def context_ahead(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Nothing of the scene or of what comes after it."""
    text = answer.parts.get("previous_context", answer.text)
    if is_none(text):
        return None
    outline = answer.answers.get("outline", "")
    found = told(text, answer.content, outline)
    words, known = sum(each.words for each in found), sum(each.known for each in found)
    for each in found:
        rest = (known - each.known) / (words - each.words) if words > each.words else 0.0
        apart = rest >= OTHERWISE[answer.language] and stands_apart(each, answer.language)
        if tells_ahead(each) or apart or retells(each.sentence, outline, answer.content):
            return Refusal("ahead", {"line": each.sentence[:80]})
    return None


def tells_ahead(sentence: Told) -> bool:
    ahead, known = sentence.ahead, sentence.known
    if sentence.looks_ahead and ahead >= LOOKING:
        return ahead >= known
    if ahead >= AHEAD_SURE:
        return ahead >= known
    if sentence.unmet >= AHEAD and sentence.there >= max(sentence.here + AHEAD, 2 * sentence.here):
        return True
    return ahead >= AHEAD and (known == 0 or (known == 1 and 2 * ahead >= sentence.words))


def stands_apart(sentence: Told, language: str) -> bool:
    """Something in it stands in a scene ahead and nearly nothing of it is known; or little is, and it stands
    in the scene or the next."""
    if sentence.words < UNHEARD[language] or not sentence.ahead or sentence.heard >= HEARD:
        return False
    return 8 * sentence.known <= sentence.words or (
        sentence.near >= 1 and 3 * sentence.known < sentence.words
    )


def context_rests(answer: Answer, check: CheckSpec) -> Refusal | None:
    """It tells what the earlier scenes show, not what was made up."""
    text = answer.parts.get("previous_context", answer.text)
    if is_none(text) or not answer.content["earlier"]:
        return None
    share = rests(text, answer.content)
    return None if share >= RESTS[answer.language] else Refusal("not-resting", {"share": round(100 * share)})


def context_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    text = answer.parts.get("previous_context", answer.text)
    content, language = answer.content, answer.language
    before = [
        each["text"]
        for scene in content["earlier"]
        for each in lines_of(scene["text"], language)
        if each["speaker"]
    ]
    line = quote_in(text, [*speeches_of(content), *before], content, near=False)
    return Refusal("quote", {"part": "previous_context", "line": line[:60]}) if line else None
