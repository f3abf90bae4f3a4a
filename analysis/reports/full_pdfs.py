"""The PDFs of a stored report: their names, and the full one, which a worker makes when staff request it."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation

from analysis.models import FullPdf, Report, ReportFile
from analysis.reports.stored_reports import OTHERS, checked_results, record_stored
from analysis.tables import frames
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User, record

State = Report.State
MOST_ATTEMPTS = 3
WORKER_ENDED = translation.gettext_noop(
    "The worker stopped unexpectedly three times while creating the PDF. Check its log and"
    " memory, then try again."
)
logger = logging.getLogger(__name__)


def short_pdf_name(lang: str) -> str:
    return f"report.{lang}.pdf" if lang in OTHERS else "report.pdf"


def full_pdf_name(lang: str) -> str:
    return f"report-full.{lang}.pdf" if lang in OTHERS else "report-full.pdf"


@transaction.atomic
def request_full_pdf(*, report: Report, lang: str, by: User) -> FullPdf:
    """Queue the full PDF of a computed report unless it is queued or stored; retry a failed one.

    Raises frames.Sealed before unblinding.
    """
    frames.require_unblinded(report.study)
    Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    job, created = FullPdf.objects.get_or_create(report=report, lang=lang, defaults={"created_by": by})
    if created or job.state == State.FAILED:
        job.state, job.reason, job.attempts = State.WAITING, "", 0
        job.save()
        who = by.get_username()
        record(who=who, verb="ask for full PDF", about=report.study.slug, report=report.code, lang=lang)
        _enqueue(job)
    return job


def _enqueue(job: FullPdf) -> None:
    enqueue_on_commit("analysis.build_full_pdf", job.report.code, job.lang)


def build_full_pdf(report_code: str, lang: str) -> None:
    """Make a PDF that waits and store it. Run twice, the second does nothing."""
    if take_job(FullPdf.objects.filter(report__code=report_code, lang=lang), started_at=database_now()):
        _build_taken(report_code, lang)


def take_job(jobs: QuerySet[Any], **values: Any) -> bool:
    """Mark a waiting job as running and count the attempt. Returns whether it was waiting."""
    waiting = jobs.filter(state=State.WAITING)
    return waiting.update(state=State.RUNNING, attempts=F("attempts") + 1, **values) > 0


@transaction.atomic
def _build_taken(report_code: str, lang: str) -> None:
    from analysis.render.report_files import PdfError, pdf_bytes

    # As with reports, the lock on the row is what tells `sweep` that a worker still lives.
    jobs = FullPdf.objects.select_for_update(of=("self",)).select_related("report__study")
    job = jobs.get(report__code=report_code, lang=lang)
    if job.state != State.RUNNING:
        return
    try:
        frames.require_unblinded(job.report.study)
        content = pdf_bytes(checked_results(job.report), lang=lang, full=True)
    except PdfError as error:
        job.state, job.reason = State.FAILED, error.local
    except Exception as error:
        logger.exception("full PDF of report %s", report_code)
        job.state = State.FAILED
        job.reason = f"unexpected {type(error).__name__}; the worker's log has more"
    else:
        job.state = State.DONE
        file = {"media_type": "application/pdf", "content": content}
        ReportFile.objects.update_or_create(report=job.report, name=full_pdf_name(lang), defaults=file)
        record_stored(job.report, {full_pdf_name(lang): content}, results=False)
    job.done_at = database_now()
    job.save()


def release_left(jobs: QuerySet[Any]) -> None:
    """Put jobs of killed workers back in the queue: they are marked as running, but no worker locks them.

    A job fails after MOST_ATTEMPTS attempts, because it would end every further worker as well.
    """
    for job in jobs.select_for_update(skip_locked=True).filter(state=State.RUNNING):
        job.state = State.WAITING
        if job.attempts >= MOST_ATTEMPTS:
            job.state, job.done_at = State.FAILED, database_now()
            # The page of a report translates its reason.
            with translation.override(job.lang if isinstance(job, FullPdf) else "en"):
                job.reason = translation.gettext(WORKER_ENDED)
        job.save(update_fields=["state", "done_at", "reason"])


@transaction.atomic
def requeue_stale_pdfs() -> int:
    """Enqueue every full PDF that waits or that a killed worker left. Returns how many there were."""
    release_left(FullPdf.objects.all())
    waiting = FullPdf.objects.filter(state=State.WAITING).select_related("report")
    for job in waiting:
        _enqueue(job)
    return len(waiting)
