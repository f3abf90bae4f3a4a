"""What people call the words of a system's file, in both languages."""

from django.utils.translation import gettext_lazy as _

from generation.pipelines import CheckSpec, StageSpec
from generation.pipelines.checks import rules_of

RULE_LABELS = {
    "language": _("in the language of the brief"),
    "screenplay": _("reads as a screenplay"),
    "length": _("between %(low)s and %(high)s times the length asked for"),
    "no-layout": _("plain prose, without the layout of a script"),
    "speakers": _("everybody who speaks is in the brief"),
    "bare": _("the text alone: no remark before or after it, no Markdown"),
}
"""By the name of a rule; other apps add theirs."""

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
