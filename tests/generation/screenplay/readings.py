"""Files read in this process: a child for each of hundreds of cases would take minutes."""

from collections.abc import Callable
from html import escape
from typing import Any

from generation.screenplay import Script
from generation.screenplay.formats.read_docx import read_docx
from generation.screenplay.formats.read_fdx import read_fdx
from generation.screenplay.formats.read_text import read_text
from generation.screenplay.formats.reading import understand

READERS: dict[str, Callable[[bytes], Any]] = {
    "fdx": read_fdx,
    "docx": lambda content: read_docx(content, lambda: None),
    "fountain": read_text,
    "plain": read_text,
}


def read(content: str | bytes, kind: str = "fountain", language: str = "en") -> Any:
    """What is understood of a file's content."""
    return understand(
        kind, READERS[kind](content if isinstance(content, bytes) else content.encode()), language
    )


def fdx(*paragraphs: tuple[str, str]) -> bytes:
    """A Final Draft file of paragraphs with their types."""
    rows = "".join(
        f'<Paragraph Type="{kind}"><Text>{escape(text)}</Text></Paragraph>' for kind, text in paragraphs
    )
    return f"<FinalDraft><Content>{rows}</Content></FinalDraft>".encode()


def flat(script: Script) -> list[tuple[str, str, str, str]]:
    """All elements, with what an import must keep of each."""
    return [(each.kind.value, each.text, each.form, each.dual) for each in script.elements]
