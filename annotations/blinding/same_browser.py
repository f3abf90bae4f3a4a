"""Whether unblinding a study, or replacing an unblinder, is requested and confirmed in one browser.

The browser of the request gets a signed cookie. This stops a person who signs in with two accounts in turn.
It does not stop a person who uses a second browser or a private window.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.blinding.unblinders import SamePerson
from annotations.models import UnblinderChange, UnblindingRequest

type Request = UnblindingRequest | UnblinderChange
MAX_AGE_S = 90 * 24 * 3600


def mark_browser(response: HttpResponse, row: Request) -> HttpResponse:
    """Set a cookie by which `check_other_browser` recognizes the browser of this request."""
    response.set_signed_cookie(
        _cookie(row),
        str(row.pk),
        max_age=MAX_AGE_S,
        path=reverse("study-unblind", args=[row.study.slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def check_other_browser(page: HttpRequest, row: Request) -> None:
    """Raises SamePerson if this was requested in the same browser."""
    if page.get_signed_cookie(_cookie(row), default="") == str(row.pk):
        raise SamePerson(
            _("This was requested in the same browser. The second person has to use a browser of their own.")
        )


def _cookie(row: Request) -> str:
    return f"requested-{row._meta.model_name}"
