"""The Celery task of webhooks. It may run twice."""

from celery import shared_task

from evalsite.webhooks import outbox


@shared_task(name=outbox.TASK)
def deliver() -> None:
    """Sent when messages are stored, and by the sweep while some are due."""
    outbox.deliver_due()
