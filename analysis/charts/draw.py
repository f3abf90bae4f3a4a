"""The four kinds of chart, drawn with matplotlib's own objects and never through pyplot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.charts import style
from analysis.charts.svg import SETTINGS, to_svg
from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.entries import Entry, Report
from analysis.render.fields import Context
from analysis.render.figures import WIDTH, Chart, charts, show_of
from analysis.render.figures import alt_text as alt_of
from analysis.render.words import Words

TOP, BOTTOM, GAP = 18.0, 34.0, 14.0


def draw_all(report: Report) -> dict[str, str]:
    """Every chart of a report: file name to SVG."""
    return {chart.file: draw(report, chart) for chart in charts(report)}


def alt_text(report: Report, chart: Chart, lang: str = "en") -> str:
    """Every number of a chart, in words."""
    return alt_of(Context(report, Words(lang)), chart)


def draw(report: Report, chart: Chart) -> str:
    """One chart as SVG."""
    with rc_context(SETTINGS):
        canvas = Canvas(report, chart)
        _DRAW[chart.kind](canvas)
    return to_svg(canvas.figure, canvas.texts)


@dataclass
class Canvas:
    """A figure in units of its own width, with names at the left and numbers at the right."""

    report: Report
    chart: Chart
    figure: Figure = field(init=False)
    texts: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH / 72, self.chart.height / 72), dpi=72)
        self.context = Context(self.report, Words("en"))
        self.looks = style.looks(ask.systems(self.report), ask.humans(self.report))

    def label(self, system: str) -> str:
        return style.shorten(self.context.system(system))

    def axes(self, left: float, right: float) -> Axes:
        """Axes with these margins, one unit of y for each row, the first at the top."""
        tall = self.chart.height
        box = (left / WIDTH, BOTTOM / tall, (WIDTH - left - right) / WIDTH, (tall - TOP - BOTTOM) / tall)
        axes = self.figure.add_axes(box)
        axes.set_facecolor("none")
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(style.MUTED)
        axes.tick_params(axis="x", colors=style.MUTED, labelsize=style.SIZE - 1, length=4)
        axes.tick_params(axis="y", length=0, labelleft=False)
        axes.grid(axis="x", color=style.RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        return axes

    def write(self, x: float, y: float, text: str, ha: str, axes: Axes, *, weight: str = "normal") -> None:
        """Text at a place in the figure's units (x) and the axes' data (y)."""
        token = f"@{len(self.texts)}@"
        self.texts[token] = text
        across = axes.get_yaxis_transform()
        box = axes.get_position()
        at = (x / WIDTH - box.x0) / box.width
        axes.text(
            at,
            y,
            token,
            transform=across,
            ha=ha,
            va="center_baseline",
            color=style.INK,
            fontsize=style.SIZE,
            fontweight=weight,
            clip_on=False,
            parse_math=False,
        )


def _ranged(entry: Entry, show: Callable[[float], str]) -> str:
    if not ask.has_interval(entry):
        return show(entry["estimate"])
    return f"{show(entry['estimate'])} ({show(entry['low'])}{numbers.DASH}{show(entry['high'])})"


def _rows(canvas: Canvas, names: Sequence[str]) -> Axes:
    """Axes with a name at the left and the number at the right of each entry."""
    show = show_of(canvas.chart.kind)
    values = [_ranged(entry, show) for entry in canvas.chart.part.rows]
    left = max(map(style.width, names)) + 2 * GAP
    right = max(map(style.width, values)) + 2 * GAP
    axes = canvas.axes(left, right)
    count = len(values)
    axes.set_ylim(max(count, 2) - 0.4, -0.6)
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        repeated = at > 0 and name == names[at - 1]
        canvas.write(left - GAP, at, "" if repeated else name, "right", axes)
        canvas.write(WIDTH - GAP / 2, at, value, "right", axes)
    return axes


def _mark(canvas: Canvas, axes: Axes, at: float, entry: Entry, scale: float, *, hollow: bool = False) -> None:
    """A point with its interval, in the colour and shape of its system."""
    look = canvas.looks[entry["system"]]
    if ask.has_interval(entry):
        axes.plot(
            [scale * entry["low"], scale * entry["high"]],
            [at, at],
            color=look.colour,
            linewidth=2.2,
            zorder=3,
        )
    axes.plot(
        [scale * entry["estimate"]],
        [at],
        marker=look.marker,
        markersize={"*": 15.0, "P": 10.5, "X": 10.5}.get(look.marker, 9.0),
        markerfacecolor=style.PAPER if hollow else look.colour,
        markeredgecolor=look.colour if hollow else style.PAPER,
        markeredgewidth=1.8 if hollow else 1.0,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def _reference(axes: Axes, at: float) -> None:
    axes.axvline(at, color=style.INK, linewidth=1.1, linestyle=(0, (5, 3)), zorder=2)


def forest(canvas: Canvas) -> None:
    rows = canvas.chart.part.rows
    arrow = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
    axes = _rows(canvas, [canvas.label(e["system"]) + arrow + canvas.label(e["opponent"]) for e in rows])
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100], labels=["0", "25", "50", "75", "100 %"])
    _reference(axes, 50)
    for at, entry in enumerate(rows):
        _mark(canvas, axes, at, entry, 100)


def matrix(canvas: Canvas) -> None:
    names = canvas.chart.names
    left = max(style.width(canvas.label(name)) for name in names) + 2 * GAP
    axes = canvas.axes(left, GAP)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    count = len(names)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_xlim(-0.5, count - 0.5)
    cell = (WIDTH - left - GAP) / count
    found = ask.shares(canvas.chart.part.rows)
    for row, name in enumerate(names):
        canvas.write(left - GAP, row, canvas.label(name), "right", axes)
        heading = _fit(canvas.label(name), cell)
        canvas.write(left + (row + 0.5) * cell, count - 0.5 + 0.45, heading, "center", axes)
        for column, other in enumerate(names):
            share = found.get((name, other))
            if share is None:
                continue
            axes.add_patch(
                Rectangle(
                    (column - 0.48, row - 0.46),
                    0.96,
                    0.92,
                    facecolor=style.tint(share),
                    edgecolor=style.RULE,
                    zorder=1,
                )
            )
            canvas.write(left + (column + 0.5) * cell, row, numbers.percent(share), "center", axes)


def _fit(text: str, room: float) -> str:
    while len(text) > 2 and style.width(text) > room:
        text = text[:-2] + "\N{HORIZONTAL ELLIPSIS}"
    return text


def human_level(canvas: Canvas) -> None:
    rows = canvas.chart.part.rows
    axes = _rows(canvas, [canvas.label(entry["system"]) for entry in rows])
    most = max([100.0, *(e["estimate"] for e in rows), *(e["high"] for e in rows if ask.has_interval(e))])
    axes.set_xlim(0, 25 * (most // 25 + 1))
    _reference(axes, 100)
    for at, entry in enumerate(rows):
        look, filled = canvas.looks[entry["system"]], entry["definition"] == "parity"
        axes.barh(
            at,
            entry["estimate"],
            height=0.56,
            facecolor=look.colour if filled else style.PAPER,
            edgecolor=look.colour,
            hatch=None if filled else "////",
            linewidth=1.2,
            zorder=1.5,
        )
        if ask.has_interval(entry):
            _whisker(axes, at, entry["low"], entry["high"])


def _whisker(axes: Axes, at: float, low: float, high: float) -> None:
    for colour, thick in ((style.PAPER, 4.2), (style.INK, 1.6)):
        axes.plot([low, high], [at, at], color=colour, linewidth=thick, zorder=3, solid_capstyle="butt")
        for end in (low, high):
            axes.plot([end, end], [at - 0.17, at + 0.17], color=colour, linewidth=thick, zorder=3)


def mean_scores(canvas: Canvas) -> None:
    rows = canvas.chart.part.rows
    axes = _rows(canvas, [canvas.label(entry["system"]) for entry in rows])
    ends = [e[key] for e in rows for key in ("estimate", "low", "high") if e.get(key) is not None]
    axes.set_xlim(_floor(min(ends)), -_floor(-max(ends)))
    for at, entry in enumerate(rows):
        _mark(canvas, axes, at, entry, 1, hollow=entry.get("context") == "single")


def _floor(value: float) -> float:
    """The whole number below, with some room: a mark never sits on the frame."""
    return float((value - 0.25) // 1)


_DRAW: dict[str, Callable[[Canvas], None]] = {
    "forest": forest,
    "matrix": matrix,
    "human_level": human_level,
    "mean_scores": mean_scores,
}
