"""Reasons of jobs and requests on pages."""

from django import template

from generation import reasons

register = template.Library()


@register.filter
def said(reason: object) -> str:
    """A stored reason in the reader's language."""
    return reasons.said(str(reason or ""))
