"""The one way from an address to a row of a study, for the person who is signed in.

A row of another team is 404, like one that does not exist, and so is one for which the person's role is not
enough. Views query no studies, raters and so on by themselves (`tests/invariants/test_team_access.py`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from annotations.findings.review import findings
from annotations.mailing.notices import notices_for_owner
from annotations.models import LeakFinding, Mail, Mailing, Rater, Rejection, Study, UnblindingRequest
from evalsite.core.access import staff_required
from evalsite.core.models import Role
from evalsite.core.teams import ROW_TEAM, Person, needed_role, team_ids, visible


def studies_visible_to(person: Person, role: str = Role.WATCHER) -> QuerySet[Study]:
    """The studies of the teams in which the person has that role or one that includes it."""
    return visible(Study.objects.all(), person, role)


def studies_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Staff who may see studies of some team, for pages about studies in general."""

    @staff_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not team_ids(request.user, Role.WATCHER):
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def study_or_404(request: HttpRequest, slug: str, role: str | None = None) -> Study:
    """A study of one of the person's teams.

    Parameters
    ----------
    request : remembers the team of the study, by which templates show only what this person may use.
    slug : of the study.
    role : the least role; without it a watcher's for looking and a researcher's for changing something.

    Raises
    ------
    Http404
        There is no such study, or the person is not in its team or has too little a role there.
    """
    studies = studies_visible_to(request.user, role or needed_role(request)).select_related("team")
    study = studies.filter(slug=slug).first()
    if study is None:
        raise Http404
    setattr(request, ROW_TEAM, study.team_id)
    return study


def _child_or_404[Row: Model](rows: QuerySet[Row], study: Study, path: str = "study", **which: object) -> Row:
    """The row of a study for which the person's role was found to be enough."""
    row = rows.filter(**{path: study}, **which).first()
    if row is None:
        raise Http404
    return row


def rater_or_404(request: HttpRequest, slug: str, code: str) -> Rater:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return _child_or_404(Rater.objects.select_related("study"), study, code=code)


def finding_or_404(request: HttpRequest, slug: str, code: str) -> LeakFinding:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return _child_or_404(findings(study).select_related("study"), study, code=code)


def rejection_or_404(request: HttpRequest, slug: str, code: str) -> Rejection:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return _child_or_404(Rejection.objects.select_related("study"), study, code=code)


def mailing_or_404(request: HttpRequest, slug: str, code: str) -> Mailing:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return _child_or_404(Mailing.objects.select_related("study"), study, code=code)


def mail_or_404(request: HttpRequest, slug: str, code: str) -> Mail:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return _child_or_404(Mail.objects.select_related("mailing"), study, "mailing__study", code=code)


def notice_or_404(request: HttpRequest, code: str) -> Mail:
    """A mail to staff about a row of a team that the person owns."""
    mail = notices_for_owner(request.user).filter(code=code).first()  # type: ignore[arg-type]
    if mail is None:
        raise Http404
    return mail


def waiting_request(study: Study) -> UnblindingRequest | None:
    """The one request to open the seal that waits for a second person."""
    waiting = study.unblindings.filter(state=UnblindingRequest.State.WAITING)
    return waiting.select_related("requested_by").first()
