"""Who may see what of the staff's side. A stranger is sent to sign in; who lacks the role sees 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from evalsite.core.models import User

View = Callable[..., HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The user of a request that `staff_required` has let in."""
    assert isinstance(request.user, User)
    return request.user


def staff_required(view: Callable[..., HttpResponseBase]) -> View:
    """Researchers and admins."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not (request.user.is_active and request.user.is_staff):
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def admin_required(view: View) -> View:
    """Admins alone."""

    @staff_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_admin:  # type: ignore[union-attr]
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped
