"""Errors below /api/ as problem details (RFC 9457), for Django's own handlers and for the REST framework."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

from evalsite.core.errors import InputError

API = "/api/"
MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 200


def is_api(request: HttpRequest) -> bool:
    """Whether a program asked, so that an error is answered with problem details instead of a page."""
    return request.path_info.startswith(API)


def problem(
    status: int, detail: str, *, code: str = "", errors: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Build the body of an error.

    Parameters
    ----------
    status : the HTTP status.
    detail : one or more sentences: what is wrong, and how to fix it.
    code : a short name for programs, such as `sealed`; by default the name of the status.
    errors : the single faults, as `fault` gives them. The list ends after `MOST_ERRORS`.
    """
    phrase = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": phrase,
        "status": status,
        "detail": detail,
        "code": code or phrase.lower().replace(" ", "_").replace("-", "_"),
        "errors": list(errors)[:MOST_ERRORS],
    }


def fault(
    what: str, *, fix: str = "", path: str = "", line: int | None = None, column: int | None = None
) -> dict[str, Any]:
    """One entry of `errors`. `path` is a file, or the field of a JSON body (`raters.0.email`)."""
    return {"path": path, "line": line, "column": column, "what": what, "fix": fix}


def input_faults(errors: Sequence[InputError]) -> list[dict[str, Any]]:
    """The faults of a file that a loader refused."""
    return [
        fault(each.message, fix=each.fix, path=each.path, line=each.line, column=each.column)
        for each in errors
    ]


def problem_response(status: int, detail: str, *, code: str = "") -> JsonResponse:
    """The answer for errors that no view of the API made."""
    body = problem(status, detail, code=code)
    return JsonResponse(
        body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False}
    )
