"""Notify staff of studies without a judgment for days, and of studies whose seats are all taken."""

from datetime import timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce

from annotations.desk.seats import ENROLLING_STATES, free_seats
from annotations.models import Rater, SeatEvent, Study
from evalsite.core.clock import database_now
from evalsite.core.notifications import active_staff, notify

INACTIVE_AFTER = timedelta(days=3)


def notify_of_inactive_studies() -> None:
    """Notify staff once of each open study whose last judgment, or opening, was three days ago or earlier."""
    studies = Study.objects.filter(state=Study.State.OPEN).annotate(
        active_at=Coalesce(Max("raters__assignments__submitted_at"), "opened_at")
    )
    for study in studies.filter(active_at__lt=database_now() - INACTIVE_AFTER):
        key = study.active_at.isoformat()
        notify(active_staff(), "study-inactive", study.slug, key=key, title=study.title)


def notify_of_full_studies() -> None:
    """Notify staff of each study without a free seat: once for each day on which its last seat was taken."""
    studies = Study.objects.filter(state__in=ENROLLING_STATES, raters__kind=Rater.Kind.PERSON).distinct()
    for study in studies:
        taken = SeatEvent.objects.filter(seat__study=study, verb__in=("taken", "taken over"))
        last = taken.order_by("-at").first()
        if last is not None and not any(free_seats(study).values()):
            key = last.at.date().isoformat()
            notify(active_staff(), "study-full", study.slug, key=key, title=study.title)
