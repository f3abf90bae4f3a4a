"""A file of people's scripts, step by step: upload, its lines, its scenes, where it is from, import.

Who belongs to the team may look; its owners bring files and import. Every step stores its entries, so an
import can be continued later. No page shows a file whose text is in a blinded study.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.core.access import signed_in, staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.teams import has_role
from evalsite.core.views import see_other
from generation.access import needs, rows_in, shown_teams, team_key, upload_or_404
from generation.models import Brief, Source, System, Upload
from generation.uploads import messages as upload_words
from generation.uploads import pages as upload_pages
from generation.uploads import services as uploads
from generation.uploads.forms import LanguageForm, SourceForm, initial_of
from generation.uploads.store import Imported

SCRIPTS_A_PAGE = 50
SCENES_A_PAGE = 60
TYPE_FIELD = "type-"
"""The name of a field with the type of a line, before the line's number."""
MOST_CHOICES = 120
"""With more briefs than that a brief is typed, and not chosen from a list."""


@never_cache
@require_safe
@needs(Role.WATCHER)
def scripts(request: HttpRequest) -> HttpResponse:
    """Unfinished imports, and the scripts that were imported."""
    teams = shown_teams(request)
    rows = rows_in(Source, teams).select_related("script__brief", "script__system").order_by("-pk")
    search = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    if search:
        rows = rows.filter(
            Q(script__brief__slug__icontains=search)
            | Q(script__system__slug__icontains=search)
            | Q(script__writer__iexact=search)
            | Q(file_name__icontains=search)
        )
    page = Paginator(rows, SCRIPTS_A_PAGE).get_page(request.GET.get("page"))
    uploads = rows_in(Upload, teams).defer("content", "rows").select_related("created_by")
    context = {
        "sources": page,
        "search": search,
        "page_query": urlencode({"q": search}) if search else "",
        "open_ones": _named(uploads.filter(state=Upload.State.OPEN)[:SCRIPTS_A_PAGE]),
        "closed_ones": list(uploads.exclude(state=Upload.State.OPEN)[:SCRIPTS_A_PAGE]),
    }
    _named(page)
    return render(request, "generation/uploads/list.html", context)


def _named(rows: Iterable[Any]) -> list[Any]:
    """The rows with their formats as people call them."""
    found = list(rows)
    for each in found:
        each.format_name = upload_words.FORMATS.get(each.format, each.format)
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def lines(request: HttpRequest, code: str) -> HttpResponse:
    """What was understood, line by line; a POST reads the file in the other language."""
    upload = upload_or_404(request, code, Role.OWNER if request.method == "POST" else Role.WATCHER)
    if answer := _closed_door(request, upload):
        return answer
    if request.method == "POST":
        return _other_language(request, upload)
    try:
        read = uploads.read_upload(upload)
    except InputErrors as refused:
        return _unreadable(request, upload, refused)
    account = upload_pages.account_of(read)
    wanted = {str(number): page for number, _heading, page in account.scene_pages}
    if page := wanted.get(request.GET.get("scene", "")):
        where = f"?page={page}#scene-{request.GET['scene']}"
        return _to("generation-upload", upload.code, query=where)
    context = {
        **_head(upload, read, "lines"),
        "account": account,
        "notices": upload_words.notices(read.understood),
        "clear": upload_words.is_clear(read.understood),
        "jumps": account.jumps[: upload_pages.MOST_JUMPS],
        "more": max(0, len(account.jumps) - upload_pages.MOST_JUMPS),
        "only": request.GET.get("only") == "doubt" and bool(account.jumps),
        "types": upload_words.types_for(upload.language) if _may_change(request, upload) else [],
        "language_form": LanguageForm(initial={"language": upload.language}),
    }
    if context["only"]:
        context["rows"] = _page(request, account.jumps, upload_pages.ROWS_A_PAGE)
    else:
        context["rows"] = _page(request, account.pages, 1)
        context["parts"] = upload_pages.typeset(read, context["rows"][0])
    return render(request, "generation/uploads/lines.html", context)


def _may_change(request: HttpRequest, upload: Upload) -> bool:
    return upload.state == Upload.State.OPEN and has_role(request.user, upload.team_id, Role.OWNER)


@never_cache
@require_POST
@staff_required
def line_types(request: HttpRequest, code: str) -> HttpResponse:
    """Take lines for what an admin says they are; back to the first of them."""
    upload = upload_or_404(request, code, Role.OWNER)
    if answer := _closed_door(request, upload, only_open=True):
        return answer
    fields = {
        int(name.removeprefix(TYPE_FIELD)): str(value)
        for name, value in request.POST.items()
        if re.fullmatch(rf"{TYPE_FIELD}[0-9]{{1,7}}", name)
    }
    before = uploads.types_of(upload)
    chosen = {number: kind for number, kind in fields.items() if kind != before.get(number, "")}
    try:
        changed = uploads.change_types(upload, chosen, by=signed_in(request))
    except ValueError as error:
        raise BadRequest from error
    except InputErrors as refused:
        for fault in refused.errors:
            messages.error(request, "{message} {fix}".format(**upload_words.describe_fault(fault)))
        return _to("generation-upload", upload.code, query=_where(request))
    if changed:
        said = ngettext("Changed the type of %(n)d line.", "Changed the types of %(n)d lines.", changed)
        messages.success(request, said % {"n": changed})
    upload.refresh_from_db(fields=["metadata"])
    account = upload_pages.account_of(uploads.read_upload(upload))
    row = account.row_of(min(chosen, default=0))
    return _to("generation-upload", upload.code, query=_where(request, row))


def _where(request: HttpRequest, row: tuple[int, int] | None = None) -> str:
    """The query of the page that a form was sent from, or of the page that a row is on now."""
    if request.POST.get("only") == "doubt":
        return "?only=doubt"
    page = row[0] if row else request.POST.get("page", "1")
    anchor = f"#l{row[1]}" if row else ""
    return f"?page={page}{anchor}" if str(page).isdigit() else ""


def _page(request: HttpRequest, rows: list[Any], size: int) -> Any:
    return Paginator(rows, size).get_page(request.GET.get("page"))


def _other_language(request: HttpRequest, upload: Upload) -> HttpResponse:
    form = LanguageForm(request.POST)
    if upload.state != Upload.State.OPEN or not form.is_valid():
        raise BadRequest
    try:
        uploads.change_language(upload, form.cleaned_data["language"])
    except InputErrors as refused:
        for fault in refused.errors:
            messages.error(request, "{message} {fix}".format(**upload_words.describe_fault(fault)))
    return _to("generation-upload", upload.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def scenes(request: HttpRequest, code: str) -> HttpResponse:
    """Its scenes, each to be tied to a brief."""
    upload = upload_or_404(request, code, Role.OWNER)
    if answer := _closed_door(request, upload, only_open=True):
        return answer
    try:
        read = uploads.read_upload(upload)
    except InputErrors as refused:
        return _unreadable(request, upload, refused)
    briefs = list(
        rows_in(Brief, [team_key(upload)]).filter(language=upload.language).select_related("series")
    )
    page = _page(request, list(read.scenes), SCENES_A_PAGE)
    typed = {scene.number: request.POST.get(f"scene-{scene.number}", "").strip() for scene in page}
    known = {brief.slug for brief in briefs}
    wrong = {number for number, slug in typed.items() if slug and slug not in known}
    if request.method == "POST":
        uploads.save_scene_briefs(
            upload, {number: slug for number, slug in typed.items() if number not in wrong}
        )
        if not wrong:
            if page.has_next():
                query = f"?page={page.next_page_number()}"
                return _to("generation-upload-scenes", upload.code, query=query)
            return _to("generation-upload-source", upload.code)
    guessed = upload_pages.suggestions(read.scenes, briefs)
    ties = {int(key): slug for key, slug in upload.metadata.get("ties", {}).items()}
    context = {
        **_head(upload, read, "scenes"),
        "page": page,
        "briefs": briefs,
        "typed": len(briefs) > MOST_CHOICES,
        "rows": [
            {
                "scene": scene,
                "first_lines": upload_pages.first_lines(scene),
                "slug": typed[scene.number] if scene.number in wrong else ties.get(
                    scene.number, guessed.get(scene.number, "")
                ),
                "guessed": scene.number not in ties and scene.number in guessed,
                "wrong": scene.number in wrong,
            }
            for scene in page
        ],
    }  # fmt: skip
    return render(request, "generation/uploads/scenes.html", context, status=400 if wrong else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def source(request: HttpRequest, code: str) -> HttpResponse:
    """Who wrote it, where it is from, what may be done with it."""
    upload = upload_or_404(request, code, Role.OWNER)
    if answer := _closed_door(request, upload, only_open=True):
        return answer
    form = SourceForm(request.POST or None, initial=initial_of(upload.metadata))
    system = str(form["system"].value() or "").strip()
    sealed = uploads.sealed_faults(uploads.ties_of(upload).values(), system)
    if request.method == "POST":
        uploads.save_metadata(upload, request.POST)
        if form.is_valid() and not sealed:
            uploads.save_metadata(upload, form.cleaned_data)
            return _to("generation-upload-check", upload.code)
    names = rows_in(System, [team_key(upload)]).filter(kind=System.Kind.HUMAN).values_list("slug", flat=True)
    faults = [upload_words.describe_fault(fault) for fault in sealed]
    context = {**_head(upload, None, "source"), "form": form, "systems": list(names), "faults": faults}
    return render(request, "generation/uploads/source.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def check(request: HttpRequest, code: str) -> HttpResponse:
    """What would be stored, with what is odd about it; a POST stores it."""
    upload = upload_or_404(request, code, Role.OWNER)
    if answer := _closed_door(request, upload, only_open=True):
        return answer
    form = SourceForm(initial_of(upload.metadata))
    if not form.is_valid():
        return _to("generation-upload-source", upload.code)
    uploads.save_metadata(upload, form.cleaned_data)
    try:
        if request.method == "POST":
            return _imported(request, uploads.import_upload(upload, by=signed_in(request)))
        read = uploads.read_upload(upload)
    except InputErrors as refused:
        for fault in refused.errors:
            messages.error(request, "{message} {fix}".format(**upload_words.describe_fault(fault)))
        return _to("generation-upload-check" if request.method == "POST" else "generation-upload", code)
    system = form.cleaned_data["system"]
    found = uploads.pieces(read, uploads.ties_of(upload), system, team_key(upload))
    faults = [
        upload_words.describe_fault(fault) for fault in uploads.faults_of(found, system, team_key(upload))
    ]
    context = {
        **_head(upload, read, "check"),
        "told": _said(form),
        "system": system,
        "pieces": [
            {"piece": each, "html": upload_pages.scene_html(read, each.first, each.last)} for each in found
        ],
        "unused": len(read.scenes) - sum(each.last - each.first + 1 for each in found),
        "faults": faults,
    }
    return render(request, "generation/uploads/check.html", context)


def _said(form: SourceForm) -> list[tuple[str, str]]:
    """The entries, with the labels of the chosen options."""
    found = []
    for field in form:
        value = form.cleaned_data[field.name]
        choices = dict(getattr(field.field, "choices", []))
        found.append((str(field.label), str(choices.get(value, value))))
    return found


def _imported(request: HttpRequest, imported: list[Imported]) -> HttpResponse:
    for each in imported:
        script = each.script
        told = {"brief": script.brief.slug, "system": script.system.slug, "sample": script.sample}
        if each.created:
            messages.success(request, _("Imported: %(brief)s by %(system)s, sample %(sample)d.") % told)
        else:
            messages.info(
                request,
                _("This text already exists: %(brief)s by %(system)s, sample %(sample)d.") % told,
            )
    if len(imported) == 1:
        script = imported[0].script
        return see_other(
            reverse("generation-script", args=[script.brief.slug, script.system.slug, script.sample])
        )
    return _to("generation-scripts")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def drop(request: HttpRequest, code: str) -> HttpResponse:
    """Ask, and then forget a file."""
    upload = upload_or_404(request, code, Role.OWNER)
    if answer := _closed_door(request, upload, only_open=True):
        return answer
    if request.method == "POST":
        uploads.drop(upload, by=signed_in(request))
        messages.success(request, _("File discarded."))
        return _to("generation-scripts")
    return render(request, "generation/uploads/drop.html", _head(upload, None, ""))


def _closed_door(request: HttpRequest, upload: Upload, *, only_open: bool = False) -> HttpResponse | None:
    """What is answered instead of a page of this upload, where it has none to show."""
    if upload.state == Upload.State.DROPPED:
        messages.info(request, _("File discarded."))
        return _to("generation-scripts")
    if uploads.is_under_seal(upload):
        return render(request, "generation/uploads/sealed.html", {"upload": upload}, status=403)
    if only_open and upload.state != Upload.State.OPEN:
        return _to("generation-upload", upload.code)
    return None


def _unreadable(request: HttpRequest, upload: Upload, refused: InputErrors) -> HttpResponse:
    faults = [upload_words.describe_fault(fault) for fault in refused.errors]
    context = {**_head(upload, None, ""), "faults": faults}
    return render(request, "generation/uploads/unreadable.html", context, status=400)


def _head(upload: Upload, read: uploads.ParsedUpload | None, step: str) -> dict[str, Any]:
    return {
        "upload": upload,
        "format": upload_words.FORMATS.get(upload.format, upload.format),
        "read": read,
        "step": step,
        "text_lang": "zh-Hans" if upload.language == "zh" else "en",
        "earlier": uploads.earlier(upload) if upload.state == Upload.State.OPEN else [],
        "became": list(upload.sources.select_related("script__brief", "script__system")),
    }


def _to(name: str, *args: object, query: str = "") -> HttpResponse:
    return see_other(reverse(name, args=args) + query)
