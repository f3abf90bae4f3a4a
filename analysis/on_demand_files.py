"""Charts and the PDF of a report that are not stored: in other languages, or of an older report.

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


def stored_or_made(report: Report, name: str) -> bytes | None:
    """A file of a report that is done; None where there is no such file and none can be made."""
    stored = report.files.filter(name=name).first()
    return bytes(stored.content) if stored is not None else make(report, name)


def make(report: Report, name: str) -> bytes | None:
    """The chart or the PDF of a report that is done, or None where there is none of that name.

    Raises `analysis.render.pdf.PdfError` where the machine lacks a font for the language.
    """
    for lang in (*OTHERS, STORED):
        if name == pdf_of(lang):
            return _pdf(report.code, lang)
        if name.startswith(plots_of(lang)):
            svg = _charts(report.code, lang).get(name.removeprefix(plots_of(lang)))
            return svg.encode() if svg is not None else None
    return None


@lru_cache(maxsize=4)
def _pdf(code: str, lang: str) -> bytes:
    """Kept for a while, since a public link may be asked for it again and again."""
    from analysis.render.report_files import pdf_bytes

    return pdf_bytes(Report.objects.get(code=code).results, lang=lang)


@lru_cache(maxsize=8)
def _charts(code: str, lang: str) -> Mapping[str, str]:
    """All charts at once, for a page asks for them one by one. A report that is done never changes."""
    from analysis.charts import draw_all

    return draw_all(Report.objects.get(code=code).results, lang)
