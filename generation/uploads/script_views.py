"""One script as raters would see it, and as a file. A script that a sealed study uses is neither."""

import string

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role, record
from evalsite.core.reason_codes import sentence
from evalsite.core.typeset import TypesettingError
from generation.access import script_or_404
from generation.blinding import is_sealed
from generation.models import Script, Source, Upload
from generation.screenplay import parse, render_html
from generation.screenplay.formats import EXTENSIONS, MEDIA_TYPES, write_script
from generation.screenplay.house import house
from generation.screenplay.names import rename_text
from generation.uploads import messages as upload_words

KINDS = ("fountain", "fdx", "docx", "pdf")
NAMES = {"fountain": "Fountain", "fdx": "FDX", "docx": "Word", "pdf": "PDF"}
_DIGITS = string.digits + string.ascii_lowercase


@never_cache
@require_safe
@staff_required
def script_page(request: HttpRequest, brief: str, system: str, sample: int) -> HttpResponse:
    script = script_or_404(request, brief__slug=brief, system__slug=system, sample=sample)
    if sealed(script):
        return render(request, "generation/uploads/sealed.html", {"script": script}, status=403)
    source = Source.objects.filter(script=script).first()
    record(
        who=request.user.get_username(),
        verb="read script",
        about=script.brief.slug,
        system=script.system.slug,
        sample=script.sample,
    )
    named = rename_text(script.text, script.brief.series.names)
    context = {
        "script": script,
        "source": source,
        "upload": Upload.objects.filter(sources__script=script).values("code").first(),
        "format": upload_words.FORMATS.get(source.format, source.format) if source else "",
        "html": mark_safe(render_html(house(parse(named, script.language)))),  # noqa: S308
    }
    return render(request, "generation/uploads/script.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def script_file(request: HttpRequest, brief: str, system: str, sample: int, kind: str) -> HttpResponse:
    """A script as a file, for people who know its system."""
    which = {"brief__slug": brief, "system__slug": system, "sample": sample}
    script = script_or_404(request, Role.RESEARCHER, **which)
    return _file(request, script, kind, blind=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def text_file(request: HttpRequest, key: int, kind: str) -> HttpResponse:
    """A script as a file, for people who do not know its system: no address and no file names it."""
    return _file(request, script_or_404(request, Role.RESEARCHER, pk=key), kind, blind=True)


def _file(request: HttpRequest, script: Script, kind: str, *, blind: bool) -> HttpResponse:
    if kind not in KINDS:
        raise Http404
    if sealed(script):
        context = {} if blind else {"script": script}
        return render(request, "generation/uploads/sealed.html", context, status=403)
    if request.method != "POST" and not may_be_passed_on(script):
        return _asked_first(request, kind)
    try:
        content, media = file_of(script, kind)
    except InputErrors as refused:
        faults = [upload_words.describe_fault(fault) for fault in refused.errors]
        return render(request, "generation/uploads/no_file.html", {"faults": faults}, status=409)
    # Readers of the trail must not learn from it what was taken blind.
    whose = {} if blind else {"system": script.system.slug, "sample": script.sample}
    record(who=request.user.get_username(), verb="download", about=script.brief.slug, format=kind, **whose)
    name = file_name(script, kind, blind=blind)
    return HttpResponse(
        content, content_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _asked_first(request: HttpRequest, kind: str) -> HttpResponse:
    """Rights are asked about before a file leaves: the site cannot control a copy."""
    context = {"name": NAMES[kind]}
    return render(request, "generation/uploads/own_work.html", context, status=403)


def sealed(script: Script) -> bool:
    return is_sealed(script.brief.slug, script.system.slug)


def may_be_passed_on(script: Script) -> bool:
    """Whether it may leave: not if its import allowed display only."""
    source = Source.objects.filter(script=script).first()
    return source is None or source.rights == Source.Rights.REDISTRIBUTE


def file_of(script: Script, kind: str) -> tuple[bytes, str]:
    """The file and its media type. Raises `InputErrors` where a PDF cannot be set."""
    try:
        return write_script(script.text, kind, script.language), MEDIA_TYPES[kind]
    except TypesettingError as refused:
        fix = sentence("choose another format.")
        raise InputErrors.single(script.brief.slug, refused.args[0], fix) from refused


def file_name(script: Script, kind: str, *, blind: bool = False) -> str:
    """A blind one names the brief and no system; letters from the script's random key make names differ."""
    ending = EXTENSIONS[kind]
    if blind:
        return f"{script.brief.slug}-{_letters(script.pk)}.{ending}"
    return f"{script.brief.slug}-{script.system.slug}-{script.sample}.{ending}"


def _letters(key: int, count: int = 6) -> str:
    found = ""
    for _ in range(count):
        key, digit = divmod(key, 36)
        found += _DIGITS[digit]
    return found
