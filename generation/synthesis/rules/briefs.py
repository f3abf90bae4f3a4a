"""Rules of the outline, the guideline and the previous context."""

from collections.abc import Iterator

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.synthesis.rules.knowing import Told, rests, retells, told
from generation.synthesis.rules.names import named, one_by_one
from generation.synthesis.rules.quoting import quote_in, speeches_of
from generation.synthesis.rules.remarks import remark
from generation.synthesis.rules.texts import between, faulty_text, first, plain_paragraph
from generation.synthesis.scenes import lines_of
from generation.synthesis.texts import is_none

# The prompts ask for 40 to 160 words, 80 to 300 characters; a short scene may do with less.
OUTLINE = {"en": (25, 230), "zh": (45, 420)}
GUIDELINE = {"en": (1, 90), "zh": (1, 160)}
CONTEXT = {"en": (8, 250), "zh": (12, 400)}
"""The paper's 400 characters, and as much in words."""
# A sentence tells the future when it has more in common with one scene that is not yet to be known than with
# any that is, and takes from there what is known from nowhere. The weights are those of a logistic
# regression over the sentences of contexts that were written without knowledge of the rules, sound ones and
# planted ones, in whole numbers (`docs/synthesis-rules.md`).
AHEAD_AT_MOST, UNMET_AT_MOST, NEARER_AT_MOST = 4, 3, 4
AHEAD = {"en": 2, "zh": 1}
UNMET = {"en": 1, "zh": 1}
NEARER = {"en": 2, "zh": 3}
TOLD_AHEAD = {"en": 4, "zh": 7}
LOOKING = 1
"""In a sentence that looks ahead by its form (`words/ahead.*`) one word from there is enough."""
RESTS = {"en": 0.33, "zh": 0.25}
"""So much of a context must be known. Sound ones have 0.35 and 0.26 or more; those of other series, held
against these scenes, have less in 97 of 100 cases in English and in 95 in Chinese."""


def outline_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    return first(_outline(answer))


def _outline(answer: Answer) -> Iterator[Refusal | None]:
    outline, guideline = answer.parts.get("outline", ""), answer.parts.get("guideline", "")
    yield faulty_text("outline", outline, answer.language)
    yield between("outline", outline, answer.language, OUTLINE)
    yield plain_paragraph("outline", outline)
    yield remark(outline)
    if guideline.strip():
        yield faulty_text("guideline", guideline, answer.language)
        yield between("guideline", guideline, answer.language, GUIDELINE)
        yield plain_paragraph("guideline", guideline)
        yield remark(guideline)


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


def _context_in(answer: Answer) -> str:
    """What briefs take, whatever else a recipe asks for beside it."""
    return answer.parts.get("context", answer.text)


def context_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """The word for none exactly where nothing comes before; else plain text, not too long."""
    text = _context_in(answer)
    earlier = bool(answer.content["earlier"])
    if is_none(text) or not earlier:
        if is_none(text) != earlier:
            return None
        return Refusal("context-none" if earlier else "context-invented")
    return first(_context(text, answer.language))


def _context(text: str, language: str) -> Iterator[Refusal | None]:
    yield faulty_text("context", text, language)
    yield between("context", text, language, CONTEXT)
    for paragraph in text.split("\n"):
        if paragraph.strip():
            yield plain_paragraph("context", paragraph)
    yield remark(text)


def context_ahead(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Nothing of the scene or of what comes after it."""
    text = _context_in(answer)
    if is_none(text):
        return None
    outline = answer.answers.get("outline", "")
    for each in told(text, answer.content, outline):
        if tells_ahead(each, answer.language) or retells(each.sentence, outline, answer.content):
            return Refusal("ahead", {"line": each.sentence[:80]})
    return None


def tells_ahead(sentence: Told, language: str) -> bool:
    if sentence.looks_ahead and sentence.ahead >= LOOKING:
        return True
    nearer = max(-NEARER_AT_MOST, min(sentence.there - sentence.here, NEARER_AT_MOST))
    weight = AHEAD[language] * min(sentence.ahead, AHEAD_AT_MOST)
    weight += UNMET[language] * min(sentence.unmet, UNMET_AT_MOST) + NEARER[language] * nearer
    return weight >= TOLD_AHEAD[language]


def context_rests(answer: Answer, check: CheckSpec) -> Refusal | None:
    """It tells what the earlier scenes show, not what was made up."""
    text = _context_in(answer)
    if is_none(text) or not answer.content["earlier"]:
        return None
    share = rests(text, answer.content)
    return None if share >= RESTS[answer.language] else Refusal("not-resting", {"share": round(100 * share)})


def context_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    text = _context_in(answer)
    content, language = answer.content, answer.language
    before = [
        each["text"]
        for scene in content["earlier"]
        for each in lines_of(scene["text"], language)
        if each["speaker"]
    ]
    line = quote_in(text, [*speeches_of(content), *before], content, near=False)
    return Refusal("quote", {"part": "context", "line": line[:60]}) if line else None
