"""Labels and addresses of raters: who has one, changing it, and erasing it in time or on request."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from annotations.desk.seats import lock_rater, mark_new_link
from annotations.mailing.messages import Texts, mail_settings
from annotations.models import MailSettings, Rater, RaterContact, RaterLink, Study
from evalsite.core.clock import database_now
from evalsite.core.models import record

MOST_KEEP_DAYS = 1095


def erase_expired() -> int:
    """Part of the sweep: erase contact data whose time is over. The seats and what was judged stay."""
    return RaterContact.objects.filter(erase_after__lte=database_now()).delete()[0]


@transaction.atomic
def erase_contact(*, rater: Rater, by: str) -> None:
    """Erase a rater's label and address, and nothing else."""
    lock_rater(rater.pk)
    if RaterContact.objects.filter(rater=rater).delete()[0]:
        record(who=by, verb="erase contact", about=rater.study.slug, rater=rater.code)


class ContactErased(Exception):
    """The contact data that a form was filled in from is erased."""


@transaction.atomic
def save_contact(
    *, rater: Rater, label: str, address: str, language: str, group: str, by: str, known: bool = False
) -> bool:
    """Store who a rater is, or correct it; whether this ended links.

    Links in mails to an earlier address end with it. `known` says that the form showed stored data: if that
    is erased in the meantime, ContactErased is raised, and nothing is stored.
    """
    lock_rater(rater.pk)
    contact = RaterContact.objects.select_for_update().filter(rater=rater).first()
    if contact is None and known:
        raise ContactErased
    contact = contact or RaterContact(study=rater.study, rater=rater, erase_after=new_term(rater.study))
    ended = 0
    if contact.address.lower() != address.lower():
        ended, _tables = RaterLink.objects.filter(rater=rater, mail__isnull=False).delete()
        mark_new_link([rater], again=True)  # The next email takes a link to another address.
    contact.label, contact.address, contact.language, contact.group = label, address, language, group
    contact.save()
    record(who=by, verb="change contact", about=rater.study.slug, rater=rater.code)
    return bool(ended)


@transaction.atomic
def save_settings(*, study: Study, values: dict[str, Any], by: str) -> None:
    """Store how a study writes to its raters. A changed term counts for those who are known already."""
    options = _lock_settings(study)
    for name, value in values.items():
        setattr(options, name, value)
    options.save(update_fields=list(values))
    term = timedelta(days=options.keep_days)
    study.contacts.update(erase_after=F("created_at") + term)
    record(who=by, verb="change mail settings", about=study.slug)


@transaction.atomic
def save_texts(*, study: Study, kind: str, texts: Texts | None, by: str) -> None:
    """Store a study's own texts of one kind of message; with None, the shipped ones apply again."""
    options = _lock_settings(study)
    options.texts = {key: value for key, value in options.texts.items() if key != kind}
    if texts is not None:
        options.texts[kind] = texts
    options.save(update_fields=["texts"])
    record(who=by, verb="change mail settings", about=study.slug)


def _lock_settings(study: Study) -> MailSettings:
    MailSettings.objects.get_or_create(study=study)
    return MailSettings.objects.select_for_update().get(study=study)


def new_term(study: Study) -> datetime:
    """When contact data that is stored now will be erased."""
    return database_now() + timedelta(days=mail_settings(study).keep_days)


def waiting_list(study: Study) -> QuerySet[RaterContact]:
    """Who was invited while no seat was free, in that order."""
    return RaterContact.objects.filter(study=study, rater__isnull=True)
