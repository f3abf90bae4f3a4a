"""Pages and charts of a report that are not stored: in other languages, or of an earlier version.

They take well under a second, so they are rendered from the stored results on request. PDFs are only made by
workers, see `analysis.reports` and `analysis.full_pdfs`.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import product

from analysis.models import Report
from analysis.stored_reports import check_file, checked_results

STORED = "en"
OTHERS = ("zh-hans",)
PAGES = ("html", "md")


def plots_of(lang: str) -> str:
    """Where the charts in a language lie, below the files of a report."""
    return f"plots/{lang}/" if lang in OTHERS else "plots/"


def page_of(lang: str, form: str) -> str:
    """Return the name of the whole report as a page: `form` is html or md."""
    return f"report.{lang}.{form}" if lang in OTHERS else f"report.{form}"


def stored_or_drawn(report: Report, name: str) -> bytes | None:
    """Return a file of a computed report, rendered if it is not stored, or None if there is no such file.

    Raises FrozenStudyDiffers if the report is not the one that was computed.
    """
    stored = report.files.filter(name=name).first()
    if stored is not None:
        check_file(report, name, bytes(stored.content))
        return bytes(stored.content)
    for lang, form in product((STORED, *OTHERS), PAGES):
        if name == page_of(lang, form):
            return _page(report.code, lang, form).encode()
    for lang in (*OTHERS, STORED):
        if name.startswith(plots_of(lang)):
            svg = _charts(report.code, lang).get(name.removeprefix(plots_of(lang)))
            return svg.encode() if svg is not None else None
    return None


@lru_cache(maxsize=4)
def _page(code: str, lang: str, form: str) -> str:
    from analysis.render import render_html, render_markdown

    render = {"html": render_html, "md": render_markdown}[form]
    return render(checked_results(Report.objects.get(code=code)), lang=lang)


@lru_cache(maxsize=8)
def _charts(code: str, lang: str) -> Mapping[str, str]:
    """All charts at once, for a page asks for them one by one. A report that is done never changes."""
    from analysis.charts import draw_all

    return draw_all(checked_results(Report.objects.get(code=code)), lang)
