"""Watching generation. No page here shows a script's text: a study may be running blind on it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evalsite.core.access import admin_required, staff_required
from generation import queries
from generation import run_services as services
from generation.access import run_or_404
from generation.faults import Refused

JOBS_A_PAGE = 100
STATES = {"pause": "paused", "go-on": "active", "cancel": "cancelled"}


@never_cache
@require_safe
@staff_required
def overview(request: HttpRequest) -> HttpResponse:
    runs = Paginator(queries.runs_with_counts(), JOBS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "runs": runs,
        "systems": queries.systems_with_counts(),
        "briefs": queries.briefs_with_counts(),
    }
    return render(request, "generation/overview.html", context)


@never_cache
@require_safe
@staff_required
def run_page(request: HttpRequest, code: str) -> HttpResponse:
    run = run_or_404(code)
    jobs = Paginator(queries.jobs_of(run), JOBS_A_PAGE).get_page(request.GET.get("page"))
    context = {"run": run, "jobs": jobs, "spent": queries.spent(run), "settings": run.frozen_settings}
    return render(request, "generation/run.html", context)


@require_POST
@admin_required
def move(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Pause a run, let it go on, cancel it, or let its failed jobs try again."""
    run = run_or_404(code)
    by = request.user.get_username()
    try:
        if verb == "retry":
            count = services.retry_failed(run=run, by=by)
            messages.success(request, _("%(count)d failed jobs try again.") % {"count": count})
        else:
            services.change_run(run=run, state=STATES[verb], by=by)
    except Refused:
        messages.error(request, _("This run has ended. Plan another one."))
    response = HttpResponseRedirect(reverse("generation-run", args=[code]))
    response.status_code = 303
    return response
