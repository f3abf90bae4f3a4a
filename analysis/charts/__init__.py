"""Charts of a report as SVG: the same report gives the same bytes. No Django, no clock, no global state."""

from analysis.charts.draw import draw, draw_all, draw_for_print
from analysis.render.figures import Chart, alt_text, charts

__all__ = ["Chart", "alt_text", "charts", "draw", "draw_all", "draw_for_print"]
