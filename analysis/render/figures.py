"""What each chart says in words: caption, title, rows in lines, and a text alternative with every number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.chart_selection import Chart, Leaving, charts, flow_levels, is_of_rater
from analysis.render.document import Figure
from analysis.render.entries import Entry, Report
from analysis.render.fields import Context, contexts, differ, limited, limits_text, suffix
from analysis.render.text_width import LINE, SMALL, width, wrap
from analysis.render.words import TEXTS, Words, clean

WIDTH = 350  # what a phone shows without scaling
EDGE, GAP = 8.0, 10.0
ROOM = WIDTH - 2 * EDGE
LEAST = 90.0  # room for a name beside its value; with less, the name begins below it
BAND, BETWEEN, TICKS = 18.0, 8.0, 28.0  # heights: of a dot with its intervals, between rows, of the axis
INDENT = 18.0  # of the flow, for the line at its left
ARROW = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
SHARES = ("forest", "bias", "breakdown")
SIGNED = ("abilities", "agreement")
DIGITS = {"human_level": 1, "mean_scores": 2, "abilities": 2, "agreement": 2, "reading_time": 0, "lengths": 0}


def show_of(kind: str) -> Callable[[float], str]:
    """How the numbers of a kind of chart are written."""
    if kind in SHARES:
        return numbers.percent
    if not DIGITS[kind]:
        return lambda number: numbers.count(round(number))
    return lambda number: numbers.fixed(number, DIGITS[kind])


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart: its name in lines, its values from the first line on, and the entry of its dot.

    A `strong` row is a heading or a step of the flow; a `quiet` one is what left the flow.
    """

    lines: list[str]
    values: list[str]
    entry: Entry | None = None
    strong: bool = False
    quiet: bool = False

    @property
    def text_height(self) -> float:
        return LINE * max(len(self.lines), len(self.values))

    @property
    def height(self) -> float:
        return self.text_height + (BETWEEN if self.entry is None else BAND + BETWEEN)


class ChartText:
    """One chart put into words, in one language."""

    def __init__(self, report: Report, chart: Chart, lang: str) -> None:
        """Raise `ValueError` for a language that there is not."""
        self.report, self.chart = report, chart
        self.words = Words(lang)
        self.ctx = Context(report, self.words)
        self.rows = chart.part.rows
        self.show = show_of(chart.kind) if chart.kind != "flow" else numbers.count

    # rows

    def name(self, entry: Entry) -> str:
        """What a row is about, without its opponent."""
        words, kind = self.words, self.chart.kind
        if kind == "agreement":
            return words.known(str(entry["measure"]), str(entry["measure"]))
        if kind == "bias":
            return clean(str(entry["scope"])) if is_of_rater(entry) else words("all_raters")
        if kind == "breakdown":
            return self.ctx.part_of(entry)
        said = [self.ctx.system(entry["system"])]
        if kind == "human_level" and differ(self.rows, "criterion"):
            said.append(self.ctx.criterion(str(entry["criterion"])))
        if len(contexts(self.rows)) > 1:
            said.append(words.known(f"context_{entry.get('context')}", ""))
        name = words("list_sep").join(filter(None, said))
        rank = self.rank(entry)
        return words("ranked", value=name, rank=rank) if rank else name

    def value(self, entry: Entry) -> str:
        """Estimate and interval, as they stand beside a row."""
        show = self.show
        if not ask.has_interval(entry):
            return limited(self.ctx, entry, "estimate", show).text
        estimate, low, high = (show(entry[key]) for key in ("estimate", "low", "high"))
        if self.chart.kind in SIGNED:
            return self.words("range", estimate=estimate, low=low, high=high)
        return f"{estimate} ({low}{numbers.DASH}{high})"

    def rank(self, entry: Entry) -> str:
        low, high = entry.get("rank_low"), entry.get("rank_high")
        if self.chart.kind != "abilities" or low is None or high is None:
            return ""
        return numbers.count(low) if low == high else f"{low}{numbers.DASH}{high}"

    def heading(self, name: str) -> str:
        """The name of a group: a role or a series."""
        if self.chart.kind == "forest":
            return self.words.known(name, name)
        return self.ctx.series(name) or self.words("no_series")

    @property
    def unit(self) -> str:
        unit = next((str(e["unit"]) for e in self.rows if e.get("unit")), "none")
        return self.words.known(f"unit_{unit}", unit)

    @property
    def margin(self) -> float | None:
        """The margin of the parity claim, where the plan has one and the chart is about win rates."""
        margin = self.ctx.plan.get("margin")
        drawn = self.chart.kind == "forest" and self.ctx.plan.get("margin_of") != "points"
        return float(margin) if margin is not None and drawn else None

    def line(self) -> tuple[float, str] | None:
        """The line across all rows, in the unit of the entries, and what it says."""
        words, kind, line = self.words, self.chart.kind, self.chart.line
        if kind == "forest" and self.margin is not None:
            return 0.5, words("line_margin", margin=numbers.percent(self.margin))
        fixed = {
            "forest": (0.5, "line_half"),
            "bias": (0.5, "line_half"),
            "human_level": (100.0, "line_parity"),
            "abilities": (0.0, "line_zero"),
            "agreement": (0.0, "line_chance"),
        }
        if kind in fixed:
            at, key = fixed[kind]
            return at, words(key)
        if line is None:
            return None
        return line, words("line_mean" if kind == "breakdown" else "line_human", mean=self.show(line))

    def axis(self) -> str:
        """What is measured, with its unit: the heading of the drawing."""
        of = self.rows[0]["definition"] if self.chart.kind == "human_level" else self.chart.kind
        return self.words(f"axis_{of}", unit=self.unit, **self._contrast())

    # the whole

    def title(self) -> str:
        """What the chart measures, and of what."""
        where = self._where()
        return self.axis() + (self.words("dash") + where if where else "")

    def _contrast(self) -> dict[str, str]:
        if self.chart.kind != "breakdown":
            return {}
        first = self.rows[0]
        return {"a": self.ctx.system(first["system"]), "b": self.ctx.system(first["opponent"])}

    def _where(self) -> str:
        if self.chart.kind == "flow":
            return ""
        keys = ("criterion", "language")
        shared = suffix(self.ctx, [{key: e.get(key) for key in keys} for e in self.rows])
        return shared.removeprefix(self.words("dash"))

    def caption(self) -> str:
        """What it shows and how to read it."""
        words, key = self.words, self._key()
        said = words(f"fig_{key}", unit=self.unit, **self._contrast()) + self._intervals(key) + self._legend()
        where = self._where()
        return f"{where}{words('sep')}{said}" if where else said

    def _key(self) -> str:
        kind = self.chart.kind
        return f"{kind}_{self.rows[0].get('by')}" if kind == "breakdown" else kind

    def _intervals(self, key: str) -> str:
        """What the error bars are, where any is drawn."""
        opened = [ask.is_open(entry) for entry in self.rows]
        drawn = [is_open or ask.has_interval(row) for is_open, row in zip(opened, self.rows, strict=True)]
        if self.chart.kind == "flow" or not any(drawn):
            return ""
        own = f"fig_intervals_{key}"
        level = numbers.level(ask.level_of(self.rows))
        said = self.words(own if own in TEXTS else "fig_intervals", level=level)
        said += self.words("fig_intervals_open") if any(opened) else ""
        return said if all(drawn) else said + self.words("fig_intervals_missing")

    def _legend(self) -> str:
        words, kind = self.words, self.chart.kind
        said = ""
        if kind == "flow" and any(level.leaving for level in flow_levels(self.rows)):
            said += words("fig_flow_left")
        if kind == "lengths" and self.chart.line is not None:
            said += words("fig_lengths_human")
        if kind == "breakdown" and self.chart.line is not None:
            said += words("fig_breakdown_mean", mean=self.show(self.chart.line))
        if any(map(self.rank, self.rows)):
            said += words("fig_ranks")
        others = dict.fromkeys(str(e["other_cluster"]) for e in self.rows if shows_other(self.chart, e))
        if others:
            said += words("fig_other", cluster=words("list_sep").join(map(self.ctx.cluster, others)))
        if self.margin is not None:
            said += words("fig_margin", margin=numbers.percent(self.margin))
        drawn = len(self.rows)
        if self.chart.all_rows > drawn:
            said += words("fig_left_out", drawn=numbers.count(drawn), all=numbers.count(self.chart.all_rows))
        return said

    def alt(self) -> str:
        """The chart in words: every number that it shows."""
        words = self.words
        if self.chart.kind == "flow":
            return self.axis() + words("sep") + self._flow()
        said = [self._one(entry) for entry in self.rows]
        line = self.line() if self.chart.line is not None else None
        return self.axis() + words("sep") + words("clause_sep").join([*said, line[1]] if line else said)

    def _number(self, entry: Entry) -> str:
        words, show = self.words, self.show
        percent = self.chart.kind in (*SHARES, "human_level")
        estimate = words("pct", value=show(entry["estimate"])) if percent else show(entry["estimate"])
        if not ask.has_interval(entry):
            limits = limits_text(words, entry.get("low"), entry.get("high"), show)
            return words("value_limits", value=estimate, limits=limits) if limits else estimate
        said = words("alt_range", estimate=estimate, low=show(entry["low"]), high=show(entry["high"]))
        if shows_other(self.chart, entry):
            by = words("interval_by", cluster=self.ctx.cluster(str(entry["other_cluster"])))
            limits = words("to", low=show(entry["other_low"]), high=show(entry["other_high"]))
            said += f"{words('list_sep')}{by} {limits}"
        return said

    def _one(self, entry: Entry) -> str:
        words, name = self.words, self.name(entry)
        if self.chart.kind == "forest":
            return words("alt_pair", a=name, b=self.ctx.system(entry["opponent"]), value=self._number(entry))
        of = self.ctx.series(entry.get("of")) if self.chart.kind == "breakdown" else ""
        name = words("list_sep").join(filter(None, (name, of)))
        return words("alt_one", a=name, value=self._number(entry))

    # the layout

    @cached_property
    def head(self) -> list[tuple[str, bool]]:
        """The lines above the drawing, each with whether it is the title."""
        title = [(line, True) for line in wrap(self.axis(), ROOM, bold=True, most=9)]
        return [*title, *((line, False) for line in wrap(self._where(), ROOM, size=SMALL) if line)]

    @cached_property
    def line_label(self) -> list[str]:
        """What the line across all rows says, in lines."""
        line = self.line() if self.chart.kind != "flow" else None
        return wrap(line[1], ROOM, size=SMALL) if line else []

    @cached_property
    def layout(self) -> list[Row]:
        """Every row from top to bottom, headings among them."""
        return list(self._flow_rows() if self.chart.kind == "flow" else self._dot_rows())

    @property
    def height(self) -> float:
        above = LINE * (len(self.head) + len(self.line_label)) + EDGE + BETWEEN
        below = 0.0 if self.chart.kind == "flow" else TICKS
        return round(above + sum(row.height for row in self.layout) + below)

    def _dot_rows(self) -> Iterator[Row]:
        rows = iter(self.rows)
        for group in self.chart.groups:
            if group.name is not None:
                yield Row(wrap(self.heading(group.name), ROOM, bold=True), [], strong=True)
            for _, entry in zip(range(group.count), rows, strict=False):
                value = self.value(entry)
                yield Row(self._lines(entry, ROOM - GAP - width(value)), [value], entry)

    def _lines(self, entry: Entry, first: float) -> list[str]:
        """The name of a row; of two systems both in one line where they fit, else each in its own."""
        above = [""] if first < LEAST else []
        room = ROOM if above else first
        if self.chart.kind != "forest":
            return above + wrap(self.name(entry), ROOM, room)
        system, opponent = f"{self.name(entry)} {ARROW}", self.ctx.system(entry["opponent"])
        joined = wrap(f"{system} {opponent}", ROOM, room)
        lines = joined if len(joined) == 1 else [*wrap(system, ROOM, room), *wrap(opponent, ROOM)]
        return above + lines

    def _flow_rows(self) -> Iterator[Row]:
        for name, counts, leaving in self.levels():
            room = ROOM - INDENT - GAP - max(map(width, counts), default=0.0)
            yield Row(wrap(name, room, bold=True), counts, strong=True)
            for why, count in leaving:
                yield Row(wrap(why, room, size=SMALL), [count], quiet=True)

    def records(self) -> list[Entry]:
        """The data of the chart at full precision, a record for each row that is drawn."""
        if self.chart.kind != "flow":
            return list(self.rows)
        found: list[Entry] = []
        for level in flow_levels(self.rows):
            found += [{key: e.get(key) for key in ("step", "table", "unit", "count")} for e in level.entries]
            found += [
                {"step": one.step, "table": one.table, "unit": one.unit, "count": one.count}
                | ({"reason": self.words.detail(one.reason)} if one.reason else {})
                for one in level.leaving
            ]
        return found

    # the flow of a study

    def levels(self) -> list[tuple[str, list[str], list[tuple[str, str]]]]:
        """Each box of the flow: its name, its counts, and name and count of what leaves below it."""
        tables = {row.get("table") for row in self.rows if row.get("table")}

        def count_units(unit: str, table: str, count: float) -> str:
            return self._count_units(unit, table if len(tables) > 1 else "", count)

        return [
            (
                self._step(level.step),
                [
                    count_units(str(e.get("unit")), str(e.get("table") or ""), e["count"])
                    for e in level.entries
                ],
                [(self._left(one), count_units("", one.table, one.count)) for one in level.leaving],
            )
            for level in flow_levels(self.rows)
        ]

    def _step(self, step: str) -> str:
        return self.words.known(f"flow_{step}", step.replace("_", " "))

    def _left(self, one: Leaving) -> str:
        words, name = self.words, self._step(one.step)
        if one.reason is None:
            return name
        reason = words.detail(one.reason)
        if one.reason.code.startswith(("kind_", "rater_kind_")):
            reason = words.known(f"flow_{one.reason.code}", reason)
        return name + words("sep") + reason if reason else name

    def _count_units(self, unit: str, table: str, count: float) -> str:
        words, n = self.words, numbers.count(count)
        if table:
            return words("flow_table", table=words.known(f"flow_of_{table}", table), n=n)
        unit = "n_rows" if unit == "rows" else unit
        return words(f"flow_{unit}", n=n) if unit in ("raters", "assignments", "n_rows") else n

    def _flow(self) -> str:
        words = self.words
        said = []
        for name, counts, leaving in self.levels():
            said.append(words("alt_one", a=name, value=words("list_sep").join(counts)))
            said += [words("alt_one", a=name, value=count) for name, count in leaving]
        return words("clause_sep").join(said)


def shows_other(chart: Chart, entry: Entry) -> bool:
    """Whether the interval by the other cluster is drawn."""
    if chart.kind not in ("forest", "human_level", "mean_scores"):
        return False
    return ask.has_interval(entry) and ask.other_limits(entry) is not None


def alt_text(report: Report, chart: Chart, lang: str = "en") -> str:
    """Every number of a chart, in words."""
    return ChartText(report, chart, lang).alt()


def figures(ctx: Context) -> dict[str, list[Figure]]:
    """The figures of a report by kind, with captions and text alternatives."""
    found: dict[str, list[Figure]] = {}
    for chart in charts(ctx.report):
        said = ChartText(ctx.report, chart, ctx.words.lang)
        figure = Figure(
            chart.file, said.alt(), said.caption(), WIDTH, round(said.height), chart.key, said.records()
        )
        found.setdefault(chart.kind, []).append(figure)
    return found
