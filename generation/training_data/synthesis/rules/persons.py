"""Rules of a profile."""

import re
from collections.abc import Iterator

from generation.pipelines.refusals import Answer, Refusal
from generation.pipelines.spec import CheckSpec
from generation.training_data.synthesis.rules.texts import (
    check_length,
    check_remarks,
    check_text,
    find_quote,
    first_refusal,
    sentences,
    speeches_of,
    text_length,
)
from generation.training_data.synthesis.texts import listed

FIELDS = ("gender", "age", "job", "looks", "traits", "tags", "relations", "backstory", "arc")
# The paper: about 800 Han characters in all, backstory and arc about 200 each. The prompts ask for 150 to
# 300 and for 70 to 150 words. The bounds are much wider, for a model counts badly.
BACKSTORY = {"en": (35, 220), "zh": (60, 450)}
ARC = {"en": (8, 220), "zh": (20, 450)}
SHORT = {"en": (1, 100), "zh": (1, 200)}
"""Each of the other fields."""
WHOLE = {"en": (100, 620), "zh": (200, 1_300)}
MOST_OTHER = 2
"""With as many sentences about another person, and fewer about this one, a profile is about the other."""
TAGS = (2, 5)
TAG = {"en": 12, "zh": 12}
"""Words or characters of one label: more is a sentence."""


def profile_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """All fields plain text of the right length in the right language, two to five short tags."""
    return first_refusal(_check_fields(answer))


def _check_fields(answer: Answer) -> Iterator[Refusal | None]:
    parts, language = answer.parts, answer.language
    for field in FIELDS:
        yield check_text(field, parts.get(field, ""), language)
    for field in ("gender", "age", "job", "looks", "traits", "relations"):
        yield check_length(field, f"{parts[field]} {'一' if language == 'zh' else 'x'}", language, SHORT)
    yield check_length("backstory", parts["backstory"], language, BACKSTORY)
    yield check_length("arc", parts["arc"], language, ARC)
    yield check_remarks(parts["backstory"])
    yield check_remarks(parts["arc"])
    yield check_length("profile", "\n".join(parts[field] for field in FIELDS), language, WHOLE)
    yield _check_tags(parts["tags"], language)


def _check_tags(text: str, language: str) -> Refusal | None:
    tags = listed(text)
    values = {"count": len(tags), "least": TAGS[0], "most": TAGS[1]}
    if not TAGS[0] <= len(tags) <= TAGS[1] or len(set(tags)) < len(tags):
        return Refusal("tags", values)
    long = [tag for tag in tags if text_length(tag, language) > TAG[language] or not tag]
    return Refusal("tag-long", {"line": long[0][:60]}) if long else None


def profile_person(answer: Answer, check: CheckSpec) -> Refusal | None:
    """It is about this person: of the life and the arc no more sentences begin with somebody else's name
    than with this one's, unless it is one only."""
    name, others = answer.content["name"], list(answer.content["others"])
    told = [
        each
        for field in ("looks", "traits", "backstory", "arc")
        for each in sentences(answer.parts.get(field, ""), answer.language)
    ]
    own = sum(_begins(name, each, others) for each in told)
    for other in others:
        rest = [each for each in [name, *others] if each != other]
        begun = sum(_begins(other, each, rest) for each in told)
        if begun >= MOST_OTHER and begun > own:
            return Refusal("other-person", {"name": name, "other": other})
    return None


def _begins(name: str, sentence: str, others: list[str]) -> bool:
    """Whether a sentence has this person as its subject, as far as its beginning shows."""
    if not name.isascii():
        return sentence.startswith(name) and not sentence[len(name) :].startswith(("的", "和", "与"))
    shared = {word for each in others for word in each.casefold().split()}
    words = [re.escape(word) for word in name.casefold().split() if word not in shared and len(word) > 2]
    either = "|".join([re.escape(name.casefold()), *words])
    return re.match(rf"(?:mrs?\.? |dr\.? )?(?:{either})\b(?!['’]s)", sentence.casefold()) is not None


def profile_quotes(answer: Answer, check: CheckSpec) -> Refusal | None:
    speeches = speeches_of(answer.content)
    for field in ("looks", "traits", "relations", "backstory", "arc"):
        if line := find_quote(answer.parts.get(field, ""), speeches, answer.language, retold=True):
            return Refusal("quote", {"part": field, "line": line[:60]})
    return None
