"""The rules of synthesis by the names under which a recipe calls them, and all of them on a whole result."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from generation.pipelines.answer_check import look
from generation.pipelines.refusals import Refusal, Rule
from generation.pipelines.requests import answers_of
from generation.pipelines.spec import StageSpec
from generation.training_data.synthesis import questions
from generation.training_data.synthesis.recipe import find_recipe
from generation.training_data.synthesis.rules import beats, briefs, persons, prose

SYNTHESIS_RULES: dict[str, Rule] = {
    "profile-form": persons.profile_form,
    "profile-person": persons.profile_person,
    "profile-quotes": persons.profile_quotes,
    "outline-form": briefs.outline_form,
    "outline-names": briefs.outline_names,
    "outline-quotes": briefs.outline_quotes,
    "context-form": briefs.context_form,
    "context-quotes": briefs.context_quotes,
    "beats-form": beats.beats_form,
    "beats-parts": beats.beats_parts,
    "beats-people": beats.beats_people,
    "beats-quotes": beats.beats_quotes,
    "one-language": prose.one_language,
    "people": prose.people,
    "not-copied": prose.not_copied,
    "marks-form": questions.marks_form,
}


@cache
def shipped_stages(kind: str) -> tuple[StageSpec, ...]:
    """The stages of the shipped recipe that work on a person, or on a scene."""
    recipe = find_recipe("dsr-data")
    return (recipe.profiles if kind == "person" else recipe.scenes).stages


def faults_of(
    content: Mapping[str, Any], outputs: Mapping[str, str], stages: Sequence[StageSpec] | None = None
) -> list[tuple[str, Refusal]]:
    """What is wrong with the answers, at most one refusal a stage, in the order of the stages.

    `outputs` are the whole answers by stage; `stages` are those of the run's recipe, the shipped one's
    unless given. A stage that builds on a refused one is judged with what there is.
    """
    kept: dict[str, str] = {}
    faults: list[tuple[str, Refusal]] = []
    stages = stages or shipped_stages(content["kind"])
    for stage in stages:
        if stage.name not in outputs:
            continue
        text = outputs[stage.name]
        answers = answers_of(stages, kept, content["language"])
        _, refusal = look(stage, text, content["language"], content, answers)
        if refusal is None:
            kept[stage.name] = text
        else:
            faults.append((stage.name, refusal))
    return faults
