"""What the kinds of findings are called."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

KINDS: dict[str, Promise] = {
    "model": _("a model or its maker"),
    "system": _("a system of this study"),
    "series": _("a series"),
    "person": _("a writer or another person"),
    "boilerplate": _("a phrase of a chat assistant"),
    "note": _("a note to the reader"),
    "prompt": _("a remnant of a prompt"),
    "placeholder": _("a blank that was not filled"),
    "machine": _("a machine token"),
    "markdown": _("leftover markup"),
    "credit": _("a credit, a licence or a link"),
    "typography": _("a mark that the layout does not have"),
    "language": _("another language or script"),
    "hidden": _("invisible characters"),
    "look-alike": _("look-alike letters"),
    "size": _("a text too long to look through"),
    "layout": _("a fault of the layout"),
    "empty": _("nothing to print"),
    "tell": _("a mark of one system"),
}


@register.filter
def finding_kind(kind: str) -> Promise | str:
    """A finding's kind in words; one that is not known stays as it is."""
    return KINDS.get(kind, kind)
