"""Middleware for the pages of staff. Raters have no account, no session and no messages."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.utils.cache import add_never_cache_headers
from django_structlog.middlewares import RequestMiddleware

RATERS = "/r/"
PROBES = {"/healthz", "/readyz"}


class _StaffOnly:
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(RATERS):
            return self.get_response(request)  # type: ignore[attr-defined, no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class HostCheck(CommonMiddleware):
    """Refuses other host names, except for probes, which use an address that changes with the machine."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in PROBES else super().process_request(request)


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


# Browser features that no page uses; passkeys and copying to the clipboard are for pages of this site alone.
PERMISSIONS = ", ".join(
    [
        *(
            f"{name}=()"
            for name in (
                *("accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture"),
                *("encrypted-media", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts"),
                *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "serial", "usb"),
                *("window-management", "xr-spatial-tracking"),
            )
        ),
        *(
            f"{name}=(self)"
            for name in (
                *("clipboard-write", "fullscreen"),
                *("publickey-credentials-create", "publickey-credentials-get"),
            )
        ),
    ]
)


class PageHeaders:
    """Headers that Django has no setting for, and no copies of staff's pages in any cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path_info.startswith(RATERS) and "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response
