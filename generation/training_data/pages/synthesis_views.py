"""Runs of synthesis in the browser: all of them and what comes next; starting one, with an estimate first."""

import json
from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role, User, record
from generation.access import needs, shown_teams, team_of_new
from generation.models import Job
from generation.runs.choices import ask_servers
from generation.runs.history import lines_of, provenance_of
from generation.runs.new_form import (
    CHOOSE,
    START,
    KeyField,
    RunSettingsForm,
    first_address,
    key_choices,
    render_estimate,
    tell_refused,
    to_run,
)
from generation.runs.overrides import Overrides
from generation.runs.services import known_by
from generation.runs.spending import Prices, prices_of
from generation.screenplay import parse, render_html
from generation.systems.views import shown_stages, software_of
from generation.training_data.access import synthesis_job_or_404
from generation.training_data.models import Work
from generation.training_data.pages import synthesis_pages
from generation.training_data.synthesis.choosing import works_of
from generation.training_data.synthesis.corpus_index import build_corpus_index
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.estimating import estimate_of
from generation.training_data.synthesis.planning import frozen_settings, plan_of, plan_synthesis, seeded_by
from generation.training_data.synthesis.recipe import Recipe

DEFAULT = "dsr-data"


class NewSynthesisForm(RunSettingsForm):
    """Works by series, the recipe, and the settings. Once valid, `recipe`, `stored_works` and `settings`."""

    works = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one series or work.")}
    )
    recipe_slug = forms.ChoiceField(label=gettext_lazy("Recipe"), initial=DEFAULT)
    key = KeyField(own=gettext_lazy("The recipe's own"))

    def __init__(self, *args: Any, team: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.fields["base_url"].help_text = _(
            "Any OpenAI-compatible address; it must serve the models annotator, teacher and judge. "
            "Leave empty to use the recipe's address."
        )
        self.recipes = synthesis_pages.recipes(team)
        self.all_works = works_of([], team)
        self.listed = len(self.all_works) <= synthesis_pages.MOST_LISTED
        named = {f"series:{work.series.slug}": None for work in self.all_works}
        named |= {f"work:{work.slug}": None for work in self.all_works}
        chosen, slugs = self.fields["works"], self.fields["recipe_slug"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        assert isinstance(slugs, forms.ChoiceField)
        chosen.choices = [(name, name) for name in named]
        chosen.initial = lambda: [f"series:{each.series.slug}" for each in self.series if each.worked_on]
        slugs.choices = [(slug, slug) for slug in self.recipes]

    @cached_property
    def series(self) -> list[synthesis_pages.SeriesChoice]:
        """All series, their scenes counted by the recipe that was chosen."""
        slug = str(self.data.get("recipe_slug", "")) if self.is_bound else DEFAULT
        return synthesis_pages.series_choices(
            self.all_works, self.recipes.get(slug, self.recipes[DEFAULT]).filter
        )

    def rows(self) -> list[dict[str, Any]]:
        """The series as the page lists them."""
        chosen = self.given("works")
        rows = []
        for each in self.series:
            works = [(work, f"work:{work.slug}" in chosen) for work in each.works] if self.listed else []
            row = {"choice": each, "chosen": f"series:{each.series.slug}" in chosen, "works": works}
            rows.append({**row, "opened": any(one for _, one in works)})
        return rows

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "recipe_slug" in given:
            self.check_keys(self.recipe.specs)
        return given

    @property
    def recipe(self) -> Recipe:
        return self.recipes[str(self.cleaned_data["recipe_slug"])]

    @property
    def recipe_asked(self) -> Recipe:
        """The recipe with the key and address of this run."""
        overrides = Overrides(key=self.cleaned_data["key"], base_url=self.cleaned_data["base_url"])
        profiles, scenes = (overrides.apply(spec) for spec in self.recipe.specs)
        return replace(self.recipe, profiles=profiles, scenes=scenes)

    @cached_property
    def stored_works(self) -> list[Work]:
        """The works that were chosen, alone or with their series, in story order."""
        names = set(self.cleaned_data["works"])
        return [
            work
            for work in self.all_works
            if f"series:{work.series.slug}" in names or f"work:{work.slug}" in names
        ]


RUNS_A_PAGE = 50
ADVANCED = ("seed", "price_in", "price_out", "limit_tokens", "limit_cost")


@never_cache
@require_safe
@needs(Role.WATCHER)
def synthesis(request: HttpRequest) -> HttpResponse:
    teams = shown_teams(request)
    runs = Paginator(synthesis_pages.runs_newest_first(teams), RUNS_A_PAGE).get_page(request.GET.get("page"))
    user = request.user
    assert isinstance(user, User)  # `needs` admits only users
    workflow = synthesis_pages.find_workflow(user, teams)
    context = {
        "runs": runs,
        "rows": synthesis_pages.rows_of(list(runs), user),
        "workflow": workflow,
        "lack": workflow.review_lack,
    }
    return render(request, "training_data/synthesis/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.OWNER)
def new(request: HttpRequest) -> HttpResponse:
    """The form; what the run would use, before it is planned; and then the run."""
    team = team_of_new(request)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if not step:
        return _choose(request, NewSynthesisForm(initial={"base_url": first_address(team)}, team=team))
    form = NewSynthesisForm(request.POST, team=team)
    if step == CHOOSE:
        return _choose(request, form)
    if not form.is_valid():
        return _choose(request, form, status=422)
    try:
        if step == START:
            return _start(request, form)
        return _confirm(request, form)
    except InputErrors as refused:
        tell_refused(form, refused)
        return _choose(request, form, status=422)


def _choose(request: HttpRequest, form: NewSynthesisForm, *, status: int = 200) -> HttpResponse:
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    recipes = [
        {
            "slug": slug,
            "name": recipe.names.get(language, recipe.name),
            "about": recipe.about.get(language, ""),
            "chosen": form["recipe_slug"].value() == slug,
        }
        for slug, recipe in form.recipes.items()
    ]
    context = {
        "form": form,
        "rows": form.rows(),
        "recipes": recipes,
        "advanced": [form[name] for name in ADVANCED],
        "no_keys": not key_choices(),
        "advanced_open": any(form[name].errors for name in ADVANCED),
    }
    return render(request, "training_data/synthesis/new.html", context, status=status)


def _confirm(request: HttpRequest, form: NewSynthesisForm) -> HttpResponse:
    given, recipe, prices = form.cleaned_data, form.recipe_asked, _prices(form)
    survey = build_corpus_index(form.stored_works)  # takes seconds where there are many scenes
    plan = plan_of(recipe, form.stored_works, survey)
    servers = ask_servers(recipe.specs, given["base_url"])
    told = estimate_of(recipe, plan, prices)
    problems = [each for each in servers if each.error and not each.lacks_key]
    people = sum(map(len, plan.people.values()))
    settings = frozen_settings(recipe, form.stored_works, given["seed"], given["base_url"], survey)
    known = known_by(seeded_by(settings), form.team).first()
    context = {
        "form": form,
        "given": given,
        "recipe": recipe,
        "works": form.stored_works,
        "series": synthesis_pages.counted(plan.scenes, form.stored_works),
        "servers": servers,
        "blocked": bool(problems),
        "known": known,
        "had": None if known else synthesis_pages.had_before(plan, survey, form.team),
        "balance": synthesis_pages.balance_of(plan, recipe.filter, given["seed"]),
        "people": people,
        "scenes": len(plan.scenes),
        "worked_on": len(plan.worked_on),
        "requests": people * len(recipe.profiles.stages) + len(plan.worked_on) * len(recipe.scenes.stages),
        "expected": render_estimate(told.expected),
        "most": render_estimate(told.most),
        "over": form.limits.may_stop(told.most),
        "hidden": form.hidden(),
    }
    status = 502 if problems else 200
    return render(request, "training_data/synthesis/confirm.html", context, status=status)


def _prices(form: NewSynthesisForm) -> Prices:
    return prices_of(form.recipe.specs, form.cleaned_data["price_in"], form.cleaned_data["price_out"])


def _start(request: HttpRequest, form: NewSynthesisForm) -> HttpResponse:
    """Plan it, and leave the work to the workers."""
    planned = plan_synthesis(
        recipe=form.recipe_asked,
        stored=form.recipe.specs,
        works=form.stored_works,
        seed=form.cleaned_data["seed"],
        base_url=form.cleaned_data["base_url"],
        by=request.user,  # type: ignore[arg-type]
        limits=form.limits,
        prices=_prices(form),
    )
    return to_run(request, planned)


def _note(request: HttpRequest, job: Job) -> None:
    who = request.user.get_username()
    record(who=who, verb="read how training data came to be", about=job.about, run=job.run.code)


def _hidden(request: HttpRequest, job: Job) -> HttpResponse:
    """What stands in place of a job that shows a scene which a study has sealed."""
    context = {"job": job, "text_lang": "zh-Hans" if job.language == "zh" else "en", "hidden": True}
    return render(request, "training_data/synthesis/job.html", context, status=403)


@never_cache
@require_safe
@staff_required
def job_page(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """How a scene's training data, or a person's profile, came to be."""
    job = synthesis_job_or_404(request, code, key)
    if job.pk in hidden_jobs(job.run):
        return _hidden(request, job)
    _note(request, job)
    provenance = provenance_of(job)
    scenes = [provenance.content] if job.subject_kind == "scene" else provenance.content["scenes"]
    language = job.language
    context = {
        "job": job,
        "provenance": provenance,
        "stages": shown_stages(provenance),
        "software": software_of(job),
        "text_lang": "zh-Hans" if language == "zh" else "en",
        "scenes": [{**each, "html": render_html(parse(each["text"], language))} for each in scenes],
    }
    return render(request, "training_data/synthesis/job.html", context)


@never_cache
@require_safe
@staff_required
def job_lines(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The same as JSON lines."""
    job = synthesis_job_or_404(request, code, key, Role.RESEARCHER)
    if job.pk in hidden_jobs(job.run):
        return _hidden(request, job)
    _note(request, job)
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines_of(provenance_of(job)))
    headers = {"Content-Disposition": f'attachment; filename="history-{job.run.code}-{job.pk}.jsonl"'}
    return HttpResponse(lines, content_type="application/jsonl; charset=utf-8", headers=headers)
