"""How a page looks to one person: theme and size of type, kept in two cookies that say nothing else."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

THEMES = [("system", _("like the device")), ("paper", _("paper")), ("light", _("light")), ("dark", _("dark"))]
SIZES = [("small", _("small")), ("medium", _("medium")), ("large", _("large")), ("huge", _("very large"))]
A_YEAR = 365 * 24 * 3600


def _kept(request: HttpRequest, name: str, allowed: list[tuple[str, Any]], default: str) -> str:
    value = request.COOKIES.get(name, "")
    return value if value in dict(allowed) else default


def display(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `display.theme`, `display.size` and what may be chosen."""
    theme, size = _kept(request, "theme", THEMES, "system"), _kept(request, "size", SIZES, "medium")
    return {"display": display_of(theme, size)}


def display_of(theme: str, size: str) -> dict[str, Any]:
    return {"theme": theme, "size": size, "themes": THEMES, "sizes": SIZES}


@require_POST
def set_display(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back. With JavaScript `display.js` does it without leaving the page."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    response.status_code = 303
    for name, allowed in (("theme", THEMES), ("size", SIZES)):
        if request.POST.get(name) in dict(allowed):
            response.set_cookie(
                name, request.POST[name], max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
            )
    return response
