"""Series in the browser: their scenes in story order, their title, and the names that raters read instead."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import Role
from evalsite.core.views import see_other
from generation.access import needs, series_or_404, shown_teams
from generation.briefs import pages as brief_pages
from generation.briefs.forms import SeriesForm, words
from generation.briefs.series_names import MOST_ROWS, cleaned, faults_of, found_in, typed_rows
from generation.briefs.services import (
    BadNames,
    InUse,
    delete_series,
    retitle,
    set_aliases,
    set_names,
    standing_of,
)
from generation.models import Series

GET_POST = ["GET", "HEAD", "POST"]
SPARE = 3


@never_cache
@require_safe
@needs(Role.WATCHER)
def all_series(request: HttpRequest) -> HttpResponse:
    series = brief_pages.series_with_counts(shown_teams(request))
    return render(request, "generation/series/list.html", {"series": series})


@never_cache
@require_safe
@staff_required
def one_series(request: HttpRequest, series: str) -> HttpResponse:
    found = series_or_404(request, series)
    rows = brief_pages.brief_rows(list(found.briefs.select_related("series").order_by("order", "slug")))
    names = cleaned(found.names)
    drafts = sorted({(use.study, use.address) for row in rows for use in row.uses if use.changed})
    context = {
        "series": found,
        "rows": rows,
        "names": names,
        "found": found_in(found, names) if names else None,
        "drafts": drafts,
    }
    return render(request, "generation/series/series.html", {**context, "text_lang": _lang(found)})


@never_cache
@require_http_methods(GET_POST)
@staff_required
def names(request: HttpRequest, series: str) -> HttpResponse:
    """Change the name map: rows typed, looked at, stored."""
    found = series_or_404(request, series, Role.OWNER)
    if request.method != "POST":
        return _names_page(request, found, cleaned(found.names))
    rows = typed_rows(request.POST)
    try:
        rows = [{key: words(value) for key, value in row.items()} for row in rows]
    except ValidationError as error:
        return _names_page(request, found, rows, general=[str(error.message)], status=422)
    if "add" in request.POST:
        return _names_page(request, found, rows, spare=SPARE * 2)
    if "preview" in request.POST:
        return _names_page(request, found, rows, look=True)
    try:
        changed = set_names(series=found, names=rows, by=request.user.get_username())
    except BadNames as bad:
        return _names_page(request, found, rows, bad=bad, status=422)
    messages.success(request, _("Names saved.") if changed else _("No names changed."))
    return see_other(reverse("generation-one-series", args=[found.slug]))


def _names_page(
    request: HttpRequest,
    series: Series,
    rows: list[dict[str, str]],
    *,
    bad: BadNames | None = None,
    general: list[str] | None = None,
    look: bool = False,
    spare: int = SPARE,
    status: int = 200,
) -> HttpResponse:
    if look and bad is None:
        faults = faults_of(rows, series)
        bad = BadNames(faults) if faults else None
    errors: dict[int, list[str]] = {}
    for fault in bad.faults if bad else ():
        errors.setdefault(fault.row, []).append(fault.text)
    blank = {"from": "", "to": ""}
    shown = [*rows, *[blank] * min(spare, MOST_ROWS - len(rows))]
    context = {
        "series": series,
        "text_lang": _lang(series),
        "rows": [
            {"number": number, "old": row["from"], "new": row["to"], "errors": errors.get(number, [])}
            for number, row in enumerate(shown)
        ],
        "general": general or [],
        "refused": bool(errors or general),
        "found": found_in(series, rows) if look and not errors else None,
    }
    return render(request, "generation/series/names.html", context, status=status)


@never_cache
@require_http_methods(GET_POST)
@staff_required
def title(request: HttpRequest, series: str) -> HttpResponse:
    """Change the aliases; and the title, as long as nothing was written or judged under it."""
    found = series_or_404(request, series, Role.OWNER)
    fixed = any(standing_of(brief).is_fixed for brief in found.briefs.all())
    form = SeriesForm(
        request.POST or None, fixed=fixed, initial={"title": found.title, "aliases": "\n".join(found.aliases)}
    )
    refused = fixed and "title" in request.POST
    if request.method != "POST" or refused or not form.is_valid():
        context = {"series": found, "text_lang": _lang(found), "fixed": fixed, "form": form}
        return render(
            request,
            "generation/series/title.html",
            context,
            status=409 if refused else 422 if form.errors else 200,
        )
    by = request.user.get_username()
    set_aliases(series=found, aliases=form.cleaned_data["aliases"], by=by)
    try:
        if not fixed:
            retitle(series=found, title=form.cleaned_data["title"], by=by)
    except InUse:
        messages.error(
            request, _("The title can't be changed, because a script was just written for this series.")
        )
    else:
        messages.success(request, _("Series saved."))
    return see_other(reverse("generation-one-series", args=[found.slug]))


@never_cache
@require_http_methods(GET_POST)
@staff_required
def delete(request: HttpRequest, series: str) -> HttpResponse:
    """Ask, and then delete a series without briefs."""
    found = series_or_404(request, series, Role.OWNER)
    if request.method == "POST":
        try:
            delete_series(series=found, by=request.user.get_username())
        except InUse:
            messages.error(request, _("This series has briefs and can't be deleted."))
            return see_other(reverse("generation-one-series", args=[found.slug]))
        messages.success(request, _("Series %(title)s deleted.") % {"title": found.title})
        return see_other(reverse("generation-series"))
    context = {"series": found, "text_lang": _lang(found), "briefs": found.briefs.count()}
    return render(request, "generation/series/delete.html", context)


def _lang(series: Series) -> str:
    return "zh-Hans" if series.language == "zh" else "en"
