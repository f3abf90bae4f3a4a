"""Charts of a report that are not stored: in other languages, or of a report of an earlier version.

All charts of a report take well under a second, so they are drawn from the stored results when a page shows
them. PDFs are only made by workers, see `analysis.reports` and `analysis.full_pdfs`.
"""

from collections.abc import Mapping
from functools import lru_cache

from analysis.models import Report

STORED = "en"
OTHERS = ("zh-hans",)


def plots_of(lang: str) -> str:
    """Where the charts in a language lie, below the files of a report."""
    return f"plots/{lang}/" if lang in OTHERS else "plots/"


def stored_or_drawn(report: Report, name: str) -> bytes | None:
    """A file of a report that is done; None where there is no such file and no such chart."""
    stored = report.files.filter(name=name).first()
    if stored is not None:
        return bytes(stored.content)
    for lang in (*OTHERS, STORED):
        if name.startswith(plots_of(lang)):
            svg = _charts(report.code, lang).get(name.removeprefix(plots_of(lang)))
            return svg.encode() if svg is not None else None
    return None


@lru_cache(maxsize=8)
def _charts(code: str, lang: str) -> Mapping[str, str]:
    """All charts at once, for a page asks for them one by one. A report that is done never changes."""
    from analysis.charts import draw_all

    return draw_all(Report.objects.get(code=code).results, lang)
