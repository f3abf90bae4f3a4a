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

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from evalsite.core.problems import is_api, problem_response

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


def refuse(request: HttpRequest, status: HTTPStatus, most: int = 0) -> HttpResponse:
    """The page that says why, or problem details for a program; without `most`, that one has to sign in."""
    if is_api(request):
        detail = (
            _("The body is too large.") if status != HTTPStatus.LENGTH_REQUIRED else _("Send Content-Length.")
        )
        return problem_response(status, detail)
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
