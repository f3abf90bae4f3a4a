"""Notifications are mailed once to members of staff who have an address."""

from datetime import timedelta

import pytest

from annotations.mailing import notices, outbox
from annotations.models import Mail
from evalsite.core.clock import database_now
from evalsite.core.models import Notification, User
from evalsite.core.notifications import notify
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mara(db) -> User:
    user = factories.person("mara", role=User.Role.RESEARCHER)
    user.email = "mara@example.org"
    user.save()
    return user


def test_a_notification_is_mailed_once_in_both_languages(mailbox, mara, study, settings):
    settings.PUBLIC_URL = "https://eval.example.org"
    jonas = factories.person("jonas", role=User.Role.RESEARCHER)
    title = {"en": "Two drafts", "zh": "两稿"}
    notify([mara, jonas], "study-full", study.slug, title=title)
    for _sweep in range(2):
        notices.queue_notices()
        outbox.send_due()
    [taken] = mailbox.taken
    assert taken.recipient == "mara@example.org"
    assert taken.message["Subject"] == "All seats in “Two drafts” are taken."
    assert "“两稿”的席位已满。" in taken.body
    assert f"https://eval.example.org/studies/{study.slug}/" in taken.body


def test_old_notifications_and_sites_without_mail_send_nothing(mailbox, mara, study, settings):
    notify([mara], "study-full", study.slug, title="x")
    Notification.objects.update(at=database_now() - timedelta(days=2))
    notices.queue_notices()
    notify([mara], "study-inactive", study.slug, title="x")
    settings.MAILERS = {"default": {"BACKEND": outbox.DUMMY}}
    notices.queue_notices()
    assert not Mail.objects.exists()
