"""Ink for light and for dark, and one colour and one marker for each system, the same in every chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

SIZE = 12.5
SMALL = 11.5
LONGEST = 26

# What is drawn names its colour; the first is for light, the second for dark surroundings.
INKS: dict[str, tuple[str, str]] = {
    "paper": ("#fbfaf7", "#181613"),
    "ink": ("#1d1b18", "#ece6da"),
    "muted": ("#655f56", "#b3aa9b"),
    "rule": ("#d8d1c5", "#3f3932"),
    "band": ("#ece5d8", "#2e2923"),
    "above": ("#0072B2", "#4FA3E0"),
    "below": ("#D55E00", "#E8743B"),
    # Okabe and Ito's colours, told apart by people with any colour vision; yellow is too light for
    # paper, and in the dark they are lighter.
    "c0": ("#0072B2", "#4FA3E0"),
    "c1": ("#D55E00", "#E8743B"),
    "c2": ("#009E73", "#2FC08F"),
    "c3": ("#CC79A7", "#DE9CC0"),
    "c4": ("#E69F00", "#F0B429"),
    "c5": ("#56B4E9", "#8CCBF2"),
}
COLOURS = ("c0", "c1", "c2", "c3", "c4", "c5")
MARKERS = ("circle", "square", "up", "diamond", "down", "plus", "cross", "left", "right", "hexagon", "bar")
PEOPLE = ("star", "octagon", "pentagon", "cup")
FAINT = 0.42  # of a full win or loss: numbers stay legible on it


@dataclass(frozen=True, slots=True)
class Look:
    colour: str
    marker: str


def looks(systems: Sequence[str], humans: Sequence[str]) -> dict[str, Look]:
    """Colour and marker by the order of the systems; people are ink and a star (an octagon, ...)."""
    machines = [system for system in systems if system not in humans]
    found = {
        system: Look(COLOURS[at % len(COLOURS)], MARKERS[at % len(MARKERS)])
        for at, system in enumerate(machines)
    }
    found.update({system: Look("ink", PEOPLE[at % len(PEOPLE)]) for at, system in enumerate(humans)})
    return found


def _share(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in "iljtfrI.,:;'|!()[]- /":
        return 0.37
    if letter in "mwMW%@\N{EM DASH}\N{HORIZONTAL ELLIPSIS}":
        return 0.96
    return 0.72 if letter.isupper() else 0.64 if letter.isdigit() else 0.6


def width(text: str, size: float = SIZE) -> float:
    """About how wide a text will be, in the chart's units, whatever sans-serif font it is set in."""
    return size * sum(map(_share, text))


def shorten(text: str) -> str:
    """A label that fits beside a chart."""
    cells = 0.0
    for at, letter in enumerate(text):
        cells += 2 if east_asian_width(letter) in "WF" else 1
        if cells > LONGEST:
            return text[: max(at - 1, 1)] + "\N{HORIZONTAL ELLIPSIS}"
    return text


def fit(text: str, room: float, size: float = SIZE) -> str:
    """The text, or as much of its beginning as there is room for."""
    while len(text) > 2 and width(text, size) > room:
        text = text[:-2].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return text


def broken(text: str, room: float, size: float = SIZE) -> list[str]:
    """The text in one line, or in two of much the same width; what is still too wide loses its end."""
    if width(text, size) <= room:
        return [text]
    places = [at for at, sign in enumerate(text) if at and (sign == " " or _opens(text, at))]
    if not places:
        return [fit(text, room, size)]
    halves = [(text[:at].rstrip(), text[at:].lstrip()) for at in places]
    best = min(halves, key=lambda two: max(width(two[0], size), width(two[1], size)))
    return [fit(line, room, size) for line in best]


def _opens(text: str, at: int) -> bool:
    """Whether a line may begin here without a space before it: among Chinese characters, not at a sign."""
    before, after = text[at - 1], text[at]
    return "W" in (east_asian_width(before), east_asian_width(after)) and after.isalnum()


def tint(share: float) -> tuple[str, float]:
    """Which ink lies over a cell of the matrix, and how thick: none at one half."""
    return ("above" if share >= 0.5 else "below"), round(FAINT * min(abs(share - 0.5) * 2, 1), 3)
