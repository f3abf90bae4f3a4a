"""How wide a text may become, and where its lines break, before the reader's font is known.

The widths are those of DejaVu Sans, which is about as wide as the fonts of systems become: an estimate is
seldom too small. Chinese letters are as wide as they are high in every font.
"""

import re
import unicodedata

SIZE, SMALL = 12.5, 11.5  # of type, in pixels
LINE = 18.5  # between lines, also in Chinese fonts, whose lines are 1.45 times as high as their type
BOLD = 1.13
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_NARROW = frozenset(
    "iljtfrI.,:;'|!()[]-/\\ \N{EN DASH}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{NO-BREAK SPACE}"
)
_BROAD = frozenset("mwMW%@&#+=<>~^\N{MINUS SIGN}\N{EM DASH}\N{HORIZONTAL ELLIPSIS}")
_JOINER = "\N{ZERO WIDTH JOINER}"
_ADDED = ("Mn", "Mc", "Me", "Sk")  # accents, and the colours of emoji
LONGEST = 10  # signs of one letter: no emoji has more
# What stays together in a line: a word with its spaces, as far as its next hyphen or slash, or a Chinese
# letter with the signs after it.
_PART = re.compile(
    r"[\u2e80-\uffef][\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u300b\u300d\u300f\u201d]*\s*"
    r"|[^\s\-/_\u2e80-\uffef]*[\-/_]+\s*|[^\s\-/_\u2e80-\uffef]+\s*|\s+"
)


def _share(letter: str) -> float:
    """The width of a letter in a type of size 1."""
    base = unicodedata.normalize("NFD", letter)[0]
    if base in _NARROW:
        return 0.44
    if base.isascii() and base not in _BROAD:
        return 0.8 if base.isupper() else 0.66
    if unicodedata.category(base) in ("Mn", "Me", "Cf"):
        return 0.0
    return 1.3 if base >= "\U0001f000" else 1.0 if unicodedata.east_asian_width(base) in "WF" else 1.1


def width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """About the greatest width of a text in any common sans-serif font, in pixels."""
    return size * sum(map(_share, text)) * (BOLD if bold else 1)


def wrap(
    text: str,
    room: float,
    first: float | None = None,
    *,
    size: float = SIZE,
    bold: bool = False,
    most: int = 4,
) -> list[str]:
    """The text in lines of at most `room` pixels, the first of at most `first`.

    Words that are wider than a line break anywhere. What is beyond `most` lines becomes an ellipsis.
    """
    lines = [""]

    def fits(text: str) -> bool:
        limit = first if first is not None and len(lines) == 1 else room
        return width(text.rstrip(), size, bold=bold) <= limit

    for part in _PART.findall(text):
        if lines[-1] and not fits(lines[-1] + part):
            lines.append("")
        for letter in _letters(part):
            if lines[-1] and not fits(lines[-1] + letter):
                lines.append("")
            lines[-1] += letter
        if len(lines) > most:
            del lines[most:]
            last = lines[-1].rstrip()
            while last and not fits(last + ELLIPSIS):
                last = last[:-1]
            lines[-1] = last + ELLIPSIS
            break
    return [line.strip() for line in lines]


def _letters(text: str) -> list[str]:
    """The letters of a text, each with its accents; the parts of an emoji stay together."""
    found: list[str] = []
    for sign in text:
        joined = found and (
            sign == _JOINER or found[-1][-1] == _JOINER or unicodedata.category(sign) in _ADDED
        )
        if joined and len(found[-1]) < LONGEST:
            found[-1] += sign
        else:
            found.append(sign)
    return found
