"""The files of a computed report, after a check that its stored parts are what the platform computed.

Storing a report adds the digests of its results and files to the audit trail. The application's database role
can change or add reports, so what is shown is compared with the trail first.

Pages and charts in other languages, or of an earlier version, are not stored. They take well under a second,
so they are rendered from the stored results on request. PDFs are only made by workers, see
`analysis.reports.services` and `analysis.reports.full_pdfs`.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Any

from django.utils.translation import gettext as _

from analysis.models import Report
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.blinding.recorded_steps import lines_since_freezing
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputError
from evalsite.core.models import record

VERB = "store report"


def record_stored(report: Report, files: Mapping[str, bytes], *, results: bool = True) -> None:
    """Add the digests of files, and with `results` of the results, to the audit trail."""
    report.refresh_from_db(fields=["results"])  # As the database gives them back.
    more = {"results": json_digest(report.results)} if results else {}
    digests = {name: _digest(content) for name, content in sorted(files.items())}
    record(who="system", verb=VERB, about=report.study.slug, report=report.code, files=digests, **more)


def checked_results(report: Report) -> dict[str, Any]:
    """The results of a report. Raises FrozenStudyDiffers if they are not those that were computed."""
    known = _known(report)
    if known is not None and known.get("results") != json_digest(report.results):
        raise _differs(report, _("the results of report {code} are not those that were stored."))
    return dict(report.results)


def check_file(report: Report, name: str, content: bytes) -> None:
    """Raises FrozenStudyDiffers if a file of a report is not the one that was stored."""
    known = _known(report)
    if known is not None and known.get("files", {}).get(name) != _digest(content):
        raise _differs(report, _("a file of report {code} is not the one that was stored."))


def _known(report: Report) -> dict[str, Any] | None:
    """What the trail says of a report; None for studies that were frozen before version 0.4."""
    lines = lines_since_freezing(report.study)
    if lines is None:
        return None
    found: dict[str, Any] = {"files": {}}
    for detail in lines.filter(verb=VERB, detail__report=report.code).values_list("detail", flat=True):
        found["files"] |= detail["files"]
        found |= {key: detail[key] for key in ("results",) if key in detail}
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _differs(report: Report, message: str) -> FrozenStudyDiffers:
    remedy = _("find out who could write to the database, and compute the report again.")
    return FrozenStudyDiffers([InputError(report.study.slug, 1, 1, message.format(code=report.code), remedy)])


STORED = "en"
OTHERS = ("zh-hans",)
PAGES = ("html", "md", "full.md")


def plots_of(lang: str) -> str:
    """Where the charts in a language lie, below the files of a report."""
    return f"plots/{lang}/" if lang in OTHERS else "plots/"


def page_of(lang: str, form: str) -> str:
    """Return the name of the report as a page: `form` is html, md (short) or full.md."""
    name = "report-full" if form == "full.md" else "report"
    return f"{name}{'.' + lang if lang in OTHERS else ''}.{form.removeprefix('full.')}"


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
    from analysis.render import render_html, render_markdown, render_short_markdown

    render = {"html": render_html, "md": render_short_markdown, "full.md": render_markdown}[form]
    return render(checked_results(Report.objects.get(code=code)), lang=lang)


@lru_cache(maxsize=8)
def _charts(code: str, lang: str) -> Mapping[str, str]:
    """All charts at once, for a page asks for them one by one. A report that is done never changes."""
    from analysis.charts import draw_all

    return draw_all(checked_results(Report.objects.get(code=code)), lang)
