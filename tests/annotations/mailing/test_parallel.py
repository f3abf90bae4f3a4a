"""Mailing: requests that arrive at the same time."""

import pytest

from annotations.desk import services
from annotations.mailing import contacts, inviting
from annotations.mailing.messages import mail_settings
from annotations.models import MailSettings
from evalsite.core.models import AuditEvent, Notification
from tests.annotations.desk.test_concurrency import at_once
from tests.annotations.mailing.conftest import invite_people
from tests.factories import make_study, person

pytestmark = pytest.mark.django_db(transaction=True)


def test_invitations_of_a_list_are_queued_once(study):
    mailing = invite_people(study, 10)
    assert sorted(at_once([lambda: inviting.send_invitations(mailing=mailing)] * 4)) == [0, 0, 0, 10]
    assert mailing.mails.count() == 10
    assert AuditEvent.objects.filter(verb="send mails").count() == 1


def test_two_texts_saved_at_once_are_both_stored(study):
    def save(kind: str):
        texts = {"en": {"subject": "s", "body": "{link}"}}
        return lambda: contacts.save_texts(study=study, kind=kind, texts=texts, by="mara")

    assert at_once([save("invitation"), save("reminder")]) == [None, None]
    assert mail_settings(study).texts.keys() == {"invitation", "reminder"}
    MailSettings.objects.all().delete()
    values = {"keep_days": 30}
    saves = [lambda: contacts.save_settings(study=study, values=values, by="mara")] * 3
    assert at_once(saves) == [None] * 3


def test_a_contact_that_is_erased_meanwhile_is_not_restored(study):
    invite_people(study, 4)
    for rater in study.raters.all():
        given = {"label": "L", "address": "l@example.org", "language": "en", "group": "", "by": "mara"}
        at_once(
            [
                lambda rater=rater, given=given: contacts.save_contact(rater=rater, known=True, **given),
                lambda rater=rater: services.withdraw(rater=rater, erase=True),
            ]
        )
    assert not study.contacts.exists()


def test_the_last_two_seats_taken_at_once_notify(tmp_path):
    from annotations.staff.studies.inactivity import notify_of_full_studies

    study = make_study(tmp_path, state="open", seats=6)
    person("rae")
    for _ in range(study.seats.count() - 2):
        services.enrol(study=study, languages=["en"])
    at_once([lambda: services.enrol(study=study, languages=["en"])] * 2)
    if study.seats.filter(rater=None).exists():  # one of them met the other's lock
        services.enrol(study=study, languages=["en"])
    for _time in range(2):
        notify_of_full_studies()
    assert Notification.objects.filter(kind="study-full").count() == 1
