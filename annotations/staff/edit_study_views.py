"""Edit a draft by the form of a new study. Settings that the form doesn't show stay as in the study file."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.findings.scanning import text_key
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff import new_study, unfinished
from annotations.staff.access import study_or_404
from annotations.staff.new_study_form import NewStudyForm
from annotations.staff.new_study_views import (
    LATER,
    form_page,
    keep_for_later,
    keep_or_discard,
    mark_fields,
)
from annotations.staff.study_form_values import form_initial, kept_settings
from annotations.staff.views import username_of
from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.views import FORMS, see_other

BASE = "base"
"""The field with a keyed digest of the draft that the form was opened with."""


@never_cache
@require_http_methods(FORMS)
@staff_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.RESEARCHER)
    if study.state != Study.State.DRAFT:
        messages.warning(request, _("Only drafts can be edited."))
        return see_other("study-page", slug)
    spec, team = from_json(study.spec), study.team.pk
    page: dict[str, Any] = {
        "study": study,
        "kept": kept_settings(spec),
        "base": text_key(study, study.spec_digest),
    }
    if request.method != "POST":
        if saved := unfinished.stored(request, study):
            form = NewStudyForm(team=team, initial=unfinished.initial(saved), draft=spec)
            return form_page(request, form, saved=saved, **page | {"base": saved.content.get(BASE, [""])[-1]})
        return form_page(request, NewStudyForm(team=team, initial=form_initial(spec), draft=spec), **page)
    if request.POST.get("step") == LATER:
        return keep_for_later(request, study)
    given = request.POST.copy()
    given["slug"] = slug
    form = NewStudyForm(given, team=team, draft=spec)
    unfinished.store(request, study)
    if form.is_valid() and request.POST.get(BASE) != text_key(study, study.spec_digest):
        form.add_error(
            None, _("This draft was saved elsewhere in the meantime. Save again to replace those changes.")
        )
    if not form.is_valid():
        return form_page(request, form, status=422, **page)
    try:
        made = new_study.create_study(form.file, f"{slug}.yaml", by=username_of(request), team=team)
    except InputErrors as refused:
        mark_fields(form, new_study.quoted_errors(form.file, refused))
        return form_page(request, form, status=422, **page)
    unfinished.discard(request, study)
    changed = made.outcome != "unchanged"
    messages.success(request, _("Draft saved.") if changed else _("Nothing has changed."))
    return see_other("study-page", slug)


@require_POST
@staff_required
def unsaved(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what is typed into the form of a draft, or discard it: from the form, or from the draft's page."""
    page = "study-page" if request.POST.get("discard") == "draft" else "study-edit"
    return keep_or_discard(request, study_or_404(request, slug), reverse(page, args=[slug]))
