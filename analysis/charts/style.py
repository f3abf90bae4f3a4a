"""Ink, and one colour and one marker for each system, the same in every chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

INK = "#1d1b18"
MUTED = "#655f56"
RULE = "#d8d1c5"
PAPER = "#fbfaf7"
SIZE = 12.5
# Okabe and Ito's colours, told apart by people with any colour vision; yellow is too light for paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h", "p", "d")
HUMAN = (INK, "*")
LONGEST = 26


@dataclass(frozen=True, slots=True)
class Look:
    colour: str
    marker: str


def looks(systems: Sequence[str], humans: Sequence[str]) -> dict[str, Look]:
    """Colour and marker by the order of the systems; people are ink and a star (a hexagon, ...)."""
    machines = [system for system in systems if system not in humans]
    found = {
        system: Look(COLOURS[at % len(COLOURS)], MARKERS[at % len(MARKERS)])
        for at, system in enumerate(machines)
    }
    people = ("*", "H", "8", "p")
    found.update({system: Look(INK, people[at % len(people)]) for at, system in enumerate(humans)})
    return found


def width(text: str, size: float = SIZE) -> float:
    """About how wide a text will be, in the chart's units, whatever font it is set in."""
    return sum(size if east_asian_width(letter) in "WF" else 0.6 * size for letter in text)


def shorten(text: str) -> str:
    """A label that fits beside a chart."""
    cells = 0.0
    for at, letter in enumerate(text):
        cells += 2 if east_asian_width(letter) in "WF" else 1
        if cells > LONGEST:
            return text[: max(at - 1, 1)] + "\N{HORIZONTAL ELLIPSIS}"
    return text


def tint(share: float) -> str:
    """A light blue above one half, a light orange below, paper at one half: ink stays legible on all."""
    paper, end = (0xFB, 0xFA, 0xF7), (0x8F, 0xC3, 0xE6) if share >= 0.5 else (0xF5, 0xB8, 0x88)
    weight = min(abs(share - 0.5) * 2, 1)
    return "#" + "".join(f"{round(p + (e - p) * weight):02x}" for p, e in zip(paper, end, strict=True))
