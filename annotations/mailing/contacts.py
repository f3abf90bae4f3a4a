"""Labels and addresses of raters: who has one, changing it, and erasing it in time or on request."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from annotations.mailing.messages import mail_settings
from annotations.models import MailSettings, Rater, RaterContact, Study
from evalsite.core.clock import database_now
from evalsite.core.models import record

MOST_KEEP_DAYS = 1095


def erase_expired() -> int:
    """Part of the sweep: erase contact data whose time is over. The seats and what was judged stay."""
    return RaterContact.objects.filter(erase_after__lte=database_now()).delete()[0]


@transaction.atomic
def erase_contact(*, rater: Rater, by: str) -> None:
    """Erase a rater's label and address, and nothing else."""
    if RaterContact.objects.filter(rater=rater).delete()[0]:
        record(who=by, verb="erase contact", about=rater.study.slug, rater=rater.code)


@transaction.atomic
def save_contact(*, rater: Rater, label: str, address: str, language: str, group: str, by: str) -> None:
    """Store who a rater is, or correct it."""
    contact = RaterContact.objects.filter(rater=rater).first() or RaterContact(
        study=rater.study, rater=rater, erase_after=new_term(rater.study)
    )
    contact.label, contact.address, contact.language, contact.group = label, address, language, group
    contact.save()
    record(who=by, verb="change contact", about=rater.study.slug, rater=rater.code)


@transaction.atomic
def save_settings(*, options: MailSettings, by: str) -> None:
    """Store how a study writes to its raters. A changed term counts for those who are known already."""
    options.save()
    term = timedelta(days=options.keep_days)
    options.study.contacts.update(erase_after=F("created_at") + term)
    record(who=by, verb="change mail settings", about=options.study.slug)


def new_term(study: Study) -> datetime:
    """When contact data that is stored now will be erased."""
    return database_now() + timedelta(days=mail_settings(study).keep_days)


def waiting_list(study: Study) -> QuerySet[RaterContact]:
    """Who was invited while no seat was free, in that order."""
    return RaterContact.objects.filter(study=study, rater__isnull=True)
