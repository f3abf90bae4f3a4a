"""How the staff's pages set numbers and records."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """A share of 0 to 1 as whole percents: what is watched has no more precision than that."""
    return "" if share is None else f"{100 * share:.0f} %"


@register.filter
def pairs(detail: Mapping[str, Any]) -> str:
    """The detail of an audit event in one line."""
    found = []
    for key, value in detail.items():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if text:
            found.append(f"{key}: {text}")
    return "; ".join(found)
