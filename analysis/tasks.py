"""Celery tasks of the analysis. Each takes a key and may run twice."""

from celery import shared_task
from django.core.management import call_command

from analysis.reports import full_pdfs
from analysis.reports import services as reports


@shared_task(name="analysis.build_report")
def build_report(code: str) -> None:
    reports.build(code)


@shared_task(name="analysis.build_full_pdf")
def build_full_pdf(report_code: str, lang: str) -> None:
    full_pdfs.build_full_pdf(report_code, lang)


@shared_task(name="analysis.report_unblinded")
def report_unblinded(study_slug: str) -> None:
    """Sent when a study has been unblinded."""
    reports.ensure_final(study_slug)


@shared_task(name="analysis.sweep")
def sweep() -> None:
    """Sent by Celery beat, see CELERY_BEAT_SCHEDULE."""
    call_command("sweep", verbosity=0)
