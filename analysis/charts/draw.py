"""From a report to its charts, each in a language."""

from collections.abc import Sequence

from analysis.charts import style
from analysis.charts.rows import Rows
from analysis.charts.svg import FONTS, PRINT_FONTS, Svg
from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.chart_selection import CELL, LINE, SIDE, TOP, WIDTH, flow_levels
from analysis.render.entries import Report
from analysis.render.figures import Chart, ChartText, charts

LEFT, MAIN = 5.0, 166.0
RIGHT = LEFT + MAIN + 22.0
EDGE = WIDTH - 5.0
PAD = 10.0
GAP = 12.0
WIDEST = 152.0  # of the names at the left, which may take two lines


def draw_flow(said: ChartText, svg: Svg) -> None:
    middle, y = LEFT + MAIN / 2, 12.0
    levels = flow_levels(said.rows)
    for at, (level, (name, counts, leaving)) in enumerate(zip(levels, said.levels(), strict=True)):
        last = at == len(levels) - 1
        below = y + level.height
        _box(svg, name, counts, y, level.height)
        across = below + level.gap / 2
        if leaving and last:
            svg.line(middle, below, middle, across, "ink", 1.2)
        if leaving:
            svg.arrow(middle, across, RIGHT, across)
            _side(svg, leaving, across)
        y = below + level.gap
        if not last:
            svg.arrow(middle, below, middle, y)


def _box(svg: Svg, name: str, counts: Sequence[str], y: float, tall: float) -> None:
    svg.rect(LEFT, y, MAIN, tall, "paper", "ink", thick=1.3, round_=2)
    middle = LEFT + MAIN / 2
    svg.write(middle, y + 15, style.fit(name, MAIN - PAD), "middle", bold=True)
    for at, text in enumerate(counts):
        svg.write(middle, y + 15 + LINE * (at + 1), text, "middle")


def _side(svg: Svg, leaving: Sequence[tuple[str, str]], across: float) -> None:
    tall = SIDE * len(leaving) + 8
    top = across - tall / 2
    svg.rect(RIGHT, top, EDGE - RIGHT, tall, "paper", "muted", round_=2)
    for at, (name, count) in enumerate(leaving):
        y = top + 4 + SIDE * (at + 0.5)
        room = EDGE - RIGHT - 3 * PAD - style.width(count, style.SMALL)
        svg.write(RIGHT + PAD, y, style.fit(name, room, style.SMALL), size=style.SMALL)
        svg.write(EDGE - PAD, y, count, "end", size=style.SMALL)


def draw_matrix(said: ChartText, svg: Svg) -> None:
    names = [style.shorten(said.ctx.system(name)) for name in said.chart.names]
    count = len(names)
    labels = [style.broken(said.ctx.system(name), WIDEST, style.SMALL) for name in said.chart.names]
    widest = max(style.width(line, style.SMALL) for lines in labels for line in lines)
    cell = (said.chart.width - widest - 4 * GAP) / count
    numbered = any(style.width(name, style.SMALL) > cell - 4 for name in names)
    heads = [str(at + 1) for at in range(count)] if numbered else names
    left = said.chart.width - GAP / 2 - cell * count
    size = min(style.SIZE, (cell - 3) / style.width("00.0", 1))
    whole = size < 9.5
    size = min(style.SIZE, (cell - 3) / style.width("000", 1)) if whole else size
    found = ask.shares(said.rows)
    for row, name in enumerate(said.chart.names):
        y = TOP + CELL * (row + 0.5)
        for at, line in enumerate(labels[row]):
            place = y + 12 * (at - (len(labels[row]) - 1) / 2)
            svg.write(left - GAP / 2 - 22 * numbered, place, line, "end", size=style.SMALL)
        if numbered:
            svg.write(left - GAP / 2, y, heads[row], "end", ink="muted", size=style.SMALL)
        svg.write(left + (row + 0.5) * cell, TOP - 12, heads[row], "middle", ink="muted", size=style.SMALL)
        for column, other in enumerate(said.chart.names):
            x = left + column * cell
            share = found.get((name, other))
            if share is None:
                if row == column:
                    svg.line(x + cell / 2 - 4, y, x + cell / 2 + 4, y, "rule", 1)
                continue
            ink, opacity = style.tint(share)
            svg.rect(x + 1, y - CELL / 2 + 1, cell - 2, CELL - 2, ink, opacity=opacity)
            text = numbers.fixed(100 * share, 0) if whole else numbers.percent(share)
            svg.write(x + cell / 2, y, text, "middle", size=size, bold=share > 0.5)


def draw_all(report: Report, lang: str = "en", fonts: str = FONTS) -> dict[str, str]:
    """Every chart of a report: file name to SVG. Raises ValueError for an unknown language."""
    return {chart.file: draw(report, chart, lang, fonts) for chart in charts(report)}


def draw_for_print(report: Report, lang: str = "en") -> dict[str, str]:
    """The same on white paper, set in the fonts of the PDF."""
    paper = f'"{style.INKS["paper"][0]}"'
    drawn = draw_all(report, lang, PRINT_FONTS)
    return {name: svg.replace(paper, '"#ffffff"') for name, svg in drawn.items()}


def draw(report: Report, chart: Chart, lang: str = "en", fonts: str = FONTS) -> str:
    """One chart as SVG, its words in `lang`, set in the first of `fonts` that the reader has."""
    said = ChartText(report, chart, lang)
    svg = Svg(chart.width, chart.height, said.title(), said.alt(), said.words.html_lang)
    if chart.kind == "matrix":
        draw_matrix(said, svg)
    elif chart.kind == "flow":
        draw_flow(said, svg)
    else:
        Rows(said, style.looks(ask.systems(report), ask.humans(report)), svg).draw()
    return svg.text(fonts)
