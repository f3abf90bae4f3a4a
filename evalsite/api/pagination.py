"""Lists in pages, each with the address of the next and the previous one."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination, Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

DEFAULT_SIZE, LARGEST_SIZE = 100, 200
SIZE_TEXT = f"Rows per page, at most {LARGEST_SIZE}."
CURSOR_TEXT = "Where the page begins: copy it from `next` or `previous`."


class Pages(CursorPagination):
    """Pages by primary key, the newest row first."""

    ordering = "-id"
    page_size = DEFAULT_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_SIZE
    page_size_query_description = SIZE_TEXT
    cursor_query_description = CURSOR_TEXT

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            _number(str(cursor.position))
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)


def page_schema(rows: dict[str, Any]) -> dict[str, Any]:
    """The schema of one page."""
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {
            "next": {**address, "description": "Address of the next page; null on the last one."},
            "previous": {**address, "description": "Address of the page before; null on the first one."},
            "results": rows,
        },
    }


class SequencePages(BasePagination):
    """Pages of rows that are no query, in their fixed order. The cursor holds the number of the first row."""

    request: Request
    rows: Sequence[Any]
    begin = 0
    size = DEFAULT_SIZE

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.rows = request, queryset
        self.size = _size(request.query_params.get("page_size", ""))
        self.begin = _number(request.query_params.get("cursor") or "0")
        return list(queryset[self.begin : self.begin + self.size])

    def get_paginated_response(self, data: Any) -> Response:
        after, before = self.begin + self.size, max(0, self.begin - self.size)
        return Response(
            {
                "next": self._address(after) if after < len(self.rows) else None,
                "previous": self._address(before) if self.begin else None,
                "results": data,
            }
        )

    def _address(self, begin: int) -> str:
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", begin))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return Pages().get_schema_operation_parameters(view)  # type: ignore[no-any-return]


PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description=CURSOR_TEXT),
    OpenApiParameter("page_size", int, description=SIZE_TEXT),
]
"""For a view that pages by itself and has no serializer."""


def _size(given: str) -> int:
    if given.isascii() and given.isdigit() and int(given[:10]):
        return min(int(given[:10]), LARGEST_SIZE)
    return DEFAULT_SIZE


def _number(text: str) -> int:
    """The number of a cursor, which fits a primary key."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(CursorPagination.invalid_cursor_message)
    return int(text)
