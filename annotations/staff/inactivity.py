"""Open studies in which nobody has judged for days."""

from datetime import timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce

from annotations.models import Study
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
