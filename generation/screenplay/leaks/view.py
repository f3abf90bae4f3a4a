"""One normalised view of a text, in which disguised names read as plain ones, mapped back to the original.

Hidden characters are dropped. Compatibility characters (full-width letters) become plain ones (NFKC). Letters
of other alphabets become the Latin letters they look like (Unicode's confusables). Letter-spaced words are
closed up. Rules look at the view; findings point into the original.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from generation.screenplay.leaks.lines import is_heading_line
from generation.screenplay.text import is_hidden
from generation.screenplay.text_checks.look_alikes import latin_look_alike

_FIRST_CJK = "\u2e80"
_HAN = "\u3400-\u9fff"
_SPACED = re.compile(
    r"(?<![A-Za-z0-9])(?=[\d .·]{0,80}[A-Za-z])[A-Za-z0-9](?P<gap>[ .·])(?:[A-Za-z0-9](?P=gap){1,3}){1,40}"
    r"[A-Za-z0-9](?![A-Za-z0-9])"
    f"|(?<![{_HAN}])[{_HAN}](?:[ 　·][{_HAN}]){{2,40}}(?![{_HAN}])"
)
_SKELETON = str.maketrans("i1|!0347$5@", "llllo" + "eat" + "ssa")
"""Digits and signs that replace letters within a word; i, I, l and 1 look alike."""


@dataclass(frozen=True, slots=True)
class View:
    """`places[i]` is the offset in the original of character `i` of `text`; `spaced` are the spans in `text`
    of words that were letter-spaced in the original."""

    text: str
    places: Sequence[int]
    spaced: tuple[tuple[int, int], ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.places[start], self.places[end - 1] + 1

    def disguised(self, names: Iterable[str]) -> Iterator[tuple[int, int]]:
        """Where a name is written with digits or look-alikes for some of its letters, or letter-spaced."""
        bare = self.text.lower()
        text = bare.translate(_SKELETON)
        wanted = {name.translate(_SKELETON): name for name in names}
        pattern = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, wanted))})(?![a-z0-9])")
        for match in pattern.finditer(text):
            if bare[match.start() : match.end()] != wanted[match[0]] or match.span() in self.spaced:
                yield match.span()


def view_of(text: str) -> View:
    """The normalised view of a text."""
    plain, places = folded(text)
    kept, spaced, reached = [], [], 0
    length = 0
    for match in _SPACED.finditer(plain):
        line = plain[plain.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
        if is_heading_line(line):
            continue
        inside = _closed(match[0], match.start())
        kept += [*range(reached, match.start()), *inside]
        length += match.start() - reached
        spaced.append((length, length + len(inside)))
        length += len(inside)
        reached = match.end()
    if not spaced:
        return View(plain, places)
    kept += range(reached, len(plain))
    return View("".join(plain[at] for at in kept), [places[at] for at in kept], tuple(spaced))


def _closed(run: str, start: int) -> list[int]:
    """Offsets of what stays of a letter-spaced run: its letters, and one space where the gap is wider."""
    gap = run[1]
    return [
        start + at
        for at, character in enumerate(run)
        if character != gap or (at and run[at - 1] == gap and run[at + 1] != gap)
    ]


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The text with its characters normalised one by one, and the offset that each of them came from."""
    if text.isascii() and text.isprintable():
        return text, range(len(text))
    table = {character: _folded(character) for character in set(text)}
    if all(len(new) == 1 for new in table.values()):
        return "".join(map(table.__getitem__, text)), range(len(text))
    pairs = [(new, place) for place, character in enumerate(text) for new in table[character]]
    return "".join(new for new, _ in pairs), [place for _, place in pairs]


@cache
def _folded(character: str) -> str:
    if character.isascii():
        return character
    if is_hidden(character):
        return ""
    wide = unicodedata.normalize("NFKC", character)
    plain = wide if len(wide) == 1 or wide.isalpha() else character
    return latin_look_alike(plain) if len(plain) == 1 and plain.isalpha() and plain < _FIRST_CJK else plain
