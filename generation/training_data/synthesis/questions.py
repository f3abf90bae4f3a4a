"""Questions to the judge that are answered with quoted sentences as evidence.

- `unfilmable`: which sentences of the prose cannot be filmed?
- `unsupported`: which earlier scene supports each sentence of the previous context?

A quoted sentence that does not occur in the text is no evidence and is ignored. What remains is the share
of sentences that are faulty; the recipe says how large it may be. Pure: no database, no Django.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.pipelines.answer_parts import Split
from generation.pipelines.inputs import is_none
from generation.pipelines.refusals import Answer, Refusal
from generation.pipelines.spec import CheckSpec
from generation.training_data.synthesis.rules.texts import check_text, sentences

UNFILMABLE, UNSUPPORTED = "unfilmable", "unsupported"
QUESTIONS = (UNSUPPORTED, UNFILMABLE)
"""The stages of a recipe that ask them have these names, in this order."""
QUESTION_PARTS = {UNFILMABLE: ("sentences", "reason"), UNSUPPORTED: ("support", "reason")}
LEAST_QUOTE = 0.5
"""A part of a sentence counts as a quote of it if it has this share of its characters."""
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """What the judge found in a text: the faulty sentences, of how many."""

    sentences: tuple[str, ...]
    total: int

    @property
    def share(self) -> float:
        return len(self.sentences) / self.total if self.total else 0.0

    def as_record(self) -> dict[str, Any]:
        return {"share": round(self.share, 4), "sentences": list(self.sentences)}


def find_faults(
    question: str, answer: Split, texts: Mapping[str, str], content: Mapping[str, Any]
) -> Finding:
    """Return what an answer to a question found. `texts` are the context and the novel by stage."""
    if question == UNFILMABLE:
        return find_unfilmable(answer.data, texts.get("novel", ""), content["language"])
    return find_unsupported(answer.data, texts.get("context", ""), content)


def find_unfilmable(data: Mapping[str, Any], text: str, language: str) -> Finding:
    """Return the sentences of a text that the judge quotes as impossible to film."""
    own = sentences(text, language)
    quotes = [each for each in data.get("sentences", ()) if isinstance(each, str)]
    found = [each for each in own if any(quotes_sentence(quote, each) for quote in quotes)]
    return Finding(tuple(found), len(own))


def find_unsupported(data: Mapping[str, Any], context: str, content: Mapping[str, Any]) -> Finding:
    """Return the sentences of a context for which the judge quotes no sentence of an earlier scene."""
    if is_none(context):
        return Finding((), 0)
    own = sentences(context, content["language"])
    evidence = [each for each in data.get("support", ()) if _is_evidence(each, content["earlier"])]
    found = [
        sentence
        for sentence in own
        if not any(quotes_sentence(each["sentence"], sentence) for each in evidence)
    ]
    return Finding(tuple(found), len(own))


def _is_evidence(item: Any, earlier: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an item quotes a sentence that stands in the scene that it names; scenes count from 1."""
    number = item["scene"]
    return 1 <= number <= len(earlier) and occurs(item["quote"], earlier[number - 1]["text"])


def quotes_sentence(quote: str, sentence: str) -> bool:
    """Return whether a quote holds a sentence, or at least half of it."""
    one, whole = _plain(quote), _plain(sentence)
    if not one or not whole:
        return False
    return whole in one or (one in whole and len(one) >= LEAST_QUOTE * len(whole))


def occurs(quote: str, text: str) -> bool:
    """Return whether a quote stands in a text, whatever its punctuation and spaces."""
    plain = _plain(quote)
    return bool(plain) and plain in _plain(text)


def _plain(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()


MARKS = ("coherence", "faithfulness", "filmable", "rhythm")
_MARK = re.compile(r"[1-5]")


def marks_of(parts: Mapping[str, str]) -> dict[str, int]:
    """The marks of an answer by name, from its parts; those are left out that are none."""
    given = {name: parts.get(name, "").strip() for name in MARKS}
    return {name: int(mark) for name, mark in given.items() if _MARK.fullmatch(mark)}


def marks_form(answer: Answer, check: CheckSpec) -> Refusal | None:
    """Whole numbers from 1 to 5, and a reason in words."""
    given = marks_of(answer.parts)
    for name in MARKS:
        if name not in given:
            return Refusal("mark", {"part": name})
    return check_text("reason", answer.parts.get("reason", ""), answer.language)
