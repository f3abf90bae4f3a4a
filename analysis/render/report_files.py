"""The files that a report is written as: the same bytes for the command line, the site and a bundle."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from analysis.charts import draw_all, draw_for_print
from analysis.render import render_html, render_markdown
from analysis.render.pdf import PdfError, render_pdf

# The web server sets the PDF and draws charts of stored results: without the statistics, which take 100 MB.
if TYPE_CHECKING:
    from analysis.stats.report import Progress, Report

MOST_ON_PAPER = 20_000  # entries; more take gigabytes to set
logger = logging.getLogger(__name__)


def report_files(
    report: Report, *, plots: bool = True, lang: str = "en", progress: Progress | None = None
) -> dict[str, bytes]:
    """File name to content: `report.json`, `report.md`, `report.html`, `report.pdf` and `plots/*.svg`.

    All of them in `lang`. Nothing here depends on the clock or, for Latin letters, on the machine; where the
    PDF cannot be set (a Chinese one without a Chinese font) it is left out and the log says why.
    `progress(what, share)` is told how far the writing is.
    """
    tell = progress or (lambda what, share: None)
    data = report.to_dict()
    plots_url = "plots/" if plots else None
    files = {
        "report.json": report.to_json().encode(),
        "report.md": render_markdown(data, plots_url, lang).encode(),
        "report.html": render_html(data, plots_url, lang).encode(),
    }
    tell("pages", 1.0)
    if plots:
        files |= {f"plots/{name}": svg.encode() for name, svg in draw_all(data, lang).items()}
        tell("charts", 1.0)
    return files | _pdf(data, plots, lang, tell)


def _pdf(data: dict[str, Any], plots: bool, lang: str, tell: Progress) -> dict[str, bytes]:
    try:
        content = pdf_bytes(data, plots=plots, lang=lang)
    except PdfError as error:
        logger.warning("no report.pdf: %s", error)
        return {}
    tell("pdf", 1.0)
    return {"report.pdf": content}


def pdf_bytes(data: dict[str, Any], *, plots: bool = True, lang: str = "en") -> bytes:
    """The PDF of the dict of `report.json`. Raises `analysis.render.pdf.PdfError` where it cannot be set."""
    entries = sum(len(value) for value in data.values() if isinstance(value, list))
    if entries > MOST_ON_PAPER:
        raise PdfError(f"the report has {entries:,} entries, which are too many for pages")
    return render_pdf(data, draw_for_print(data, lang) if plots else None, lang)
