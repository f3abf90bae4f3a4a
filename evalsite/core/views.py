"""How pages look to one person, notifications, help, and the pages for what went wrong before any view."""

import sys
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evalsite.core import help as docs
from evalsite.core import notifications
from evalsite.core.access import staff_required
from evalsite.core.middleware import REQUEST_ID
from evalsite.core.models import Team
from evalsite.core.problems import is_api, problem_response
from evalsite.core.teams import CURRENT, roles_of

FORMS = ["GET", "HEAD", "POST"]
"""The methods of a view that shows and takes a form."""


def see_other(to: str, *args: object, fragment: str = "") -> HttpResponseRedirect:
    """Redirect to an address or a view with 303 See Other, so that reloading does not post the form again."""
    response = HttpResponseRedirect(resolve_url(to, *args) + fragment)
    response.status_code = 303
    return response


def keep_for_next_page(
    response: HttpResponse, request: HttpRequest, name: str, secret: str, *, path: str, seconds: int
) -> None:
    """Send a secret along to the page at `path`, which shows it once.

    It is in a signed cookie of this browser alone, and the server stores it nowhere.
    """
    response.set_signed_cookie(
        name,
        secret,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="Strict",
        secure=settings.SECURE or request.is_secure(),
    )


def note_demo_progress(done: int, steps: int) -> None:
    """Say how far the demonstration is loaded, if the process that started the site waits for it."""
    if settings.LOCAL.demo_progress.exists():
        settings.LOCAL.demo_progress.write_text(f"{done} {steps}")


def demo_progress() -> dict[str, int] | None:
    """`done` of `steps` while the demonstration is being loaded; else None."""
    try:
        done, steps = settings.LOCAL.demo_progress.read_text().split()
    except (OSError, ValueError):
        return None
    return {"done": int(done), "steps": int(steps)}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's own renders without the request, so without the language and theme chosen."""
    if is_api(request):
        return problem_response(403, gettext("The CSRF token is missing or wrong."))
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(400, gettext("The request is malformed."))
    return render(request, "400.html", status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own handlers read the body of a POST, however long it is, and fail where it is malformed."""
    if is_api(request):
        return problem_response(
            404, gettext("There is no such address. The addresses of the API end with a slash.")
        )
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(403, gettext("This is not allowed."))
    return render(request, "403.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """For what no view has caught. The page for the database says what happened to the form that was sent."""
    unavailable = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    request_id = request.META.get(REQUEST_ID, "")
    if is_api(request):
        response: HttpResponse = _problem_of_server(unavailable, request_id)
    else:
        status = 503 if unavailable else 500
        # Without the request, whose context might fail too.
        text = render_to_string(f"{status}.html", {"request_id": request_id})
        response = HttpResponse(text, status=status)
    if unavailable:
        response["Retry-After"] = "10"
    return response


def _problem_of_server(unavailable: bool, request_id: str) -> HttpResponse:
    if unavailable:
        return problem_response(503, gettext("The database does not answer. Try again."))
    detail = gettext("An unexpected error. The server's log has more, with the id %(id)s.")
    return problem_response(500, detail % {"id": request_id})


# Theme and size of type, kept in two cookies that say nothing else.

THEMES = [
    ("system", _("match the device")),
    ("paper", _("paper")),
    ("light", _("light")),
    ("dark", _("dark")),
]
SIZES = [("small", _("small")), ("medium", _("medium")), ("large", _("large")), ("huge", _("very large"))]
A_YEAR = 365 * 24 * 3600


def _choice_from_cookie(request: HttpRequest, name: str, allowed: list[tuple[str, Any]], default: str) -> str:
    value = request.COOKIES.get(name, "")
    return value if value in dict(allowed) else default


def display(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `display.theme`, `display.size` and what may be chosen."""
    theme = _choice_from_cookie(request, "theme", THEMES, "system")
    size = _choice_from_cookie(request, "size", SIZES, "medium")
    return {"display": display_of(theme, size)}


def display_of(theme: str, size: str) -> dict[str, Any]:
    return {"theme": theme, "size": size, "themes": THEMES, "sizes": SIZES}


@require_POST
def set_display(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back. With JavaScript `display.js` does it without leaving the page."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = see_other(target)
    for name, allowed in (("theme", THEMES), ("size", SIZES)):
        if request.POST.get(name) in dict(allowed):
            response.set_cookie(
                name, request.POST[name], max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
            )
    return response


SHOWN = 100


@never_cache
@require_safe
@staff_required
def notification_list(request: HttpRequest) -> HttpResponse:
    newest = notifications.notifications_of(request.user)[:SHOWN]  # type: ignore[arg-type]
    rows = [{"row": row, "text": notifications.text_of(row)} for row in newest]
    return render(request, "staff/notifications.html", {"rows": rows})


@require_POST
@staff_required
def open_notification(request: HttpRequest, key: int) -> HttpResponse:
    """Mark one notification as read and go to the page that it is about."""
    row = get_object_or_404(notifications.notifications_of(request.user), pk=key)  # type: ignore[arg-type]
    notifications.mark_read(row.user, only=row.pk)
    return see_other(notifications.address_of(row))


@require_POST
@staff_required
def mark_all_read(request: HttpRequest) -> HttpResponse:
    notifications.mark_read(request.user)  # type: ignore[arg-type]
    return see_other(reverse("notifications"))


@require_POST
@staff_required
def switch_team(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the session and go to the first page of that team."""
    mine = dict(Team.objects.filter(pk__in=roles_of(request.user)).values_list("slug", "pk"))
    team = mine.get(request.POST.get("team", ""))
    if team is None:
        raise Http404
    request.session[CURRENT] = team
    return see_other("home")


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
