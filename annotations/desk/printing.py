"""A pair on paper: the brief, script A, script B, as they are read on screen, with the rater's code.

Everything comes from the HTML of the entry that the rater sees anyway, so nothing more can leak.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.utils.translation import gettext as _

from evalsite.core.typeset import COURIER, COURIER_SIZE, FIXED, HEI, SONG, set_pdf


@dataclass
class _Paragraph:
    """One line or paragraph of the layout: its class, and its text as (text, strong) runs."""

    kind: str
    runs: list[tuple[str, bool]] = field(default_factory=list)


def pair_pdf(
    *,
    code: str,
    paging: str,
    where: str,
    scene: str,
    name: str,
    brief: Sequence[tuple[str, str]],
    people: tuple[str, Sequence[tuple[str, str]]],
    scripts: Mapping[str, str],
    language: str,
) -> bytes:
    """The PDF of `scripts` (name: stored HTML) after the brief, which is called `name`: (heading, text), then
    `people` under their heading.

    `language` is the scripts'; `where` says which pair of the rater's it is, `scene` which of its series;
    `paging` is how a page is numbered, with {page} and {pages}.
    """
    data = {
        "code": code,
        "paging": paging,
        "where": where,
        "scene": scene,
        "language": language,
        "name": name,
        "brief": brief,
        "people": people,
        "scripts": [{"name": name, "blocks": script_blocks(html)} for name, html in scripts.items()],
        "mono": [COURIER, FIXED, *SONG],
        "size": COURIER_SIZE,
        "song": [*SONG, FIXED],
        "hei": [*HEI, FIXED],
    }
    return set_pdf("annotations", "print.typ", warning=squares_warning(), pair=data)


def squares_warning() -> str:
    """What a PDF says of letters that no font has."""
    return _("Some characters appear as □ because no font has them: %(letters)s.")


def script_blocks(html: str) -> list[dict[str, Any]]:
    """The paragraphs of a stored script, in order; dual dialogue as one block with two columns."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[dict[str, Any]] = []
        self._open: list[str] = []
        self._paragraph: _Paragraph | None = None
        self._columns: list[list[dict[str, Any]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._add("\n")
            return
        classes = (dict(attrs).get("class") or "").split()
        kind = classes[-1] if "sp-centered" in classes else next(iter(classes), "")
        self._open.append(kind)
        if kind == "sp-dual":
            self._columns = []
        elif kind == "sp-speech" and tag == "div" and self._columns is not None:
            self._columns.append([])
        if tag in ("p", "h3"):
            self._paragraph = _Paragraph(kind)

    def handle_endtag(self, tag: str) -> None:
        if tag == "br" or not self._open:
            return
        kind = self._open.pop()
        if tag in ("p", "h3") and self._paragraph is not None:
            block = {"kind": self._paragraph.kind, "runs": self._paragraph.runs}
            (self._columns[-1] if self._columns else self.found).append(block)
            self._paragraph = None
        elif kind == "sp-dual":
            self.found.append({"kind": "sp-dual", "columns": self._columns or []})
            self._columns = None

    def handle_data(self, data: str) -> None:
        self._add(data)

    def _add(self, text: str) -> None:
        if self._paragraph is not None:
            self._paragraph.runs.append(
                (text, "sp-cue" in self._open[1:] and self._paragraph.kind == "sp-speech")
            )
