"""The matrix of win rates: row over column, numbers on a tint."""

from analysis.charts import style
from analysis.charts.svg import Svg
from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.chart_selection import CELL, TOP
from analysis.render.figures import Said

GAP = 12.0
WIDEST = 152.0  # of the names at the left, which may take two lines


def draw(said: Said, svg: Svg) -> None:
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
