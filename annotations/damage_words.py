"""What had been done to a damaged script, and where, in the reader's language.

Told by what the two pages differ in, so that it is what a reader could have seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from annotations.models import Pairing

MOST_SPEECHES = 3
LONGEST = 160
Line = tuple[str, str]
"""What is quoted, and the words of the script."""


Element = tuple[str, str]
"""A kind (cue, dialogue, action, ...) and its text."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence about what was done, and the places, each with words of the script."""

    what: str
    where: tuple[Line, ...] = ()


def damage_told(pairing: Pairing) -> Told:
    if pairing.second is None or not pairing.worse:
        return Told("")
    bad, good = pairing.first, pairing.second
    if pairing.worse == "second":
        bad, good = good, bad
    lines = elements(good.html), elements(bad.html)
    kind = pairing.damage.get("kind", "")
    if kind == "cut":
        return Told(_("A part was taken out of it, so that something is missing."), _cut(*lines))
    if kind == "swap":
        return Told(_("Some speeches were given to the wrong person."), _swapped(*lines))
    if kind == "shuffle":
        return Told(_("Its beats were put into another order, so that it no longer follows."), _moved(*lines))
    return Told(_("It was damaged on purpose."))


def _cut(good: Sequence[Element], bad: Sequence[Element]) -> tuple[Line, ...]:
    """The longest part that the other script has."""
    gone = [
        (start, end)
        for tag, start, end, _from, _to in SequenceMatcher(None, good, bad, autojunk=False).get_opcodes()
        if tag in ("delete", "replace")
    ]
    if not gone:
        return ()
    start, end = max(gone, key=lambda span: span[1] - span[0])
    said = [text for kind, text in good[start:end] if kind != "cue"] or [good[start][1]]
    found = [(_("Missing, from"), _short(said[0])), (_("up to"), _short(said[-1]))]
    return tuple(found[: min(2, len(said))])


def _swapped(good: Sequence[Element], bad: Sequence[Element]) -> tuple[Line, ...]:
    """Who says what, and to whom it was given. All that is said is in both, in one order."""
    found: list[Line] = []
    for (right, said), (wrong, _same) in zip(_speeches(good), _speeches(bad), strict=False):
        if right != wrong and len(found) < MOST_SPEECHES:
            about = _("Given to %(wrong)s; it is %(right)s who says") % {"wrong": wrong, "right": right}
            found.append((about, _short(said)))
    return tuple(found)


def _speeches(script: Sequence[Element]) -> list[tuple[str, str]]:
    """Speaker, without what stands in brackets behind the name, and each thing that is said."""
    found: list[tuple[str, str]] = []
    speaker = ""
    for kind, text in script:
        if kind == "cue":
            speaker = re.split(r"[(（]", text)[0].strip()
        elif kind == "dialogue" and speaker:
            found.append((speaker, text))
    return found


def _moved(good: Sequence[Element], bad: Sequence[Element]) -> tuple[Line, ...]:
    """Where the orders part: what comes there, and what ought to."""
    for (_right, right), (_wrong, wrong) in zip(_told(good), _told(bad), strict=False):
        if right != wrong:
            return ((_("It goes on with"), _short(wrong)), (_("where this belongs"), _short(right)))
    return ()


def _told(script: Sequence[Element]) -> list[Element]:
    return [(kind, text) for kind, text in script if kind in ("action", "dialogue")]


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[:LONGEST].rstrip() + " …"


def elements(html: str) -> list[Element]:
    """What a page shows of a script, in order (markup: generation/screenplay/render.py)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [(kind, "".join(parts)) for kind, parts in reader.found]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[str]]] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data(" ")
            return
        given = dict(attrs)
        kinds = re.findall(r"sp-(\w+)", given.get("class") or "")
        kind = kinds[0] if kinds else self._open[-1][0] if self._open else ""
        self._open.append((kind, "data-o" in given))
        if "data-o" in given:
            self.found.append((kind, []))

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if any(shown for _kind, shown in self._open):
            self.found[-1][1].append(data)
