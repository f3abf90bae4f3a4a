"""A report as people read it: HTML and Markdown from the dict of `report.json`. No Django, no clock."""

from analysis.render.figures import Chart, charts
from analysis.render.html import render_fragment, render_html, report_css, report_js, taken_away
from analysis.render.markdown import render_markdown
from analysis.render.words import LANGS

__all__ = [
    "LANGS",
    "Chart",
    "charts",
    "render_fragment",
    "render_html",
    "render_markdown",
    "report_css",
    "report_js",
    "taken_away",
]
