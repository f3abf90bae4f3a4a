"""The files that a report is written as: the same bytes for the command line, the site and a bundle."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from analysis.charts import draw_all, draw_for_print
from analysis.render import numbers, render_html, render_markdown, render_short_markdown
from analysis.render.pdf import render_full, render_short
from analysis.render.words import Words
from evalsite.core.typeset import TypesettingError

if TYPE_CHECKING:
    from analysis.stats.report import Progress, Report

MOST_ON_PAPER = 20_000  # entries of the full PDF; more take gigabytes to set
logger = logging.getLogger(__name__)


class PdfError(Exception):
    """The report is too large for a PDF; `local` says so in the report's language."""

    def __init__(self, message: str, local: str) -> None:
        super().__init__(message)
        self.local = local


def report_files(
    report: Report,
    *,
    plots: bool = True,
    lang: str = "en",
    full_pdf: bool = False,
    full_markdown: bool = False,
    progress: Progress | None = None,
) -> dict[str, bytes]:
    """File name to content: `report.json`, `report.md`, `report.html`, `report.pdf` and `plots/*.svg`.

    The Markdown and the PDF are short. With `full_markdown` also `report-full.md`, with `full_pdf`
    `report-full.pdf`. All of them are in `lang`. Nothing here depends on the clock.
    A PDF that cannot be set is left out, and the log says why. `progress(what, share)` is called after each
    step.
    """
    tell = progress or (lambda what, share: None)
    data = report.to_dict()
    plots_url = "plots/" if plots else None
    files = {
        "report.json": report.to_json().encode(),
        "report.md": render_short_markdown(data, plots_url, lang).encode(),
        "report.html": render_html(data, plots_url, lang).encode(),
    }
    if full_markdown:
        files["report-full.md"] = render_markdown(data, plots_url, lang).encode()
    tell("pages", 1.0)
    if plots:
        files |= {f"plots/{name}": svg.encode() for name, svg in draw_all(data, lang).items()}
        tell("charts", 1.0)
    files |= pdf_files(data, "report.pdf", plots=plots, lang=lang)
    if full_pdf:
        files |= pdf_files(data, "report-full.pdf", plots=plots, lang=lang, full=True)
    tell("pdf", 1.0)
    return files


def pdf_files(
    data: dict[str, Any], name: str, *, plots: bool = True, lang: str = "en", full: bool = False
) -> dict[str, bytes]:
    """A PDF under its name; nothing, and the reason in the log, where it cannot be set."""
    try:
        return {name: pdf_bytes(data, plots=plots, lang=lang, full=full)}
    except (PdfError, TypesettingError) as error:
        logger.warning("no %s: %s", name, error)
        return {}


def pdf_bytes(data: dict[str, Any], *, plots: bool = True, lang: str = "en", full: bool = False) -> bytes:
    """The short or the full PDF of the dict of `report.json`.

    Raises `PdfError` if it is too large and `TypesettingError` if it cannot be set.
    """
    entries = sum(len(value) for value in data.values() if isinstance(value, list))
    if full and entries > MOST_ON_PAPER:
        texts = [Words(each)("pdf_too_large", n=numbers.count(entries)) for each in ("en", lang)]
        raise PdfError(*texts)
    return (render_full if full else render_short)(data, draw_for_print(data, lang) if plots else None, lang)
