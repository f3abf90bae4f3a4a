"""What is asked before a run of synthesis is planned."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from generation.runs.settings_form import RunSettingsForm
from generation.training_data.models import Work
from generation.training_data.synthesis import pages
from generation.training_data.synthesis.choosing import works_of
from generation.training_data.synthesis.recipe import Recipe

DEFAULT = "dsr-data"


class NewSynthesisForm(RunSettingsForm):
    """Works by series, the recipe, and the settings. Once valid, `recipe`, `stored_works` and `settings`."""

    works = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one series or work.")}
    )
    recipe_slug = forms.ChoiceField(label=gettext_lazy("Recipe"), initial=DEFAULT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recipes = pages.recipes()
        self.all_works = works_of([])
        self.listed = len(self.all_works) <= pages.MOST_LISTED
        named = {f"series:{work.series.slug}": None for work in self.all_works}
        named |= {f"work:{work.slug}": None for work in self.all_works}
        chosen, slugs = self.fields["works"], self.fields["recipe_slug"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        assert isinstance(slugs, forms.ChoiceField)
        chosen.choices = [(name, name) for name in named]
        chosen.initial = lambda: [f"series:{each.series.slug}" for each in self.series if each.worked_on]
        slugs.choices = [(slug, slug) for slug in self.recipes]

    @cached_property
    def series(self) -> list[pages.SeriesChoice]:
        """All series, their scenes counted by the recipe that was chosen."""
        slug = str(self.data.get("recipe_slug", "")) if self.is_bound else DEFAULT
        return pages.series_choices(self.all_works, self.recipes.get(slug, self.recipes[DEFAULT]).filter)

    def rows(self) -> list[dict[str, Any]]:
        """The series as the page lists them."""
        chosen = self.given("works")
        rows = []
        for each in self.series:
            works = [(work, f"work:{work.slug}" in chosen) for work in each.works] if self.listed else []
            row = {"choice": each, "chosen": f"series:{each.series.slug}" in chosen, "works": works}
            rows.append({**row, "opened": any(one for _, one in works)})
        return rows

    @property
    def recipe(self) -> Recipe:
        return self.recipes[str(self.cleaned_data["recipe_slug"])]

    @cached_property
    def stored_works(self) -> list[Work]:
        """The works that were chosen, alone or with their series, in story order."""
        names = set(self.cleaned_data["works"])
        return [
            work
            for work in self.all_works
            if f"series:{work.series.slug}" in names or f"work:{work.slug}" in names
        ]
