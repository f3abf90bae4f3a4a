"""Notify researchers of studies without a judgment for days, and of studies whose seats are all taken."""

from datetime import timedelta

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from annotations.desk.seats import ENROLLING_STATES, free_seats
from annotations.models import Rater, SeatEvent, Study
from annotations.study_events import emit_study_event
from evalsite.core.clock import database_now
from evalsite.core.models import Role, User
from evalsite.core.notifications import notify
from evalsite.core.teams import members_of
from evalsite.webhooks.models import EventType

INACTIVE_AFTER = timedelta(days=3)


def researchers_of(study: Study) -> QuerySet[User]:
    """Those who can do something about it."""
    return members_of(study.team, Role.RESEARCHER)


def notify_of_inactive_studies() -> None:
    """Notify its team once of each open study whose last judgment, or opening, was three days ago or more."""
    studies = Study.objects.filter(state=Study.State.OPEN).annotate(
        active_at=Coalesce(Max("raters__assignments__submitted_at"), "opened_at")
    )
    for study in studies.filter(active_at__lt=database_now() - INACTIVE_AFTER):
        key = study.active_at.isoformat()
        notify(researchers_of(study), "study-inactive", study.slug, key=key, title=study.title)


def notify_of_full_studies() -> None:
    """Notify its team of each study without a free seat: once a day on which its last seat was taken."""
    studies = Study.objects.filter(state__in=ENROLLING_STATES, raters__kind=Rater.Kind.PERSON).distinct()
    for study in studies:
        taken = SeatEvent.objects.filter(seat__study=study, verb__in=("taken", "taken over"))
        last = taken.order_by("-at").first()
        if last is not None and not any(free_seats(study).values()):
            key = last.at.date().isoformat()
            notify(researchers_of(study), "study-full", study.slug, key=key, title=study.title)
            emit_study_event(study, EventType.STUDY_FULL, key=f"{study.pk} {key}")
