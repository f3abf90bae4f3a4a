"""Watching generation. No page here shows a script's text: a study may be running blind on it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from generation import queries
from generation.briefs import pages as brief_pages
from generation.corpus import pages as corpus_pages
from generation.datasets import pages as dataset_pages
from generation.models import Brief, Run

RUNS_A_PAGE, LATEST = 50, 4


@never_cache
@require_safe
@staff_required
def overview(request: HttpRequest) -> HttpResponse:
    runs = Paginator(queries.runs_newest_first(), RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "runs": runs,
        "rows": queries.run_rows(list(runs)),
        "counts": brief_pages.overview_counts(),
        "corpus": corpus_pages.totals(),
        "synthesis_runs": Run.objects.filter(kind=Run.Kind.SYNTHESIZE).count(),
        "made": dataset_pages.overview_counts(),
        "latest": Brief.objects.order_by("-pk")[:LATEST],
    }
    return render(request, "generation/overview.html", context)
