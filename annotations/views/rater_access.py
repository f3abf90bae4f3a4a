"""Who is at the desk. A rater is known by the session; a stranger is asked to open the link again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache

from annotations import access, services
from annotations.models import Assignment, Rater, Study

SESSION_KEY = "rater"
View = Callable[..., HttpResponse]


def see_other(to: str, *args: Any) -> HttpResponse:
    """303: what was posted is done, look there."""
    response = HttpResponse(status=303)
    response["Location"] = resolve_url(to, *args)
    return response


def sign_in(request: HttpRequest, rater: Rater) -> None:
    """Make this session the rater's, under a new key, so that nobody who knew the old one comes along."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = rater.code


def rater_required(view: View) -> View:
    """Passes the signed-in rater; who has withdrawn, or has no session, gets a plain page instead."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        code = request.session.get(SESSION_KEY, "")
        rater = access.rater_by_code(code) if code else None
        if rater is None:
            return render(request, "rater/signed_out.html", status=403)
        if rater.withdrawn_at:
            return withdrawn(request, rater)
        return view(request, rater, *args, **kwargs)

    return wrapped


def withdrawn(request: HttpRequest, rater: Rater) -> HttpResponse:
    """What everyone who has left gets, by the link as by a page that is still open."""
    context = {"study": rater.study, "words_left": access.words_left(rater)}
    return render(request, "rater/withdrawn.html", context, status=410)


def own_assignment(rater: Rater, code: str) -> Assignment:
    """The rater's assignment; somebody else's is not told from one that never was."""
    assignment = access.assignment_for(rater, code)
    if assignment is None:
        raise Http404
    return assignment


def page(rater: Rater, **more: Any) -> dict[str, Any]:
    """What every page at the desk shows: the study's title, how far one is."""
    return {
        "rater": rater,
        "study": rater.study,
        "progress": services.progress(rater),
        **more,
    }


def is_set_up(rater: Rater) -> bool:
    """Whether consent to the present text, profile and instructions are all behind the rater."""
    return has_consented(rater) and bool(rater.profile) and rater.instructed_at is not None


def has_consented(rater: Rater) -> bool:
    return rater.consents.filter(version=rater.study.spec["consent"]["version"]).exists()


CLOSED_PAGES = {
    Study.State.DRAFT: "rater/not_open.html",
    Study.State.FROZEN: "rater/not_open.html",
    Study.State.PAUSED: "rater/paused.html",
    Study.State.CLOSED: "rater/closed.html",
    Study.State.UNBLINDED: "rater/closed.html",
}


def go_on(rater: Rater) -> HttpResponse:
    """To the next pair, taking it; only ever called for a POST, for it changes something."""
    if rater.study.state != Study.State.OPEN or not is_set_up(rater):
        return see_other("rater-desk")
    try:
        assignment = services.next_assignment(rater=rater)
    except services.NotOpen:
        return see_other("rater-desk")
    return see_other("assignment", assignment.code) if assignment else see_other("rater-done")
