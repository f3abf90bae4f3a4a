"""The site's middleware. Raters have no account, no session and no messages.

What each submission passes is in this one file.
"""

import logging
import secrets
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django_structlog.middlewares import RequestMiddleware
from prometheus_client import Counter, Histogram
from structlog.contextvars import bind_contextvars, clear_contextvars

from evalsite.core.body_limits import CHUNK, drain, refuse
from evalsite.core.problems import is_api

RATERS = "/r/"
STUDIES = ("/studies/", "/api/v1/studies/")
REQUEST_ID = "HTTP_X_REQUEST_ID"
PROBES = {"/healthz", "/readyz"}


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Web processes add to files in the folder PROMETHEUS_MULTIPROC_DIR, which gunicorn_conf.py sets.
# Labels are routes and never addresses, so they name no study, rater or secret.
_requests = Counter("evalsite_requests", "Requests that were answered", ["method", "route", "status"])
_seconds = Histogram(
    "evalsite_request_seconds",
    "Time from a request to its answer, without the time to send it",
    ["method", "route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0),
)


def count_request(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Add one answered request. An address that no route matches has an empty route."""
    method = request.method if request.method in METHODS else "other"
    route = request.resolver_match.route if request.resolver_match else ""
    count, times = _counters(method, route, response.status_code)
    count.inc()
    times.observe(seconds)


@cache
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return _requests.labels(method, route, status), _seconds.labels(method, route)


class RequestIds:
    """Gives each request an id, for its log lines and its error page, and counts it for /metrics.

    An id that a client sends is ignored: it could be that of another request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        request_id = request.META[REQUEST_ID] = secrets.token_hex(8)
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        count_request(request, response, time.perf_counter() - begun)
        return response


class StaffOnly:
    """Mixed into a middleware: raters' addresses pass it by."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(RATERS):
            return self.get_response(request)  # type: ignore[attr-defined, no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class HostCheck(CommonMiddleware):
    """Refuses other host names, except for probes, which use an address that changes with the machine."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in PROBES else super().process_request(request)

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        """A redirect would turn a program's POST into a GET, or be dropped, and nothing would be done."""
        return (
            not is_api(request) or request.method in ("GET", "HEAD")
        ) and super().should_redirect_with_slash(request)


class BodyLimits:
    """Refuses bodies that are too long or of unknown length, and reads on what a view has left unread.

    A connection that is closed while the client still sends is reset, and the client never sees the answer.
    So the rest is read after the answer is sent: for `DRAIN_SECONDS` at most.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if stated_length(request) > CHUNK and "gunicorn.socket" in request.META:
            response._resource_closers.insert(0, lambda: drain(request.META))  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], *_arguments: Any
    ) -> HttpResponse | None:
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return refuse(request, HTTPStatus.LENGTH_REQUIRED)
        length, most = stated_length(request), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length <= most:
            return None
        if hasattr(view, "most_body"):
            admits = getattr(view, "admits", None)
            if not (request.user.is_authenticated or (admits is not None and admits(request))):
                return refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            most = view.most_body
        return refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most) if length > most else None


def stated_length(request: HttpRequest) -> int:
    """The length that a request states for its body, in bytes; 0 where it states none."""
    stated = str(request.META.get("CONTENT_LENGTH") or "")
    return int(stated) if stated.isdecimal() and len(stated) < 20 else 0


class StaffSessions(StaffOnly, SessionMiddleware):
    pass


class StaffAuthentication(StaffOnly, AuthenticationMiddleware):
    pass


class StaffMessages(StaffOnly, MessageMiddleware):
    pass


class SignedInOnly:
    """A middleware for browsers that are signed in as staff and open a rater's address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.path_info.startswith(RATERS):
            return None
        return self.check_signed_in(request, kwargs)

    def check_signed_in(self, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponseBase | None:
        """The answer in place of the page, or None. `kwargs` are those of the address."""
        raise NotImplementedError


class RequestLog(RequestMiddleware):
    """Notes every request, where the level of the log asks for it."""

    log = logging.getLogger("django_structlog.middlewares.request")

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(RATERS) and not self.log.isEnabledFor(logging.INFO):
            return self.get_response(request)
        return super().__call__(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if request.path_info.startswith(STUDIES) and "slug" in kwargs:
            bind_contextvars(study=kwargs["slug"])


# Browser features that no page uses; passkeys and copying to the clipboard are for pages of this site alone.
PERMISSIONS = ", ".join(
    [
        *(
            f"{name}=()"
            for name in (
                *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
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
    """Headers that Django has no setting for, no copies of staff's pages in any cache, and a page for 405."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Django's own is empty. Signing in leads there when a session ended before a button was pressed.
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET" and not response.content:
            response.content = render_to_string("405.html", request=request)
            response.headers["Content-Length"] = str(len(response.content))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path_info.startswith(RATERS) and "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response
