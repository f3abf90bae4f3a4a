"""Rules of the outline, the guideline and the previous context."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generation.pipelines.answer import Answer
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import CheckSpec
from generation.synthesis.rules.knowing import Told, rests, retells, told
from generation.synthesis.rules.language import sentences
from generation.synthesis.rules.names import named, one_by_one
from generation.synthesis.rules.quoting import quote_in, speeches_of
from generation.synthesis.rules.remarks import remark
from generation.synthesis.rules.texts import (
    between,
    broken_off,
    faulty_text,
    first,
    plain_paragraph,
    strange_to,
)
from generation.synthesis.scenes import lines_of
from generation.synthesis.texts import is_none

# The prompts ask for 40 to 160 words, 80 to 300 characters; a short scene may do with less.
OUTLINE = {"en": (25, 230), "zh": (45, 420)}
GUIDELINE = {"en": (1, 90), "zh": (1, 160)}
CONTEXT = {"en": (8, 250), "zh": (12, 400)}
"""The paper's 400 characters, and as much in words."""
# A sentence tells the future when it has more in common with one scene that is not yet to be known than with
# any that is, takes from there what is known from nowhere, and rests on no one place of a scene before. The
# weights are those of a logistic regression over the sentences of contexts that were written without
# knowledge of the rules, sound ones and planted ones, in whole numbers (`docs/synthesis-rules.md`); where a
# measure told nothing in a language it is left out.
WEIGHTS = {
    "en": {"ahead": 1, "unmet": 2, "nearer": 4, "together": -1, "nowhere": -1, "unseen": 10},
    "zh": {"ahead": 2, "unmet": 1, "nearer": 2, "together": -1, "coined": 3, "unseen": 9},
}
AT_MOST = {"ahead": 4, "unmet": 3, "nearer": 4, "together": 8, "nowhere": 4, "coined": 2, "unseen": 1}
TOLD_AHEAD = {"en": 2, "zh": 1}
CLAUSE_AHEAD = 14
"""One clause of a long Chinese sentence, which may hold what the rest of it has not."""
_CLAUSE = re.compile("[，；：]")
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
    yield strange_to("outline", outline, answer.content)
    yield broken_off("outline", outline)
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
    outline = answer.parts["outline"]
    missing = [each for each in speakers if not named(each, outline, speakers, properly=True)]
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
    return first(_context(text, answer.content))


def _context(text: str, content: Mapping[str, Any]) -> Iterator[Refusal | None]:
    language = content["language"]
    yield faulty_text("context", text, language)
    yield between("context", text, language, CONTEXT)
    yield strange_to("context", text, content)
    yield broken_off("context", text)
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
    listed = sentences(text, answer.language)
    for each in told(listed, answer.content, outline):
        if tells_ahead(each, answer.language) or retells(each.sentence, outline, answer.content):
            return Refusal("ahead", {"line": each.sentence[:80]})
    clauses = (
        [each for one in listed for each in _CLAUSE.split(one) if each] if answer.language == "zh" else []
    )
    for each in told(clauses, answer.content, outline):
        if _score(each, "zh") >= CLAUSE_AHEAD:
            return Refusal("ahead", {"line": each.sentence[:80]})
    return None


def tells_ahead(sentence: Told, language: str) -> bool:
    if sentence.reveals or (sentence.looks_ahead and sentence.ahead >= LOOKING):
        return True
    if not (sentence.ahead or sentence.unmet or sentence.unseen or sentence.nearer > 1):
        return False  # of few words, with nothing from ahead: 他不在
    return _score(sentence, language) >= TOLD_AHEAD[language]


def _score(sentence: Told, language: str) -> int:
    score = 0
    for name, weight in WEIGHTS[language].items():
        measure = getattr(sentence, name)
        score += weight * max(-AT_MOST[name], min(measure, AT_MOST[name]))
    return score


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
