"""Texts about findings: names of their kinds, why they matter, where they are."""

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
    "model": _("It suggests that a machine wrote the script."),
    "system": _("It names one of the compared systems."),
    "series": _("Raters who know the series may know its writers."),
    "person": _("A writer's name suggests that a human wrote the script."),
    "boilerplate": _("Only chatbots talk like this outside a story."),
    "note": _("It talks to the reader and isn't part of the scene."),
    "prompt": _("It is left over from a prompt."),
    "placeholder": _("It is a gap that a template or a machine left unfilled."),
    "machine": _("Only programs write such tokens."),
    "markdown": _("Chatbots format their answers like this; scripts don't."),
    "credit": _("It says where the text comes from."),
    "typography": _("The script layout can't standardize it, so it may be typical of one author."),
    "language": _("It may be a machine's slip or a habit of one writer."),
    "hidden": _("It is invisible but stays in copied text."),
    "look-alike": _("It looks like a Latin letter but isn't one. This is common in converted text."),
    "size": _("Text beyond the limit wasn't checked."),
    "layout": _("Raters would see that this script is formatted differently."),
    "empty": _("Raters would see an empty page."),
    "tell": _("After a few scripts, raters could recognize others by the same author."),
}

REASONS: tuple[Promise, ...] = (
    _("A character says it, and any writer could have written it."),
    _("It is a person, place or thing in the story."),
    _("It is in the brief, so every script may use it."),
    _("It is an ordinary word here."),
    _("Scripts in this language use it."),
    _("It occurs in scripts by all systems."),
)
"""What findings are usually accepted for."""

FAULTS: tuple[Promise, ...] = (
    _("It mentions how it was written."),
    _("It addresses the reader outside the story."),
    _("It contains parts of a prompt or a chat."),
    _("It isn't in script format."),
    _("It isn't in the language of its brief."),
)
"""What scripts are usually rejected for."""

FIELDS: dict[str, Promise] = {
    "outline": pgettext_lazy("place", "outline"),
    "previous_context": pgettext_lazy("place", "previous context"),
    "guideline": pgettext_lazy("place", "guideline"),
    "characters": pgettext_lazy("place", "characters"),
    "series": pgettext_lazy("place", "series title"),
    "title": pgettext_lazy("place", "title"),
    "consent": pgettext_lazy("place", "consent"),
    "instructions": pgettext_lazy("place", "instructions"),
    "pay": pgettext_lazy("place", "payer"),
    "score": pgettext_lazy("place", "scale"),
    "label": pgettext_lazy("place", "label"),
    "question": pgettext_lazy("place", "question"),
    "guidance": pgettext_lazy("place", "guidance"),
    "script": pgettext_lazy("place", "practice or check script"),
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
    found_in = {"mark": mark, "held": held, "scripts": scripts, "letter": letter}
    return gettext(
        "%(mark)s: in %(held)s of %(scripts)s scripts by system %(letter)s, "
        "in %(others)s of %(elsewhere)s others"
    ) % {**found_in, "others": others, "elsewhere": elsewhere}


@register.filter
def finding_place(place: str) -> str:
    """Where a finding stands, in words: a brief, a text of a brief, a text of the study, all scripts."""
    first, _colon, rest = place.partition(":")
    if not rest:
        return place
    slug, _colon, name = rest.rpartition(":")
    field = FIELDS.get(name, name)
    if first in ("brief", "more"):
        return gettext("Brief %(slug)s: %(field)s") % {"slug": slug, "field": field}
    if slug == "scripts":
        return gettext("All scripts in %(language)s") % {"language": LANGUAGES.get(name, name)}
    if slug.startswith("criteria:"):
        return gettext("Criterion %(slug)s: %(field)s") % {"slug": slug.partition(":")[2], "field": field}
    return gettext("Study text: %(field)s") % {"field": field}
