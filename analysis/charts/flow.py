"""The flow diagram: from those invited to what was analysed, and what was left out on the way."""

from collections.abc import Sequence

from analysis.charts import style
from analysis.charts.svg import Svg
from analysis.render.chart_selection import LINE, SIDE, WIDTH, flow_levels
from analysis.render.figures import Said

LEFT, MAIN = 5.0, 166.0
RIGHT = LEFT + MAIN + 22.0
EDGE = WIDTH - 5.0
PAD = 10.0


def draw(said: Said, svg: Svg) -> None:
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
