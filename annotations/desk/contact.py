"""Whom a rater can write to: the contact that a study's consent names, and the addresses in a text."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from annotations.models import Study

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]*[A-Za-z0-9]@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def study_contact(study: Study) -> dict[str, str]:
    """Whom a rater can write to, as the consent says it; {} where it names nobody."""
    return study.spec["consent"].get("contact") or {}


def find_email_address(text: str) -> str:
    """The first e-mail address in a text; empty where it has none."""
    found = _ADDRESS.search(text)
    return found[0] if found else ""


def link_email_addresses(text: str) -> SafeString:
    """The text as HTML, escaped, each e-mail address in it as a link that begins a letter."""
    return mark_safe(_ADDRESS.sub(r'<a href="mailto:\g<0>">\g<0></a>', escape(text)))  # noqa: S308 - escaped
