"""SVG written by hand: a few shapes, text as text, colours by name for light and dark, no script.

A chart carries its own paper, so ink and ground always fit together. Colours stand as attributes, for
light; one style sheet inside turns all of them for readers who prefer dark. Where a page or a program does
not apply it (a strict page that shows the file itself, a PDF), the light version is what is seen.
"""

import re
from collections.abc import Sequence
from math import cos, pi, sin
from xml.sax.saxutils import escape, quoteattr

from analysis.charts.style import INKS, SIZE

FONTS = (
    "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei',"
    " 'Noto Sans CJK SC', sans-serif"
)
PRINT_FONTS = "'Libertinus Serif', 'Noto Serif CJK SC', 'Noto Serif SC', 'Source Han Serif SC', serif"
HATCH = "hatch-"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def number(value: float) -> str:
    """Two digits after the point at most: a hundredth of a pixel."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


class Svg:
    """A drawing that grows; `text()` of it is the file."""

    def __init__(self, width: float, height: float, title: str, about: str, lang: str) -> None:
        self.width, self.height = width, height
        self.title, self.about, self.lang = title, about, lang
        self._parts: list[str] = []
        self._used: set[str] = {"paper"}
        self._hatches: set[str] = set()

    def _paint(self, fill: str | None = None, stroke: str | None = None, thick: float = 1.0) -> str:
        names, said = [], ""
        if fill and fill.startswith(HATCH):
            ink = fill.removeprefix(HATCH)
            self._hatches.add(ink)
            self._used.add(ink)
            said += f' fill="url(#{fill})"'
        elif fill:
            names.append(f"f-{fill}")
            said += f' fill="{INKS[fill][0]}"'
            self._used.add(fill)
        else:
            said += ' fill="none"'
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

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | None,
        stroke: str | None = None,
        *,
        thick: float = 1.0,
        opacity: float = 1.0,
        round_: float = 0.0,
    ) -> None:
        box = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        more = f' fill-opacity="{number(opacity)}"' if opacity < 1 else ""
        more += f' rx="{number(round_)}"' if round_ else ""
        self._parts.append(f"<rect {box}{self._paint(fill, stroke, thick)}{more}/>")

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

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight arrow, down or to the right."""
        self.line(x1, y1, x2, y2, "ink", 1.2)
        tip = [(x2, y2), (x2 - 7, y2 - 3.5), (x2 - 7, y2 + 3.5)]
        if x1 == x2:
            tip = [(x2, y2), (x2 - 3.5, y2 - 7), (x2 + 3.5, y2 - 7)]
        points = " ".join(f"{number(x)},{number(y)}" for x, y in tip)
        self._parts.append(f'<polygon points="{points}"{self._paint("ink")}/>')

    def text(self, fonts: str = FONTS) -> str:
        wide, tall = number(self.width), number(self.height)
        light = INKS["paper"][0]
        box = f'width="{wide}" height="{tall}"'
        inks = sorted(self._used)
        rules = "".join(f".f-{ink}{{fill:{INKS[ink][1]}}}.s-{ink}{{stroke:{INKS[ink][1]}}}" for ink in inks)
        hatches = "".join(map(_hatch, sorted(self._hatches)))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} viewBox="0 0 {wide} {tall}"'
            f' role="img" aria-labelledby="title about" lang="{self.lang}" stroke-linecap="butt"'
            f' stroke-linejoin="round" font-family={quoteattr(fonts)}>\n'
            f'<title id="title">{_plain(self.title)}</title>\n<desc id="about">{_plain(self.about)}</desc>\n'
            f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n"
            + (f"<defs>{hatches}</defs>\n" if hatches else "")
            + f'<rect class="f-paper" fill="{light}" {box} rx="5"/>\n'
            + "\n".join(self._parts)
            + "\n</svg>\n"
        )


def _hatch(ink: str) -> str:
    """Oblique lines, so that a fill is told from another without its colour."""
    box = 'width="6" height="6"'
    line = f'x1="1" y1="0" x2="1" y2="6" stroke="{INKS[ink][0]}" stroke-width="2"'
    return (
        f'<pattern id="{HATCH}{ink}" {box} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect class="f-paper" fill="{INKS["paper"][0]}" {box}/><line class="s-{ink}" {line}/></pattern>'
    )


def _plain(text: str) -> str:
    """Escaped, with a sign in place of each character that XML forbids."""
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))


def _ring(count: int, turn: float, radius: float = 1.2) -> list[tuple[float, float]]:
    return [
        (radius * sin(turn + 2 * pi * at / count), -radius * cos(turn + 2 * pi * at / count))
        for at in range(count)
    ]


def _star() -> list[tuple[float, float]]:
    outer, inner = _ring(5, 0, 1.7), _ring(5, pi / 5, 0.72)
    return [point for pair in zip(outer, inner, strict=True) for point in pair]


def _plus(turn: float) -> list[tuple[float, float]]:
    a, b = 0.42, 1.25
    arms = [(-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a)]
    arms.append((-a, -a))
    return [(x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)) for x, y in arms]


_SHAPES: dict[str, Sequence[tuple[float, float]]] = {
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "up": _ring(3, 0, 1.35),
    "down": _ring(3, pi, 1.35),
    "left": _ring(3, -pi / 2, 1.35),
    "right": _ring(3, pi / 2, 1.35),
    "diamond": _ring(4, 0, 1.3),
    "plus": _plus(0),
    "cross": _plus(pi / 4),
    "hexagon": _ring(6, 0),
    "bar": [(-0.5, -1.3), (0.5, -1.3), (0.5, 1.3), (-0.5, 1.3)],
    "star": _star(),
    "octagon": _ring(8, pi / 8),
    "pentagon": _ring(5, 0, 1.3),
    "cup": [(-1.1, -0.9), (1.1, -0.9), (0.5, 0.9), (-0.5, 0.9)],
}
