"""Measure a judge: its answers to the questions of a recipe against a labelled set.

    examples = read_examples(Path("examples/judge.yaml"))
    measures = measure_judge(find_recipe("dsr-data"), examples, base_url="http://127.0.0.1:8001/v1")

Each sentence of an example is one item. It is positive if it is labelled as faulty, and found if the judge's
evidence makes it faulty, by the same code that filters training data.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from statsmodels.stats.proportion import proportion_confint

from generation.backends import Backend
from generation.backends.looping import Loop
from generation.pipelines import StageSpec, judge
from generation.pipelines.answer_parts import split
from generation.pipelines.requests import prepare
from generation.prompts import LANGUAGES
from generation.runs.addresses import addresses_of, backend_of, make_backend
from generation.training_data.synthesis.questions import QUESTIONS, UNFILMABLE, find_faults
from generation.training_data.synthesis.recipe import Recipe
from generation.training_data.synthesis.rules.texts import sentences
from generation.yaml_files import Node, read_yaml

SHIPPED_EXAMPLES = Path(__file__).parents[3] / "examples" / "judge.yaml"
IN_FLIGHT = 8
SEED = 1


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text. `faulty` are the sentences of the text that are labelled as faulty."""

    question: str
    language: str
    text: str
    faulty: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """What a job on a scene has, as far as the questions look at it."""
        return {
            "kind": "scene", "language": self.language, "series": {"slug": "examples", "title": "Examples"},
            "text": self.text, "elements": [], "speakers": [], "characters": [], "target_length": 100,
            "earlier": [{"text": text} for text in self.earlier], "later": [],
        }  # fmt: skip

    @property
    def texts(self) -> dict[str, str]:
        """The text under the name of the stage that writes such texts."""
        return {"novel" if self.question == UNFILMABLE else "context": self.text}


@dataclass(slots=True)
class Measure:
    """Counts of sentences for one question and language; `refused` counts answers that cannot be used."""

    question: str
    language: str
    examples: int = 0
    refused: int = 0
    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def precision(self) -> tuple[int, int]:
        return self.true_positives, self.true_positives + self.false_positives

    @property
    def recall(self) -> tuple[int, int]:
        return self.true_positives, self.true_positives + self.false_negatives

    def as_record(self) -> dict[str, Any]:
        return {
            "question": self.question, "language": self.language,
            "examples": self.examples, "refused": self.refused,
            "true_positives": self.true_positives, "false_positives": self.false_positives,
            "false_negatives": self.false_negatives, "true_negatives": self.true_negatives,
            "precision": proportion(*self.precision), "recall": proportion(*self.recall),
        }  # fmt: skip


def proportion(count: int, total: int) -> dict[str, float] | None:
    """Return a share with its 95 % Wilson interval; None if there is nothing to divide by."""
    if not total:
        return None
    low, high = proportion_confint(count, total, method="wilson")
    return {"share": count / total, "low": float(low), "high": float(high)}


def read_examples(path: Path) -> list[Example]:
    """Read a labelled set. Raises `InputErrors`."""
    document, root = read_yaml(path)
    found: list[Example] = []
    for question, node in root.mapping(required=(), optional=QUESTIONS).items():
        optional = ("earlier",) if question != UNFILMABLE else ()
        for item in node.sequence(least=1, most=1_000):
            found.append(_read_example(question, item, optional))
    document.refuse()
    return found


def _read_example(question: str, item: Node, optional: tuple[str, ...]) -> Example:
    fields = item.mapping(required=("language", "text"), optional=("faulty", *optional))
    text = fields["text"].text(most=10_000) if "text" in fields else ""
    language = fields["language"].choice(LANGUAGES) if "language" in fields else ""
    faulty, earlier = (
        tuple(each.text(most=10_000) for each in fields[key].sequence(most=100)) if key in fields else ()
        for key in ("faulty", "earlier")
    )
    for sentence in faulty:
        if language and sentence not in sentences(text, language):
            fields["faulty"].fault(f"no sentence of the text is: {sentence}", "copy it exactly from text.")
    return Example(question, language, text, faulty, earlier)


def measure_judge(
    recipe: Recipe, examples: Sequence[Example], base_url: str = "", questions: Iterable[str] = QUESTIONS
) -> list[Measure]:
    """Ask the judge of a recipe about each example, and count. Raises a `BackendError`."""
    asked = {stage.name: stage for stage in recipe.scenes.stages if stage.name in tuple(questions)}
    chosen = [each for each in examples if each.question in asked]
    with Loop() as loop:
        answers = loop.run(_ask_all(recipe, asked, chosen, base_url))
    measures: dict[tuple[str, str], Measure] = {}
    for example, answer in zip(chosen, answers, strict=True):
        key = (example.question, example.language)
        _count(measures.setdefault(key, Measure(*key)), asked[example.question], example, answer)
    return list(measures.values())


async def _ask_all(
    recipe: Recipe, asked: Mapping[str, StageSpec], examples: Sequence[Example], base_url: str
) -> list[Any]:
    addresses = addresses_of(recipe.scenes, base_url)
    backends: dict[str, Backend] = {
        name: make_backend(backend_of(recipe.scenes, stage), addresses[name]) for name, stage in asked.items()
    }
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def ask(example: Example) -> Any:
        stage = asked[example.question]
        request = prepare(stage, example.content, example.texts, SEED)
        async with limit:
            return await backends[stage.name].complete(request)

    try:
        return list(await asyncio.gather(*map(ask, examples)))
    finally:
        for backend in backends.values():
            await backend.close()


def _count(measure: Measure, stage: StageSpec, example: Example, answer: Any) -> None:
    measure.examples += 1
    verdict = judge(stage, answer, example.language, example.content, example.texts)
    if not verdict.ok:
        measure.refused += 1
        measure.reasons.append(verdict.reason)
        return
    found = find_faults(stage.name, split(stage, answer.text), example.texts, example.content).sentences
    for sentence in sentences(example.text, example.language):
        if sentence in example.faulty:
            measure.true_positives += sentence in found
            measure.false_negatives += sentence not in found
        else:
            measure.false_positives += sentence in found
            measure.true_negatives += sentence not in found
