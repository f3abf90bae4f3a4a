"""Every error of the API as problem details."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from evalsite.core.errors import InputErrors
from evalsite.core.problems import MEDIA_TYPE, fault, input_faults, problem


class Problem(exceptions.APIException):
    """An error with a status, a code for programs, and the single faults if there are any."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str = "",
        errors: Sequence[dict[str, Any]] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail, code or None)
        self.status_code, self.problem_code, self.errors = status, code, tuple(errors)
        self.wait = retry_after  # The REST framework makes the header `Retry-After` of it.


def conflict(
    detail: str,
    *,
    code: str = "conflict",
    errors: Sequence[dict[str, Any]] = (),
    retry_after: int | None = None,
) -> Problem:
    """409: what was asked does not fit the state that the row has now."""
    return Problem(409, detail, code=code, errors=errors, retry_after=retry_after)


def refused_input(refused: InputErrors) -> Problem:
    """422 with every fault that a loader found."""
    detail = _("The input has errors. Nothing was stored.")
    return Problem(422, detail, code="invalid_input", errors=input_faults(refused.errors))


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The REST framework's exception handler. Unexpected errors stay exceptions: Django answers 500."""
    match error:
        case InputErrors():
            error = refused_input(error)
        case RequestDataTooBig():
            error = Problem(413, _("The body is too large."), code="too_large")
        case exceptions.NotAuthenticated():
            detail = _("The request has no token. Send the header Authorization: Bearer TOKEN.")
            error.detail = exceptions.ErrorDetail(detail, error.default_code)
        case exceptions.UnsupportedMediaType():
            types = ", ".join(each.media_type for each in context["view"].get_parsers())
            detail = _("This Content-Type is not supported. Use one of: %(types)s.") % {"types": types}
            error.detail = exceptions.ErrorDetail(detail, error.default_code)
        case OperationalError() | InterfaceError():
            detail = _("The database does not answer. Nothing was changed. Try again.")
            error = Problem(503, detail, code="database_unavailable", retry_after=10)
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = _body(error, response.status_code)
    response.content_type = MEDIA_TYPE
    # Also where the answer would be YAML.
    request, renderer = context["request"], JSONRenderer()
    request.accepted_renderer, request.accepted_media_type = renderer, renderer.media_type
    return response


def _body(error: Exception, status: int) -> dict[str, Any]:
    if isinstance(error, Problem):
        return problem(status, str(error.detail), code=error.problem_code, errors=error.errors)
    if isinstance(error, exceptions.ValidationError):
        faults = list(_faults("", error.detail))
        return problem(status, _("The request has errors."), code="invalid", errors=faults)
    if isinstance(error, exceptions.ParseError):
        return problem(status, str(error.detail), code="malformed")
    if isinstance(error, Http404):
        return problem(status, _("There is no such row, or your role does not allow this."), code="not_found")
    if isinstance(error, PermissionDenied):
        return problem(status, _("This is not allowed."), code="permission_denied")
    assert isinstance(error, exceptions.APIException)
    codes = error.get_codes()
    return problem(status, _text(error.detail), code=codes if isinstance(codes, str) else "")


def _text(detail: Any) -> str:
    return "; ".join(what for _path, what in _flat("", detail))


def _faults(path: str, detail: Any) -> Iterator[dict[str, Any]]:
    for where, what in _flat(path, detail):
        yield fault(what, path=where)


def _flat(path: str, detail: Any) -> Iterator[tuple[str, str]]:
    """The sentences of a validation error with the field that each is about, as in `raters.0.email`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _flat(".".join(filter(None, (path, step))), inner)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            is_row = isinstance(inner, dict | list)
            yield from _flat(f"{path}.{number}".strip(".") if is_row else path, inner)
    else:
        yield path, str(detail)
