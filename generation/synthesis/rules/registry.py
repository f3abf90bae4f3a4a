"""The rules of synthesis by the names under which a recipe calls them."""

from generation.pipelines.answer import Rule
from generation.synthesis.rules import briefs, decisions, marks, persons, prose

SYNTHESIS_RULES: dict[str, Rule] = {
    "profile-form": persons.profile_form,
    "profile-person": persons.profile_person,
    "profile-quotes": persons.profile_quotes,
    "outline-form": briefs.outline_form,
    "outline-names": briefs.outline_names,
    "outline-quotes": briefs.outline_quotes,
    "context-form": briefs.context_form,
    "context-quotes": briefs.context_quotes,
    "context-ahead": briefs.context_ahead,
    "context-rests": briefs.context_rests,
    "beats-form": decisions.beats_form,
    "beats-told": decisions.beats_told,
    "beats-people": decisions.beats_people,
    "beats-quotes": decisions.beats_quotes,
    "one-language": prose.one_language,
    "visible": prose.visible,
    "people": prose.people,
    "events": prose.events,
    "not-copied": prose.not_copied,
    "marks-form": marks.marks_form,
}
