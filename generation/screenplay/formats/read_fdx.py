"""Final Draft (FDX) to paragraphs. Runs in the child process.

Only the paragraphs of the content are read: text runs joined, the paragraphs of dual dialogue told left from
right, notes, outlines and title page told apart. No document type is allowed, so no entity can be declared.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from evalsite.core.reason_codes import Reason, sentence
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import rows

FIX = sentence("export it from Final Draft again: choose File, Save As, and the .fdx format.")
DEEPEST = 50
_PLANNING = re.compile(r"(?:outline|summary|synopsis|sequence)\b", re.IGNORECASE)
"""How the types of paragraphs begin that plan the script and are not part of it. Levels can be renamed."""


def read_fdx(content: bytes) -> rows.Sent:
    root = _root(content)
    if root.tag != "FinalDraft":
        raise InvalidInput(
            rows.refusal(sentence("this XML isn't a Final Draft file: <%(tag)s>.", tag=root.tag[:40]), FIX)
        )
    body = root.find("Content")
    if body is None:
        raise InvalidInput(rows.refusal(sentence("the file has no <Content>."), FIX))
    found: list[rows.Paragraph] = []
    for element in body:
        if element.tag == "Paragraph":
            _paragraph(element, "", found)
    for element in root.iterfind("TitlePage/Content/Paragraph"):
        text = _text(element)
        if text.strip():
            found.append(rows.Paragraph(len(found) + 1, text, drop="title-page"))
    planning = sum(1 for each in found if each.drop == "outline")
    message = Reason("outline and summary paragraphs were left out (%(what)s)", what=planning)
    warnings = (("outline", 0, message),) if planning else ()
    return rows.Sent(paragraphs=tuple(found), warnings=warnings)


def _root(content: bytes) -> Any:
    try:
        return fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise InvalidInput(
            rows.refusal(sentence("the file declares a document type or entities, which isn't allowed."), FIX)
        ) from error
    except ParseError as error:
        line, column = error.position
        raise InvalidInput(
            rows.refusal(
                sentence("the XML is broken: %(why)s.", why=str(error).split(":")[0]), FIX, line, column + 1
            )
        ) from error
    except (ValueError, LookupError) as error:
        raise InvalidInput(
            rows.refusal(
                sentence("the XML can't be read: %(why)s.", why=str(error)),
                sentence("save the file as UTF-8."),
            )
        ) from error


def _paragraph(element: Any, dual: str, found: list[rows.Paragraph]) -> None:
    pair = element.find("DualDialogue")
    if pair is not None:
        side = ""
        for part in pair.iterfind("Paragraph"):
            if part.get("Type") == "Character":
                side = "right" if side else "left"
            _plain(part, side or "left", found)
        return
    _plain(element, dual, found)
    for note in element.iterfind("ScriptNote"):
        text = "\n".join(_text(part) for part in note.iterfind("Paragraph"))
        if text.strip():
            name = note.get("Name", "")  # anybody's words, but for the two of our own
            style = f"Note {name}" if name in ("Section", "Synopsis") else "Note"
            found.append(rows.Paragraph(len(found) + 1, text, style=style))


def _plain(element: Any, dual: str, found: list[rows.Paragraph]) -> None:
    text = _text(element)
    if not text.strip():
        return
    align = {"Center": "center", "Right": "right"}.get(element.get("Alignment", ""), "left")
    style = element.get("Type", "")
    drop = "outline" if _PLANNING.match(style) else ""
    found.append(rows.Paragraph(len(found) + 1, text, style=style, align=align, dual=dual, drop=drop))


def _text(paragraph: Any) -> str:
    return "".join(_runs(paragraph))


def _runs(paragraph: Any) -> Iterator[str]:
    """The paragraph's own runs: what is nested (notes, dual dialogue) is no text of it."""
    for run in paragraph:
        if run.tag == "Text":
            yield from run.itertext()
