"""Erasing what is stored about raters when the time that the operator has set is over.

Judgments, scores, kinds of errors, times, codes and consents stay: erasing changes no estimate.
"""

from datetime import timedelta

from django.db import transaction

from annotations.desk.seats import erase_words
from annotations.desk.sessions import has_personal_words
from annotations.models import ExternalId, Rater, RaterContact, Study
from evalsite.core.clock import database_now
from evalsite.core.models import record


def erase_old_contacts(days: int) -> int:
    """Erase labels, addresses and IDs of recruiting services in studies that closed `days` ago or earlier.

    Returns
    -------
    int
        The number of people.
    """
    due = Study.objects.filter(
        state__in=[Study.State.CLOSED, Study.State.UNBLINDED],
        closed_at__lte=database_now() - timedelta(days=days),
    )
    return sum(_erase_contacts(study) for study in due.order_by("slug"))


@transaction.atomic
def _erase_contacts(study: Study) -> int:
    count = RaterContact.objects.filter(study=study).delete()[0]
    count += ExternalId.objects.filter(rater__study=study).delete()[0]
    if count:
        record(who="system", verb="erase contact", about=study.slug, count=count)
    return count


def erase_old_words(days: int) -> int:
    """Erase what leaving with erasure erases, for all people in studies that were unblinded `days` ago or
    earlier: profiles, known series, reasons, notes, unsubmitted answers and contact data.

    Returns
    -------
    int
        The number of raters of whom something was left to erase.
    """
    raters = Rater.objects.filter(
        kind=Rater.Kind.PERSON,
        study__state=Study.State.UNBLINDED,
        study__unblinded_at__lte=database_now() - timedelta(days=days),
    )
    due = [rater for rater in raters.order_by("pk").iterator() if has_personal_words(rater)]
    for rater in due:
        erase_words(rater=rater, by="system")
    return len(due)
