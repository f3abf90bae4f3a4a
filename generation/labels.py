"""What people call the words of a system's file, in both languages."""

from django.utils.translation import gettext_lazy as _

from generation.pipelines import RULES, CheckSpec, StageSpec
from generation.pipelines.checks import rules_of

RULE_LABELS = {
    "language": _("in the language of the brief"),
    "screenplay": _("reads as a screenplay"),
    "length": _("between %(low)s and %(high)s times the length asked for"),
    "no-layout": _("plain prose, without the layout of a script"),
    "speakers": _("everybody who speaks is in the brief"),
    "bare": _("the text alone: no remark before or after it, no Markdown"),
    "profile-form": _(
        "all fields filled, at the paper's lengths, in the language asked for; two to five short tags"
    ),
    "profile-person": _("about this person and nobody else"),
    "profile-quotes": _("no line of dialogue in the profile"),
    "outline-form": _("one paragraph of the right length, no heading, no list"),
    "outline-names": _("everybody who speaks in the scene is named in the outline"),
    "outline-quotes": _("no line of dialogue in outline and guideline"),
    "context-form": _("the word for none exactly where nothing comes before; not too long"),
    "context-quotes": _("no line of dialogue in the context"),
    "beats-form": _("beats that can be read, cover the whole scene in order, one of them the key"),
    "beats-parts": _("every beat has an action and an emotion of its own"),
    "beats-people": _("everybody who speaks in the scene is in the beats"),
    "beats-quotes": _("no line of dialogue in the directives"),
    "one-language": _("in one language throughout"),
    "people": _("everybody of the outline appears"),
    "not-copied": _("not a copy of the source"),
    "marks-form": _("whole numbers from 1 to 5, with a reason"),
}
assert RULE_LABELS.keys() == RULES.keys()

SPLIT_LABELS = {
    "tags": _("between tags"),
    "headings": _("under headings"),
    "json": _("as fields of a JSON object"),
}
FORM_LABELS = {"prose": _("prose"), "screenplay": _("screenplay")}


def check_label(check: CheckSpec) -> str:
    """One rule in words."""
    label = str(RULE_LABELS[check.rule])
    return label % {"low": f"{check.low:g}", "high": f"{check.high:g}"} if "%" in label else label


def checks_of(stage: StageSpec) -> list[str]:
    """All that an answer of a stage must be, beside whole, by the right model and not empty."""
    return [check_label(check) for check in rules_of(stage)]
