"""How many raters? A form whose answer stands at once in closed form, and is then simulated in parts.

The question stands in the address, so that a plan can be sent to a colleague. Nothing is stored. The
statistics are imported late, as they are for reports: serving pages needs none.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from analysis.planner.forms import PlannerForm
from annotations.staff.access import studies_required

JSON = "application/json"


@require_safe
@studies_required
def planner(request: HttpRequest) -> HttpResponse:
    """The form, and the answer in closed form where it was asked."""
    form = PlannerForm(request.GET) if "win_rate" in request.GET else PlannerForm()
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        from analysis.planner import answer as planner_answer

        context |= planner_answer.page(form, _query(request))
    return render(request, "analysis/planner.html", context)


@require_POST
@studies_required
def simulate(request: HttpRequest) -> HttpResponse:
    """Some more studies: the whole page, or for the page's script its part of it."""
    from analysis.planner import answer as planner_answer

    form = _valid_or_404(request)
    found = planner_answer.simulated_page(form, _query(request), request.POST.get("token", ""))
    if found is None:
        raise Http404
    context = {"form": form} | found
    if JSON not in request.headers.get("Accept", ""):
        return render(request, "analysis/planner.html", context)
    part = render_to_string("analysis/_planner_study.html", context, request)
    return JsonResponse({"html": part, **{key: context[key] for key in ("done", "of", "token")}})


@require_safe
@studies_required
def chart(request: HttpRequest) -> HttpResponse:
    from analysis.planner import answer as planner_answer

    svg = planner_answer.chart(_valid_or_404(request), _query(request), request.GET.get("token", ""))
    return HttpResponse(svg, content_type="image/svg+xml")


def _valid_or_404(request: HttpRequest) -> PlannerForm:
    form = PlannerForm(request.GET)
    if not form.is_valid():
        raise Http404
    return form


def _query(request: HttpRequest) -> str:
    """The question as a query string, the same for the page, its chart and its simulation."""
    query = request.GET.copy()
    query.pop("token", None)
    return query.urlencode()
