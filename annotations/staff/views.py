"""Watching a study and moving it. Every page is blind: no result, no choice, no system of an entry."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations import freezing
from annotations.desk import services
from annotations.desk.services import NoFreeSeat, NotOpen, SimulatedOnly, WrongState
from annotations.freezing import worker
from annotations.models import Study
from annotations.staff import study_states
from annotations.staff.access import rater_or_404, study_or_404
from annotations.staff.forms import AmendmentForm, InviteForm, LeaveForm
from annotations.staff.queries import study_rows
from annotations.staff.study_page import page_context, watch_context
from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.views import keep_for_next_page

FORMS = ["GET", "HEAD", "POST"]
LINK_COOKIE = "fresh-link"
LINK_SECONDS = 120


def see_other(name: str, *args: object, fragment: str = "") -> HttpResponseRedirect:
    """303: what was posted is not posted again by going back or by loading the page anew."""
    response = HttpResponseRedirect(reverse(name, args=args) + fragment)
    response.status_code = 303
    return response


def username_of(request: HttpRequest) -> str:
    return request.user.get_username()


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The root: staff go on to the studies, everyone else to the sign-in, which says what raters do."""
    return redirect("study-list" if request.user.is_authenticated else "staff-login")


@require_safe
@staff_required
def study_list(request: HttpRequest) -> HttpResponse:
    return render(request, "studies/list.html", {"rows": study_rows()})


@never_cache
@require_safe
@staff_required
def study_page(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(slug)
    fresh = fresh_link(request)
    context = page_context(study, whole_trail="trail" in request.GET)
    context |= {"fresh": fresh, "freezing": worker.running_freezing(study)}
    context["faults"] = worker.last_freeze_errors(study)
    response = render(request, "studies/study.html", context)
    return forget_fresh_link(response, slug) if fresh else response


def _show_once(
    request: HttpRequest, response: HttpResponse, slug: str, code: str, secret: str
) -> HttpResponse:
    """Send the link along to the next page of the study, which shows it once."""
    path = reverse("study-page", args=[slug])
    keep_for_next_page(response, request, LINK_COOKIE, f"{code}:{secret}", path=path, seconds=LINK_SECONDS)
    return response


def fresh_link(request: HttpRequest, rater: str = "") -> dict[str, str] | None:
    """The link that was just made, if any: of `rater` alone where a code is given."""
    stored = request.get_signed_cookie(LINK_COOKIE, default="", max_age=LINK_SECONDS)
    code, _colon, secret = str(stored or "").partition(":")
    if not secret or rater not in ("", code):
        return None
    return {"code": code, "url": request.build_absolute_uri(reverse("rater-enter", args=[secret]))}


@never_cache
@require_safe
@staff_required
def watch_live(request: HttpRequest, slug: str) -> HttpResponse:
    """The progress part of the study's page, which renews itself."""
    study = study_or_404(slug)
    return render(request, "studies/_watch.html", {"study": study, **watch_context(study)})


def forget_fresh_link(response: HttpResponse, slug: str) -> HttpResponse:
    response.delete_cookie(LINK_COOKIE, path=reverse("study-page", args=[slug]), samesite="Strict")
    return response


@require_POST
@staff_required
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(slug)
    try:
        if worker.request_freezing(study=study, by=username_of(request)):
            return see_other("study-page", slug)
    except (InputErrors, WrongState) as error:
        faults = error.lines() if isinstance(error, InputErrors) else [str(error)]
        return render(request, "studies/study.html", page_context(study) | {"faults": faults}, status=409)
    messages.success(request, _("Frozen: texts, criteria, design and plan are fixed now."))
    return see_other("study-page", slug)


@never_cache
@require_safe
@staff_required
def freezing_live(request: HttpRequest, slug: str) -> HttpResponse:
    """Whether a worker is still freezing the study, alone."""
    return render(
        request, "studies/_freezing.html", {"freezing": worker.running_freezing(study_or_404(slug))}
    )


@require_POST
@staff_required
def thaw(request: HttpRequest, slug: str) -> HttpResponse:
    """Back to a draft, while nobody is enrolled."""
    try:
        freezing.thaw(study=study_or_404(slug), by=username_of(request))
    except WrongState:
        messages.warning(request, _("Only a frozen study without raters can become a draft again."))
    else:
        messages.success(request, _("A draft again: load its file anew, or freeze it."))
    return see_other("study-page", slug)


SAID = {
    "open": lambda: _("Open: raters can judge now."),
    "pause": lambda: _("Paused: nobody gets a new pair. What raters have typed is kept."),
    "close": lambda: _("Closed: nothing more is taken."),
}


@require_POST
@staff_required
def move(request: HttpRequest, slug: str, verb: study_states.Verb) -> HttpResponse:
    """Open (or resume) and pause: both can be undone."""
    return _change_state(request, study_or_404(slug), verb)


@require_http_methods(FORMS)
@staff_required
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Closing cannot be undone, so a page asks first."""
    study = study_or_404(slug)
    if request.method == "POST" or study.state not in (Study.State.OPEN, Study.State.PAUSED):
        return _change_state(request, study, "close")
    return render(request, "studies/close.html", page_context(study))


def _change_state(request: HttpRequest, study: Study, verb: study_states.Verb) -> HttpResponse:
    try:
        study_states.transition(study=study, verb=verb, by=username_of(request))
    except WrongState:
        study.refresh_from_db()
        state = study.get_state_display()
        messages.warning(request, _("The study is %(state)s: this cannot be done now.") % {"state": state})
    else:
        messages.success(request, SAID[verb]())
    return see_other("study-page", study.slug)


@require_POST
@staff_required
def enrol(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(slug)
    form = InviteForm(study, request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose the languages that the rater reads."))
        return see_other("study-page", slug, fragment="#invite")
    try:
        enrolment = services.enrol(study=study, languages=form.reads(), by=username_of(request))
    except SimulatedOnly:
        messages.warning(request, _("All raters of this study are simulated, so nobody can be invited."))
    except NoFreeSeat:
        messages.warning(request, _("No seat with these languages is free. Release a seat first."))
    except NotOpen:
        messages.warning(request, _("You can invite raters while a study is frozen, open or paused."))
    else:
        response = see_other("study-page", slug, fragment="#fresh")
        return _show_once(request, response, slug, enrolment.rater.code, enrolment.secret)
    return see_other("study-page", slug, fragment="#invite")


@require_http_methods(FORMS)
@staff_required
def rater_link(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """A new personal link; the old one ends."""
    rater = rater_or_404(slug, code)
    if request.method != "POST" and rater.withdrawn_at is None:
        return render(request, "studies/rater_link.html", {"study": rater.study, "rater": rater})
    try:
        secret = services.reissue_link(rater=rater, by=username_of(request))
    except NotOpen:
        messages.warning(request, _("This rater has left the study and can't get a new link."))
        return see_other("study-rater", slug, code)
    return _show_once(request, see_other("study-rater", slug, code, fragment="#fresh"), slug, code, secret)


@require_http_methods(FORMS)
@staff_required
def rater_leave(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Free a rater's seat for somebody else, and take the rater out of the study where that is asked."""
    rater = rater_or_404(slug, code)
    form = LeaveForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"study": rater.study, "rater": rater, "form": form}
        return render(request, "studies/rater_leave.html", context, status=422 if request.POST else 200)
    given = form.cleaned_data
    services.free_seat(rater=rater, by=username_of(request), reason=given["reason"])
    if given["withdraw"] or given["erase"]:
        services.withdraw(rater=rater, erase=given["erase"], by=username_of(request))
    messages.success(request, _("Done. Submitted judgments stay. The rest of the seat is free."))
    return see_other("study-rater", slug, code)


@require_POST
@staff_required
def amend(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(slug)
    form = AmendmentForm(request.POST)
    if not form.is_valid():
        context: dict[str, Any] = page_context(study) | {"amendment": form}
        return render(request, "studies/study.html", context, status=422)
    study_states.amend(study=study, by=username_of(request), text=form.cleaned_data["text"])
    messages.success(request, _("The amendment stands in the record, with its date."))
    return see_other("study-page", slug, fragment="#amendments")
