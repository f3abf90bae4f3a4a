"""What is asked before a run of synthesis is planned."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from generation.models import Work
from generation.runs.settings_form import RunSettingsForm
from generation.synthesis import pages
from generation.synthesis.choosing import works_of
from generation.synthesis.recipe import Recipe


class NewSynthesisForm(RunSettingsForm):
    """Works by series, the recipe, and the settings. Once valid, `recipe`, `stored_works` and `settings`."""

    works = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one series or work.")}
    )
    recipe_slug = forms.ChoiceField(label=gettext_lazy("Recipe"), initial="dsr-data")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        recipes = pages.recipes()
        self.series = pages.series_choices(recipes[self._slug(recipes)].filter)
        self.listed = sum(len(each.works) for each in self.series) <= pages.MOST_LISTED
        named = [f"series:{each.series.slug}" for each in self.series]
        named += [f"work:{work.slug}" for each in self.series for work in each.works]
        chosen, slugs = self.fields["works"], self.fields["recipe_slug"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        assert isinstance(slugs, forms.ChoiceField)
        chosen.choices = [(name, name) for name in named]
        chosen.initial = [f"series:{each.series.slug}" for each in self.series if each.worked_on]
        slugs.choices = [(slug, slug) for slug in recipes]

    def _slug(self, recipes: dict[str, Recipe]) -> str:
        """The recipe by which scenes are counted: the one that was chosen."""
        slug = str(self.data.get("recipe_slug", "")) if self.is_bound else "dsr-data"
        return slug if slug in recipes else "dsr-data"

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
        return pages.recipes()[self.cleaned_data["recipe_slug"]]

    @property
    def stored_works(self) -> list[Work]:
        """The works that were chosen, alone or with their series, in story order."""
        names = set(self.cleaned_data["works"])
        slugs = [
            work.slug
            for each in self.series
            for work in each.works
            if f"series:{each.series.slug}" in names or f"work:{work.slug}" in names
        ]
        return works_of(slugs)
