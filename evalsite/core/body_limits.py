"""How long the body of a request may be: a longer one is refused before any of it is read.

    @takes_uploads(20_000_000)
    @staff_required
    def upload(request): ...

Other views, and all views for people who are not signed in, take `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes.
"""

import contextlib
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

ROUND_FILES = 100_000
"""Bytes of a form beside its files, at most."""
DRAIN_SECONDS = 5.0
DRAIN_BYTES = 1_000_000_000
CHUNK = 1 << 16


def takes_uploads[View: Callable[..., HttpResponseBase]](most: int) -> Callable[[View], View]:
    """Let signed-in people send `most` bytes of files to a view. Use it as the outermost decorator."""

    def mark(view: View) -> View:
        view.most_body = most + ROUND_FILES  # type: ignore[attr-defined]
        return view

    return mark


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
            if not request.user.is_authenticated:
                return refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            most = view.most_body
        return refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most) if length > most else None


def stated_length(request: HttpRequest) -> int:
    """The length that a request states for its body, in bytes; 0 where it states none."""
    stated = str(request.META.get("CONTENT_LENGTH") or "")
    return int(stated) if stated.isdecimal() and len(stated) < 20 else 0


def refuse(request: HttpRequest, status: HTTPStatus, most: int = 0) -> HttpResponse:
    """The page that says why; without `most`, that one has to sign in."""
    return render(request, "413.html", {"most": most / 1_000_000, "status": status}, status=status)


def drain(environ: dict[str, Any]) -> None:
    """Read what is left of a body and keep nothing of it. Only under gunicorn, whose socket has a timeout."""
    deadline, left = time.monotonic() + DRAIN_SECONDS, DRAIN_BYTES
    with contextlib.suppress(Exception):  # the answer is sent already, whatever becomes of the rest
        while left > 0 and (seconds := deadline - time.monotonic()) > 0:
            environ["gunicorn.socket"].settimeout(seconds)
            read = len(environ["wsgi.input"].read(CHUNK))
            if not read:
                environ["gunicorn.socket"].settimeout(None)
                return
            left -= read
