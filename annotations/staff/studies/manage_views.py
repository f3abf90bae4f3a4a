"""Pages to edit, duplicate, rename, archive and delete a study."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.desk.services import WrongState
from annotations.findings.scanning import text_key
from annotations.models import Study
from annotations.spec.file import ADDRESSES
from annotations.spec.values import from_json
from annotations.staff.access import study_or_404
from annotations.staff.studies import managing
from annotations.staff.studies.views import username_of
from annotations.staff.study_form import new_study, unfinished
from annotations.staff.study_form.new_study_form import NewStudyForm
from annotations.staff.study_form.new_study_views import (
    LATER,
    form_page,
    keep_for_later,
    keep_or_discard,
    mark_fields,
)
from annotations.staff.study_form.study_form_values import form_initial, kept_settings
from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.views import FORMS, see_other
from generation.yaml_files import SLUG


class NameForm(forms.Form):
    """A study's title in one language or both, and its slug."""

    title_en = forms.CharField(required=False, max_length=500, label=gettext_lazy("Title (English)"))
    title_zh = forms.CharField(required=False, max_length=500, label=gettext_lazy("Title (Chinese)"))
    slug = forms.CharField(max_length=80, label=gettext_lazy("Slug"))

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).strip()
        if not SLUG.match(slug) or slug in ADDRESSES:
            raise forms.ValidationError(
                _("Use lower-case letters, digits and single hyphens, but not “new”.")
            )
        return slug

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("title_en") or given.get("title_zh")):
            self.add_error("title_en", _("Enter a title in at least one language."))
        return given

    def title(self) -> dict[str, str]:
        titles = {language: self.cleaned_data[f"title_{language}"].strip() for language in ("en", "zh")}
        return {language: text for language, text in titles.items() if text}


def _initial(study: Study, slug: str) -> dict[str, str]:
    return {
        "slug": slug,
        "title_en": study.title.get("en", ""),
        "title_zh": study.title.get("zh", ""),
    }


def _name_page(request: HttpRequest, study: Study, form: NameForm, template: str) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"study": study, "form": form}, status=status)


@require_http_methods(FORMS)
@staff_required
def duplicate(request: HttpRequest, slug: str) -> HttpResponse:
    """A draft with the same study file under another slug."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    template = "studies/duplicate.html"
    form = NameForm(request.POST or None, initial=_initial(study, managing.free_slug(slug)))
    if not form.is_valid():
        return _name_page(request, study, form, template)
    given = {"slug": form.cleaned_data["slug"], "title": form.title(), "by": username_of(request)}
    try:
        copy = managing.duplicate_study(study=study, **given)
    except managing.SlugTaken:
        form.add_error("slug", _("This slug is taken on this site. Choose a different one."))
        return _name_page(request, study, form, template)
    messages.success(request, _("Duplicated. This is the new draft."))
    return see_other("study-page", copy.slug)


@require_http_methods(FORMS)
@staff_required
def rename(request: HttpRequest, slug: str) -> HttpResponse:
    """Another title and slug for a draft."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    if study.state != Study.State.DRAFT:
        messages.warning(request, _("Raters know this study by its title, so only drafts can be renamed."))
        return see_other("study-page", slug)
    form = NameForm(request.POST or None, initial=_initial(study, slug))
    if not form.is_valid():
        return _name_page(request, study, form, "studies/rename.html")
    try:
        renamed = managing.rename_study(
            study=study, slug=form.cleaned_data["slug"], title=form.title(), by=username_of(request)
        )
    except managing.SlugTaken:
        form.add_error("slug", _("This slug is taken on this site. Choose a different one."))
        return _name_page(request, study, form, "studies/rename.html")
    except WrongState:
        return see_other("study-page", slug)
    messages.success(request, _("Renamed."))
    return see_other("study-page", renamed.slug)


@require_http_methods(FORMS)
@staff_required
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Hide a study from the list, after a page that asks. An open one is refused."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    if request.method != "POST" and study.state != Study.State.OPEN:
        return render(request, "studies/archive.html", {"study": study})
    try:
        managing.archive_study(study=study, by=username_of(request), archived=True)
    except WrongState:
        messages.warning(
            request, _("Raters are judging this study. Pause or close it before you archive it.")
        )
    else:
        messages.success(request, _("Archived. The study is hidden from the list."))
    return see_other("study-page", slug)


@require_POST
@staff_required
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an archived study in the list again."""
    managing.archive_study(study=study_or_404(request, slug), by=username_of(request), archived=False)
    messages.success(request, _("Restored. The study is in the list again."))
    return see_other("study-page", slug)


@require_http_methods(FORMS)
@staff_required
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a draft, after a page that asks."""
    study = study_or_404(request, slug, Role.OWNER)
    deletable = study.state == Study.State.DRAFT and not study.raters.exists()
    if request.method == "POST" and deletable:
        try:
            managing.delete_study(study=study, by=username_of(request))
        except WrongState:
            deletable = False
        else:
            messages.success(request, _("Draft %(slug)s deleted.") % {"slug": slug})
            return see_other("study-list")
    if not deletable:
        messages.warning(request, _("Only drafts without raters can be deleted. You can archive this study."))
        return see_other("study-page", slug)
    return render(request, "studies/delete.html", {"study": study})


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
