"""How the pages of raters show money, dates and time."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.translation import get_language

from annotations.desk import consent

register = template.Library()


@register.filter
def money(amount: Decimal | str, currency: str) -> str:
    """`EUR 12.50`, and `12.50 欧元` in Chinese; a line does not end within it."""
    return consent.format_money(Decimal(amount), currency).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def day(moment: datetime) -> str:
    """`2026-11-26`, and `2026 年 11 月 26 日` in Chinese."""
    return consent.format_day(moment)


@register.simple_tag
def sentence_space() -> str:
    """What stands between two sentences: a space; nothing in Chinese, whose full stop is wide enough."""
    return "" if (get_language() or "en").startswith("zh") else " "


@register.simple_tag
def fact_separator() -> str:
    """What stands between two facts: a dot; in Chinese, whose dot is as wide as a character, a comma."""
    return "，" if (get_language() or "en").startswith("zh") else " · "


@register.filter
def duration(minutes: int) -> str:
    """Minutes in words, in hours from two on."""
    return consent.format_duration(minutes)
