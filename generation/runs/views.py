"""All runs, and one run: its progress, live; its name, limits and state; its texts as they are written.

The list and a run's own page show no text. The page of texts names no system, leaves out what a sealed study
uses, and who reads it is written into the audit trail.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role, User, record
from evalsite.core.views import see_other
from generation.access import needs, rows_in, run_or_404, shown_teams
from generation.blinding import sealed_pairs
from generation.briefs import pages as brief_pages
from generation.extensions import OVERVIEW_CARDS
from generation.models import Brief, Job, Run, Script
from generation.pipelines import SystemSpec
from generation.runs import queries
from generation.runs import services as run_services
from generation.runs.kinds import kind_of
from generation.runs.progress import Progress, progress_of
from generation.runs.services import Limits, counted
from generation.runs.spending import MILLION, Use

JOBS_A_PAGE = 100
TEXTS_A_PAGE = 10
STATES = {"pause": "paused", "go-on": "active", "cancel": "cancelled"}
VERBS = (*STATES, "retry")
WORDS = {
    "pause": (
        gettext_lazy("Pause the run?"),
        gettext_lazy(
            "No more requests are sent. Answers to requests in progress are saved. You can resume later."
        ),
        gettext_lazy("Pause"),
    ),
    "go-on": (
        gettext_lazy("Resume the run?"),
        gettext_lazy("Jobs continue where they stopped, with the same settings."),
        gettext_lazy("Resume"),
    ),
    "cancel": (
        gettext_lazy("Cancel the run?"),
        gettext_lazy("A cancelled run can't be resumed. Its finished scripts are saved."),
        gettext_lazy("Cancel run"),
    ),
    "retry": (
        gettext_lazy("Retry failed jobs?"),
        gettext_lazy(
            "Finished stages aren't repeated. Jobs that used up all their attempts stay failed, because they "
            "would fail again."
        ),
        gettext_lazy("Retry failed jobs"),
    ),
}


@never_cache
@require_safe
@staff_required
def run_page(request: HttpRequest, code: str) -> HttpResponse:
    run = run_or_404(request, code)
    now = progress_of(run)
    user = request.user
    assert isinstance(user, User)  # `staff_required` lets no one else in
    context = {**_live(run, now), **_jobs(request, run, now), "states": Job.State.choices}
    # The results of an ended run come first; its many jobs unfold on request.
    asked = "state" in request.GET or "page" in request.GET
    context["fold_jobs"] = bool(kind_of(run).page_templates) and context["ended"] and not asked
    context |= kind_of(run).page(run, user, request.GET)
    return render(request, "generation/run.html", {**context, **_frozen(run)})


@never_cache
@require_safe
@staff_required
def live(request: HttpRequest, code: str) -> HttpResponse:
    """The part of the page that moves, alone."""
    run = run_or_404(request, code)
    return render(request, "generation/_run_live.html", _live(run, progress_of(run)))


@never_cache
@require_safe
@staff_required
def live_jobs(request: HttpRequest, code: str) -> HttpResponse:
    """One page of the jobs, alone."""
    run = run_or_404(request, code)
    hidden = kind_of(run).hidden_jobs(run)
    context = {"run": run, "hidden": hidden, **_jobs(request, run, progress_of(run))}
    return render(request, "generation/_run_jobs.html", context)


def _jobs(request: HttpRequest, run: Run, now: Progress) -> dict[str, Any]:
    """The page of jobs that is asked for, all or those in one state."""
    state = request.GET.get("state", "")
    state = state if state in Job.State.values else ""
    counts = {name: getattr(now, name) for name in queries.STATES}
    jobs = Paginator(queries.JobsOf(run, counts, state), JOBS_A_PAGE).get_page(request.GET.get("page"))
    return {
        "jobs": jobs,
        "state": state,
        "page_query": f"state={state}" if state else "",
        "kind": kind_of(run),
    }


def _live(run: Run, now: Progress) -> dict[str, Any]:
    told = run.estimate.get("expected", {})
    idle = now.waiting and not now.claimed and run.state == Run.State.ACTIVE
    kind = kind_of(run)
    follow_up = kind.waiting(run)
    hidden = kind.hidden_jobs(run)  # reasons quote what an answer was refused for, and sums reveal a length
    again, refused_for_good = counted(run) if now.failed else (0, 0)
    return {
        "run": run,
        "hidden": hidden,
        "now": now,
        "used": None
        if hidden
        else _use(now.sums.known),  # never falls again, unlike the reservation for requests in progress
        "held": 0 if hidden else now.sums.reserved.tokens,
        "expected": _use(Use(*(told.get(key, 0) for key in ("prompt_tokens", "completion_tokens", "cost")))),
        "limit_cost": None if run.limit_cost is None else run.limit_cost / MILLION,
        "left_min": None if now.left_s is None else max(1, round(now.left_s / 60)),
        "speed": 0 if hidden else round(now.tokens_per_second),
        "again": again,
        "refused_for_good": refused_for_good,
        "failures": queries.failures_of(run, hidden=hidden) if now.failed else [],
        "troubles": queries.troubles_of(run, hidden=hidden) if now.refused or now.broken else [],
        "keys": _keys(run) if idle else [],
        "in_the_way": queries.runs_in_the_way(run) if idle else None,
        "ended": run.state in (Run.State.DONE, Run.State.CANCELLED),
        "kind": kind,
        "follow_up": follow_up,
        "live_state": "follow-up" if follow_up else run.state,
    }


def _use(use: Use) -> dict[str, Any]:
    told = {"prompt": use.prompt, "completion": use.completion, "tokens": use.tokens}
    return {**told, "cost": use.cost / MILLION if use.cost else None}


def _keys(run: Run) -> list[str]:
    """The names of the keys that this run needs, or of the environment variables that hold them."""
    specs = [SystemSpec.from_record(each) for each in run.frozen_settings["systems"].values()]
    return sorted({spec.backend_of(stage).key_label for spec in specs for stage in spec.stages} - {""})


def _frozen(run: Run) -> dict[str, Any]:
    """What the page says of the settings: the briefs by their number alone."""
    settings = run.frozen_settings
    addresses: dict[str, list[str]] = {}
    for slug, by_stage in settings["addresses"].items():
        each = by_stage.values() if isinstance(by_stage, dict) else [by_stage]
        addresses[slug] = [address if address.startswith("http") else "" for address in dict.fromkeys(each)]
    asked = {
        slug: [str(stage.get("adapter") or stage["model"]) for stage in each["stages"]]
        for slug, each in settings["systems"].items()
        if slug in addresses
    }
    software = [
        (name, ", ".join(version) if isinstance(version, list) else version)
        for name, version in sorted(run.software.items())
    ]
    return {
        "settings": settings,
        "addresses": addresses,
        "models_asked": [
            (slug, list(dict.fromkeys(models)), addresses[slug]) for slug, models in asked.items()
        ],
        "keys_used": _keys(run),
        "briefs": len(settings.get("briefs", ())),
        "software": software,
    }


@never_cache
@require_safe
@staff_required
def texts(request: HttpRequest, code: str) -> HttpResponse:
    """The texts as they come, the latest first, without their systems' names; none that is under seal."""
    run = run_or_404(request, code)
    pairs = set(run.jobs.order_by().values_list("brief__slug", "system__slug").distinct())
    hidden = sealed_pairs(pairs)
    scripts = Script.objects.filter(job__run=run).select_related("brief", "system", "job")
    for brief, system in hidden:
        scripts = scripts.exclude(brief__slug=brief, system__slug=system)
    page = Paginator(scripts.order_by("-created_at", "pk"), TEXTS_A_PAGE).get_page(request.GET.get("page"))
    record(who=request.user.get_username(), verb="read texts of a run", about=run.code, page=page.number)
    return render(request, "generation/run_texts.html", {"run": run, "scripts": page, "hidden": len(hidden)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def move(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Ask, and then pause a run, let it go on, cancel it, or let its failed jobs try again."""
    run = run_or_404(request, code, Role.OWNER)
    if request.method != "POST" and _has_ended(run, verb):
        messages.info(request, _("This run has ended. Start a new one."))
        return _to_run(code)
    if request.method != "POST":
        title, explanation, label = WORDS[verb]
        now = progress_of(run)
        context = {"run": run, "now": now, "title": title, "explanation": explanation, "label": label}
        if verb == "retry":
            context |= dict(zip(("again", "refused_for_good"), counted(run), strict=True))
        return render(request, "generation/run_move.html", {**context, "verb": verb})
    by = request.user.get_username()
    try:
        if verb == "retry":
            count = run_services.retry_failed(run=run, by=by)
            if count:
                messages.success(request, _("Failed jobs being retried: %(count)d.") % {"count": count})
            else:
                messages.info(request, _("None of the failed jobs can be retried."))
        else:
            run_services.change_run(run=run, state=STATES[verb], by=by)
    except InputErrors:
        messages.error(request, _refused(run, verb))
    return _to_run(code)


def _has_ended(run: Run, verb: str) -> bool:
    """Whether nothing comes of asking this: of a run that is done only failed jobs can be tried again."""
    return run.state == Run.State.CANCELLED or (run.state == Run.State.DONE and verb != "retry")


def _refused(run: Run, verb: str) -> str:
    """Why what was asked of a run was not done."""
    run.refresh_from_db()
    if _has_ended(run, verb):
        return _("This run has ended. Start a new one.")
    return _("The latest server check doesn't allow this run to mix adapters.")


class NameForm(forms.Form):
    name = forms.CharField(required=False, max_length=120, label=gettext_lazy("Name of the run"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def name(request: HttpRequest, code: str) -> HttpResponse:
    """Rename a run."""
    run = run_or_404(request, code, Role.OWNER)
    form = NameForm(request.POST or None, initial={"name": run.name})
    if request.method == "POST" and form.is_valid():
        run_services.rename_run(run=run, name=form.cleaned_data["name"], by=request.user.get_username())
        messages.success(request, _("Run renamed."))
        return _to_run(code)
    return render(request, "generation/run_name.html", {"run": run, "form": form})


class LimitsForm(forms.Form):
    tokens = forms.IntegerField(
        required=False, min_value=1, max_value=10**15, label=gettext_lazy("Token limit")
    )
    cost = forms.FloatField(required=False, min_value=0, max_value=10**9, label=gettext_lazy("Cost limit"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def limits(request: HttpRequest, code: str) -> HttpResponse:
    """Give a run other limits; one that paused at its limit goes on."""
    run = run_or_404(request, code, Role.OWNER)
    cost = None if run.limit_cost is None else run.limit_cost / MILLION
    form = LimitsForm(request.POST or None, initial={"tokens": run.limit_tokens, "cost": cost})
    if request.method == "POST" and form.is_valid():
        given = Limits(form.cleaned_data["tokens"], form.cleaned_data["cost"])
        try:
            run_services.set_limits(run=run, limits=given, by=request.user.get_username())
        except InputErrors:
            messages.error(request, _refused(run, "limits"))
        return _to_run(code)
    context: dict[str, Any] = {"run": run, "form": form}
    if not kind_of(run).hidden_jobs(run):
        spent = progress_of(run).sums
        context |= {"used": _use(spent.total), "estimated": spent.reserved.tokens}
    return render(request, "generation/run_limits.html", context)


def _to_run(code: str) -> HttpResponse:
    return see_other(reverse("generation-run", args=[code]))


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
