"""Unblinding: one person requests it with a reason, another confirms it by typing the study's slug."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.blinding import unblinding
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.desk.services import WrongState
from annotations.models import Study
from annotations.staff.access import study_or_404, waiting_request
from annotations.staff.forms import ReasonForm, SlugForm
from evalsite.core.access import staff_required
from evalsite.core.account_events import account_names
from evalsite.core.errors import InputError
from evalsite.core.models import ACCOUNT_VERBS, AuditEvent
from evalsite.core.views import see_other


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def unblind(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(slug)
    if request.method == "POST":
        step = {"ask": _ask, "confirm": _confirm, "cancel": _cancel}.get(request.POST.get("step", ""))
        if step is not None:
            try:
                return step(request, study)
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
    differences: tuple[InputError, ...] = (),
) -> HttpResponse:
    waiting = waiting_request(study)
    context = {
        "study": study,
        "waiting": waiting,
        "mine": waiting is not None and waiting.requested_by_id == request.user.pk,
        "ask": ask or ReasonForm(),
        "confirm": confirm or SlugForm(study),
        "differences": differences,
        "accounts": _accounts_since(study),
        "past": study.unblindings.exclude(state="waiting").select_related("requested_by", "confirmed_by"),
    }
    refused = ask is not None or confirm is not None or bool(differences)
    return render(request, "studies/unblind.html", context, status=422 if refused else 200)


def _accounts_since(study: Study) -> list[tuple[AuditEvent, str]]:
    """What was done to accounts while the study ran: whoever confirms sees whether two people are two."""
    since = study.frozen_at or study.created_at
    events = list(AuditEvent.objects.filter(verb__in=ACCOUNT_VERBS, at__gte=since)[:50])
    names = account_names(events)
    return [(event, names.get(event.about, event.about)) for event in events]


def _ask(request: HttpRequest, study: Study) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, study, ask=form)
    unblinding.request(study=study, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    messages.success(request, _("Requested. A second member of staff needs to confirm it on this page."))
    return see_other("study-unblind", study.slug)


def _confirm(request: HttpRequest, study: Study) -> HttpResponse:
    form = SlugForm(study, request.POST)
    if not form.is_valid():
        return _page(request, study, confirm=form)
    waiting = waiting_request(study)
    if waiting is None:
        raise WrongState("no request waits")
    try:
        unblinding.confirm(request=waiting, by=request.user)  # type: ignore[arg-type]
    except FrozenStudyDiffers as differs:
        return _page(request, study, differences=differs.errors)
    messages.success(request, _("Unblinded. The report is being computed."))
    return see_other("study-report", study.slug)


def _cancel(request: HttpRequest, study: Study) -> HttpResponse:
    waiting = waiting_request(study)
    if waiting is None:
        raise WrongState("no request waits")
    unblinding.cancel(request=waiting, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Request withdrawn. The study stays blinded."))
    return see_other("study-unblind", study.slug)
