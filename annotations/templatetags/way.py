"""How a rater's pages set money and time."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from annotations import consent

register = template.Library()


@register.filter
def money(amount: Decimal | str, currency: str) -> str:
    """`EUR 12.50`, and `12.50 欧元` in Chinese."""
    return consent.money(Decimal(amount), currency)


@register.simple_tag
def gap() -> str:
    """What stands between two sentences: a space; nothing in Chinese, whose full stop is wide enough."""
    return "" if (get_language() or "en").startswith("zh") else " "


@register.filter
def duration(minutes: int) -> str:
    """Minutes in words, in hours from two on."""
    return consent.duration(minutes)
