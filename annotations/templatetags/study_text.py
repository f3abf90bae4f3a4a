"""Texts that a study gives in two languages."""

import re
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from annotations.desk import consent
from annotations.models import localized as in_language

register = template.Library()
ITEM = re.compile(r"(?:-|\d{1,2}\.) ")
FOLD, FOLD_END = re.compile(r"\+(?: |$)"), "</div></details>"


@register.filter
def localized(text: dict[str, Any] | str | None) -> str:
    """The text in the page's language, else in the other one; a plain string stays as it is."""
    if not text:
        return ""
    return text if isinstance(text, str) else in_language(text, get_language() or "en")


@register.filter
def text_lang(text: dict[str, Any] | str | None) -> str:
    """The language in which `localized` gives the text, for `lang` attributes."""
    wanted = "zh" if (get_language() or "en").startswith("zh") else "en"
    found = wanted if not isinstance(text, dict) or text.get(wanted) else next(iter(text), wanted)
    return script_lang(found)


@register.filter
def script_lang(language: str) -> str:
    """A script's or brief's language as HTML names it."""
    return "zh-Hans" if language.startswith("zh") else "en"


@register.filter
def linked(text: str) -> SafeString:
    """The text with its e-mail addresses as links."""
    return consent.link_email_addresses(text)


@register.filter
def address(text: str) -> str:
    """The first e-mail address in the text; empty where it has none."""
    return consent.find_email_address(text)


@register.filter
def prose(text: str) -> SafeString:
    """A study's text as HTML: paragraphs at blank lines, lists of `- ` or `1. `, `## ` headings, `**bold**`
    words, and parts that start collapsed, from a line `+ Title` to the next one or to a line `+`.

    The rest is escaped, and e-mail addresses are links.
    """
    blocks, in_fold = [], False
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        if lines and FOLD.match(lines[0]):
            title = lines.pop(0)[1:].strip()
            blocks += [FOLD_END] if in_fold else []
            blocks += [f'<details class="fold"><summary>{_line(title)}</summary><div>'] if title else []
            in_fold = bool(title)
        blocks += _block(lines) if lines else []
    blocks += [FOLD_END] if in_fold else []
    return mark_safe("\n".join(blocks))  # noqa: S308 - every line is escaped below


def _block(lines: list[str]) -> list[str]:
    if lines[0].startswith("#"):
        return [f"<h2>{escape(lines[0].lstrip('# '))}</h2>", *(_block(lines[1:]) if lines[1:] else [])]
    items = [line for line in lines if ITEM.match(line)]
    lead = [line for line in lines if not ITEM.match(line)]
    found = [f"<p>{'<br>'.join(_line(line) for line in lead)}</p>"] if lead else []
    if items:
        kind = "ul" if items[0].startswith("- ") else "ol"
        told = "".join(f"<li>{_line(ITEM.sub('', item))}</li>" for item in items)
        found.append(f"<{kind}>{told}</{kind}>")
    return found


def _line(text: str) -> str:
    return re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", consent.link_email_addresses(text))
