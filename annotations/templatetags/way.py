"""How a rater's pages set money and time."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from annotations import consent
from annotations.models import Assignment

register = template.Library()


@register.filter
def money(amount: Decimal | str, currency: str) -> str:
    """`EUR 12.50`, and `12.50 欧元` in Chinese."""
    return consent.money(Decimal(amount), currency)


@register.simple_tag
def gap() -> str:
    """What stands between two sentences: a space; nothing in Chinese, whose full stop is wide enough."""
    return "" if (get_language() or "en").startswith("zh") else " "


@register.simple_tag
def before_this(assignment: Assignment) -> str:
    """How the one before this assignment ended, as Assignment.State; "" where there was none."""
    before = Assignment.objects.filter(rater=assignment.rater_id, pk__lt=assignment.pk).order_by("-pk")
    return before.values_list("state", flat=True).first() or ""


@register.filter
def duration(minutes: int) -> str:
    """Minutes in words, in hours from two on."""
    return consent.duration(minutes)
