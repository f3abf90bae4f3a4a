"""Watching generation. No page here shows a script's text: a study may be running blind on it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from generation import queries

RUNS_A_PAGE = 50


@never_cache
@require_safe
@staff_required
def overview(request: HttpRequest) -> HttpResponse:
    runs = Paginator(queries.runs_newest_first(), RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "runs": runs,
        "rows": queries.run_rows(list(runs)),
        "systems": queries.systems_with_counts(),
        "briefs": queries.briefs_with_counts(),
    }
    return render(request, "generation/overview.html", context)
