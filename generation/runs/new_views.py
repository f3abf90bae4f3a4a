"""Starting a run in the browser: choose, see what it would use, confirm. The same plan as the command's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from generation.access import needs, team_of_new
from generation.runs import services as run_services
from generation.runs.choices import ask_servers, merge_problems, missing_keys, try_systems
from generation.runs.new_form import (
    CHOOSE,
    START,
    NewRunForm,
    first_address,
    key_choices,
    render_estimate,
    tell_refused,
    to_run,
)
from generation.runs.spending import Prices, estimate, prices_of

ADVANCED = ("price_in", "price_out", "limit_tokens", "limit_cost", "seed")
PARAMETERS = ("temperature", "top_p", "max_tokens")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.OWNER)
def new(request: HttpRequest) -> HttpResponse:
    """The form; what the run would use, before it is planned; and then the run."""
    team = team_of_new(request)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if not step:
        wanted = {key: request.GET.getlist(key) for key in ("systems", "briefs") if key in request.GET}
        return _choose(request, NewRunForm(initial={"base_url": first_address(team), **wanted}, team=team))
    form = NewRunForm(request.POST, team=team)
    if step == CHOOSE:
        return _choose(request, form)
    if not form.is_valid():
        return _choose(request, form, status=422)
    if step == START:
        return _start(request, form)
    return _confirm(request, form)


def _choose(request: HttpRequest, form: NewRunForm, *, status: int = 200) -> HttpResponse:
    rows = form.rows()
    context = {
        "form": form,
        "rows": [row for row in rows if not row["choice"].canned],
        "canned": [row for row in rows if row["choice"].canned],
        "canned_open": any(row["chosen"] for row in rows if row["choice"].canned),
        "series": form.series_rows(),
        "advanced": [form[name] for name in ADVANCED],
        "parameters": [form[name] for name in PARAMETERS],
        "no_keys": not key_choices(),
    }
    return render(request, "generation/new_run.html", context, status=status)


def _confirm(request: HttpRequest, form: NewRunForm, *, status: int = 200) -> HttpResponse:
    given, prices = form.cleaned_data, _prices(form)
    servers = ask_servers(form.specs, given["base_url"])
    tried = try_systems(form.specs, servers, given["base_url"])
    told = estimate(form.specs, form.stored_briefs, given["samples"], prices)
    stages = sum(len(spec.stages) for spec in form.specs)
    problems = [each for each in servers if each.error and not each.lacks_key]
    refused = merge_problems(problem for each in tried for problem in each.problems)
    no_key = missing_keys(form.specs)
    context = {
        "form": form,
        "given": given,
        "servers": servers,
        "blocked": bool(problems or refused or no_key),
        "no_key": no_key,
        "unreachable": bool(problems),
        # Prices of systems' files are in US dollars, those of the form in any currency.
        "own_prices": given["price_in"] is not None or given["price_out"] is not None,
        "refused": refused,
        "not_tried": [each for each in tried if each.skipped],
        "known": run_services.known_run(**form.settings),
        "jobs": told.jobs,
        "requests": stages * len(form.stored_briefs) * given["samples"],
        "expected": render_estimate(told.expected),
        "most": render_estimate(told.most),
        "over": form.limits.may_stop(told.most),
        "new_versions": form.new_versions,
        "parameters": form.overrides.parameters(),
        "engine": any(row["choice"].engine for row in form.rows() if row["chosen"]),
        "hidden": form.hidden(),
    }
    status = 502 if problems or refused else 422 if no_key else status
    return render(request, "generation/new_run_confirm.html", context, status=status)


def _prices(form: NewRunForm) -> Prices:
    return prices_of(form.specs, form.cleaned_data["price_in"], form.cleaned_data["price_out"])


def _start(request: HttpRequest, form: NewRunForm) -> HttpResponse:
    """Plan it, and leave the work to the workers."""
    by = request.user
    if missing_keys(form.specs):
        return _confirm(request, form, status=422)
    try:
        planned = run_services.plan_run(
            **form.settings,
            stored=form.stored_specs,
            by=by,  # type: ignore[arg-type]
            limits=form.limits,
            prices=_prices(form),
            mix_adapters=form.cleaned_data["mix_adapters"],
            name=form.cleaned_data["name"].strip(),
            renew=False,
        )
    except InputErrors as refused:
        tell_refused(form, refused)
        return _choose(request, form, status=409)
    return to_run(request, planned)
