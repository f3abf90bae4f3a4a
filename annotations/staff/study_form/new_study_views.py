"""Making a study in the browser: a form that gives a study file, or a file that is there already."""

import re
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.blinding.unblinders import eligible_accounts
from annotations.models import Study, UnfinishedForm
from annotations.spec.values import from_json
from annotations.staff.access import studies_visible_to, study_or_404
from annotations.staff.studies.views import username_of
from annotations.staff.study_form import new_study, unfinished
from annotations.staff.study_form.new_study import study_file_values
from annotations.staff.study_form.new_study_form import FIELD_OF_KEY, NewStudyForm
from annotations.staff.study_form.participation_form import FIELD_OF_PART, PROPOSED
from annotations.staff.study_form.study_form_checks import find_text_gaps
from evalsite.core.access import staff_required
from evalsite.core.codes import random_code
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role
from evalsite.core.teams import current_team_or_404
from evalsite.core.views import FORMS, see_other
from generation.yaml_files import SLUG, text_of

CHECK, MAKE, DOWNLOAD, UPLOAD, CHOOSE, LATER = "check", "make", "download", "upload", "choose", "later"
DEFAULT_NAME = "study.yaml"
_PART = re.compile(r"([a-z_]+):")


@never_cache
@require_http_methods(FORMS)
@staff_required
def new(request: HttpRequest) -> HttpResponse:
    """The essentials of a study. What is filled in becomes a study file, which the next page shows."""
    team = current_team_or_404(request)
    if request.method != "POST":
        given = {key: request.GET.getlist(key) for key in ("briefs",) if key in request.GET}
        if not given and (saved := unfinished.stored(request)):
            return form_page(request, NewStudyForm(team=team, initial=unfinished.initial(saved)), saved=saved)
        initial = {**PROPOSED, "criteria": ["overall"], **proposed_unblinders(request, team), **given}
        return form_page(request, NewStudyForm(team=team, initial=initial))
    if request.POST.get("step") == LATER:
        return keep_for_later(request)
    form = NewStudyForm(request.POST, team=team)
    if request.POST.get("step") == CHOOSE:
        return form_page(request, form)
    unfinished.store(request)
    if not form.is_valid():
        return form_page(request, form, status=422)
    name = f"{form.cleaned_data['slug']}.yaml"
    try:
        checked = new_study.check_study_file(form.file, name, by=username_of(request), team=team)
    except InputErrors as refused:
        mark_fields(form, new_study.quoted_errors(form.file, refused))
        return form_page(request, form, status=422)
    return _file(request, form.file, name, checked=checked, form=form)


def proposed_unblinders(request: HttpRequest, team: int) -> dict[str, str]:
    """The person who makes the study and, where the team has only two accounts, the other one."""
    names = list(eligible_accounts(team).values_list("username", flat=True))
    mine = username_of(request)
    others = [name for name in names if name != mine]
    if mine not in names or not others:
        return {}
    return {"unblinder_1": mine, **({"unblinder_2": others[0]} if len(others) == 1 else {})}


@require_POST
@staff_required
def unsaved(request: HttpRequest) -> HttpResponse:
    """Keep what is typed into the form for a new study, or discard it."""
    current_team_or_404(request)
    return keep_or_discard(request, None, reverse("study-new"))


def keep_or_discard(request: HttpRequest, study: Study | None, page: str) -> HttpResponse:
    """What the form's page posts while it is filled in, and its button that discards everything."""
    if "discard" in request.POST:
        unfinished.discard(request, study)
        messages.success(request, _("Your unsaved entries were discarded."))
        return see_other(page)
    unfinished.store(request, study, autosave=True)
    return HttpResponse(status=204)


def keep_for_later(request: HttpRequest, study: Study | None = None) -> HttpResponse:
    """Keep the entries as they are and leave the form."""
    unfinished.store(request, study)
    messages.success(request, _("Your entries are saved. Open the form again to continue."))
    return see_other("study-page", study.slug) if study else see_other("study-list")


def form_page(
    request: HttpRequest,
    form: NewStudyForm,
    *,
    status: int = 200,
    study: Study | None = None,
    saved: UnfinishedForm | None = None,
    **more: Any,
) -> HttpResponse:
    """The form for a new study, or for a draft; `saved`: with entries that were kept."""
    context = {"form": form, "series": form.series_rows(), "study": study, "saved": saved, **more}
    context["page_key"] = random_code()
    return render(request, "studies/new.html", context, status=status)


def mark_fields(form: NewStudyForm, faults: list[new_study.QuotedError]) -> None:
    """Each fault at the field that the part of the file came from, or above the form."""
    for fault in faults:
        field = _field_of(fault)
        form.add_error(field if field in form.fields else None, f"{fault.message} {fault.fix}")


def _field_of(fault: new_study.QuotedError) -> str:
    part = _PART.match(fault.quoted)
    for key in ((fault.key, part[1] if part else ""), (fault.key, "")):
        if key in FIELD_OF_PART:
            return FIELD_OF_PART[key]
    return FIELD_OF_KEY.get(fault.key, fault.key)


@never_cache
@require_http_methods(FORMS)
@staff_required
def study_file(request: HttpRequest) -> HttpResponse:
    """A study file: sent as a file or typed, checked, downloaded, and made a study of.

    `?study=SLUG` begins with what that study's file would be, and what is made belongs to its team.
    """
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if not step and (slug := request.GET.get("study", "")):
        if not SLUG.match(slug):
            raise Http404
        spec = from_json(study_or_404(request, slug, Role.RESEARCHER).spec)
        return _file(request, new_study.build_study_file(study_file_values(spec)), f"{slug}.yaml")
    team = _team_of_file(request)
    if not step:
        return _file(request, "", DEFAULT_NAME)
    try:
        text, name = _handed_in(request, step)
    except InputErrors as refused:
        return _file(request, "", DEFAULT_NAME, refused=refused)
    if step == DOWNLOAD:
        return _download(text, name)
    by = username_of(request)
    try:
        if step != MAKE:
            checked = new_study.check_study_file(text, name, by=by, team=team)
            return _file(request, text, name, checked=checked)
        made = new_study.create_study(text, name, by=by, team=team)
    except InputErrors as refused:
        return _file(request, text, name, refused=refused)
    said = {
        "created": _("Draft created. Next, check its texts and preview it."),
        "updated": _("Draft saved."),
        "unchanged": _("Nothing has changed: the study already matches this file."),
    }
    unfinished.discard(request, None if made.outcome == "created" else made.study)
    messages.success(request, said[made.outcome])
    return see_other("study-page", made.study.slug)


def _team_of_file(request: HttpRequest) -> int:
    """The team of the study that a file was begun with, if it is still there, else the current one."""
    slug = request.POST.get("study", "")
    mine = studies_visible_to(request.user, Role.RESEARCHER)
    study = mine.filter(slug=slug).select_related("team").first() if SLUG.match(slug) else None
    return study.team.pk if study else current_team_or_404(request)


def _handed_in(request: HttpRequest, step: str) -> tuple[str, str]:
    """The text of a file and its name. Raises `InputErrors`."""
    name = _name(request.POST.get("name", ""))
    if step != UPLOAD:
        text = request.POST.get("text", "")
        return text_of(text.encode()[: new_study.MOST_BYTES], Path(name)), name
    sent = request.FILES.get("file")
    if sent is None:
        raise _refusal(name, _("no file was selected."), _("Select a file."))
    name = _name(sent.name or "")
    if (sent.size or 0) > new_study.MOST_BYTES:
        message = _("the file is larger than %(most)s bytes.") % {"most": f"{new_study.MOST_BYTES:,}"}
        raise _refusal(
            name,
            message,
            _("In the file, refer to stored briefs and scripts instead of including their text."),
        )
    return text_of(sent.read(), Path(name)), name


def _refusal(name: str, message: str, fix: str) -> InputErrors:
    return InputErrors([InputError(name, 1, 1, message, fix)])


def _name(given: str) -> str:
    """A file's name as faults and the download call it: its last part, if that is a plain one."""
    stem = Path(given.replace("\\", "/")).stem.lower()
    return f"{stem}.yaml" if SLUG.match(stem) else DEFAULT_NAME


def _download(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


def _file(
    request: HttpRequest,
    text: str,
    name: str,
    *,
    checked: new_study.Checked | None = None,
    refused: InputErrors | None = None,
    form: NewStudyForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "text": text,
        "name": name,
        "study_slug": request.POST.get("study", "") or request.GET.get("study", ""),
        "rows": min(40, max(12, text.count("\n") + 2)),
        "checked": checked,
        "text_gaps": find_text_gaps(checked.spec) if checked else [],
        "faults": new_study.quoted_errors(text, refused) if refused else [],
        "form": form,
        "hidden": _hidden(form, request.POST) if form else [],
    }
    return render(request, "studies/new_file.html", context, status=422 if refused else 200)


def _hidden(form: NewStudyForm, sent: QueryDict) -> list[tuple[str, str]]:
    """What was typed into the form, to go back to it."""
    return [(key, value) for key in form.fields for value in sent.getlist(key) if value]
