"""`Authorization: Bearer TOKEN`, the scope that a view needs, and the rate limit of a token."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from evalsite.accounts.second_factor import must_set_up
from evalsite.api.models import Token
from evalsite.api.tokens import count_request, find_token
from evalsite.core.models import User

SCHEME = "Bearer"


def bearer_secret(request: HttpRequest | Request) -> str | None:
    """The secret in the header; None without such a header, and empty if it is malformed."""
    scheme, _space, secret = str(request.META.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return secret.strip() if scheme.lower() == SCHEME.lower() else None


class TokenAuthentication(BaseAuthentication):
    """The person and the token of the header. An invalid token is refused, also where a session is valid."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        secret = bearer_secret(request)
        if secret is None:
            return None
        token = find_token(secret)
        if token is None:
            raise AuthenticationFailed(
                _("The token is unknown, expired or revoked. Create one on the page Your account."),
                code="invalid_token",
            )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="evalsite"'


def has_valid_token(request: HttpRequest) -> bool:
    """Whether a request may send a large body; for middleware, which runs before authentication."""
    secret = bearer_secret(request)
    return secret is not None and find_token(secret) is not None


class HasScope(BasePermission):
    """Active staff, by session or by a token with the scope of the view.

    A view names its `scope` (`studies`). GET needs `studies:read`, other methods `studies:write`. A view can
    name other scopes for single methods in `scopes`: `{"POST": "results:write"}`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not (user.is_authenticated and user.is_active and user.is_staff):
            return False
        if not isinstance(request.auth, Token):
            return True
        if must_set_up(user):
            self.message = _("Your role needs a second factor. Set one up on the page Your account.")
            self.code = "second_factor_missing"
            return False
        wanted = scope_of(view, request.method or "GET")
        if wanted is None or wanted in request.auth.scopes:
            return True
        self.message = _("This needs a token with the scope %(scope)s.") % {"scope": wanted}
        self.code = "scope_missing"
        return False


def scope_of(view: Any, method: str) -> str | None:
    """The scope that a method of a view needs; None where any token is enough."""
    if named := getattr(view, "scopes", {}).get(method):
        return str(named)
    scope = getattr(view, "scope", None)
    if scope is None:
        return None
    return f"{scope}:{'read' if method in SAFE_METHODS else 'write'}"


class TokenRate(BaseThrottle):
    """`API_REQUESTS_PER_MINUTE` requests of each token, counted in PostgreSQL for all processes."""

    left = 60

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Token):
            return True
        count, self.left = count_request(request.auth)
        return count <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return self.left
