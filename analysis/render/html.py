"""HTML of a report: a body to embed, and a page that stands alone. No scripts, no inline styles."""

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.render.build import build
from analysis.render.entries import Report
from analysis.render.words import Words


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("analysis.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=False,
    )


def report_css() -> str:
    """The one style sheet, for the page that stands alone and for the site that embeds the body."""
    return resources.files("analysis.render").joinpath("report.css").read_text("utf-8")


def render_fragment(
    report: Report, plots_url: str | None = "plots/", lang: str = "en", *, level: int = 1
) -> str:
    """The body of a report as HTML.

    `report` is the dict of `report.json`. `plots_url` is put before each chart's file name; None leaves
    the charts out. `level` is the level of the title's heading; sections are one deeper. Raises
    ValueError for an unknown language.
    """
    doc = build(report, lang, plots=plots_url is not None)
    template = _environment().get_template("fragment.html.j2")
    return template.render(doc=doc, words=Words(lang), plots=plots_url or "", level=level)


def render_html(report: Report, plots_url: str | None = "plots/", lang: str = "en") -> str:
    """A whole page around the same body, with its style sheet inside."""
    doc = build(report, lang, plots=False)
    # Our own output and our own style sheet: the only two values that are not escaped again.
    fragment = Markup(render_fragment(report, plots_url, lang))  # noqa: S704
    css = Markup(report_css())  # noqa: S704
    return _environment().get_template("page.html.j2").render(doc=doc, fragment=fragment, css=css) + "\n"
