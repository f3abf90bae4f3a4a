"""The outbox: mails wait in the database, and a worker sends them.

    queued -> sending -> sent | failed | unknown
    queued -> cancelled                 (the rater left, finished, or has no address any more)

A worker commits `sending` before it speaks to the server, and keeps the row locked while it does. If it dies
in between, it is unknown whether the server took the mail: the sweep marks it `unknown`, and staff decide. So
no mail is ever sent twice by itself.

The database never stores a link that works. A rater's mail gets a new secret at the moment it is sent,
and only the hash is stored, in the same transaction as `sending`. All links of a rater stay valid side by
side, so a reminder ends neither an earlier link nor a session at the desk.
"""

import smtplib
import ssl
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.encoding import punycode

from annotations.mailing.messages import (
    LONGEST_SUBJECT,
    Texts,
    check_sender,
    fill,
    fill_subject,
    header_address,
    link_url,
    mail_settings,
    values,
)
from annotations.models import Mail, Mailing, MailSettings, Rater, RaterLink, Seat, Study
from annotations.models.mailing import mail_code
from evalsite.core.advisory_locks import try_lock
from evalsite.core.clock import database_now
from evalsite.core.codes import hash_secret, new_secret
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User, record
from generation.screenplay.text import one_line

TASK = "annotations.send_mails"
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
"""Before the second attempt, and at most. Each wait is four times the one before, in all more than a day."""
LONGEST_OUTAGE_WAIT = timedelta(hours=1)
"""The longest time between two attempts to reach a server that is down, or that refuses the password."""
OUTAGES = ("no_connection", "login_refused", "no_tls")
EQUAL_REFUSALS = 3
"""After this many equal refusals in a row the rest of a mailing waits: it may be a quota, or a block."""
PAUSE, LONG_PAUSE = timedelta(hours=1), timedelta(hours=24)
"""After temporary and after permanent refusals."""
SENDING_GRACE = timedelta(seconds=20)
"""How long a mail may be `sending` without a lock: the moment between the worker's two transactions."""
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
    code: int = 0
    """The number of the server's refusal, which is not stored."""


@dataclass(slots=True)
class _Refusals:
    """Equal refusals in a row of mails of one mailing, within one run of the worker."""

    last: tuple[int, str, int] | None = None
    count: int = 0

    def note(self, mail: Mail, outcome: Outcome) -> None:
        """Count an outcome: equal refusals in a row pause the mailing, a success ends its pause."""
        waiting = Mail.objects.filter(mailing=mail.mailing_id, state=State.QUEUED)
        this = (mail.mailing_id, outcome.reason, outcome.code)
        self.count = self.count + 1 if this == self.last else 1
        self.last = this
        if not outcome.code:
            if outcome.state == State.SENT and self.count == 1:
                waiting.filter(reason="paused").update(reason="", not_before=database_now())
            return
        # After a pause one more refusal is enough for the next one.
        if self.count >= EQUAL_REFUSALS or waiting.filter(reason="paused").exists():
            pause = PAUSE if 400 <= outcome.code < 500 else LONG_PAUSE
            waiting.filter(not_before__lte=database_now()).update(
                not_before=database_now() + pause, reason="paused"
            )


def send_due() -> int:
    """Send what is due, over one connection; how many mails the server took. Safe to run several times."""
    if not is_configured() or not _due().exists():
        return 0
    with try_lock("mailing") as mine:  # One worker sends, so mailings do not occupy all workers.
        return _send_all() if mine else 0


def _send_all() -> int:
    server, sent, refusals = mailers.default, 0, _Refusals()
    reached = False
    try:
        while True:
            # Connected before a mail is claimed: a server that does not answer then costs no mail.
            try:
                _connect(server)
            except (OSError, smtplib.SMTPException) as error:
                _postpone_all(_connection_reason(error))
                return sent
            if not reached:
                _end_outage()
                reached = True
            claimed = _claim()
            if claimed is None:
                return sent
            outcome = _send(server, *claimed)
            refusals.note(claimed[0], outcome)
            sent += outcome.state == State.SENT
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
    """No mail can be sent now. What is due waits as long again as it has waited; no attempt is counted."""
    now = database_now()
    due = list(_due().select_for_update(skip_locked=True))
    for mail in due:
        mail.reason = reason
        mail.not_before = now + min(max(now - mail.queued_at, FIRST_WAIT), LONGEST_OUTAGE_WAIT)
    Mail.objects.bulk_update(due, ["reason", "not_before"])


def _end_outage() -> None:
    """The server can be reached: what waits for that is due."""
    waiting = Mail.objects.filter(state=State.QUEUED, reason__in=OUTAGES, not_before__gt=database_now())
    waiting.update(not_before=database_now())


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
    if study is not None:
        given = values(study, language, name=name, link=link, deadline=options.deadline)
        subject, body = fill_subject(text["subject"], given), fill(text["body"], given)
    else:  # A complete text, not a template: braces in it belong to a title.
        subject, body = one_line(text["subject"])[:LONGEST_SUBJECT], text["body"]
    sender = _header_address(options.sender) or settings.DEFAULT_FROM_EMAIL
    return EmailMessage(
        subject=subject,
        body=body,
        from_email=sender,
        to=[to],
        reply_to=[_header_address(options.reply_to)] if options.reply_to else None,
        headers={
            "Message-ID": f"<{mail.code}.{mail.attempts + 1}@{_ascii_domain(sender)}>",
            "Date": formatdate(),
            "Auto-Submitted": "auto-generated",
        },
    )


def _header_address(text: str) -> str:
    """As `header_address`, but a sender that can't be used stays: sending then fails, with that reason."""
    try:
        return header_address(text) if text else ""
    except ValueError:
        return text


def _ascii_domain(sender: str) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    try:
        return punycode(domain)
    except ValueError:
        return "localhost"


def _send(server: Any, mail: Mail, message: EmailMessage) -> Outcome:
    """Hand the mail to the server. The row is locked meanwhile, which shows that this worker lives."""
    with transaction.atomic():
        row = Mail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if (row.state, row.attempts) != (State.SENDING, mail.attempts):
            return Outcome(row.state)  # its state was changed meanwhile, so it is not sent
        outcome = _deliver(server, message)
        _settle(row, outcome)
        return outcome


def _deliver(server: Any, message: EmailMessage) -> Outcome:
    """The server's answer. Its text may contain the address, so only its number is stored."""
    try:
        server.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refused:
        return _refusal(next(iter(refused.recipients.values()))[0], "address_refused")
    except smtplib.SMTPSenderRefused as refused:
        return _refusal(refused.smtp_code, "sender_refused")
    except smtplib.SMTPResponseException as refused:
        return _refusal(refused.smtp_code, "message_refused")
    except (ValueError, smtplib.SMTPNotSupportedError):
        return Outcome(State.FAILED, _address_at_fault(message))
    except (OSError, smtplib.SMTPException):
        # The connection broke after the mail had begun: the server may have it, or not.
        return Outcome(State.UNKNOWN, "connection_lost")
    return Outcome(State.SENT)


def _address_at_fault(message: EmailMessage) -> str:
    """Whether the sender or the recipient is what the mail library refused."""
    try:
        check_sender(message.from_email, *message.reply_to)
    except ValueError:
        return "sender_refused"
    return "address_invalid"


def _refusal(code: int, reason: str) -> Outcome:
    temporary = 400 <= code < 500
    return Outcome(State.QUEUED, "busy", code) if temporary else Outcome(State.FAILED, reason, code)


def _settle(mail: Mail, outcome: Outcome) -> None:
    """Store the outcome of an attempt. A link that was not sent ends at once."""
    state, now = outcome.state, database_now()
    if state == State.QUEUED and mail.attempts >= MOST_ATTEMPTS:
        state = State.FAILED
    mail.state, mail.reason = state, outcome.reason
    if state == State.QUEUED:
        mail.not_before = now + min(FIRST_WAIT * 4 ** (mail.attempts - 1), LONGEST_WAIT)
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
        from_email=_header_address(sender) or settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()


class NotUnknown(Exception):
    """Staff have already decided about the mail."""


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
        for name, value in _queued_again(by).items():
            setattr(mail, name, value)
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


def _queued_again(by: str) -> dict[str, Any]:
    now = database_now()
    return {
        "state": State.QUEUED,
        "reason": "",
        "attempts": 0,
        "queued_at": now,
        "not_before": now,
        "ended_at": None,
        "decided_by": by,
    }


@transaction.atomic
def send_failed_again(*, study: Study, by: str) -> int:
    """Queue all failed mails of a study again, and end the pauses of its mailings; how many had failed."""
    mails = Mail.objects.filter(mailing__study=study)
    failed = mails.select_for_update(skip_locked=True, of=("self",)).filter(state=State.FAILED)
    found = [mail.pk for mail in failed]
    paused = mails.filter(state=State.QUEUED, reason="paused")
    paused.update(reason="", not_before=database_now())
    Mail.objects.filter(pk__in=found).update(**_queued_again(by))
    if found:
        record(who=by, verb="send mails again", about=study.slug, mails=len(found))
    enqueue_on_commit(TASK)
    return len(found)


def mails_of(study: Study) -> QuerySet[Mail]:
    return Mail.objects.filter(mailing__study=study)


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


def last_states(study: Study, raters: Collection[int] | None = None) -> dict[int, Mail]:
    """The latest mail to each rater of the study, or to the given ones, by the rater's key."""
    mails = Mail.objects.filter(mailing__study=study, rater__isnull=False).select_related("mailing")
    if raters is not None:
        mails = mails.filter(rater__in=raters)
    return {mail.rater_id: mail for mail in mails.order_by("pk") if mail.rater_id is not None}
