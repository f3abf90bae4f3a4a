"""The outbox: mails wait in the database, and a worker sends them.

    queued -> sending -> sent | failed | unknown
    queued -> cancelled                 (the rater left, finished, or has no address any more)

A worker commits `sending` before it speaks to the server, and keeps the row locked while it does. If it dies
in between, nobody knows whether the server took the mail: the sweep marks it `unknown`, and staff decide. So
no mail is ever sent twice by itself.

The database never holds a link that works. A rater's mail gets a secret of its own at the moment it is sent,
and only the hash is stored, in the same transaction as `sending`. All links of a rater stay valid side by
side, so a reminder ends neither an earlier link nor a session at the desk.
"""

import smtplib
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import connection, transaction
from django.db.models import Count, QuerySet

from annotations.mailing.messages import Texts, fill, fill_subject, link_url, mail_settings, values
from annotations.models import Mail, Mailing, MailSettings, Rater, RaterLink, Seat, Study
from annotations.models.mailing import mail_code
from evalsite.core.clock import database_now
from evalsite.core.codes import hash_secret, new_secret
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User, record

TASK = "annotations.send_mails"
MOST_ATTEMPTS = 5
FIRST_WAIT = timedelta(minutes=1)
"""Before the second attempt; it doubles with each further one."""
SENDING_GRACE = timedelta(seconds=20)
"""How long a mail may be `sending` without a lock: the moment between the worker's two transactions."""
SENDER_LOCK = 7_423_001
"""The key of the advisory lock: one worker sends at a time, so mailings do not occupy all workers."""
DUMMY = "django.core.mail.backends.dummy.EmailBackend"
State = Mail.State


def is_configured() -> bool:
    """Whether the site can send mail."""
    return bool(settings.MAILERS.get("default", {}).get("BACKEND", "") != DUMMY)


@transaction.atomic
def queue(
    *,
    study: Study | None,
    kind: str,
    texts: Texts,
    by: str,
    raters: Iterable[Rater] = (),
    users: Iterable[User] = (),
    code: str = "",
) -> Mailing:
    """Queue one message to raters, or to staff; nothing new for the `code` of an earlier mailing."""
    mailing, is_new = Mailing.objects.get_or_create(
        code=code or mail_code(), defaults={"study": study, "kind": kind, "texts": texts, "made_by": by}
    )
    if is_new:
        add_mails(mailing, raters=raters, users=users)
    return mailing


def add_mails(mailing: Mailing, *, raters: Iterable[Rater] = (), users: Iterable[User] = ()) -> None:
    now = database_now()
    mails = [Mail(mailing=mailing, rater=rater, not_before=now) for rater in raters]
    mails += [Mail(mailing=mailing, user=user, not_before=now) for user in users]
    Mail.objects.bulk_create(mails)
    if mailing.study is not None and mails:
        record(
            who=mailing.made_by,
            verb="send mails",
            about=mailing.study.slug,
            kind=mailing.kind,
            mails=len(mails),
        )
    enqueue_on_commit(TASK)


def _due() -> QuerySet[Mail]:
    return Mail.objects.filter(state=State.QUEUED, not_before__lte=database_now())


def wake() -> None:
    """Part of the sweep: mark mails whose worker died, and send what is due."""
    mark_unknown()
    if is_configured() and _due().exists():
        enqueue_on_commit(TASK)


@transaction.atomic
def mark_unknown() -> int:
    """Mails that a worker was sending when it died: the lock on the row shows that no worker has it now."""
    left = Mail.objects.select_for_update(skip_locked=True).filter(
        state=State.SENDING, sending_at__lt=database_now() - SENDING_GRACE
    )
    found = [mail.pk for mail in left]
    ended = {"state": State.UNKNOWN, "reason": "worker_died", "ended_at": database_now()}
    return Mail.objects.filter(pk__in=found).update(**ended) if found else 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: the state it leads to, and why."""

    state: str
    reason: str = ""


@contextmanager
def _only_sender() -> Iterator[bool]:
    """Whether no other worker sends now. PostgreSQL ends the lock with the connection of a killed worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SENDER_LOCK])
        (mine,) = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SENDER_LOCK])


def send_due() -> int:
    """Send what is due, over one connection; how many mails the server took. Safe to run several times."""
    if not is_configured() or not _due().exists():
        return 0
    with _only_sender() as mine:
        return _send_all() if mine else 0


def _send_all() -> int:
    server, sent = mailers.default, 0
    try:
        while True:
            # Connected before a mail is claimed: a server that does not answer then costs no mail.
            try:
                _connect(server)
            except (OSError, smtplib.SMTPException) as error:
                _postpone_all(_connection_reason(error))
                return sent
            claimed = _claim()
            if claimed is None:
                return sent
            sent += _send(server, *claimed) == State.SENT
    finally:
        _close(server)


def _connect(server: Any) -> None:
    """Open the connection, or open it again where the server has closed it meanwhile."""
    smtp = getattr(server, "connection", None)
    if smtp is not None:
        try:
            alive = smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            alive = False
        if not alive:
            _close(server)
            server.connection = None
    server.open()


def _close(server: Any) -> None:
    with suppress(OSError, smtplib.SMTPException):
        server.close()


def _connection_reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "login_refused"
    return "no_tls" if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError) else "no_connection"


@transaction.atomic
def _postpone_all(reason: str) -> None:
    """The server cannot be reached: everything that is due tries again later, a limited number of times."""
    due = _due().select_for_update(skip_locked=True)
    for mail in due:
        mail.attempts += 1
        _settle(mail, Outcome(State.QUEUED, reason))


def _claim() -> tuple[Mail, EmailMessage] | None:
    """Take the next mail and commit that it is being sent, with the hash of its link."""
    while True:
        with transaction.atomic():
            mail = _due().select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
            if mail is None:
                return None
            reason = _needless(mail)
            if not reason:
                message = _compose(mail)
                mail.state, mail.sending_at, mail.reason = State.SENDING, database_now(), ""
                mail.attempts += 1
                mail.save(update_fields=["state", "sending_at", "reason", "attempts"])
                return mail, message
            _settle(mail, Outcome(State.CANCELLED, reason))


def _needless(mail: Mail) -> str:
    """Why a mail need not be sent any more; empty where it must."""
    if mail.user is not None:
        return "" if mail.user.email and mail.user.is_active else "no_address"
    assert mail.rater is not None
    contact = getattr(mail.rater, "contact", None)
    if contact is None or not contact.address:
        return "no_address"
    if mail.mailing.kind == Mailing.Kind.LINK:
        return ""
    if mail.rater.withdrawn_at:
        return "left"
    if mail.rater.finished_at:
        return "finished"
    if mail.rater.study.state in (Study.State.CLOSED, Study.State.UNBLINDED):
        return "closed"
    return "" if Seat.objects.filter(rater=mail.rater).exists() else "no_seat"


def _compose(mail: Mail) -> EmailMessage:
    mailing, study = mail.mailing, mail.mailing.study
    options = mail_settings(study) if study is not None else MailSettings()
    if mail.user is not None:
        to, language, name = mail.user.email, "en", mail.user.get_username()
        link = settings.PUBLIC_URL
    else:
        assert mail.rater is not None
        contact, secret = mail.rater.contact, new_secret()
        to, language, name, link = contact.address, contact.language, contact.label, link_url(secret)
        RaterLink.objects.create(rater=mail.rater, secret_hash=hash_secret(secret), mail=mail)
    text = mailing.texts.get(language) or next(iter(mailing.texts.values()))
    given: Mapping[str, str] = {"name": name, "link": link}
    if study is not None:
        given = values(study, language, name=name, link=link, deadline=options.deadline)
    sender = options.sender or settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return EmailMessage(
        subject=fill_subject(text["subject"], given),
        body=fill(text["body"], given),
        from_email=sender,
        to=[to],
        reply_to=[options.reply_to] if options.reply_to else None,
        headers={
            "Message-ID": f"<{mail.code}.{mail.attempts + 1}@{domain}>",
            "Date": formatdate(),
            "Auto-Submitted": "auto-generated",
        },
    )


def _send(server: Any, mail: Mail, message: EmailMessage) -> str:
    """Hand the mail to the server. The row is locked meanwhile, which shows that this worker lives."""
    with transaction.atomic():
        row = Mail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if (row.state, row.attempts) != (State.SENDING, mail.attempts):
            return row.state  # somebody has decided about it: nothing was handed over
        outcome = _deliver(server, message)
        _settle(row, outcome)
        return row.state


def _deliver(server: Any, message: EmailMessage) -> Outcome:
    """What the server said. Its text may hold the address, so only its number is kept."""
    try:
        server.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refused:
        return _refusal(next(iter(refused.recipients.values()))[0], "address_refused")
    except smtplib.SMTPSenderRefused as refused:
        return _refusal(refused.smtp_code, "sender_refused")
    except smtplib.SMTPResponseException as refused:
        return _refusal(refused.smtp_code, "message_refused")
    except (ValueError, smtplib.SMTPNotSupportedError):
        return Outcome(State.FAILED, "address_invalid")
    except (OSError, smtplib.SMTPException):
        # The connection broke after the mail had begun: the server may have it, or not.
        return Outcome(State.UNKNOWN, "connection_lost")
    return Outcome(State.SENT)


def _refusal(code: int, reason: str) -> Outcome:
    temporary = 400 <= code < 500
    return Outcome(State.QUEUED, "busy") if temporary else Outcome(State.FAILED, reason)


def _settle(mail: Mail, outcome: Outcome) -> None:
    """Store the outcome of an attempt. A link that was not sent ends at once."""
    state, now = outcome.state, database_now()
    if state == State.QUEUED and mail.attempts >= MOST_ATTEMPTS:
        state = State.FAILED
    mail.state, mail.reason = state, outcome.reason
    if state == State.QUEUED:
        mail.not_before = now + FIRST_WAIT * 2 ** (mail.attempts - 1)
    else:
        mail.ended_at = now
    if state in (State.QUEUED, State.FAILED):
        mail.links.all().delete()
    mail.save(update_fields=["state", "reason", "not_before", "ended_at", "attempts"])


def send_test(address: str, sender: str = "") -> None:
    """Send a test message now. Raises what the mail server's connection raises."""
    EmailMessage(
        subject="Test message from evalsite / evalsite 测试邮件",
        body=(f"Mail from {settings.PUBLIC_URL} works.\n\n{settings.PUBLIC_URL} 的邮件发送功能正常。\n"),
        from_email=sender or settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()


class NotUnknown(Exception):
    """The mail's fate is no longer open: somebody has decided about it."""


@transaction.atomic
def decide(*, mail: Mail, again: bool, by: str) -> None:
    """What staff know of a mail whose fate is unknown, or want of one that failed: send it again, or count it
    as sent. Raises NotUnknown."""
    mail = Mail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    if mail.state != State.UNKNOWN and not (again and mail.state == State.FAILED):
        raise NotUnknown
    now = database_now()
    mail.decided_by = by
    if again:
        mail.state, mail.reason, mail.attempts, mail.not_before, mail.ended_at = (
            State.QUEUED,
            "",
            0,
            now,
            None,
        )
        enqueue_on_commit(TASK)
    else:
        mail.state, mail.reason, mail.ended_at = State.SENT, "decided", now
    mail.save()
    study = mail.mailing.study
    record(
        who=by,
        verb="send mail again" if again else "mark mail as sent",
        about=study.slug if study else "",
        mail=mail.code,
    )


@transaction.atomic
def cancel_waiting(*, study: Study, by: str) -> int:
    """Cancel what has not been sent yet."""
    waiting = Mail.objects.select_for_update(skip_locked=True).filter(
        mailing__study=study, state=State.QUEUED
    )
    found = [mail.pk for mail in waiting]
    ended = {"state": State.CANCELLED, "reason": "by_staff", "ended_at": database_now(), "decided_by": by}
    Mail.objects.filter(pk__in=found).update(**ended)
    if found:
        record(who=by, verb="cancel mails", about=study.slug, mails=len(found))
    return len(found)


def counts(mails: QuerySet[Mail]) -> dict[str, int]:
    """How many mails are in each state."""
    found = dict(mails.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in State.values}


def last_states(study: Study) -> dict[int, Mail]:
    """The latest mail to each rater of the study, by the rater's key."""
    mails = Mail.objects.filter(mailing__study=study, rater__isnull=False).select_related("mailing")
    return {mail.rater_id: mail for mail in mails.order_by("pk") if mail.rater_id is not None}
