"""HTML of a report: a body to embed, and a page that stands alone. No inline styles, no inline handlers.

The one script copies tables. A host serves it as a file; the page that stands alone holds it whole, and
allows it and no other by its digest.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.render import table_export
from analysis.render.document import Document, Figure, Paper, Table
from analysis.render.entries import Report
from analysis.render.fields import Context
from analysis.render.figures import figures
from analysis.render.page import build_document
from analysis.render.words import Words

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tex": "application/x-tex; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
MOST_VIEWS = 8  # languages that the style sheet can tell apart


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("analysis.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=False,
    )


def _resource(name: str) -> str:
    return resources.files("analysis.render").joinpath(name).read_text("utf-8")


def report_css() -> str:
    """The one style sheet, for the page that stands alone and for the site that embeds the body."""
    return _resource("report.css")


def report_js() -> str:
    """The one script, for the same two."""
    return _resource("report.js")


def slug_of(report: Report) -> str:
    """What files of a report are called after: the study's short name, where it has one."""
    found = str(((report.get("plan") or {}).get("study") or {}).get("slug") or "")
    return re.sub(r"[^a-z0-9-]+", "-", found.lower()).strip("-") or "report"


def export_table(report: Report, id: str, form: str, lang: str = "en") -> str | None:
    """A table of the report as `csv` or `tex`, the data of a chart as `csv`, its methods as `txt`, `md` or
    `tex`; None where there is none.

    The ids are those of the page, and the content is what its buttons copy. Raises ValueError for an
    unknown language.
    """
    if id.startswith("chart-"):
        drawn = figures(Context(report, Words(lang))).values()
        data = {figure.id: figure.records for kind in drawn for figure in kind}
        return table_export.records_csv(data[id]) if id in data and form == "csv" else None
    doc = build_document(report, lang, plots=False)
    table, paper = doc.tables().get(id), doc.papers().get(id)
    if table is not None and form in table_export.FORMS:
        return table_export.table_text(table, form, slug_of(report))
    if paper is not None and form in table_export.PAPER_FORMS:
        return table_export.paper_text(paper, form)
    return None


def _address(report: Report, tables_url: str | None) -> Callable[[Table | Figure | Paper, str], str]:
    """Where the content of a table or the data of a chart is: at the host, or in the page itself."""
    study = slug_of(report)

    def address(block: Table | Figure | Paper, form: str) -> str:
        if tables_url is not None:
            return f"{tables_url}{block.id}.{form}"
        if isinstance(block, Paper):
            text = table_export.paper_text(block, form)
        elif isinstance(block, Figure):
            text = table_export.records_csv(block.records)
        else:
            text = table_export.table_text(block, form, study)
        kept = base64.b64encode(text.encode("utf-8")).decode("ascii")
        return f"data:{MEDIA_TYPES[form].replace(' ', '')};base64,{kept}"

    return address


def render_fragment(
    report: Report,
    plots_url: str | None = "plots/",
    lang: str = "en",
    *,
    level: int = 1,
    tables_url: str | None = None,
    passages_url: str | None = None,
) -> str:
    """The body of a report as HTML.

    `report` is the dict of `report.json`. `plots_url` is put before each chart's file name; None leaves
    the charts out. `tables_url` is put before the names of tables to take away (see `export_table`); None
    keeps their content in the page. `passages_url` leads to the passages with error marks. `level` is the
    level of the title's heading; parts are one deeper.
    Raises ValueError for an unknown language.
    """
    return _fragment(
        report,
        build_document(report, lang, plots=plots_url is not None),
        plots_url,
        lang,
        level,
        tables_url,
        passages_url,
    )


def _fragment(
    report: Report,
    doc: Document,
    plots_url: str | None,
    lang: str,
    level: int,
    tables_url: str | None = None,
    passages_url: str | None = None,
) -> str:
    views = doc.views if len(doc.views) <= MOST_VIEWS else ()
    numbered = {view.code: at for at, view in enumerate(views, 1)}
    template = _environment().get_template("fragment.html.j2")
    return template.render(
        doc=doc,
        words=Words(lang),
        plots=plots_url or "",
        level=level,
        passages_url=passages_url,
        views=views,
        numbered=numbered,
        address=_address(report, tables_url),
        study=slug_of(report),
    )


def render_html(report: Report, plots_url: str | None = "plots/", lang: str = "en") -> str:
    """A whole page around the same body, with its style sheet and its one script inside."""
    doc = build_document(report, lang, plots=plots_url is not None)
    # Our own output, style sheet and script: the only values that are not escaped again.
    fragment = Markup(_fragment(report, doc, plots_url, lang, 1))  # noqa: S704
    css, js = Markup(report_css()), Markup("\n" + report_js())  # noqa: S704
    digest = base64.b64encode(hashlib.sha256(js.encode("utf-8")).digest()).decode("ascii")
    page = _environment().get_template("page.html.j2")
    return page.render(doc=doc, fragment=fragment, css=css, js=js, digest=digest) + "\n"
