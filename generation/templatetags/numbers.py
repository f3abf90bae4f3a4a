"""Numbers on pages."""

from django import template

register = template.Library()


@register.filter
def grouped(number: object) -> str:
    """A whole number in groups of three, in any language; anything else as it is."""
    return f"{number:,}" if isinstance(number, int) else str(number)
