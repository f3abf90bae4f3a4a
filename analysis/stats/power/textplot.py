"""A small chart for the terminal: the chance against the number of raters."""

from collections.abc import Sequence

from analysis.stats.faults import counted
from analysis.stats.power.answer import Line

WIDE, HIGH = 56, 11
LETTERS = "abcdefgh"


def text_plot(lines: Sequence[Line], wanted: float) -> list[str]:
    """Lines of text: letters are curves, `=` is the chance wanted. Nothing where there is nothing to draw."""
    if not lines or not lines[0].points:
        return []
    low, high = lines[0].points[0][0], lines[0].points[-1][0]
    grid = [[" "] * WIDE for _ in range(HIGH)]
    grid[_row(wanted)] = ["="] * WIDE
    for letter, line in zip(LETTERS, lines, strict=False):
        for column in range(WIDE):
            raters = low + (high - low) * column / (WIDE - 1)
            grid[_row(_at(line, raters))][column] = letter
    rows = [f"{100 - 10 * at:>5} % |{''.join(row).rstrip()}" for at, row in enumerate(grid)]
    axis = f"{'':7} +{'-' * WIDE}"
    numbers = f"{'':9}{low}{f'{high} raters':>{WIDE - len(str(low))}}"
    legend = [f"{'':9}{letter}: {line_words(line)}" for letter, line in zip(LETTERS, lines, strict=False)]
    return [*rows, axis, numbers, *legend, f"{'':9}=: the chance wanted"]


def line_words(line: Line) -> str:
    return counted(line.scenes, "scene") + ("" if line.series is None else f" of {line.series} series")


def _row(chance: float) -> int:
    return (HIGH - 1) - round(chance * (HIGH - 1))


def _at(line: Line, raters: float) -> float:
    """Between the points, straight."""
    for (left, low), (right, high) in zip(line.points, line.points[1:], strict=False):
        if left <= raters <= right:
            return low + (high - low) * (raters - left) / (right - left)
    return line.points[-1][1]
