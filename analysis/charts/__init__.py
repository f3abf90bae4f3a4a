"""Charts of a report as SVG: the same report gives the same bytes. No Django, no clock, no global state.

Words are left to the caption and the text alternative, which have a language; a chart holds names and
numbers alone.
"""

from analysis.charts.draw import alt_text, draw, draw_all
from analysis.render.figures import Chart, charts

__all__ = ["Chart", "alt_text", "charts", "draw", "draw_all"]
