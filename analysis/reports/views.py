"""Results, on screen and to take away. Each view asks for an unblinded study and refuses a sealed one."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from analysis.access import get_computed_report_or_404, newest
from analysis.models import FullPdf, Report
from analysis.reports import full_pdfs, stored_reports
from analysis.reports import services as reports
from analysis.reports.stored_reports import check_file, checked_results
from analysis.tables import exports, frames
from analysis.translation import Lang
from annotations.blinding.frozen_check import FrozenStudyDiffers, check_unblinded
from annotations.models import Study
from annotations.staff.access import study_or_404, waiting_request
from annotations.staff.studies.views import username_of
from evalsite.core.access import staff_required
from evalsite.core.clock import database_now
from evalsite.core.models import Role, record
from evalsite.core.teams import has_role
from evalsite.core.views import see_other

State = Report.State
UNDER_WAY = (State.WAITING, State.RUNNING)
# What a browser may show in the page; everything else is saved as a file.
SHOWN = (".svg",)


ResultView = Callable[..., HttpResponseBase]


def results_required(role: str | None = None) -> Callable[[ResultView], ResultView]:
    """Staff with a role in the study's team, and an unblinded study, which the view gets for the slug.

    Where it is sealed, the answer is 403 and what is missing. Without a `role` it is a watcher's for looking
    and a researcher's for changing something.
    """

    def decorate(view: ResultView) -> ResultView:
        @staff_required
        @never_cache
        @wraps(view)
        def wrapped(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            study = study_or_404(request, slug, role)
            if study.is_sealed:
                return _sealed(request, study)
            try:
                frames.require_readable(study, report_only=True)
                return view(request, study, *args, **kwargs)
            except frames.Withheld as withheld:
                context = {"study": study, "withheld": str(withheld)}
                return render(request, "analysis/sealed.html", context, status=403)
            except FrozenStudyDiffers as differs:
                context = {"study": study, "differences": differs.errors}
                return render(request, "analysis/changed.html", context, status=409)

        return wrapped

    return decorate


def _sealed(request: HttpRequest, study: Study) -> HttpResponse:
    context = {"study": study, "waiting": waiting_request(study)}
    return render(request, "analysis/sealed.html", context, status=403)


@require_safe
@results_required()
def report(request: HttpRequest, study: Study) -> HttpResponse:
    """The newest computed report, else the state of the one that is being computed.

    Every unblinded study gets a report: a worker asks for it after unblinding, or `sweep` if that message was
    lost. So a study without one is waiting for it.
    """
    done, last = newest(study, State.DONE), newest(study)
    context: dict[str, Any] = {"study": study, "report": done, "last": last}
    context["under_way"] = last is None or last.state in UNDER_WAY
    if done is None:
        return render(request, "analysis/no_report.html", context)
    from analysis.render import render_fragment

    lang = get_language() or stored_reports.STORED
    plots = reverse("study-report-file", args=[study.slug, done.code, stored_reports.plots_of(lang)])
    taken = reverse("study-report-taken", args=[study.slug, done.code, "ID", "csv"]).removesuffix("ID.csv")
    context |= {
        "fragment": render_fragment(
            checked_results(done),
            plots,
            lang,
            tables_url=taken,
            passages_url=_passages_url(request, study),
        ),
        "tables": frames.available_tables(study),
        "formats": exports.FORMATS,
        "full_pdf": _full_pdf(done, lang),
    } | listed_files(done, lang)
    return render(request, "analysis/report.html", context)


def _passages_url(request: HttpRequest, study: Study) -> str | None:
    """Where single marks are listed, for those who may read single judgments."""
    may_read = has_role(request.user, study.team_id, Role.RESEARCHER)
    return reverse("study-case-passages", args=[study.slug]) if may_read else None


def listed_files(report: Report, lang: str, *, full: bool = False) -> dict[str, Any]:
    """The files of a report to offer in a language, and the name of its short PDF where that is missing."""
    pdf = full_pdfs.short_pdf_name(lang)
    stored = set(report.files.values_list("name", flat=True))
    pdfs = [pdf, full_pdfs.full_pdf_name(lang)] if full else [pdf]
    pages = [stored_reports.page_of(lang, form) for form in stored_reports.PAGES]
    names = [*(name for name in pdfs if name in stored), *pages, "report.json"]
    return {"files": names, "missing_pdf": "" if pdf in stored else pdf}


def _full_pdf(report: Report, lang: str) -> dict[str, Any]:
    """How far the full PDF is."""
    name = full_pdfs.full_pdf_name(lang)
    job = report.full_pdfs.filter(lang=lang).first()
    size = report.files.filter(name=name).annotate(size=Length("content")).values_list("size", flat=True)
    return {
        "name": name,
        "size": size.first(),
        "job": job,
        "seconds": _seconds_since(job),
        "under_way": job is not None and job.state in UNDER_WAY,
    }


def _seconds_since(job: FullPdf | None) -> int:
    if job is None or job.started_at is None:
        return 0
    return max(0, round((database_now() - job.started_at).total_seconds()))


@require_safe
@results_required()
def report_state(request: HttpRequest, study: Study) -> HttpResponse:
    """What the waiting page asks every few seconds."""
    last = newest(study)
    return JsonResponse({"code": last.code, "state": last.state} if last else {"code": "", "state": "none"})


@require_POST
@results_required()
def compute(request: HttpRequest, study: Study) -> HttpResponse:
    """Ask for a report: the final one while there is none, a rerun afterwards."""
    final = study.reports.filter(kind=Report.Kind.FINAL, state=State.DONE).exists()
    kind = Report.Kind.RERUN if final else Report.Kind.FINAL
    reports.request(study=study, by=request.user, kind=kind)  # type: ignore[arg-type]
    return see_other("study-report", study.slug)


@require_POST
@results_required()
def make_full_pdf(request: HttpRequest, study: Study, code: str) -> HttpResponse:
    """Queue the full PDF in the language of the page, unless the page shows an older report."""
    report = get_computed_report_or_404(study, code)
    if report != newest(study, State.DONE):
        messages.warning(
            request,
            _(
                "A newer report has replaced the one you were reading; this page now shows it. To get its"
                " full PDF, use the button under Download."
            ),
        )
        return see_other("study-report", study.slug)
    lang = get_language() or stored_reports.STORED
    full_pdfs.request_full_pdf(report=report, lang=lang, by=request.user)  # type: ignore[arg-type]
    return see_other("study-report", study.slug, fragment="#full-pdf")


@require_safe
@results_required()
def full_pdf_state(request: HttpRequest, study: Study, code: str) -> HttpResponse:
    """What the page asks every few seconds while the full PDF is being made."""
    report = get_computed_report_or_404(study, code)
    job = report.full_pdfs.filter(lang=get_language() or stored_reports.STORED).first()
    state = job.state if job else "none"
    return JsonResponse({"code": code, "state": state, "seconds": _seconds_since(job)})


@require_safe
@results_required()
def report_file(request: HttpRequest, study: Study, code: str, name: str) -> HttpResponse:
    """One file of a report. Plots are shown; the rest is saved, and logged.

    Pages and charts are stored in one language and rendered in the others on request.
    """
    content = stored_reports.stored_or_drawn(get_computed_report_or_404(study, code), name)
    if content is None:
        raise Http404
    media_type = reports.media_type(name)
    if name.endswith(SHOWN):
        return HttpResponse(content, content_type=media_type)
    record(who=username_of(request), verb="download", about=study.slug, report=code, file=name)
    return attachment(content, f"{study.slug}-{name}", media_type)


@require_safe
@results_required()
def download_table(request: HttpRequest, study: Study, code: str, name: str, form: str) -> HttpResponse:
    """One table of the report page as CSV or LaTeX, or its methods as text: what the page's buttons copy."""
    from analysis import render

    found = get_computed_report_or_404(study, code)
    text = render.export_table(checked_results(found), name, form, get_language() or "en")
    if text is None:
        raise Http404
    record(who=username_of(request), verb="download", about=study.slug, report=code, file=f"{name}.{form}")
    return attachment(text.encode(), f"{study.slug}-{name}.{form}", render.MEDIA_TYPES[form])


MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


@require_safe
@results_required(Role.RESEARCHER)
def table(request: HttpRequest, study: Study, name: str, form: str) -> HttpResponseBase:
    if name not in frames.available_tables(study) or form not in exports.FORMATS:
        raise Http404
    frames.require_readable(study)
    check_unblinded(study)
    record(who=username_of(request), verb="download", about=study.slug, file=f"{name}.{form}")
    return streamed_attachment(exports.table_chunks(study, name, form), f"{name}.{form}", MEDIA_TYPES[form])


@require_safe
@results_required()
def codebook(request: HttpRequest, study: Study) -> HttpResponse:
    """What each column of the study's tables means."""
    from analysis.tables.codebook import ORIGINS, TITLES, table_rows

    lang: Lang = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    tables = [
        (name, TITLES[name].translate(lang), table_rows(name, lang))
        for name in frames.available_tables(study)
    ]
    origins = [(name.translate(lang), meaning.translate(lang)) for name, meaning in ORIGINS.values()]
    return render(request, "analysis/codebook.html", {"study": study, "tables": tables, "origins": origins})


@require_safe
@results_required()
def codebook_file(request: HttpRequest, study: Study) -> HttpResponse:
    return attachment(exports.codebook_bytes(study), exports.CODEBOOK, MEDIA_TYPES["csv"])


@require_safe
@results_required(Role.RESEARCHER)
def bundle(request: HttpRequest, study: Study) -> HttpResponseBase:
    """The tables, the plan and the newest report with its digests, as one zip."""
    done = newest(study, State.DONE)
    if done is None:
        raise Http404
    files = {file.name: bytes(file.content) for file in done.files.all()}
    for file, stored in files.items():
        check_file(done, file, stored)
    chunks = exports.bundle_chunks(study, files)
    record(who=username_of(request), verb="download", about=study.slug, report=done.code, file="bundle.zip")
    return streamed_attachment(chunks, f"{study.slug}-bundle.zip", "application/zip")


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


def streamed_attachment(chunks: Iterator[bytes], name: str, media_type: str) -> StreamingHttpResponse:
    """A file that is sent while it is made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(chunks, content_type=media_type, headers=headers)


@require_safe
@cache_control(max_age=300)
def stylesheet(request: HttpRequest) -> HttpResponse:
    """The report's own style sheet, of which the stand-alone page has a copy inside."""
    from analysis.render import report_css

    return HttpResponse(report_css(), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(max_age=300)
def script(request: HttpRequest) -> HttpResponse:
    """The report's own script, of which the stand-alone page has a copy inside."""
    from analysis.render import report_js

    return HttpResponse(report_js(), content_type="text/javascript; charset=utf-8")
