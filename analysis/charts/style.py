"""Colours for light and for dark surroundings, and the look of each system, the same in every chart."""

from collections.abc import Sequence
from dataclasses import dataclass

# What is drawn names its colour; the first is for light, the second for dark surroundings.
INKS: dict[str, tuple[str, str]] = {
    "paper": ("#fbfaf7", "#181613"),
    "ink": ("#1d1b18", "#ece6da"),
    "muted": ("#655f56", "#b3aa9b"),
    "rule": ("#d8d1c5", "#3f3932"),
    "band": ("#ece5d8", "#2e2923"),
    # Found by a search for the greatest least distance (in OKLab) between any two of them, and from the ink,
    # to people with normal, red-blind, green-blind and blue-blind vision, at a contrast of at least 3.
    "c0": ("#1a4587", "#589aed"),
    "c1": ("#b13c11", "#f9762c"),
    "c2": ("#5d9c7d", "#97c0a3"),
    "c3": ("#e747ce", "#ca32a7"),
    "c4": ("#af8423", "#eec14e"),
    "c5": ("#2b728c", "#28d1fd"),
    "c6": ("#710bc6", "#6d4df8"),
    "c7": ("#7c3545", "#ba7b82"),
}
COLOURS = tuple(f"c{at}" for at in range(8))
MARKERS = ("circle", "diamond", "up", "down")


@dataclass(frozen=True, slots=True)
class Look:
    colour: str
    marker: str


def looks(systems: Sequence[str], humans: Sequence[str]) -> dict[str, Look]:
    """A colour for each system, by their order; beyond eight the next shape. People are squares of ink."""
    machines = [system for system in systems if system not in humans]
    found = dict.fromkeys(humans, Look("ink", "square"))
    for at, system in enumerate(machines):
        shape = MARKERS[at // len(COLOURS) % len(MARKERS)]
        found[system] = Look(COLOURS[at % len(COLOURS)], shape)
    return found
