"""The filters of the lists of cases and of marked passages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from analysis.cases.queries import CaseFilters
from annotations.models import Study, localized
from annotations.spec.study_options import mark_labels
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
