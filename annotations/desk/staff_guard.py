"""Keeps members of a study's team out of the places of its raters, in the browser that they work in."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.desk.next_page import signed_in_as
from annotations.desk.seats import study_by_link_key
from annotations.desk.sessions import rater_by_code, rater_for_secret
from annotations.models import Study
from evalsite.core.middleware import SignedInOnly
from evalsite.core.models import User


class RefuseTeam(SignedInOnly):
    """Refuse a rater's address to a browser that is signed in as a member of that study's team.

    Raters have no session, so their requests cost nothing. `STAFF_MAY_JUDGE` turns this off.
    """

    def check_signed_in(self, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse | None:
        if settings.STAFF_MAY_JUDGE:
            return None
        user = _signed_in_user(request)
        if not user.is_authenticated or not user.is_active:
            return None
        study = _study_of(request, kwargs)
        if study is None or study.team_id not in user.team_roles:
            return None
        context = {"study": study, "name": user.get_username()}
        return render(request, "rater/signed_in_as_staff.html", context, status=403)


def _signed_in_user(request: HttpRequest) -> User | AnonymousUser:
    """Whose session the browser has: the middleware that reads sessions leaves out raters' addresses."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    session = store(request.COOKIES[settings.SESSION_COOKIE_NAME])
    return get_user(SimpleNamespace(session=session))  # type: ignore[arg-type, return-value]


def _study_of(request: HttpRequest, kwargs: dict[str, Any]) -> Study | None:
    """The study of the address: of its link, or of the rater whom this browser is known as."""
    if "secret" in kwargs:
        rater = rater_for_secret(kwargs["secret"])
    elif "door" in kwargs:
        return study_by_link_key(kwargs["door"])
    else:
        rater = rater_by_code(code) if (code := signed_in_as(request)[0]) else None
    return rater.study if rater else None
