"""Charts and the PDF of a stored report in the languages in which they are not stored.

Both take well under two seconds, so they are made when somebody asks for them, from the stored results.
"""

from collections.abc import Mapping
from functools import lru_cache

from analysis.models import Report

STORED = "en"
OTHERS = ("zh-hans",)


def plots_of(lang: str) -> str:
    """Where the charts in a language lie, below the files of a report."""
    return f"plots/{lang}/" if lang in OTHERS else "plots/"


def pdf_of(lang: str) -> str:
    """The name of the PDF in a language."""
    return f"report.{lang}.pdf" if lang in OTHERS else "report.pdf"


def is_made(name: str) -> bool:
    """Whether a file is made when it is asked for."""
    return any(name == pdf_of(lang) or name.startswith(plots_of(lang)) for lang in OTHERS)


def make(report: Report, name: str) -> bytes | None:
    """The file of a report that is done, or None where there is no such chart.

    Raises `analysis.render.pdf.PdfError` where the machine lacks a font for the language.
    """
    from analysis.stats.files import pdf_bytes

    for lang in OTHERS:
        if name == pdf_of(lang):
            return pdf_bytes(report.results, lang=lang)
        if name.startswith(plots_of(lang)):
            svg = _charts(report.code, lang).get(name.removeprefix(plots_of(lang)))
            return svg.encode() if svg is not None else None
    return None


@lru_cache(maxsize=8)
def _charts(code: str, lang: str) -> Mapping[str, str]:
    """All charts at once, for a page asks for them one by one. A report that is done never changes."""
    from analysis.charts import draw_all

    return draw_all(Report.objects.get(code=code).results, lang)
