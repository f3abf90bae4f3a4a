"""The base of every view of the API."""

from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evalsite.api.authentication import HasScope, has_valid_token
from evalsite.api.input import refuse_unknown_filters
from evalsite.api.pagination import Pages, SequencePages
from evalsite.core.body_limits import takes_uploads


class ApiView(APIView):
    """A view with a scope. `post` of a subclass is decorated with `idempotency.idempotent`."""

    scope: str | None = None
    """`studies`: GET needs `studies:read`, other methods `studies:write`."""
    scopes: dict[str, str] = {}
    """Other scopes for single methods, as in `{"POST": "results:write"}`."""
    permission_classes = [HasScope]
    problems: tuple[int, ...] = ()
    """Further statuses of errors, for the schema: 409 is documented only where it is named."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD") and getattr(self, "pagination_class", None):
            refuse_unknown_filters(request, self)

    def location(self, name: str, *args: str) -> dict[str, str]:
        """The header with the address of what a request has made."""
        return {"Location": self.request.build_absolute_uri(reverse(name, args=args))}

    @property
    def username(self) -> str:
        """Who works, as the audit trail names them."""
        return str(self.request.user.get_username())


class ApiList(ApiView, ListAPIView[Any]):
    """A list of rows in pages."""

    pagination_class = Pages


class ApiRow(ApiView, GenericAPIView[Any]):
    """One row, which `get` finds with the functions of `access` and serializes."""

    serializer_class: type[serializers.BaseSerializer[Any]]
    filter_backends = []
    pagination_class = None


class ApiFile(ApiRow):
    """A file to download, in the one type that it has: `Accept: text/csv` is no reason for 406."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)


class SequenceList(ApiView, GenericAPIView[Any]):
    """A list that is no query: `rows` of a subclass gives it, whole or as something that can be sliced."""

    pagination_class = SequencePages
    filter_backends = []

    def answer(self, rows: Any) -> Response:
        """The page of the rows that the request asks for."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def no_rows[Row: Model](model: type[Row]) -> QuerySet[Row]:
    """The `queryset` of a view whose rows depend on the address: it tells the schema the model."""
    return model._default_manager.none()


def as_view_for_uploads(view: type[ApiView], most: int) -> Any:
    """`view.as_view()` that takes `most` bytes of files from signed-in people and valid tokens."""
    made = takes_uploads(most)(view.as_view())
    made.admits = has_valid_token  # type: ignore[attr-defined]
    return made
