"""What is said of findings: what their kinds are called, why they matter, where they stand."""

import re
from collections.abc import Mapping

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from annotations.models import LeakFinding
from evalsite.core.trail import FINDING_KINDS

register = template.Library()

WHY: dict[str, Promise] = {
    "model": _("Who reads it may think that a machine wrote the script, or this one and not that one."),
    "system": _("It is what one of the compared systems is called, and readers of the study may know it."),
    "series": _("Whoever knows the series may know who wrote for it."),
    "person": _("A writer's name tells that people wrote this script."),
    "boilerplate": _("Only chat assistants speak so outside a story."),
    "note": _("It speaks to the reader or to whoever asked for the script, and is no part of the scene."),
    "prompt": _("It is left over from what a machine was asked."),
    "placeholder": _("A machine, or a template, has left it for somebody to fill."),
    "machine": _("Programs write such tokens, people do not."),
    "markdown": _("It is how chat assistants set their answers; a script has no such marks."),
    "credit": _("It says where the text comes from."),
    "typography": _("The house layout does not set it alike, so it may show one origin's habit."),
    "language": _("A word of another language may be a machine's slip, or one writer's habit."),
    "hidden": _("Nobody sees it, and who copies the text carries it along."),
    "look-alike": _("It reads like a Latin letter and is none: the mark of a converted or disguised text."),
    "size": _("What is beyond the limit was not looked through."),
    "layout": _("Raters would see that this script was not understood as the others were."),
    "empty": _("Raters would see an empty page."),
    "tell": _("Whoever has read a few scripts with it can tell which others are of the same origin."),
}

REASONS: tuple[Promise, ...] = (
    _("Somebody in the story says it, and any writer could have them say it."),
    _("It is a person, a place or a thing of the story."),
    _("It stands in the brief, so every script may use it."),
    _("It is an ordinary word here."),
    _("The layout of this language allows it."),
    _("It stands in scripts of all kinds and tells none of them."),
)
"""What findings are usually accepted for."""

FAULTS: tuple[Promise, ...] = (
    _("It speaks of how it was written."),
    _("It addresses the reader outside the story."),
    _("It holds remnants of a prompt or of a chat."),
    _("It is not a script in this layout."),
    _("It is in another language than its brief."),
)
"""What scripts are usually rejected for."""

FIELDS: dict[str, Promise] = {
    "outline": pgettext_lazy("place", "outline"),
    "previous_context": pgettext_lazy("place", "previous context"),
    "guideline": pgettext_lazy("place", "guideline"),
    "characters": pgettext_lazy("place", "characters"),
    "series": pgettext_lazy("place", "title of the series"),
    "title": pgettext_lazy("place", "title"),
    "consent": pgettext_lazy("place", "consent"),
    "instructions": pgettext_lazy("place", "instructions"),
    "pay": pgettext_lazy("place", "who pays"),
    "score": pgettext_lazy("place", "scale"),
    "label": pgettext_lazy("place", "label"),
    "question": pgettext_lazy("place", "question"),
    "guidance": pgettext_lazy("place", "guidance"),
    "script": pgettext_lazy("place", "script for practice or checks"),
    "second": pgettext_lazy("place", "second sample"),
}
LANGUAGES = {"en": _("English"), "zh": _("Chinese")}
_TELL = re.compile(r"(.+): in (\d+) of (\d+) scripts of system ([A-Z]), in (\d+) of (\d+) of the others")


@register.filter
def finding_kind(kind: str) -> Promise | str:
    """A finding's kind in words; one that is not known stays as it is."""
    return FINDING_KINDS.get(kind, kind)


@register.filter
def finding_why(kind: str) -> Promise | str:
    """Why what was found matters."""
    return WHY.get(kind, "")


@register.simple_tag
def usual_reasons() -> tuple[Promise, ...]:
    return REASONS


@register.simple_tag
def usual_faults() -> tuple[Promise, ...]:
    return FAULTS


@register.filter
def at(counts: Mapping[str, int], code: str) -> int:
    """The count of one code."""
    return counts.get(code, 0)


@register.filter
def finding_words(finding: LeakFinding) -> str:
    """What was found; a tell in the reader's language."""
    found = _TELL.fullmatch(finding.excerpt) if finding.kind == "tell" else None
    if found is None:
        return finding.excerpt
    mark, held, scripts, letter, others, elsewhere = found.groups()
    told = {"mark": mark, "held": held, "scripts": scripts, "letter": letter}
    return gettext(
        "%(mark)s: in %(held)s of %(scripts)s scripts of system %(letter)s, "
        "in %(others)s of %(elsewhere)s of the others"
    ) % {**told, "others": others, "elsewhere": elsewhere}


@register.filter
def finding_place(place: str) -> str:
    """Where a finding stands, in words: a brief, a text of a brief, a text of the study, all scripts."""
    first, _colon, rest = place.partition(":")
    if not rest:
        return place
    slug, _colon, name = rest.rpartition(":")
    told = FIELDS.get(name, name)
    if first in ("brief", "more"):
        return gettext("Brief %(slug)s: %(field)s") % {"slug": slug, "field": told}
    if slug == "scripts":
        return gettext("All scripts in %(language)s") % {"language": LANGUAGES.get(name, name)}
    if slug.startswith("criteria:"):
        return gettext("Criterion %(slug)s: %(field)s") % {"slug": slug.partition(":")[2], "field": told}
    return gettext("Text of the study: %(field)s") % {"field": told}
