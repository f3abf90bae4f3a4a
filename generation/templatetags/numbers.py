"""Numbers on pages."""

from django import template

from generation.runs import spending

register = template.Library()


@register.filter
def grouped(number: object) -> str:
    """A whole number in groups of three, in any language; anything else as it is."""
    return f"{number:,}" if isinstance(number, int) else str(number)


@register.filter
def money(amount: float | None) -> str:
    """An amount of money, in any language."""
    return "" if amount is None else spending.money(amount)
