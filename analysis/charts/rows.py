"""Charts of rows: a name at the left, a mark with its interval, the numbers at the right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil, floor, log10

from analysis.charts import style
from analysis.charts.svg import HATCH, Svg
from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.chart_selection import BOTTOM, CLOSE, HEAD, TOP, WIDTH, is_of_rater
from analysis.render.entries import Entry
from analysis.render.figures import SHARES, ChartText, shows_other

GAP = 12.0
EDGE = 5.0
WIDEST = 152.0  # of the names; wider ones break, or end in an ellipsis
MOST_LINES = 3
ARROW = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` between two places, with its ticks and what they say."""

    low: float
    high: float
    left: float
    right: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """The place of a value; what lies outside stands at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + min(max(share, 0), 1) * (self.right - self.left)


def percent(left: float, right: float, unit: str = "") -> Scale:
    """Proportions from 0 to 1, in percent."""
    ticks = tuple((at / 100, f"{at}{unit if at == 100 else ''}") for at in (0, 25, 50, 75, 100))
    return Scale(0, 1, left, right, ticks)


def around(values: Sequence[float], left: float, right: float, *, keep: Sequence[float] = ()) -> Scale:
    """Whole steps around all values and around what has to be on the axis; a mark never sits on an edge."""
    low, high = min([*values, *keep]), max([*values, *keep])
    room = (high - low or abs(high) or 1) * 0.03
    least = 0.0 if low >= 0 else low - room
    low, high = max(low - room * (low not in keep), least), high + room * (high not in keep)
    high = high if high > low else low + 1
    step = _step(high - low)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    digits = max(0, -floor(log10(step) + 1e-9))
    ticks = tuple((at * step, numbers.fixed(at * step, digits)) for at in range(first, last + 1))
    return Scale(first * step, last * step, left, right, ticks)


def _step(span: float) -> float:
    """1, 2 or 5 times a power of ten, for three to eight ticks."""
    power = 10.0 ** floor(log10(span / 4))
    return next(power * times for times in (1, 2, 5, 10) if span / (power * times) <= 6)


class Rows:
    """The layout that all charts of rows share."""

    def __init__(self, said: ChartText, looks: dict[str, style.Look], svg: Svg) -> None:
        self.said, self.chart, self.looks, self.svg = said, said.chart, looks, svg
        self.names = [self._lines(entry) for entry in said.rows]
        self.values = [said.value(entry) for entry in said.rows]
        self.ranks = [said.rank(entry) for entry in said.rows]
        self.headings = [said.heading(g.name) for g in self.chart.groups if g.name is not None]
        widest = max(map(style.width, chain.from_iterable(self.names)), default=0)
        self.left = min(widest, WIDEST) + EDGE + GAP
        self.rank_room = max([style.width(rank) for rank in self.ranks]) + GAP if any(self.ranks) else 0.0
        if self.rank_room:
            self.rank_room = max(self.rank_room, style.width(said.words("col_rank"), style.SMALL) + GAP)
        right = max(map(style.width, self.values), default=0) + EDGE + GAP + self.rank_room
        self.scale = self._scale(self.left, WIDTH - right)
        self.bottom = self.chart.height - BOTTOM

    def draw(self) -> None:
        self._frame()
        names = zip(self.names, self.values, self.ranks, strict=True)
        before: list[str] = []
        for (y, entry), (name, value, rank) in zip(self._places(), names, strict=True):
            if name != before:
                self._name(name, y)
            before = name
            self.svg.write(WIDTH - EDGE - self.rank_room, y, value, "end")
            if rank:
                self.svg.write(WIDTH - EDGE, y, rank, "end")
            self._entry(entry, y)

    def _lines(self, entry: Entry) -> list[str]:
        """The name of a row, in as many lines as it has room for."""
        name = self.said.name(entry)
        if self.chart.pitch <= CLOSE:
            return [style.fit(name, WIDEST)] if self.chart.kind != "forest" else self._pair(entry, 1)
        return self._pair(entry, MOST_LINES) if self.chart.kind == "forest" else style.broken(name, WIDEST)

    def _pair(self, entry: Entry, most: int) -> list[str]:
        """Both systems in one line where they fit, else each in its own, the first in two if it must."""
        system, opponent = self.said.name(entry), self.said.ctx.system(entry["opponent"])
        joined = f"{system} {ARROW} {opponent}"
        if style.width(joined) <= WIDEST:
            return [joined]
        lines = [*style.broken(system, WIDEST, style.SMALL), f"{ARROW} {opponent}"]
        if len(lines) > most:
            lines = [system, lines[-1]]
        return [style.fit(line, WIDEST, style.SMALL) for line in lines]

    def _name(self, lines: list[str], y: float) -> None:
        spread = 11 if self.chart.pitch <= CLOSE else 11.5 if len(lines) > 2 else 14
        size = style.SIZE if len(lines) == 1 else min(style.SMALL, spread - 0.5)
        for at, line in enumerate(lines):
            self.svg.write(self.left - GAP, y + (at - (len(lines) - 1) / 2) * spread, line, "end", size=size)

    def _places(self) -> Iterator[tuple[float, Entry]]:
        """The middle of each row, headings written on the way."""
        y, at, pitch = float(TOP), 0, self.chart.pitch
        for group in self.chart.groups:
            if group.name is not None:
                self.svg.write(EDGE, y + HEAD / 2, self.said.heading(group.name), ink="muted", bold=True)
                y += HEAD
            for entry in self.said.rows[at : at + group.count]:
                yield y + pitch / 2, entry
                y += pitch
            at += group.count

    def _scale(self, left: float, right: float) -> Scale:
        kind = self.chart.kind
        if kind in SHARES:
            return percent(left, right)
        limits = ("estimate", "low", "high")
        ends = [e[key] for e in self.said.rows for key in limits if e.get(key) is not None]
        keep = {"human_level": (0.0, 100.0), "agreement": (0.0, 1.0), "abilities": (0.0,)}.get(kind, ())
        line = [self.chart.line] if self.chart.line is not None else []
        if kind in ("reading_time", "lengths"):
            keep = (0.0,)
        return around([*ends, *line], left, right, keep=keep)

    def _frame(self) -> None:
        """Ticks, the margin, the line across and what they say."""
        said, svg, at = self.said, self.svg, self.scale.at
        line, margin = said.line(), said.margin
        if margin is not None:
            low, high = at(0.5 - margin), at(0.5 + margin)
            svg.rect(low, TOP, high - low, self.bottom - TOP, "band")
        for value, text in self.scale.ticks:
            svg.line(at(value), TOP, at(value), self.bottom + 4, "rule", 0.8)
            svg.write(at(value), self.bottom + 13, text, "middle", ink="muted", size=style.SMALL)
        svg.line(self.scale.left, self.bottom, self.scale.right, self.bottom, "muted", 1)
        middle = (self.scale.left + self.scale.right) / 2
        self._centred(middle, self.bottom + 32, said.axis())
        if any(self.ranks):
            svg.write(WIDTH - EDGE, TOP - 14, said.words("col_rank"), "end", ink="muted", size=style.SMALL)
        if line is not None:
            dash = "1.5 3" if self.chart.kind == "breakdown" else "5 3"
            svg.line(at(line[0]), TOP - 4, at(line[0]), self.bottom, "ink", 1.2, dash)
            self._centred(at(line[0]), TOP - 14, line[1], WIDTH - EDGE - self.rank_room)

    def _centred(self, x: float, y: float, text: str, right: float = WIDTH - EDGE) -> None:
        """Around a place, as far as the edges allow."""
        half = style.width(text, style.SMALL) / 2
        x = min(max(x, EDGE + half), right - half)
        self.svg.write(x, y, text, "middle", ink="muted", size=style.SMALL)

    def _entry(self, entry: Entry, y: float) -> None:
        look = self._look(entry)
        if shows_other(self.chart, entry):
            self._thin(entry, y + (8.5 if self.chart.pitch > CLOSE else 6.5))
        if self.chart.kind == "human_level":
            self._bar(entry, y, look.colour)
            return
        at = self.scale.at
        small = self.chart.pitch <= CLOSE
        if ask.has_interval(entry):
            self.svg.line(at(entry["low"]), y, at(entry["high"]), y, look.colour, 1.6 if small else 2.4)
        hollow = entry.get("context") == "single" or (self.chart.kind == "bias" and is_of_rater(entry))
        r = 3.8 if small else 4.8
        self.svg.mark(at(entry["estimate"]), y, look.marker, look.colour, hollow=hollow, r=r)

    def _look(self, entry: Entry) -> style.Look:
        if self.chart.kind == "bias":
            return style.Look("ink", "circle" if is_of_rater(entry) else "diamond")
        if self.chart.kind == "agreement":
            return style.Look("ink", "diamond" if entry["measure"] == "raw" else "circle")
        return self.looks[entry["system"]]

    def _thin(self, entry: Entry, y: float) -> None:
        """The interval by the other cluster, below the one by the plan's; without an end where it runs on."""
        low, high = self.scale.at(entry["other_low"]), self.scale.at(entry["other_high"])
        self.svg.line(low, y, high, y, "muted", 1)
        for end, value in ((low, entry["other_low"]), (high, entry["other_high"])):
            if self.scale.low <= value <= self.scale.high:
                self.svg.line(end, y - 2.5, end, y + 2.5, "muted", 1)

    def _bar(self, entry: Entry, y: float, colour: str) -> None:
        at, filled = self.scale.at, entry["definition"] == "parity"
        tall = 13.0 if self.chart.pitch > CLOSE else 9.0
        start = at(0)
        fill = colour if filled else HATCH + colour
        self.svg.rect(start, y - tall / 2, at(entry["estimate"]) - start, tall, fill, colour, thick=1.2)
        if not ask.has_interval(entry):
            return
        low, high = at(entry["low"]), at(entry["high"])
        for ink, thick in (("paper", 4.4), ("ink", 1.6)):
            self.svg.line(low, y, high, y, ink, thick)
            for end in (low, high):
                self.svg.line(end, y - 5, end, y + 5, ink, thick)
