"""The rules of synthesis by the names under which a recipe calls them."""

from generation.pipelines.refusals import Rule
from generation.training_data.synthesis import questions
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
