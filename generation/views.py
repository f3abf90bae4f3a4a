"""Watching generation. No page here shows a script's text: a study may be running blind on it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.models import Role
from generation.access import needs, rows_in, shown_teams
from generation.briefs import pages as brief_pages
from generation.extensions import OVERVIEW_CARDS
from generation.models import Brief, Run
from generation.runs import queries

RUNS_A_PAGE, LATEST = 50, 4


@never_cache
@require_safe
@needs(Role.WATCHER)
def overview(request: HttpRequest) -> HttpResponse:
    wanted = queries.RunFilter.from_request(request.GET)
    teams = shown_teams(request)
    runs = Paginator(wanted.runs(teams), RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "runs": runs,
        "wanted": wanted,
        "page_query": wanted.query(),
        "any_runs": bool(runs) or queries.runs_newest_first(teams).exists(),
        "states": Run.State.choices,
        "rows": queries.run_rows(list(runs)),
        "counts": brief_pages.overview_counts(teams),
        "cards": [template for template, _values in OVERVIEW_CARDS],
        "latest": rows_in(Brief, teams).order_by("-pk")[:LATEST],
    }
    for _template, values in OVERVIEW_CARDS:
        context |= import_string(values)(teams)
    return render(request, "generation/overview.html", context)
