"""Celery tasks of the studies. Each takes a key and may run twice."""

from celery import shared_task
from django.core.management import call_command

from annotations.blinding import draw_check
from annotations.findings import review as findings
from annotations.freezing import jobs
from annotations.mailing import outbox
from annotations.models import Study


@shared_task(name=findings.TASK)
def look_through(study_slug: str) -> None:
    """Sent when all texts of a large draft are to be looked through."""
    findings.run_scan(study_slug)


@shared_task(name=jobs.TASK)
def freeze(code: str) -> None:
    """Sent when a large draft is to be frozen."""
    jobs.run_freeze(code)


@shared_task(name=draw_check.TASK)
def check_draw(study_slug: str) -> None:
    """Sent by the page of a large study."""
    draw_check.store_draw_check(Study.objects.get(slug=study_slug))


@shared_task(name=outbox.TASK)
def send_mails() -> None:
    """Sent when mails are queued, and by the sweep while some are due."""
    outbox.send_due()


@shared_task(name="annotations.erase_expired")
def erase_expired() -> None:
    """Sent by Celery beat every hour, see CELERY_BEAT_SCHEDULE."""
    call_command("erase_expired", verbosity=0)
