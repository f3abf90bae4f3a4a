"""Reasons of jobs and requests on pages."""

from django import template

from evalsite.core.errors import InputError
from generation import reasons

register = template.Library()


@register.filter
def render_reason(reason: object) -> str:
    """Return a reason in the reader's language."""
    return reasons.render(reason if isinstance(reason, str) else "")


@register.filter
def render_error(error: InputError) -> str:
    """What is wrong and how to fix it, in the reader's language."""
    return reasons.render_error(error)


@register.filter
def stage_named(name: str) -> str:
    """A stage in the reader's language."""
    return reasons.part_name(name)
