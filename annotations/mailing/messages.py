"""The texts of mails: the shipped ones, a study's own, and the values of their placeholders.

A text keeps its placeholders until the mail is sent. A line whose placeholder has no value is left out, so a
study without a deadline sends no half sentence.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from email.headerregistry import Address, AddressHeader
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.encoding import punycode
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from annotations.desk.consent import format_day, study_contact
from annotations.models import Mailing, MailSettings, Study, localized
from generation.screenplay.text import one_line

LANGUAGES = ("en", "zh")
PLACEHOLDERS = ("name", "link", "study", "deadline", "contact")
EDITABLE_KINDS = (Mailing.Kind.INVITATION, Mailing.Kind.REMINDER, Mailing.Kind.LINK)
LONGEST_SUBJECT, LONGEST_BODY = 200, 8000
Texts = dict[str, dict[str, str]]
"""{en or zh: {subject, body}}"""
_BRACES = re.compile(r"\{([^{}\n]*)\}")
_NAME_AND_ADDRESS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")


@cache
def shipped_texts(kind: str) -> Texts:
    """The texts that come with evalsite: the first line of each file is the subject."""
    found = {}
    for language in LANGUAGES:
        path = Path(__file__).parent.parent / "texts" / language / f"mail-{kind}.txt"
        subject, _, body = path.read_text(encoding="utf-8").partition("\n\n")
        found[language] = {"subject": subject, "body": body}
    return found


class TextProblem(Exception):
    """A text that cannot be sent: `code` is `unknown` (with the placeholder in `name`), `link`, `subject`,
    `empty` or `long`."""

    def __init__(self, code: str, name: str = "") -> None:
        self.code, self.name = code, name
        super().__init__(code)


def check_text(part: str, text: str) -> None:
    """Raises TextProblem. `part` is `subject` or `body`; a body needs the link, a subject may not have it."""
    names = _BRACES.findall(text)
    for name in names:
        if name not in PLACEHOLDERS:
            raise TextProblem("unknown", name)
    if not text.strip():
        raise TextProblem("empty")
    if len(text) > (LONGEST_SUBJECT if part == "subject" else LONGEST_BODY):
        raise TextProblem("long")
    if part == "subject" and ("link" in names or "\n" in text or "\r" in text):
        raise TextProblem("subject")
    if part == "body" and "link" not in names:
        raise TextProblem("link")


def mail_settings(study: Study) -> MailSettings:
    """The study's settings for mail, or unsaved defaults."""
    return MailSettings.objects.filter(study=study).first() or MailSettings(study=study)


def study_texts(study: Study, kind: str) -> Texts:
    """The texts of one kind of message: the study's own, else the shipped ones."""
    own = mail_settings(study).texts.get(kind, {})
    return {language: own.get(language) or shipped_texts(kind)[language] for language in LANGUAGES}


def values(
    study: Study, language: str, *, name: str, link: str, deadline: date | None = None
) -> dict[str, str]:
    """What the placeholders stand for in a mail in this language."""
    return {
        "name": one_line(name),
        "link": link,
        "study": one_line(localized(study.title, language)),
        "deadline": format_deadline(deadline, language),
        "contact": one_line(localized(study_contact(study), language)),
    }


def format_deadline(deadline: date | None, language: str) -> str:
    if deadline is None:
        return ""
    with override("zh-hans" if language == "zh" else "en"):
        return format_day(datetime.combine(deadline, time(12), get_default_timezone()))


def fill(text: str, given: Mapping[str, str]) -> str:
    """Put in the values, each once: braces in a value stay as they are."""
    return "".join(_filled_lines(text.replace("\r\n", "\n"), given)).strip("\n") + "\n"


def fill_subject(text: str, given: Mapping[str, str]) -> str:
    return one_line(_BRACES.sub(lambda found: given.get(found[1], ""), text))[:LONGEST_SUBJECT]


def _filled_lines(text: str, given: Mapping[str, str]) -> Iterator[str]:
    blank_before = False
    for line in text.split("\n"):
        names = _BRACES.findall(line)
        if names and not all(given.get(name) for name in names):
            continue
        # Two blank lines remain where a line between them was left out: one is enough.
        if not line.strip() and blank_before:
            continue
        blank_before = not line.strip()
        yield _BRACES.sub(lambda found: given[found[1]], line) + "\n"


def split_address(text: str) -> tuple[str, str]:
    """The name and the address of `Name <address>`, or of an address alone."""
    found = _NAME_AND_ADDRESS.fullmatch(text.strip())
    return (found["name"].strip(), found["address"].strip()) if found else ("", text.strip())


def header_address(text: str) -> str:
    """`Name <address>` for a header: a name in quotes where needed, an ASCII domain. Raises ValueError."""
    name, address = split_address(text)
    user, _, domain = address.rpartition("@")
    return str(Address(name, user, punycode(domain)))


def check_sender(sender: str, reply_to: str = "") -> None:
    """Build a message with these addresses. Raises ValueError where the mail library refuses one of them."""
    for each in filter(None, (sender, reply_to)):
        parsed = AddressHeader.value_parser(each)  # type: ignore[attr-defined]
        if parsed.all_defects or len(parsed.all_mailboxes) != 1:
            raise ValueError(f"not one valid address: {each!r}")
    EmailMessage(
        subject="-",
        body="-",
        from_email=sender or None,
        to=["name@example.org"],
        reply_to=[reply_to] if reply_to else None,
    ).message(policy=SMTP).as_bytes()


def link_url(secret: str) -> str:
    return settings.PUBLIC_URL + reverse("rater-enter", args=[secret])


def example(study: Study, language: str, texts: Mapping[str, str], deadline: date | None) -> dict[str, Any]:
    """A message as a rater would get it, with invented values."""
    name = "林青" if language == "zh" else "Robin Ellery"
    given = values(study, language, name=name, link=link_url("example-of-a-personal-link"), deadline=deadline)
    return {"subject": fill_subject(texts["subject"], given), "body": fill(texts["body"], given)}


def reason_text(code: str) -> str:
    """Why a mail is in its state, and what to do."""
    if not code:
        return ""
    return {
        "no_connection": _("The mail server can't be reached."),
        "login_refused": _("The mail server refused the site's username or password."),
        "no_tls": _("No encrypted connection: the server offers none, or its certificate isn't trusted."),
        "busy": _("The mail server asked the site to try again later."),
        "paused": _("Sending is paused because the mail server refused several of these emails in a row."),
        "address_refused": _("The mail server refused the address. Check it on the rater's page."),
        "sender_refused": _("The mail server refused the sender. Check it on the Messages page."),
        "message_refused": _("The mail server refused the message, for example as spam."),
        "address_invalid": _("The address can't be used for email. Correct it on the rater's page."),
        "connection_lost": _("The connection broke while the email was being sent."),
        "worker_died": _("The site stopped while the email was being sent."),
        "decided": _("Staff marked this email as sent."),
        "by_staff": _("Cancelled by staff."),
        "left": _("The rater has left the study."),
        "finished": _("The rater has finished."),
        "no_seat": _("The rater's seat was released."),
        "closed": _("The study is closed."),
        "no_address": _("The email address was removed."),
    }.get(code, code)
