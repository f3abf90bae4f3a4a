"""Pages and files of cases, for staff who may see the results of an unblinded study. Each look is logged."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from analysis.cases import export, page
from analysis.cases.details import CaseDetails, load_cases
from analysis.cases.forms import CaseFilterForm, PassageFilterForm
from analysis.cases.passages import find_passages, show_passages
from analysis.cases.queries import chosen_criterion, find_case, find_cases, neighbours
from analysis.views import MEDIA_TYPES, attachment, results_required
from annotations.blinding.frozen_check import check_unblinded
from annotations.models import Study
from annotations.staff.views import username_of
from evalsite.core.models import Role, record

ROWS_A_PAGE = 25


@require_safe
@results_required(Role.RESEARCHER)
def case_list(request: HttpRequest, study: Study) -> HttpResponse:
    """All pairings that match the filters, those with most disagreement first."""
    form = CaseFilterForm(study, request.GET)
    filters = form.filters()
    rows = Paginator(find_cases(study, filters), ROWS_A_PAGE).get_page(request.GET.get("page"))
    record(who=username_of(request), verb="read cases", about=study.slug, filter=filters.query)
    context = {
        "study": study,
        "here": "cases",
        "form": form,
        "filters": filters,
        "rows": rows,
        "cases": [page.case_row(study, row) for row in rows],
        "criterion": chosen_criterion(study, filters),
        "headings": {
            "default": filters.sorted_by(""),
            **{name: filters.sorted_by(name) for name in ("scene", "marks")},
        },
        **page.study_facts(study),
    }
    return render(request, "analysis/cases.html", context)


@require_safe
@results_required(Role.RESEARCHER)
def passage_list(request: HttpRequest, study: Study) -> HttpResponse:
    """Marked passages that match the filters, those marked by most raters first."""
    form = PassageFilterForm(study, request.GET)
    filters = form.filters()
    found = find_passages(study, filters) if study.spec.get("marks") else []
    rows = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    record(who=username_of(request), verb="read cases", about=study.slug, filter=filters.query)
    facts = page.study_facts(study)
    names, labels = facts["names"], facts["labels"]
    context = {
        "study": study,
        "here": "passages",
        "form": form,
        "filters": filters,
        "rows": rows,
        "passages": [page.passage_row(each, names, labels) for each in show_passages(study, list(rows))],
        **facts,
    }
    return render(request, "analysis/passages.html", context)


@require_safe
@results_required(Role.RESEARCHER)
def case_page(request: HttpRequest, study: Study, code: str) -> HttpResponse:
    """One pairing: texts with marks in place, and every judgment."""
    case = _case_or_404(study, code)
    filters = CaseFilterForm(study, request.GET).filters()
    before, after, place, count = neighbours(find_cases(study, filters), code)
    record(who=username_of(request), verb="read case", about=study.slug, case=code)
    context = page.case_context(study, case) | {
        "filters": filters,
        "before": before,
        "after": after,
        "place": place,
        "count": count,
    }
    return render(request, "analysis/case.html", context)


@require_safe
@results_required(Role.RESEARCHER)
def case_file(request: HttpRequest, study: Study, code: str) -> HttpResponse:
    """One case as a separate page. Texts that may not be passed on are left out."""
    check_unblinded(study)
    case = _case_or_404(study, code)
    context = page.case_context(study, case, passed_on=True) | {"css": export.export_css()}
    html = render_to_string("analysis/case_export.html", context, request)
    record(who=username_of(request), verb="download", about=study.slug, file=f"{code}.html")
    return attachment(html.encode(), f"{study.slug}-{code}.html", "text/html; charset=utf-8")


@require_safe
@results_required(Role.RESEARCHER)
def case_lines(request: HttpRequest, study: Study) -> HttpResponse:
    """The filtered list as JSON lines, sent while it is read."""
    check_unblinded(study)
    filters = CaseFilterForm(study, request.GET).filters()
    keys = list(find_cases(study, filters).values_list("pk", flat=True))
    record(
        who=username_of(request), verb="download", about=study.slug, file="cases.jsonl", filter=filters.query
    )
    headers = {"Content-Disposition": f'attachment; filename="{study.slug}-cases.jsonl"'}
    return StreamingHttpResponse(  # type: ignore[return-value]
        export.case_lines(study, keys), content_type=MEDIA_TYPES["jsonl"], headers=headers
    )


def _case_or_404(study: Study, code: str) -> CaseDetails:
    pairing = find_case(study, code)
    if pairing is None:
        raise Http404
    return load_cases(study, [pairing.pk])[0]
