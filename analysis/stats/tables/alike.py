"""Names that a reader would take for one: written alike in other characters, or in capitals."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.messages import Param, message, names_and_more
from analysis.stats.faults import Fault, shown
from analysis.stats.tables.reading import Raw

KINDS: Mapping[str, tuple[str, ...]] = {
    "study": ("study",),
    "item": ("item",),
    "series": ("series",),
    "language": ("language",),
    "rater": ("rater",),
    "criterion": ("criterion",),
    "system": ("system", "left_system", "right_system"),
}
MOST_NAMED = 6


@dataclass(frozen=True)
class _Place:
    raw: Raw
    column: str

    @property
    def names(self) -> list[str]:
        return self.raw.columns[self.column].distinct

    def line(self, name: str) -> int:
        """The first line on which the name stands."""
        rows = self.raw.columns[self.column].rows_where(lambda text: text == name)
        return self.raw.line(int(np.argmax(rows)))


def look_faults(raws: Mapping[str, Raw]) -> Iterator[Fault]:
    """Two names that are printed the same (Unicode's canonical equivalence) are one name or a trap."""
    for kind, columns in KINDS.items():
        seen: dict[str, tuple[str, _Place]] = {}
        told: set[str] = set()
        for place in _places(raws, columns):
            for name in place.names:
                if name.isascii() or name in told:
                    continue
                first, where = seen.setdefault(unicodedata.normalize("NFC", name), (name, place))
                if first != name:
                    told.add(name)
                    yield _fault(kind, (place, name), (where, first))


def _fault(kind: str, one: tuple[_Place, str], other: tuple[_Place, str]) -> Fault:
    """Told of the later of the two; in two tables that is the second one."""
    (place, name), (where, first) = one, other
    line, before = place.line(name), where.line(first)
    if place.raw is where.raw and line < before:
        (place, name), (where, first), line, before = other, one, before, line
    file = "" if where.raw is place.raw else f" of {where.raw.path}"
    message = (
        f"{place.column}: {shown(name)} looks like the {kind} {shown(first)} on line {before}{file}"
        " and is written in other characters"
    )
    at = place.raw.column_number(place.column)
    return Fault(place.raw.path, line, at, message, "write one name in one way (Unicode NFC)")


def alike(raws: Mapping[str, Raw]) -> list[tuple[str, str, str]]:
    """Kind of name, and two names of it that differ only in capitals, width or spaces; in fixed order."""
    found = []
    for kind, columns in KINDS.items():
        names = sorted({name for place in _places(raws, columns) for name in place.names})
        seen: dict[str, str] = {}
        for name in names:
            first = seen.setdefault(_folded(name), name)
            if first != name:
                found.append((kind, first, name))
    return found


def alike_names(found: list[tuple[str, str, str]]) -> Param:
    """The names as a warning lists them."""
    every = [message("kind_of_name", kind=kind, one=shown(one), two=shown(two)) for kind, one, two in found]
    return names_and_more(every, MOST_NAMED)


def _folded(name: str) -> str:
    text = name if name.isascii() else unicodedata.normalize("NFKC", name)
    return "".join(text.casefold().split())


def _places(raws: Mapping[str, Raw], columns: tuple[str, ...]) -> Iterator[_Place]:
    for raw in raws.values():
        for column in columns:
            if column in raw.columns:
                yield _Place(raw, column)
