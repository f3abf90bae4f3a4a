"""Training data, questions to the judge: evidence, what the filter rejects, how a judge is measured."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evalsite.core.errors import InputErrors
from generation.training_data.datasets import steps
from generation.training_data.datasets.filtering import _judged
from generation.training_data.synthesis.judge_measuring import (
    SHIPPED_EXAMPLES,
    measure_judge,
    proportion,
    read_examples,
)
from generation.training_data.synthesis.questions import find_unfilmable, find_unsupported
from generation.training_data.synthesis.recipe import FilterSpec, Recipe, find_recipe, read_recipe

PROSE = 'She shuts the door. She has never liked him. "I hate you," she says.'
CONTEXT = "The bank wants the boat. Nell sold it."
EARLIER = [{"text": "NELL scrapes the hull."}, {"text": "CAL\nThe bank wants the boat, by Monday."}]


@pytest.mark.parametrize(
    ("quotes", "found"),
    [
        ([], 0),
        (["She has never liked him."], 1),
        (["she has never  liked him"], 1),
        (["She has never forgiven him."], 0),
        (["She"], 0),
        (["She shuts the door. She has never liked him."], 2),
    ],
)
def test_a_quote_that_is_not_in_the_text_is_no_evidence(quotes: list[str], found: int) -> None:
    finding = find_unfilmable({"sentences": quotes}, PROSE, "en")
    assert (len(finding.sentences), finding.total) == (found, 3)


@pytest.mark.parametrize(
    ("scene", "quote", "unsupported"),
    [
        (2, "The bank wants the boat", ["Nell sold it."]),
        (1, "The bank wants the boat", ["The bank wants the boat.", "Nell sold it."]),
        (3, "The bank wants the boat", ["The bank wants the boat.", "Nell sold it."]),
        (2, "The bank takes the boat", ["The bank wants the boat.", "Nell sold it."]),
        (2, "", ["The bank wants the boat.", "Nell sold it."]),
    ],
)
def test_support_is_a_line_of_the_scene_that_is_named(scene: int, quote: str, unsupported: list[str]) -> None:
    support = [{"sentence": "The bank wants the boat.", "scene": scene, "quote": quote}]
    content = {"language": "en", "earlier": EARLIER}
    assert list(find_unsupported({"support": support}, CONTEXT, content).sentences) == unsupported


def test_no_context_needs_no_support() -> None:
    assert find_unsupported({}, "(none)", {"language": "en", "earlier": []}).share == 0


def test_the_filter_rejects_more_than_the_threshold() -> None:
    rules = FilterSpec(length={}, questions={"unfilmable": 0.1})

    def verdict(share: float) -> Any:
        return _judged({"questions": {"unfilmable": {"share": share, "sentences": ["He hopes."]}}}, rules)

    assert verdict(0.1).step == ""
    rejected = verdict(0.25)
    assert rejected.step == steps.JUDGE
    assert rejected.reason == steps.reason_of("unfilmable", share=25, most=10, line="He hopes.")
    said = steps.render_detail(rejected.step, rejected.reason)
    assert said == "25% of the sentences, maximum 10%; for example: He hopes."


def test_a_threshold_needs_its_question(tmp_path: Path) -> None:
    text = Path("generation/training_data/synthesis/recipes/dsr-data.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("    - name: unfilmable\n", "    - name: other\n"), encoding="utf-8")
    with pytest.raises(InputErrors, match="no stage asks the question unfilmable"):
        read_recipe(path)


def test_the_shipped_examples_are_labelled_in_both_languages() -> None:
    counts: dict[tuple[str, str], list[bool]] = {}
    for each in read_examples(SHIPPED_EXAMPLES):
        counts.setdefault((each.question, each.language), []).append(bool(each.faulty))
    assert len(counts) == 4
    assert all(len(labels) >= 10 and 3 <= sum(labels) < len(labels) for labels in counts.values())


def test_a_label_must_be_a_sentence_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("unfilmable:\n- {language: en, text: She goes., faulty: [She goes]}\n", encoding="utf-8")
    with pytest.raises(InputErrors, match="no sentence of the text is"):
        read_examples(path)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The shipped recipe with canned answers: they find nothing and support nothing."""
    text = Path("generation/training_data/synthesis/recipes/dsr-data.yaml").read_text(encoding="utf-8")
    before, rest = text.split("backend:\n", 1)
    path = tmp_path / "fake.yaml"
    path.write_text(
        f"{before}backend: {{kind: fake}}\ntries: {rest.split('tries: ', 1)[1]}", encoding="utf-8"
    )
    return path


def test_a_judge_is_measured(recipe: Path, tmp_path: Path) -> None:
    out, figures = io.StringIO(), tmp_path / "judge.json"
    call_command("measure_judge", str(recipe), "--json", str(figures), stdout=out)
    assert "unfilmable, en: 13 examples\n  precision: –, 0 of 0 sentences\n  recall: 0.00 (" in out.getvalue()
    rows = json.loads(figures.read_text(encoding="utf-8"))
    assert [(row["question"], row["language"]) for row in rows] == [
        ("unfilmable", "en"), ("unfilmable", "zh"), ("unsupported", "en"), ("unsupported", "zh"),
    ]  # fmt: skip
    assert all(row["refused"] == 0 for row in rows)
    assert rows[2]["recall"] == proportion(7, 7), "canned support quotes nothing of these scenes"
    assert rows[2]["false_positives"] > 10


def test_a_recipe_without_questions_cannot_be_measured(recipe: Path) -> None:
    text = recipe.read_text(encoding="utf-8").replace("- name: unfilmable", "- name: one")
    text = text.replace("- name: unsupported", "- name: two").replace("  questions: {", "  # questions: {")
    recipe.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match="asks none of the questions"):
        call_command("measure_judge", str(recipe))


def test_wilson_intervals() -> None:
    """Newcombe (1998), Statistics in Medicine 17:857-872, table I: 81 of 263."""
    found = proportion(81, 263)
    assert found is not None
    assert (round(found["low"], 4), round(found["high"], 4)) == (0.2553, 0.3662)


def test_measuring_asks_only_the_questions_that_are_named() -> None:
    recipe: Recipe = find_recipe("dsr-data")
    assert measure_judge(recipe, [], questions=["unfilmable"]) == []
