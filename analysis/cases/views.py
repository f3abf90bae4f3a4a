"""Pages and files of cases, for staff who may see the results of an unblinded study. Each look is logged."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from analysis.cases import export, page
from analysis.cases.details import CaseDetails, load_cases
from analysis.cases.passages import find_passages, show_passages
from analysis.cases.queries import CaseFilters, chosen_criterion, find_case, find_cases, neighbours
from analysis.reports.views import MEDIA_TYPES, attachment, results_required
from annotations.blinding.frozen_check import check_unblinded
from annotations.models import Study, localized
from annotations.spec.study_options import mark_labels
from annotations.staff.studies.views import username_of
from evalsite.core.models import Role, record
from generation.models import Language

SORTS = [("", _("Disagreement")), ("marks", _("Most marks")), ("scene", _("Scene"))]
AGREEMENTS = [("agree", _("All agree")), ("split", _("Raters disagree"))]


class CaseFilterForm(forms.Form):
    """Filters of the list of cases. What an address asks for and the study does not have is ignored."""

    system = forms.ChoiceField(label=_("System"), required=False)
    other = forms.ChoiceField(label=_("Compared with"), required=False)
    criterion = forms.ChoiceField(label=_("Criterion"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    agreement = forms.ChoiceField(label=_("Agreement"), required=False)
    marks = forms.ChoiceField(label=_("Marked errors"), required=False)
    search = forms.CharField(label=_("Series or scene title"), required=False, max_length=100)
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=SORTS)

    def __init__(self, study: Study, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        language = get_language() or "en"
        systems = [
            (row["slug"], localized(_names(row.get("name")), language) or row["slug"])
            for row in study.spec["systems"]
        ]
        # The primary criterion is the one that counts where an address names none, so it comes first.
        criteria = [
            (row.slug, localized(row.label, language)) for row in study.criteria.order_by("-primary", "order")
        ]
        languages = set(study.main_briefs.values_list("language", flat=True).order_by())
        self._choose("system", systems, _("Any system"))
        self._choose("other", systems, _("Any system"))
        self._choose("criterion", criteria)
        self._choose("language", [each for each in Language.choices if each[0] in languages], _("All"))
        self._choose("agreement", AGREEMENTS, _("All"))
        self._choose(
            "marks", [("any", _("Any error")), *mark_labels(study, language).items()], _("With or without")
        )
        self._drop(study, languages)

    def _choose(self, name: str, choices: Any, empty: Any = None) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", empty), *choices] if empty is not None else choices

    def _drop(self, study: Study, languages: set[str]) -> None:
        """Fields that leave no choice in this study."""
        if study.spec["design"]["kind"] == "single":
            for name in ("other", "criterion", "agreement"):
                del self.fields[name]
            self._choose("sort", SORTS[1:], _("Most judgments"))
        if not study.spec.get("marks"):
            del self.fields["marks"]
        if len(languages) < 2:
            del self.fields["language"]

    def filters(self) -> CaseFilters:
        self.full_clean()
        return CaseFilters(**self.cleaned_data)


class PassageFilterForm(CaseFilterForm):
    """Filters of the list of marked passages: those that concern one script."""

    def _drop(self, study: Study, languages: set[str]) -> None:
        super()._drop(study, languages)
        for name in ("other", "criterion", "agreement", "sort"):
            self.fields.pop(name, None)
        if "marks" in self.fields:
            labels = mark_labels(study, get_language() or "en")
            self._choose("marks", list(labels.items()), _("Any error"))


def _names(name: Any) -> dict[str, str]:
    return name if isinstance(name, dict) else {"en": name or ""}


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
