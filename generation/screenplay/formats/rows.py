"""What passes from the child process, which knows files, to the parent, which knows screenplays.

All of it travels as JSON lists in the order of the fields.
"""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from evalsite.core.reason_codes import Reason, sentence
from evalsite.core.reason_codes import load as load_reason

VERSION = 4
"""Of what is kept of a file (`dump`): with another one the file is read anew. Raise it with the readers."""


class Paragraph(NamedTuple):
    """A paragraph of FDX or Word, or a line of plain text.

    `style` is what the file calls it; `left` is its indent in points; `align` is left, center or right;
    `drop` says why it is no part of the script, where it is not.
    """

    number: int
    text: str
    style: str = ""
    left: float = 0.0
    align: str = "left"
    dual: str = ""
    drop: str = ""
    warning: str = ""


class Segment(NamedTuple):
    """A run of letters on one line of a PDF page; lengths in points from the page's top left corner."""

    page: int
    top: float
    left: float
    right: float
    size: float
    text: str
    bold: bool = False


class Page(NamedTuple):
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What the child made of a file: `paragraphs` of text, FDX and Word, or `segments` of a PDF."""

    encoding: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    segments: tuple[Segment, ...] = ()
    pages: tuple[Page, ...] = ()
    warnings: tuple[tuple[str, int, str], ...] = ()

    def texts(self) -> list[str]:
        """Every piece of text, in order."""
        return [each.text for each in self.paragraphs] + [each.text for each in self.segments]


def dump(sent: Sent) -> bytes:
    warnings = [(code, number, _plain(message)) for code, number, message in sent.warnings]
    return json.dumps(
        [sent.encoding, sent.paragraphs, sent.segments, sent.pages, warnings], ensure_ascii=True
    ).encode("ascii")


def load(raw: bytes) -> Sent:
    encoding, paragraphs, segments, pages, warnings = json.loads(raw)
    return Sent(
        encoding,
        tuple(Paragraph(*each) for each in paragraphs),
        tuple(Segment(*each) for each in segments),
        tuple(Page(*each) for each in pages),
        tuple((code, number, load_reason(message)) for code, number, message in warnings),
    )


def refusal(message: str, fix: str, line: int = 1, column: int = 1) -> str:
    """What the child says when a file is refused, as the parent's `InputError` needs it."""
    return json.dumps({"message": _plain(message), "fix": _plain(fix), "line": line, "column": column})


def read_refusal(raw: str) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {
            "message": raw,
            "fix": sentence("save the file again and retry."),
            "line": 1,
            "column": 1,
        }
    return {**found, "message": load_reason(found["message"]), "fix": load_reason(found["fix"])}


def _plain(text: str) -> object:
    return text.as_record() if isinstance(text, Reason) else text
