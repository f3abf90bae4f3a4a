"""Redirects of the desk: on to another page, or back to a form that was refused."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url

COOKIE = "rater"
COOKIE_AGE = 60 * 60 * 24 * 30
SENT_COOKIE = "sent"
SENT_SECONDS = 3600
LONGEST_COOKIE = 3500
"""Characters that every browser still keeps, name and particulars included."""
AGAIN = "again"
"""In the address: show what was sent, and what is wrong with it."""


def signed_in_as(request: HttpRequest) -> tuple[str, str]:
    """The rater's code and the version of the link that opened this browser; "" and "" for anyone else."""
    try:
        given = request.COOKIES.get(COOKIE, "")
        signed = signing.TimestampSigner(salt=COOKIE).unsign(given, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return "", ""
    code, _, version = signed.partition(":")
    return code, version


def redirect_to_refused_form(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """303 to the page of a form that was refused, which shows what was sent (`refused_form_data`).

    The page is then one that was asked for and not one that was posted, so that Back works from the next one.
    What was sent goes along in a cookie for that page alone, for an hour: the site itself keeps nothing of
    it, and so has nothing to erase. What no cookie could hold was sent by none of its pages.
    """
    response = see_other(to, *args)
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    path = response["Location"]
    kept = signing.dumps(sent.urlencode(), salt=_salt(request, path), compress=True)
    if len(kept) > LONGEST_COOKIE:
        kept = signing.dumps("", salt=_salt(request, path))
    response.set_cookie(
        SENT_COOKIE,
        kept,
        max_age=SENT_SECONDS,
        path=path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    response["Location"] += f"?{AGAIN}=1"
    return response


def _salt(request: HttpRequest, path: str) -> str:
    """So that what one rater sent to one form is shown there alone."""
    return f"{SENT_COOKIE} {signed_in_as(request)[0]} {path}"


def refused_form_data(request: HttpRequest) -> QueryDict | None:
    """What was last sent to this address and refused; None where the page is asked for anew."""
    if AGAIN not in request.GET:
        return None
    try:
        sent = signing.loads(
            request.COOKIES.get(SENT_COOKIE, ""), salt=_salt(request, request.path), max_age=SENT_SECONDS
        )
    except signing.BadSignature:
        return None
    return QueryDict(sent)


def see_other(to: str, *args: Any) -> HttpResponse:
    """303: what was posted is done, look there."""
    response = HttpResponse(status=303)
    response["Location"] = resolve_url(to, *args)
    return response
