"""Help pages: the documents in `docs/`, rendered for the site."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs"

PAGES = [
    (_("First steps"), ["first-study", "first-study.zh", "glossary.zh", "desk"]),
    (_("Studies"), ["studies", "raters", "planning", "teams"]),
    (_("Scripts"), ["generation", "systems", "gpus"]),
    (_("Results"), ["statistics", "tables"]),
    (_("Training data"), ["synthesis", "synthesis-rules", "training"]),
    (_("Accounts"), ["accounts"]),
    (_("Servers"), ["server", "backup", "monitoring", "reliability", "containers"]),
    (_("For developers"), ["api", "webhooks", "architecture"]),
]
"""The pages by section, in the order of the list of contents. A name is a file's name without `.md`."""

NAMES = frozenset(name for _section, names in PAGES for name in names)

TOPICS = {
    "planner": "planning",
    "study-new": "studies",
    "study-findings": "studies#freezing",
    "study-pay": "studies#sittings-pay-the-end",
    "study-invite": "raters#inviting-and-reminding-raters",
    "study-mail": "raters#inviting-and-reminding-raters",
    "study-messages": "raters#inviting-and-reminding-raters",
    "study-raters": "raters#inviting-and-reminding-raters",
    "study-rater": "raters#inviting-and-reminding-raters",
    "study-report": "statistics",
    "study-case": "studies#cases",
    "study-": "studies",
    "generation-corpus": "synthesis",
    "generation-synthesis": "synthesis",
    "generation-review": "synthesis",
    "generation-dataset": "synthesis",
    "generation-model": "training",
    "generation-system": "systems",
    "generation": "generation",
    "report-link": "studies",
    "account": "accounts#your-own-account",
    "mfa": "accounts#second-factors",
    "people": "accounts#people-and-roles",
    "person": "accounts#people-and-roles",
    "team": "teams",
    "webhook": "webhooks",
    "token": "api#tokens",
}
"""The help for a page of the site, by the beginning of its URL name; the longest one decides."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One rendered document: `contents` lists its second-level headings as (anchor, title)."""

    name: str
    title: str
    language: str
    summary: str
    html: SafeString
    contents: list[tuple[str, str]]


@cache
def help_page(name: str) -> HelpPage:
    """Render a document of `docs/`. Raises KeyError if there is no such page."""
    if name not in NAMES:
        raise KeyError(name)
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = markdown.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    headings = _number_headings(tokens)
    for token in tokens:
        for part in (token, *(token.children or [])):
            _rewrite_links(part)
    title = next(text for tag, _anchor, text in headings if tag == "h1")
    summary = next(
        tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "paragraph_open"
    )
    return HelpPage(
        name=name,
        title=title,
        language="zh" if name.endswith(".zh") else "en",
        summary=re.split(r"(?<=[.。])(?:\s|$)|(?<=。)", strip_tags(markdown.renderInline(summary)))[0],
        html=mark_safe(markdown.renderer.render(tokens[3:], markdown.options, {})),  # noqa: S308  our own files
        contents=[(anchor, text) for tag, anchor, text in headings if tag == "h2"],
    )


def _number_headings(tokens: list[Token]) -> list[tuple[str, str, str]]:
    """Give each heading the anchor that GitHub gives it; return (tag, anchor, text)."""
    found: list[tuple[str, str, str]] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            text = tokens[place + 1].content.replace("`", "")
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            token.attrSet("id", anchor)
            found.append((token.tag, anchor, text))
    return found


def _rewrite_links(token: Token) -> None:
    """Point links between documents, and pictures, at the site. Drop links to other files of the project."""
    if token.type == "link_open":
        page, hash_sign, anchor = str(token.attrs["href"]).partition("#")
        if page.removesuffix(".md") in NAMES:
            token.attrSet("href", reverse("help-page", args=[page.removesuffix(".md")]) + hash_sign + anchor)
        elif page and "://" not in page:
            token.attrs.pop("href")
    elif token.type in ("html_inline", "html_block"):
        token.content = re.sub(
            r'(href|src)="images/([^"]+)"',
            lambda match: f'{match[1]}="{reverse("help-image", args=[match[2]])}"',
            token.content,
        )


def image_file(path: str) -> Path | None:
    """The file of a picture in `docs/images/`; None if there is none."""
    if "\0" in path:
        return None
    images = (FOLDER / "images").resolve()
    file = (images / path).resolve()
    return file if file.suffix == ".webp" and file.is_relative_to(images) and file.is_file() else None


def topic_address(url_name: str) -> str:
    """The address of the help for a page of the site, by the page's URL name."""
    beginnings = [beginning for beginning in TOPICS if url_name.startswith(beginning)]
    if not beginnings:
        return reverse("help")
    page, hash_sign, anchor = TOPICS[max(beginnings, key=len)].partition("#")
    return reverse("help-page", args=[page]) + hash_sign + anchor
