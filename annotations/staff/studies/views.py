"""A study's page and its states. Every page is blind: no result, no choice, no system of an entry."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations import freezing
from annotations.desk import services
from annotations.desk.services import NoFreeSeat, NotOpen, SimulatedOnly, WrongState
from annotations.findings.warnings import accept_warnings, reopen_warning
from annotations.freezing import jobs
from annotations.models import Study
from annotations.staff.access import rater_or_404, studies_visible_to, study_or_404
from annotations.staff.forms import LONGEST, AmendmentForm, InviteForm, LeaveForm, ReasonForm
from annotations.staff.studies import study_states
from annotations.staff.studies.faults import Fault, browser_faults, faults_of
from annotations.staff.studies.queries import SORTS, StudyQuery, study_rows
from annotations.staff.studies.study_page import page_context, watch_context
from annotations.staff.study_form import unfinished
from evalsite.core.access import staff_required
from evalsite.core.models import Role
from evalsite.core.teams import chosen_team, current_team
from evalsite.core.views import FORMS, keep_for_next_page, see_other

LINK_COOKIE = "fresh-link"
LINK_SECONDS = 120
REVIEWERS_START = "generation-reviews"
"""The URL name of the first page of reviewers, who see training data only."""


def username_of(request: HttpRequest) -> str:
    return request.user.get_username()


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The root: staff go on to the studies, reviewers of training data to theirs, everyone else to the
    sign-in, which says what raters do."""
    if not request.user.is_authenticated:
        return redirect("staff-login")
    return redirect(REVIEWERS_START if _reviews_only(request) else "study-list")


def _reviews_only(request: HttpRequest) -> bool:
    """Whether the role in the current team opens no studies."""
    return chosen_team(request) is not None and current_team(request, Role.WATCHER) is None


@require_safe
@staff_required
def study_list(request: HttpRequest) -> HttpResponse:
    """The studies of the current team; none for a person who is in no team yet."""
    if _reviews_only(request):
        raise Http404
    team, wanted = current_team(request, Role.WATCHER), StudyQuery.from_request(request.GET)
    studies = studies_visible_to(request.user).filter(team=team)
    rows = study_rows(studies, wanted)
    context = {"rows": rows, "wanted": wanted, "states": Study.State.choices, "sorts": SORTS, "team": team}
    context["filtered"] = wanted.filters or wanted.archived
    if not rows:
        context["any"] = studies.exists()
    return render(request, "studies/list.html", context)


@never_cache
@require_safe
@staff_required
def study_page(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug)
    fresh = fresh_link(request)
    context = page_context(study, whole_trail="trail" in request.GET)
    context |= {"fresh": fresh, **_job_context(study)}
    context |= _draft_context(request, study, faults_of(jobs.last_freeze_errors(study), study))
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
    study = study_or_404(request, slug)
    return render(request, "studies/_watch.html", {"study": study, **watch_context(study)})


def forget_fresh_link(response: HttpResponse, slug: str) -> HttpResponse:
    response.delete_cookie(LINK_COOKIE, path=reverse("study-page", args=[slug]), samesite="Strict")
    return response


@require_POST
@staff_required
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze a draft. With a reason, its open warnings are accepted first: those chosen, or all."""
    study, by = study_or_404(request, slug), username_of(request)
    if study.state == Study.State.DRAFT and unfinished.stored(request, study):
        messages.warning(
            request, _("You have unsaved edits. Save or discard them before you freeze the study.")
        )
        return see_other("study-page", slug, fragment="#unsaved")
    reason = request.POST.get("reason", "").strip()[:LONGEST]
    try:
        if reason:
            accept_warnings(study=study, by=by, reason=reason, keys=request.POST.getlist("warning") or None)
        job = jobs.request_freeze(study, actor=request.user)  # type: ignore[arg-type]
    except WrongState:
        messages.warning(request, _("Only a draft can be frozen."))
        return see_other("study-page", slug)
    if job.state == jobs.State.FAILED:
        context = page_context(study)
        context |= _draft_context(request, study, faults_of(job.errors, study))
        return render(request, "studies/study.html", context | {"refused": True}, status=409)
    if job.state == jobs.State.DONE:
        messages.success(
            request, _("Frozen. You can return the study to draft until you add the first rater.")
        )
    return see_other("study-page", slug)


def _job_context(study: Study) -> dict[str, Any]:
    """The freezing that waits or runs, and the number of its step."""
    job = jobs.active_job(study)
    if job is None:
        return {"freezing": None}
    number = freezing.STEPS.index(job.step) + 1 if job.step else 0
    return {
        "freezing": job,
        "step": {"number": number, "of": len(freezing.STEPS), "name": STEP_NAMES.get(job.step, "")},
        "unanswered": jobs.is_unanswered(job),
    }


STEP_NAMES = {
    "checking": gettext_lazy("checking texts"),
    "formatting": gettext_lazy("formatting scripts"),
    "drawing": gettext_lazy("drawing who reads what"),
    "storing": gettext_lazy("saving"),
}


@require_POST
@staff_required
def freeze_cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """End the freezing that waits or runs. What has been frozen stays frozen."""
    study = study_or_404(request, slug)
    if not jobs.cancel_freeze(study):
        messages.warning(request, _("Freezing has ended already."))
    return see_other("study-page", slug)


def _draft_context(request: HttpRequest, study: Study, refused: list[Fault]) -> dict[str, Any]:
    """What keeps a draft from being frozen, besides the findings and warnings that the page shows.

    `refused`: what the last attempt to freeze it found.
    """
    if study.state != Study.State.DRAFT:
        return {}
    faults = dict.fromkeys([*browser_faults(freezing.find_blockers(study=study), study), *refused])
    return {
        "unsaved": unfinished.stored(request, study),
        "faults": [each for each in faults if each.code not in ("open_finding", "open_warning")],
    }


@require_POST
@staff_required
def warnings_accept(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept the chosen warnings of a draft with a reason."""
    study = study_or_404(request, slug)
    form = ReasonForm(request.POST)
    keys = request.POST.getlist("warning")
    if not form.is_valid() or not keys:
        message = _("Choose at least one warning.") if form.is_valid() else _("Give a reason.")
        messages.warning(request, message)
        return see_other("study-page", slug, fragment="#warnings")
    try:
        accept_warnings(study=study, by=username_of(request), reason=form.cleaned_data["reason"], keys=keys)
    except WrongState:
        messages.warning(request, _("Warnings can only be accepted while the study is a draft."))
    return see_other("study-page", slug, fragment="#warnings")


@require_POST
@staff_required
def warning_reopen(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    study = study_or_404(request, slug)
    warning = study.accepted_warnings.filter(pk=number).first()
    try:
        if warning is not None:
            reopen_warning(warning=warning, by=username_of(request))
    except WrongState:
        messages.warning(request, _("Warnings can only be reopened while the study is a draft."))
    return see_other("study-page", slug, fragment="#warnings")


@never_cache
@require_safe
@staff_required
def freezing_live(request: HttpRequest, slug: str) -> HttpResponse:
    """The progress of a freezing, alone."""
    study = study_or_404(request, slug)
    return render(request, "studies/_freezing.html", {"study": study, **_job_context(study)})


@require_http_methods(FORMS)
@staff_required
def thaw(request: HttpRequest, slug: str) -> HttpResponse:
    """Back to a draft, while the study has no raters; a page asks first, because the draw is discarded."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    possible = study.state == Study.State.FROZEN and not study.raters.exists()
    if request.method != "POST" and possible:
        return render(request, "studies/thaw.html", {"study": study})
    try:
        freezing.thaw(study=study, by=username_of(request))
    except WrongState:
        messages.warning(request, _("Only a frozen study without raters can be returned to draft."))
    else:
        messages.success(request, _("Returned to draft. You can edit the study now."))
    return see_other("study-page", slug)


STATE_MESSAGES = {
    "open": lambda: _("Open. Raters can judge now."),
    "pause": lambda: _("Paused. Raters get no new pairs. Their answers are saved."),
    "close": lambda: _("Closed. No more judgments will be accepted."),
}


@require_POST
@staff_required
def move(request: HttpRequest, slug: str, verb: study_states.Verb) -> HttpResponse:
    """Open (or resume) and pause: both can be undone."""
    return _change_state(request, study_or_404(request, slug), verb)


@require_http_methods(FORMS)
@staff_required
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Closing cannot be undone, so a page asks first."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    if request.method == "POST" or study.state not in (Study.State.OPEN, Study.State.PAUSED):
        return _change_state(request, study, "close")
    unasked = study.raters.filter(finished_at__isnull=False, guessed_at=None, withdrawn_at=None)
    count = unasked.exclude(guess_sample=[]).count()
    return render(request, "studies/close.html", {**page_context(study), "unasked": count})


def _change_state(request: HttpRequest, study: Study, verb: study_states.Verb) -> HttpResponse:
    try:
        study_states.transition(study=study, verb=verb, by=username_of(request))
    except WrongState:
        study.refresh_from_db()
        message = _("This isn't possible while the study is %(state)s.") % {
            "state": study.get_state_display()
        }
        if verb == "open" and study.archived_at:
            message = _("This study is archived. Restore it from the archive before you open it.")
        messages.warning(request, message)
    else:
        messages.success(request, STATE_MESSAGES[verb]())
    return see_other("study-page", study.slug)


@require_POST
@staff_required
def enrol(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug)
    form = InviteForm(study, request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose the languages that the rater reads."))
        return see_other("study-page", slug, fragment="#invite")
    try:
        enrolment = services.enrol(study=study, languages=form.reads(), by=username_of(request))
    except SimulatedOnly:
        messages.warning(request, _("All raters of this study are simulated, so you can't invite anyone."))
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
    rater = rater_or_404(request, slug, code)
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
    rater = rater_or_404(request, slug, code)
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
    study = study_or_404(request, slug)
    form = AmendmentForm(request.POST)
    if not form.is_valid():
        context = page_context(study) | _draft_context(request, study, []) | {"amendment": form}
        return render(request, "studies/study.html", context, status=422)
    study_states.amend(study=study, by=username_of(request), text=form.cleaned_data["text"])
    messages.success(request, _("Amendment added."))
    return see_other("study-page", slug, fragment="#amendments")
