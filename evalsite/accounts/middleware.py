"""allauth's middleware and the required second factor, for pages of staff alone: raters have no account."""

from collections.abc import Callable

from allauth.account.middleware import AccountMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from evalsite.accounts.second_factor import must_set_up
from evalsite.core.middleware import StaffOnly
from evalsite.core.problems import is_api, problem_response

Next = Callable[[HttpRequest], HttpResponseBase]

ALLOWED = ("/staff/", "/language/", "/display/", "/help/", "/static/", "/shared/", "/healthz", "/readyz")
"""Where people can go who have not set up the second factor that they need."""


class _Accounts:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.accounts = AccountMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.accounts(request)  # type: ignore[no-any-return]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return self.accounts.process_exception(request, exception)  # type: ignore[no-any-return]


class StaffAccounts(StaffOnly, _Accounts):
    pass


class _SecondFactor:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(ALLOWED) or not must_set_up(request.user):
            return self.get_response(request)
        if is_api(request):
            return problem_response(403, _("Set up a second factor first."), code="second_factor_missing")
        return redirect(reverse("account") + "#factors")


class RequireSecondFactor(StaffOnly, _SecondFactor):
    """Sends admins and owners without a second factor to set one up, where REQUIRE_SECOND_FACTOR is on."""
