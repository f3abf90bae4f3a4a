"""Unblinding: one unblinder requests it with a reason, another confirms it by typing the study's slug.

The same page replaces an unblinder: a member of the team requests it, a remaining unblinder accepts it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.blinding import unblinder_changes, unblinders, unblinding
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.blinding.same_browser import mark_browser
from annotations.blinding.unblinder_changes import NoSuchChange, TooEarly
from annotations.blinding.unblinders import (
    AccessChanged,
    NotStaff,
    NotUnblinder,
    SamePerson,
    SecondFactorRefused,
)
from annotations.desk.services import WrongState
from annotations.models import Study, UnblinderChange, UnblindingRequest
from annotations.spec.sealed_scripts import find_sealing_studies
from annotations.staff.access import study_or_404, waiting_request
from annotations.staff.forms import ReasonForm, ReplaceUnblinderForm, SlugForm
from evalsite.accounts import second_factor
from evalsite.core.access import staff_required
from evalsite.core.account_events import account, account_names
from evalsite.core.clock import database_now
from evalsite.core.errors import InputError
from evalsite.core.models import ACCOUNT_VERBS, AuditEvent, Role, Team, User
from evalsite.core.views import see_other

REFUSALS = (NotStaff, NotUnblinder, AccessChanged, NoSuchChange, SamePerson, TooEarly)
"""Refusals whose text tells the person what to do."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def unblind(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.RESEARCHER)
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        if step is not None:
            try:
                return step(request, study)
            except REFUSALS as refused:
                messages.warning(request, str(refused))
            except WrongState:
                messages.warning(
                    request, _("This isn't possible any more. The page shows the current state.")
                )
        return see_other("study-unblind", slug)
    return _page(request, study)


def _page(
    request: HttpRequest,
    study: Study,
    ask: ReasonForm | None = None,
    confirm: SlugForm | None = None,
    replace: ReplaceUnblinderForm | None = None,
    differences: tuple[InputError, ...] = (),
    code_error: str = "",
    code_form: str = "",
) -> HttpResponse:
    waiting, change = waiting_request(study), _waiting_change(study)
    named = unblinders.named_unblinders(study)
    obstacles = unblinders.find_obstacles(study)
    code_needed = unblinders.needs_second_factor(study)
    user: User = request.user  # type: ignore[assignment]
    others = [each.account for each in named if each.account != user.pk]
    able = [account for account in others if obstacles.get(account, "factor") == "factor"]
    context = {
        "study": study,
        "waiting": waiting,
        "sharing": [
            (other, len(pairs), ", ".join(each.name for each in unblinders.named_unblinders(other)))
            for other, pairs in find_sealing_studies(study)
        ],
        "mine": waiting is not None and waiting.requested_by_id == request.user.pk,
        "ask": ask or ReasonForm(),
        "confirm": confirm or SlugForm(study),
        "differences": differences,
        "accounts": _accounts_since(study),
        "past": study.unblindings.exclude(state="waiting").select_related("requested_by", "confirmed_by"),
        "unblinders": [(each, obstacles.get(each.account, "")) for each in named],
        "unconfirmed": unblinders.names_without_confirmed_address(each.user for each in named),
        "nobody_else": bool(named) and change is None and not able,
        "is_unblinder": any(each.account == request.user.pk for each in named),
        "blocked": _why_not(unblinders.check_unblinder, study, user),
        "request_blocked": _why_not(unblinder_changes.check_may_request, study, user),
        "code_needed": code_needed,
        "must_set_up": code_needed and not second_factor.has_second_factor(user),
        "simulated": unblinders.is_simulated_only(study),
        "factor_off": settings.UNBLIND_SECOND_FACTOR != unblinders.REQUIRED,
        "code_error": code_error,
        "code_form": code_form,
        "confirmed_now": second_factor.confirmed_recently(request, unblinders.FRESH),
        "confirm_url": second_factor.confirm_address(reverse("study-unblind", args=[study.slug])),
        "passkeys": settings.PASSKEYS,
        "change": change,
        "may_accept": change is not None and _may_accept(change, request.user, named),
        "acceptable_from": change and _later(unblinder_changes.acceptable_from(change)),
        "replace": replace or ReplaceUnblinderForm(study, named),
        "past_changes": study.unblinder_changes.exclude(state="waiting").select_related(
            "requested_by", "accepted_by"
        ),
    }
    refused = ask is not None or confirm is not None or replace is not None or bool(differences or code_error)
    return render(request, "studies/unblind.html", context, status=422 if refused else 200)


def _why_not(check: Callable[[Study, User], None], study: Study, user: User) -> str:
    """What a check says to this person; empty if nothing is wrong."""
    try:
        check(study, user)
    except WrongState as refused:
        return str(refused)
    return ""


def _waiting_change(study: Study) -> UnblinderChange | None:
    waiting = study.unblinder_changes.filter(state=UnblinderChange.State.WAITING)
    return waiting.select_related("requested_by", "new").first()


def _later(moment: datetime) -> datetime | None:
    """A moment that is still to come."""
    return moment if moment > database_now() else None


def _may_accept(change: UnblinderChange, user: Any, named: list[unblinders.Unblinder]) -> bool:
    return user.pk not in (change.requested_by_id, change.new_id) and any(
        each.account == user.pk and each.name != change.old for each in named
    )


def _accounts_since(study: Study) -> list[tuple[AuditEvent, str]]:
    """Changes of the team's accounts while the study ran, so that the person who confirms can see whether the
    two accounts belong to two people."""
    since = unblinders.frozen_moment(study)
    events = AuditEvent.objects.filter(verb__in=ACCOUNT_VERBS, at__gte=since)
    if Team.objects.exclude(pk=study.team.pk).exists():
        members = User.objects.filter(memberships__team=study.team.pk)
        events = events.filter(about__in=[account(key) for key in members.values_list("pk", flat=True)])
    shown = list(events[:50])
    names = account_names(shown)
    return [(event, names.get(event.about, event.about)) for event in shown]


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "").strip()[:20]


def _ask(request: HttpRequest, study: Study) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, study, ask=form)
    try:
        asked = unblinding.request(
            study=study,
            by=request.user,  # type: ignore[arg-type]
            reason=form.cleaned_data["reason"],
            code=_code(request),
            page=request,
        )
    except SecondFactorRefused as refused:
        return _page(request, study, ask=form, code_error=str(refused))
    messages.success(request, _("Requested. Another unblinder needs to confirm it on this page."))
    return mark_browser(see_other("study-unblind", study.slug), asked)


def _is_read(request: HttpRequest, row: UnblindingRequest | UnblinderChange) -> bool:
    """Whether the row is the one that the person's page showed, and not one that has taken its place."""
    return request.POST.get("row", str(row.pk)) == str(row.pk)


def _confirm(request: HttpRequest, study: Study) -> HttpResponse:
    form = SlugForm(study, request.POST)
    if not form.is_valid():
        return _page(request, study, confirm=form)
    waiting = waiting_request(study)
    if waiting is None or not _is_read(request, waiting):
        raise WrongState("no such request waits")
    try:
        unblinding.confirm(request=waiting, by=request.user, code=_code(request), page=request)  # type: ignore[arg-type]
    except FrozenStudyDiffers as differs:
        return _page(request, study, differences=differs.errors)
    except SecondFactorRefused as refused:
        return _page(request, study, confirm=form, code_error=str(refused))
    messages.success(request, _("Unblinded. The report is being computed."))
    return see_other("study-report", study.slug)


def _cancel(request: HttpRequest, study: Study) -> HttpResponse:
    waiting = waiting_request(study)
    if waiting is None:
        raise WrongState("no request waits")
    unblinding.cancel(request=waiting, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Request withdrawn. The study stays blinded."))
    return see_other("study-unblind", study.slug)


def _replace(request: HttpRequest, study: Study) -> HttpResponse:
    form = ReplaceUnblinderForm(study, unblinders.named_unblinders(study), request.POST)
    if not form.is_valid():
        return _page(request, study, replace=form)
    given = form.cleaned_data
    try:
        change = unblinder_changes.request_change(study=study, by=request.user, **given)  # type: ignore[arg-type]
    except NoSuchChange as refused:
        form.add_error("old", str(refused))
        return _page(request, study, replace=form)
    messages.success(request, _("Requested. A remaining unblinder needs to accept it on this page."))
    return mark_browser(see_other("study-unblind", study.slug), change)


def _accept(request: HttpRequest, study: Study) -> HttpResponse:
    change = _waiting_change(study)
    if change is None or not _is_read(request, change):
        raise WrongState("no such change waits")
    try:
        unblinder_changes.accept_change(
            change=change,
            by=request.user,  # type: ignore[arg-type]
            code=_code(request),
            request=request,
        )
    except SecondFactorRefused as refused:
        return _page(request, study, code_error=str(refused), code_form="-change")
    messages.success(request, _("Accepted. The change is an amendment of the study."))
    return see_other("study-unblind", study.slug)


def _decline(request: HttpRequest, study: Study) -> HttpResponse:
    change = _waiting_change(study)
    if change is None:
        raise WrongState("no change waits")
    unblinder_changes.decline_change(change=change, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Request withdrawn. The unblinders stay as they are."))
    return see_other("study-unblind", study.slug)


STEPS: dict[str, Callable[[HttpRequest, Study], HttpResponse]] = {
    "ask": _ask,
    "confirm": _confirm,
    "cancel": _cancel,
    "replace": _replace,
    "accept": _accept,
    "decline": _decline,
}
