"""From a report to its charts, each in a language.

All charts have one form: a name, its value at the right, and below them a dot with its interval. It is as
wide as a phone and becomes as high as its names need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from analysis.charts.svg import FONTS, INKS, PRINT_FONTS, Look, Svg, looks
from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.chart_selection import is_of_rater
from analysis.render.entries import Entry, Report
from analysis.render.figures import (
    BAND,
    BETWEEN,
    EDGE,
    GAP,
    INDENT,
    SHARES,
    WIDTH,
    Chart,
    ChartText,
    Row,
    charts,
    shows_other,
)
from analysis.render.table_export import records_csv
from analysis.render.text_width import LINE, SIZE, SMALL, width

LEFT, RIGHT = 24.0, WIDTH - 24.0  # of the axis
MOST_STEPS = 6  # of an axis
EDGES = (("low", float("-inf")), ("high", float("inf")))
DOT, THIN = 7.0, 14.0  # below the text of a row: the dot, and the interval by the other cluster


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` across the drawing, with its ticks and their labels."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """The place of a value; values outside the range are placed at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return LEFT + min(max(share, 0), 1) * (RIGHT - LEFT)


PERCENT = Scale(0, 1, tuple((at / 100, str(at)) for at in (0, 25, 50, 75, 100)))


def scale_around(values: Sequence[float], keep: Sequence[float] = ()) -> Scale:
    """Whole steps around all values and around what has to be on the axis; a mark never sits on an edge."""
    low, high = min([*values, *keep]), max([*values, *keep])
    room = (high - low or abs(high) or 1) * 0.03
    least = 0.0 if low >= 0 else low - room
    low, high = max(low - room * (low not in keep), least), high + room * (high not in keep)
    high = high if high > low else low + 1
    power = 10.0 ** floor(log10((high - low) / MOST_STEPS))
    for step in (power * times for times in (1, 2, 5, 10, 20, 50, 100)):
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        digits = max(0, -floor(log10(step) + 1e-9))
        ticks = tuple((at * step, numbers.fixed(at * step, digits)) for at in range(first, last + 1))
        widest = max(width(text, SMALL) for _, text in ticks)
        if (high - low) / step <= MOST_STEPS and widest + GAP <= (RIGHT - LEFT) / (last - first):
            break
    return Scale(first * step, last * step, ticks)


class Drawing:
    """One chart being drawn from top to bottom."""

    def __init__(self, said: ChartText, looks: dict[str, Look], svg: Svg) -> None:
        self.said, self.looks, self.svg = said, looks, svg
        self.kind = said.chart.kind
        self.y = EDGE

    def draw(self) -> None:
        for text, title in self.said.head:
            self._write(EDGE, text, bold=title, quiet=not title)
            self.y += LINE
        if self.kind == "flow":
            self.y += BETWEEN
            self._flow()
            return
        self.scale, self.line = self._scale(), self.said.line()
        self._line_label()
        self.y += BETWEEN
        for row in self.said.layout:
            self._text(row, EDGE)
            if row.entry is not None:
                self._dot(row.entry, self.y + row.text_height)
            self.y += row.height
        self._axis()

    def _write(
        self, x: float, text: str, anchor: str = "start", *, bold: bool = False, quiet: bool = False
    ) -> None:
        """A text in the line that begins at `y`; a quiet one is smaller."""
        ink, size = ("muted", SMALL) if quiet else ("ink", SIZE)
        self.svg.write(x, self.y + LINE / 2, text, anchor, ink=ink, size=size, bold=bold)

    def _text(self, row: Row, left: float) -> None:
        """The name in its lines, and the values at the right."""
        top = self.y
        for line in row.lines:
            if line:
                self._write(left, line, bold=row.strong, quiet=row.quiet)
            self.y += LINE
        self.y = top
        for value in row.values:
            self._write(WIDTH - EDGE, value, "end")
            self.y += LINE
        self.y = top

    def _flow(self) -> None:
        """The steps along a line, a dot for each; what left between two of them has a short branch."""
        x, before = EDGE + 5, 0.0
        for row in self.said.layout:
            middle = self.y + LINE / 2
            if before:
                self.svg.line(x, before + 5, x, middle, "muted", 1.4)
            if row.strong:
                self.svg.mark(x, middle, "circle", "ink")
            else:
                self.svg.line(x, middle, EDGE + INDENT - 4, middle, "muted", 1.4)
            self._text(row, EDGE + INDENT)
            before = middle
            self.y += row.height

    def _scale(self) -> Scale:
        if self.kind in SHARES:
            return PERCENT
        ends = [
            e[key] for e in self.said.rows for key in ("estimate", "low", "high") if e.get(key) is not None
        ]
        keep = {"human_level": (0.0, 100.0), "agreement": (0.0, 1.0), "mean_scores": ()}
        line = [self.said.chart.line] if self.said.chart.line is not None else []
        return scale_around([*ends, *line], keep.get(self.kind, (0.0,)))

    def _line_label(self) -> None:
        """What the line across all rows says."""
        for text in self.said.line_label:
            assert self.line is not None
            self._around(self.line[0], text)
            self.y += LINE

    def _around(self, value: float, text: str) -> None:
        """A quiet text around the place of a value, as far as the edges allow."""
        half = width(text, SMALL) / 2
        x = min(max(self.scale.at(value), EDGE / 2 + half), WIDTH - EDGE / 2 - half)
        self._write(x, text, "middle", quiet=True)

    def _axis(self) -> None:
        self.svg.line(LEFT, self.y, RIGHT, self.y, "muted")
        self.y += 4
        for value, text in self.scale.ticks:
            self.svg.line(self.scale.at(value), self.y - 4, self.scale.at(value), self.y, "muted")
            self._around(value, text)

    def _dot(self, entry: Entry, y: float) -> None:
        """A dot on its interval; behind it the ticks, the margin and the line, which never cross a text."""
        svg, at, look = self.svg, self.scale.at, self._look(entry)
        if self.said.margin is not None:
            low, high = at(0.5 - self.said.margin), at(0.5 + self.said.margin)
            svg.rect(low, y, high - low, BAND, "band")
        for value, _ in self.scale.ticks:
            svg.line(at(value), y, at(value), y + BAND, "rule")
        if self.line is not None:
            dash = "1.5 3" if self.kind == "breakdown" else "5 3"
            svg.line(at(self.line[0]), y, at(self.line[0]), y + BAND, "ink", 1.2, dash)
        if shows_other(self.said.chart, entry):
            low, high = at(entry["other_low"]), at(entry["other_high"])
            svg.line(low, y + THIN, high, y + THIN, "muted")
        if ask.has_interval(entry) or ask.is_open(entry):  # an open interval goes to the edge
            low, high = (entry[end] if entry[end] is not None else edge for end, edge in EDGES)
            svg.line(at(low), y + DOT, at(high), y + DOT, look.colour, 2.4)
        hollow = entry.get("context") == "single"
        svg.mark(at(entry["estimate"]), y + DOT, look.marker, look.colour, hollow=hollow)

    def _look(self, entry: Entry) -> Look:
        if self.kind == "bias":
            return Look("ink", "circle" if is_of_rater(entry) else "diamond")
        if self.kind == "agreement":
            return Look("ink", "diamond" if entry["measure"] == "raw" else "circle")
        return self.looks[entry["system"]]


def draw_all(report: Report, lang: str = "en", fonts: str = FONTS) -> dict[str, str]:
    """Every chart of a report: file name to SVG. Raises ValueError for an unknown language."""
    return {chart.file: draw(report, chart, lang, fonts) for chart in charts(report)}


def draw_for_print(report: Report, lang: str = "en") -> dict[str, str]:
    """The same on white paper, set in the fonts of the PDF."""
    paper = f'"{INKS["paper"][0]}"'
    drawn = draw_all(report, lang, PRINT_FONTS)
    return {name: svg.replace(paper, '"#ffffff"') for name, svg in drawn.items()}


def draw(report: Report, chart: Chart, lang: str = "en", fonts: str = FONTS) -> str:
    """One chart as SVG, its words in `lang`, set in the first of `fonts` that the reader has.

    The file holds its data too, as CSV in its metadata.
    """
    said = ChartText(report, chart, lang)
    data = records_csv(said.records())
    svg = Svg(WIDTH, said.height, said.title(), said.alt(), said.words.html_lang, data)
    Drawing(said, looks(ask.systems(report), ask.humans(report)), svg).draw()
    return svg.text(fonts)
