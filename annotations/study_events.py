"""Tell the team's webhooks what has happened in a study."""

from django.conf import settings
from django.urls import reverse

from annotations.models import Study
from evalsite.webhooks.models import EventType
from evalsite.webhooks.outbox import emit


def emit_study_event(
    study: Study,
    type_: EventType,
    *,
    page: str = "study-page",
    key: str = "",
    wake: bool = True,
    **codes: str,
) -> None:
    """Store an event about a study for the endpoints of its team, in the caller's transaction.

    Parameters
    ----------
    study : which one.
    type_ : what happened.
    page : the URL name of the page about it. Its address has the study's slug and, if there is one, the
        rater's code.
    key, wake : as for `evalsite.webhooks.outbox.emit`.
    codes : further codes, such as `rater` or `report`; never names, systems or results.
    """
    of = [study.slug, *([codes["rater"]] if "rater" in codes else [])]
    url = settings.PUBLIC_URL + reverse(page, args=of)
    emit(study.team_id, type_, {"study": study.slug, **codes, "url": url}, key=key, wake=wake)
