"""Mailing: the outbox against a real SMTP server."""

import re
import smtplib
from datetime import timedelta

import pytest
from django.test import Client

from annotations.desk import services, sessions
from annotations.mailing import contacts, outbox
from annotations.mailing.messages import study_texts
from annotations.models import Mail, Mailing, MailSettings, Rater, RaterContact, RaterLink
from annotations.staff.raters.rater_forms import MailSettingsForm
from evalsite.core.clock import database_now
from tests.annotations.mailing.conftest import invite_people
from tests.factories import person
from tests.smtp_server import smtp_server

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/r/([\w-]{43})/")
State = Mail.State


def states() -> list[str]:
    return list(Mail.objects.values_list("state", flat=True))


def due_now() -> None:
    Mail.objects.filter(state=State.QUEUED).update(not_before=database_now())


def remind(study, *raters: Rater) -> Mailing:
    texts = study_texts(study, Mailing.Kind.REMINDER)
    return outbox.queue(study=study, kind=Mailing.Kind.REMINDER, texts=texts, by="mara", raters=raters)


def test_it_works(study, mailbox):
    invite_people(study, 3, send=True)
    assert outbox.send_due() == 3
    assert states() == [State.SENT] * 3
    assert mailbox.recipients() == ["r1@example.org", "r2@example.org", "r3@example.org"]
    assert mailbox.connections == 1
    first = mailbox.taken[0].message
    assert first["Subject"] == "Invitation: Harbour scenes"
    assert first["To"] == "r1@example.org"
    assert first["Auto-Submitted"] == "auto-generated"
    body = mailbox.taken[0].body
    assert body.startswith("Hello Rater 1,\n")
    assert "deadline" not in body
    assert "Please finish" not in body


def test_each_mail_has_a_link_of_its_own_that_opens_the_desk(study, mailbox):
    invite_people(study, 2, send=True)
    outbox.send_due()
    secrets = [LINK.search(each.body)[1] for each in mailbox.taken]
    assert len(set(secrets)) == 2
    raters = [sessions.rater_for_secret(secret) for secret in secrets]
    assert raters == list(Rater.objects.all())
    client = Client()
    assert client.post(f"/r/{secrets[0]}/").status_code == 303
    assert client.get("/r/go/").status_code == 303
    raters[0].refresh_from_db()
    assert raters[0].opened_at is not None


def test_no_usable_link_is_stored(study, mailbox):
    """Neither a waiting mail nor a sent one: every text of every table is compared with the secrets."""
    invite_people(study, 2, send=True)
    outbox.send_due()
    secret = LINK.search(mailbox.taken[0].body)[1]
    for model in (Mail, Mailing, RaterLink, RaterContact, Rater):
        assert secret not in str(list(model.objects.values()))


def test_a_reminder_ends_neither_the_first_link_nor_a_session(study, mailbox):
    invite_people(study, 1, send=True)
    outbox.send_due()
    client, first = Client(), LINK.search(mailbox.taken[0].body)[1]
    client.post(f"/r/{first}/")
    remind(study, Rater.objects.get())
    outbox.send_due()
    second = LINK.search(mailbox.taken[1].body)[1]
    assert second != first
    assert sessions.rater_for_secret(first) == sessions.rater_for_secret(second)
    assert client.get("/r/go/").status_code == 303


def test_a_new_link_by_staff_ends_all_links_of_mails(study, mailbox):
    invite_people(study, 1, send=True)
    outbox.send_due()
    services.reissue_link(rater=Rater.objects.get(), by="mara")
    assert sessions.rater_for_secret(LINK.search(mailbox.taken[0].body)[1]) is None


def test_an_outage_costs_no_attempt_and_ends_for_all_mails_at_once(study, settings):
    with smtp_server() as box:
        settings.MAILERS = box.mailers
    invite_people(study, 2, send=True)
    for hours in (0, 1, 5, 200):
        Mail.objects.update(queued_at=database_now() - timedelta(hours=hours))
        due_now()
        assert outbox.send_due() == 0
        assert set(Mail.objects.values_list("state", "attempts", "reason")) == {
            (State.QUEUED, 0, "no_connection")
        }
        wait = Mail.objects.first().not_before - database_now()
        assert timedelta(seconds=50) < wait <= timedelta(hours=1)
        assert outbox.send_due() == 0  # not due yet
    with smtp_server() as box:
        settings.MAILERS = box.mailers
        Mail.objects.filter(pk=Mail.objects.first().pk).update(not_before=database_now())
        assert outbox.send_due() == 2


def test_a_success_ends_a_pause(study, mailbox):
    mailbox.on_data = lambda _number: "550 daily quota exceeded"
    mailing = invite_people(study, 9, send=True)
    outbox.send_due()
    mailbox.on_data = lambda _number: "250 ok"
    mailbox.on_recipient = lambda address: "550 unknown" if address == "r5@example.org" else "250 ok"
    first = mailing.mails.filter(reason="paused").first()
    Mail.objects.filter(pk=first.pk).update(not_before=database_now())
    assert outbox.send_due() == 5
    assert not Mail.objects.filter(state=State.QUEUED).exists()


def test_waits_after_temporary_refusals_grow_to_hours_and_cover_a_day(study, mailbox):
    mailbox.on_recipient = lambda _address: "450 try later"
    invite_people(study, 1, send=True)
    total = timedelta()
    while (mail := Mail.objects.get()).state == State.QUEUED:
        due_now()
        before = database_now()
        outbox.send_due()
        total += max(Mail.objects.get().not_before - before, timedelta())
    assert mail.attempts == outbox.MOST_ATTEMPTS
    assert timedelta(days=1) < total < timedelta(days=3)


@pytest.mark.parametrize("refusal", ["452 too many this hour", "550 daily quota exceeded"])
def test_equal_refusals_in_a_row_pause_the_mailing(study, mailbox, refusal):
    mailbox.on_data = lambda number: "250 ok" if number <= 2 else refusal
    mailing = invite_people(study, 12, send=True)
    assert outbox.send_due() == 2
    paused = mailing.mails.filter(state=State.QUEUED, reason="paused")
    assert set(paused.values_list("attempts", flat=True)) == {0}
    assert paused.count() == 10 - outbox.EQUAL_REFUSALS
    # One more refusal pauses the mailing again.
    paused.update(not_before=database_now())
    outbox.send_due()
    assert paused.count() == 9 - outbox.EQUAL_REFUSALS
    mailbox.on_data = lambda _number: "250 ok"
    outbox.send_failed_again(study=study, by="mara")
    due_now()
    assert outbox.send_due() == 10


def test_refusals_of_single_addresses_pause_nothing(study, mailbox):
    bad = ("r2@example.org", "r3@example.org", "r5@example.org")
    mailbox.on_recipient = lambda address: "550 unknown" if address in bad else "250 ok"
    invite_people(study, 6, send=True)
    assert outbox.send_due() == 3


@pytest.mark.parametrize(
    "sender",
    [
        "Dr. No <s@example.org>",
        "Study: scripts <s@example.org>",
        "[Lab] <s@example.org>",
        "A; B <s@example.org>",
        "研究 <s@例子.中国>",
        "s@例子.中国",
    ],
)
def test_any_sender_that_the_form_accepts_can_send(study, mailbox, sender):
    form = MailSettingsForm({"sender": sender, "reply_to": sender, "keep_days": 10})
    assert form.is_valid(), form.errors
    contacts.save_settings(study=study, values=form.cleaned_data, by="mara")
    invite_people(study, 1, send=True)
    assert outbox.send_due() == 1
    (mail,) = mailbox.taken
    name = sender.partition(" <")[0] if "<" in sender else ""
    for header in ("From", "Reply-To"):
        (address,) = mail.message[header].addresses
        assert address.display_name == name
        assert address.addr_spec in ("s@example.org", "s@xn--fsqu00a.xn--fiqs8s")
    assert mail.message["Message-ID"].isascii()


def test_a_sender_that_cannot_send_is_named_as_the_fault(study, mailbox):
    MailSettings.objects.create(study=study, sender="Study <s@@example..org>")
    invite_people(study, 1, send=True)
    outbox.send_due()
    assert list(Mail.objects.values_list("state", "reason")) == [(State.FAILED, "sender_refused")]


def test_a_temporary_refusal_is_tried_again_and_its_link_ends(study, mailbox):
    mailbox.on_recipient = lambda address: "450 try later" if address.startswith("r1") else "250 ok"
    invite_people(study, 2, send=True)
    assert outbox.send_due() == 1
    assert list(Mail.objects.values_list("state", "reason")) == [(State.QUEUED, "busy"), (State.SENT, "")]
    assert RaterLink.objects.count() == 1
    mailbox.on_recipient = lambda _address: "250 ok"
    due_now()
    assert outbox.send_due() == 1
    assert mailbox.recipients() == ["r2@example.org", "r1@example.org"]
    assert sessions.rater_for_secret(LINK.search(mailbox.taken[1].body)[1]) is not None


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [("550 r1@example.org unknown", "address_refused"), ("554 no thanks", "message_refused")],
)
def test_a_permanent_refusal_fails_at_once_and_keeps_no_text_of_the_server(
    study, mailbox, refusal, reason, caplog
):
    if reason == "address_refused":
        mailbox.on_recipient = lambda _address: refusal
    else:
        mailbox.on_data = lambda _number: refusal
    invite_people(study, 1, send=True)
    assert outbox.send_due() == 0
    assert list(Mail.objects.values_list("state", "reason")) == [(State.FAILED, reason)]
    assert "example.org" not in caplog.text
    assert not RaterLink.objects.exists()


def test_a_connection_that_breaks_in_the_middle_leaves_the_fate_open(study, mailbox):
    mailbox.on_data = lambda number: None if number == 2 else "250 ok"
    invite_people(study, 3, send=True)
    assert outbox.send_due() == 2
    assert states() == [State.SENT, State.UNKNOWN, State.SENT]
    outbox.wake()
    due_now()
    assert outbox.send_due() == 0
    assert sorted(mailbox.recipients()) == ["r1@example.org", "r2@example.org", "r3@example.org"]
    assert mailbox.connections == 2


def test_staff_decide_about_an_unknown_mail(study, mailbox):
    mailbox.on_data = lambda number: None if number in (1, 2) else "250 ok"
    invite_people(study, 2, send=True)
    outbox.send_due()
    one, other = Mail.objects.all()
    outbox.decide(mail=one, again=False, by="mara")
    outbox.decide(mail=other, again=True, by="mara")
    with pytest.raises(outbox.NotUnknown):
        outbox.decide(mail=one, again=True, by="mara")
    assert outbox.send_due() == 1
    assert list(Mail.objects.values_list("state", "reason", "decided_by")) == [
        (State.SENT, "decided", "mara"),
        (State.SENT, "", "mara"),
    ]
    assert mailbox.recipients()[-1] == "r2@example.org"


def test_who_needs_no_mail_any_more_gets_none(study, mailbox):
    invite_people(study, 5)
    gone, finished, erased, released, there = Rater.objects.all()
    remind(study, gone, finished, erased, released, there)
    services.free_seat(rater=released, by="test", reason="ill")
    services.withdraw(rater=gone, erase=False)
    Rater.objects.filter(pk=finished.pk).update(finished_at=database_now())
    services.withdraw(rater=erased, erase=True)
    assert outbox.send_due() == 1
    assert list(Mail.objects.values_list("state", "reason")) == [
        (State.CANCELLED, "left"),
        (State.CANCELLED, "finished"),
        (State.CANCELLED, "no_address"),
        (State.CANCELLED, "no_seat"),
        (State.SENT, ""),
    ]
    assert mailbox.recipients() == ["r5@example.org"]


def test_sender_reply_to_and_deadline_are_the_studys(study, mailbox):
    MailSettings.objects.create(
        study=study,
        sender="Studie Café <cafe@example.org>",
        reply_to="help@example.org",
        deadline="2027-01-31",
    )
    invite_people(study, 1, send=True)
    RaterContact.objects.update(language="zh", label="林青")
    outbox.send_due()
    (mail,) = mailbox.taken
    assert mail.sender == "cafe@example.org"
    assert mail.message["From"] == "Studie Café <cafe@example.org>"
    assert mail.message["Reply-To"] == "help@example.org"
    assert mail.message["Subject"] == "邀请您参加评审：港口戏"
    assert mail.body.startswith("林青，您好！\n")
    assert "请在 2027 年 1 月 31 日之前完成。" in mail.body


def test_a_label_cannot_add_headers_or_placeholders(study, mailbox):
    invite_people(study, 1, send=True)
    RaterContact.objects.update(label="Eve\r\nBcc: all@example.org\r\n\r\n{link}")
    Mailing.objects.update(texts={"en": {"subject": "Hi {name}", "body": "Dear {name}: {link}"}})
    outbox.send_due()
    (mail,) = mailbox.taken
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == "Hi Eve Bcc: all@example.org {link}"
    assert mail.body.startswith("Dear Eve Bcc: all@example.org {link}: http")


def test_a_mailing_with_the_same_code_is_queued_once(study, mailbox):
    invite_people(study, 1)
    options = {"study": study, "kind": Mailing.Kind.REMINDER, "by": "mara", "raters": Rater.objects.all()}
    texts = study_texts(study, Mailing.Kind.REMINDER)
    for _time in range(2):
        outbox.queue(texts=texts, code="0123456789abcdef", **options)
    assert outbox.send_due() == 1


def test_a_mail_to_staff_goes_the_same_way(study, mailbox):
    user = person("jonas")
    user.email = "jonas@example.org"
    user.save()
    texts = {"en": {"subject": "Full: Draft {v2}", "body": "All seats of Draft {v2} are taken.\n"}}
    outbox.queue(study=None, kind=Mailing.Kind.NOTICE, texts=texts, by="system", users=[user])
    assert outbox.send_due() == 1
    assert mailbox.taken[0].message["Subject"] == "Full: Draft {v2}"
    assert mailbox.taken[0].body == "All seats of Draft {v2} are taken.\n"
    assert not RaterLink.objects.exists()


def test_without_a_server_nothing_is_sent(study, settings):
    settings.MAILERS = {"default": {"BACKEND": outbox.DUMMY}}
    invite_people(study, 1, send=True)
    assert outbox.send_due() == 0
    assert states() == [State.QUEUED]


def test_a_wrong_password_is_named(study, mailbox, monkeypatch):
    def refuse(_server):
        raise smtplib.SMTPAuthenticationError(535, b"no")

    monkeypatch.setattr(outbox, "_connect", refuse)
    invite_people(study, 1, send=True)
    outbox.send_due()
    assert Mail.objects.get().reason == "login_refused"
