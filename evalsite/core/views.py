"""How staff come in, and the pages for what went wrong before any view was reached."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from sesame.backends import ModelBackend

staff_login = LoginView.as_view(template_name="staff/login.html", redirect_authenticated_user=True)
staff_logout = LogoutView.as_view()

LINK_BACKEND = "sesame.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_enter(request: HttpRequest) -> HttpResponse:
    """A one-time staff link. A GET spends nothing, for mail scanners open links; the button signs in."""
    if request.method != "POST":
        return render(request, "staff/enter.html", {"token": request.GET.get("sesame", "")})
    # Asked directly: `authenticate` would lock out a link, which nobody can guess, for wrong passwords.
    user = ModelBackend().authenticate(request, sesame=request.POST.get("sesame", ""))
    if user is None:
        return render(request, "staff/enter_spent.html", status=403)
    login(request, user, backend=LINK_BACKEND)
    response = HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    response.status_code = 303
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's own renders without the request, so without the language and theme chosen."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Too many wrong passwords."""
    return render(request, "staff/locked.html", status=429)
