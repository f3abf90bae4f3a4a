from celery import shared_task

from evalsite.accounts import links
from evalsite.core.models import User


@shared_task(name="accounts.mail_link", autoretry_for=(OSError,), retry_backoff=5, max_retries=3)
def mail_link(user_pk: int, kind: str, language: str, to: str = "") -> None:
    """Mail a link; the mail server's failures are tried again, three times."""
    user = User.objects.filter(pk=user_pk, is_active=True).first()
    if user is not None and (to or user.email):
        links.send_link(user, kind, language, to)
