"""SVG written by hand: a few shapes, text as text, colours by name for light and dark, no script. Each system
has the same look in every chart.

A chart carries its own paper, so ink and ground always fit together. Colours stand as attributes, for
light; one style sheet inside turns all of them for readers who prefer dark. Where a page or a program does
not apply it (a strict page that shows the file itself, a PDF), the light version is what is seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from analysis.render.text_width import SIZE

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


FONTS = (
    "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei',"
    " 'Noto Sans CJK SC', sans-serif"
)
PRINT_FONTS = "'Libertinus Serif', 'Evalsite Serif SC', 'Noto Serif CJK SC', serif"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def number(value: float) -> str:
    """Two digits after the point at most: a hundredth of a pixel."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


class Svg:
    """A drawing that grows; `text()` of it is the file."""

    def __init__(
        self, width: float, height: float, title: str, about: str, lang: str, data: str = ""
    ) -> None:
        self.width, self.height = width, height
        self.title, self.about, self.lang, self.data = title, about, lang, data
        self._parts: list[str] = []
        self._used: set[str] = {"paper"}

    def _paint(self, fill: str | None = None, stroke: str | None = None, thick: float = 1.0) -> str:
        names, said = [], ' fill="none"'
        if fill:
            names.append(f"f-{fill}")
            said = f' fill="{INKS[fill][0]}"'
            self._used.add(fill)
        if stroke:
            names.append(f"s-{stroke}")
            said += f' stroke="{INKS[stroke][0]}" stroke-width="{number(thick)}"'
            self._used.add(stroke)
        return (f' class="{" ".join(names)}"' if names else "") + said

    def line(
        self, x1: float, y1: float, x2: float, y2: float, ink: str, thick: float = 1.0, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        points = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self._parts.append(f"<line {points}{self._paint(None, ink, thick)}{dashed}/>")

    def rect(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        box = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        self._parts.append(f"<rect {box}{self._paint(fill)}/>")

    def write(
        self, x: float, y: float, text: str, anchor: str = "start", *, ink: str = "ink",
        size: float = SIZE, bold: bool = False,
    ) -> None:  # fmt: skip
        """A text whose middle is about at `y`."""
        weight = ' font-weight="600"' if bold else ""
        place = f'x="{number(x)}" y="{number(y + 0.35 * size)}"'
        at = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._parts.append(
            f'<text {place}{at} font-size="{number(size)}"{weight}{self._paint(ink)}>{_plain(text)}</text>'
        )

    def mark(self, x: float, y: float, shape: str, ink: str, *, hollow: bool = False, r: float = 4.6) -> None:
        """A marker around a point, with an edge of paper so that it stands apart from its line."""
        paint = self._paint("paper", ink, 1.8) if hollow else self._paint(ink, "paper", 1.0)
        if shape == "circle":
            self._parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}"{paint}/>')
            return
        points = " ".join(f"{number(x + r * dx)},{number(y + r * dy)}" for dx, dy in _SHAPES[shape])
        self._parts.append(f'<polygon points="{points}"{paint}/>')

    def text(self, fonts: str = FONTS) -> str:
        wide, tall = number(self.width), number(self.height)
        light = INKS["paper"][0]
        box = f'width="{wide}" height="{tall}"'
        inks = sorted(self._used)
        rules = "".join(f".f-{ink}{{fill:{INKS[ink][1]}}}.s-{ink}{{stroke:{INKS[ink][1]}}}" for ink in inks)
        data = f"<metadata>{_plain(self.data)}</metadata>\n" if self.data else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} viewBox="0 0 {wide} {tall}"'
            f' role="img" aria-labelledby="title about" lang="{self.lang}" stroke-linecap="butt"'
            f' stroke-linejoin="round" font-family={quoteattr(fonts)}>\n'
            f'<title id="title">{_plain(self.title)}</title>\n<desc id="about">{_plain(self.about)}</desc>\n'
            f"{data}<style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n"
            f'<rect class="f-paper" fill="{light}" {box} rx="5"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )


def _plain(text: str) -> str:
    """Escaped, with a sign in place of each character that XML forbids."""
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))


_SHAPES = {
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
    "up": [(0, -1.2), (1.2, 0.9), (-1.2, 0.9)],
    "down": [(0, 1.2), (1.2, -0.9), (-1.2, -0.9)],
}
