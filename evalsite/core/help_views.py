"""The help pages, for staff."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evalsite.core import help as docs
from evalsite.core.access import staff_required


@require_safe
@staff_required
def help_index(request: HttpRequest) -> HttpResponse:
    sections = [(section, [docs.help_page(name) for name in names]) for section, names in docs.PAGES]
    return render(request, "help/index.html", {"sections": sections})


@require_safe
@staff_required
def help_page(request: HttpRequest, page: str) -> HttpResponse:
    try:
        return render(request, "help/page.html", {"page": docs.help_page(page)})
    except KeyError:
        raise Http404 from None


@require_safe
@staff_required
def help_image(request: HttpRequest, path: str) -> HttpResponse:
    file = docs.image_file(path)
    if file is None:
        raise Http404
    return HttpResponse(file.read_bytes(), content_type="image/webp")
