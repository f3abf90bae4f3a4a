"""A report as people read it: HTML and Markdown from the dict of `report.json`. No Django, no clock."""

from analysis.render.figures import Chart, charts
from analysis.render.html import (
    MEDIA_TYPES,
    export_table,
    render_fragment,
    render_html,
    report_css,
    report_js,
)
from analysis.render.markdown import render_markdown, render_short_markdown
from analysis.translation import LANGS

__all__ = [
    "LANGS",
    "MEDIA_TYPES",
    "Chart",
    "charts",
    "export_table",
    "render_fragment",
    "render_html",
    "render_markdown",
    "render_short_markdown",
    "report_css",
    "report_js",
]
