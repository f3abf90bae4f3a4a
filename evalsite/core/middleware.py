"""Middleware for the pages of staff. Raters have no account, no session and no messages."""

import logging
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_structlog.middlewares import RequestMiddleware

RATERS = "/r/"


class _StaffOnly:
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(RATERS):
            return self.get_response(request)  # type: ignore[attr-defined, no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class StaffSessions(_StaffOnly, SessionMiddleware):
    pass


class StaffAuthentication(_StaffOnly, AuthenticationMiddleware):
    pass


class StaffMessages(_StaffOnly, MessageMiddleware):
    pass


class RequestLog(RequestMiddleware):
    """Notes every request, where the level of the log asks for it."""

    log = logging.getLogger("django_structlog.middlewares.request")

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(RATERS) and not self.log.isEnabledFor(logging.INFO):
            return self.get_response(request)
        return super().__call__(request)
