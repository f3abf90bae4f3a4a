"""Briefs in the browser: the list, one brief, writing and changing one, files in and out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.body_limits import takes_uploads
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role
from evalsite.core.views import see_other
from generation.access import brief_or_404, needs, shown_teams, team_key, team_of_new, teams_of
from generation.briefs import pages as brief_pages
from generation.briefs.files import MOST_UPLOADED, brief_yaml, read_uploads
from generation.briefs.forms import (
    SPARE,
    BriefForm,
    CharacterRows,
    free_brief_slug,
    initial_of,
    preferred_language,
)
from generation.briefs.pages import BriefFilter, shown_brief
from generation.briefs.services import (
    ChangedMeanwhile,
    InUse,
    SlugTaken,
    delete_brief,
    standing_of,
    write_brief,
)
from generation.briefs.warnings import CONTEXT_GUIDE, PROFILE_GUIDE
from generation.models import Brief
from generation.reasons import render_error
from generation.services import store_briefs

GET_POST = ["GET", "HEAD", "POST"]


@never_cache
@require_safe
@needs(Role.WATCHER)
def briefs(request: HttpRequest) -> HttpResponse:
    teams = shown_teams(request)
    wanted = BriefFilter.from_request(request.GET, teams)
    page = brief_pages.brief_page(wanted, request.GET.get("page"), teams)
    context = {
        "page": page,
        "groups": brief_pages.by_series(brief_pages.brief_rows(list(page))),
        "wanted": wanted,
        "page_query": wanted.query(),
        "series": brief_pages.series_with_counts(teams),
    }
    return render(request, "generation/briefs/list.html", context)


@never_cache
@require_safe
@staff_required
def brief(request: HttpRequest, brief: str) -> HttpResponse:
    found = brief_or_404(request, brief)
    content = found.content()
    team = team_key(found.series)
    context = {
        "brief": found,
        "standing": standing_of(found),
        "hints": brief_pages.hints_of(content, team),
        "shown": shown_brief(content, team),
    }
    return render(request, "generation/briefs/brief.html", context)


@never_cache
@require_safe
@staff_required
def download(request: HttpRequest, brief: str) -> HttpResponse:
    """The brief as its file, which `load_briefs` and the upload take back as it is."""
    found = brief_or_404(request, brief, Role.RESEARCHER)
    headers = {"Content-Disposition": f'attachment; filename="{found.slug}.yaml"'}
    text = brief_yaml(found.content(), found.series.aliases)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


# Writing


@never_cache
@require_http_methods(GET_POST)
@needs(Role.OWNER)
def new(request: HttpRequest) -> HttpResponse:
    """Write a brief, or another one from one that is there (`?from=`)."""
    source = brief_or_404(request, request.GET["from"], Role.OWNER) if request.GET.get("from") else None
    initial: dict[str, Any] = {
        "series": request.GET.get("series", ""),
        "series_language": preferred_language(),
    }
    if source is not None:
        initial = {**initial_of(source), "expected": "", "slug": free_brief_slug(source.slug)}
    return _write(request, None, initial, CharacterRows.of(source.characters if source else []), source)


@never_cache
@require_http_methods(GET_POST)
@staff_required
def edit(request: HttpRequest, brief: str) -> HttpResponse:
    """Change a brief, as long as nothing was written or judged for it."""
    found = brief_or_404(request, brief, Role.OWNER)
    standing = standing_of(found)
    if standing.is_fixed:
        return render(
            request, "generation/briefs/fixed.html", {"brief": found, "standing": standing}, status=409
        )
    return _write(request, found, initial_of(found), CharacterRows.of(found.characters), None)


def _write(
    request: HttpRequest,
    found: Brief | None,
    initial: dict[str, Any],
    people: CharacterRows,
    source: Brief | None,
) -> HttpResponse:
    """The form in all its moves: shown, one row more or fewer, looked at, saved."""
    # One may write for a series of any team that one owns; a new series joins the current team.
    team, owned = team_of_new(request), teams_of(request, Role.OWNER)
    if request.method != "POST":
        form = BriefForm(brief=found, initial=initial, team=team, teams=owned)
        form.characters = people
        return _form_page(request, form, source)
    form = BriefForm(request.POST, brief=found, initial=initial, team=team, teams=owned)
    if "add" in request.POST or "remove" in request.POST:
        return _with_other_rows(request, form, source)
    if not form.is_valid() or form.spec is None:
        return _form_page(request, form, source, status=422)
    if "preview" in request.POST:
        return _form_page(request, form, source, content=form.spec.content())
    try:
        stored = write_brief(
            spec=form.spec,
            expected=form.cleaned_data["expected"],
            by=request.user.get_username(),
            team=form.team,
        )
    except SlugTaken:
        form.add_error("slug", _("A brief with this slug already exists."))
    except ChangedMeanwhile:
        form.add_error(None, _("Someone else has changed this brief. Reopen it to see the latest version."))
    except InputErrors as refused:
        for fault in refused.errors:
            form.add_error(None, render_error(fault))
    else:
        messages.success(request, _("Brief %(slug)s saved.") % {"slug": stored.brief.slug})
        return see_other(reverse("generation-brief", args=[stored.brief.slug]))
    return _form_page(request, form, source, status=409)


def _with_other_rows(request: HttpRequest, form: BriefForm, source: Brief | None) -> HttpResponse:
    """The form as it was typed, with a row more or fewer; nothing is checked yet."""
    typed = form.characters.without(request.POST.get("remove", ""))
    kept = {name: request.POST.get(name, "") for name in form.fields if not form.fields[name].disabled}
    again = BriefForm(
        brief=form.brief, initial={**form.initial, **kept}, team=form.own_team, teams=form.teams
    )
    again.characters = typed
    return _form_page(request, again, source, spare=SPARE + 1 if "add" in request.POST else SPARE)


def _form_page(
    request: HttpRequest,
    form: BriefForm,
    source: Brief | None,
    *,
    content: dict[str, Any] | None = None,
    spare: int = SPARE,
    status: int = 200,
) -> HttpResponse:
    form.characters.with_spare(spare)
    context = {
        "form": form,
        "brief": form.brief,
        "source": source,
        "rows": list(form.characters.shown(form.language)),
        "series": form.choices(),
        "guides": {"context": CONTEXT_GUIDE, "profile": PROFILE_GUIDE},
        "shown": shown_brief(content, form.team) if content else None,
        "hints": brief_pages.hints_of(content, form.team) if content else [],
        "standing": standing_of(form.brief) if form.brief else None,
    }
    return render(request, "generation/briefs/write.html", context, status=status)


# Files


@takes_uploads(MOST_UPLOADED)
@never_cache
@require_http_methods(GET_POST)
@needs(Role.OWNER)
def upload(request: HttpRequest) -> HttpResponse:
    """Take in YAML files, all or none, as `load_briefs` does."""
    faults: tuple[InputError, ...] = ()
    if request.method == "POST":
        try:
            stored = store_briefs(
                read_uploads(list(request.FILES.getlist("files"))),
                by=request.user.get_username(),
                alone=True,
                team=team_of_new(request),
            )
        except InputErrors as refused:
            faults = refused.errors
        else:
            if stored:
                return _taken(request, [(each.brief.slug, each.outcome) for each in stored])
            faults = (InputError("", 1, 1, _("No file chosen."), _("Choose one or more files.")),)
    return render(request, "generation/briefs/upload.html", {"faults": faults}, status=422 if faults else 200)


def _taken(request: HttpRequest, stored: list[tuple[str, str]]) -> HttpResponse:
    words = {"created": _("new"), "changed": _("changed"), "unchanged": _("unchanged")}
    told = ", ".join(f"{slug} ({words[outcome]})" for slug, outcome in stored[:20])
    more = len(stored) - 20
    messages.success(
        request, _("Uploaded: %(briefs)s.") % {"briefs": f"{told}, +{more}" if more > 0 else told}
    )
    if len(stored) == 1:
        return see_other(reverse("generation-brief", args=[stored[0][0]]))
    return see_other(reverse("generation-briefs"))


@never_cache
@require_http_methods(GET_POST)
@staff_required
def delete(request: HttpRequest, brief: str) -> HttpResponse:
    """Ask, and then delete a brief on which nothing hangs."""
    found = brief_or_404(request, brief, Role.OWNER)
    standing = standing_of(found)
    if request.method == "POST":
        try:
            delete_brief(brief=found, by=request.user.get_username())
        except InUse:
            messages.error(request, _("This brief is in use and can't be deleted."))
            return see_other(reverse("generation-brief", args=[found.slug]))
        messages.success(request, _("Brief %(slug)s deleted.") % {"slug": found.slug})
        return see_other(reverse("generation-briefs"))
    return render(request, "generation/briefs/delete.html", {"brief": found, "standing": standing})
