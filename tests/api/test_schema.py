"""The OpenAPI schema: every object is typed, every error documented, every address covered."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from evalsite.api.scopes import SCOPES
from evalsite.api.views import ApiView

TYPES = {"type", "$ref", "enum", "const", "oneOf", "anyOf", "allOf"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def objects(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in the document that allows an object, with its place."""
    if isinstance(node, dict):
        kinds = node.get("type")
        if kinds == "object" or (isinstance(kinds, list) and "object" in kinds):
            yield path, node
        for key, inner in node.items():
            yield from objects(inner, f"{path}/{key}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from objects(inner, f"{path}/{number}")


def test_it_is_openapi_3_1(schema):
    assert schema["openapi"].startswith("3.1")


def test_no_object_is_bare(schema):
    """Each has properties, or says what its values are."""
    assert not [
        path
        for path, node in objects(schema)
        if not node.get("properties") and not isinstance(node.get("additionalProperties"), dict)
    ]


def test_no_schema_is_empty(schema):
    def empty(node: Any, path: str = "") -> Iterator[str]:
        if isinstance(node, dict):
            for key, inner in node.items():
                if key in ("schema", "items", "additionalProperties") and inner in ({}, True):
                    yield f"{path}/{key}"
                if key == "properties":
                    yield from (f"{path}/{name}" for name, each in inner.items() if not set(each) & TYPES)
                yield from empty(inner, f"{path}/{key}")
        elif isinstance(node, list):
            for number, inner in enumerate(node):
                yield from empty(inner, f"{path}/{number}")

    assert not list(empty(schema["paths"]))
    assert not list(empty(schema["components"]))


def test_uploads_are_files(schema):
    body = schema["components"]["schemas"]["Upload"]
    assert body["properties"]["files"]["items"] == {"type": "string", "format": "binary"}


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_errors_are_problem_documents(schema):
    for method, path, operation in operations(schema):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (method, path, status)
        expected = {"400", "401", "403", "404", "406", "429", "503"}
        if method == "post":
            expected |= {"409", "411", "413", "415", "422"}
        assert expected <= set(operation["responses"]), (method, path)


def test_a_success_is_documented_and_named(schema):
    names = [operation["operationId"] for *_, operation in operations(schema)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(schema):
        assert any(status < "300" for status in operation["responses"]), (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)


def views() -> Iterator[tuple[str, Any]]:
    def inside(node: URLResolver | URLPattern, route: str) -> Iterator[tuple[str, Any]]:
        route += str(node.pattern)
        if isinstance(node, URLPattern):
            yield route, node.callback
        else:
            for each in node.url_patterns:
                yield from inside(each, route)

    for node in get_resolver().url_patterns:
        yield from ((route, view) for route, view in inside(node, "") if route.startswith("api/v1/"))


def test_every_view_has_a_scope_and_takes_idempotency_keys():
    found = dict(views())
    assert len(found) > 15
    for route, view in found.items():
        kind = view.view_class
        assert issubclass(kind, ApiView), route
        needed = {*kind.scopes.values(), f"{kind.scope}:read"} if kind.scope else set(kind.scopes.values())
        assert needed, route
        assert needed <= set(SCOPES), route
        if hasattr(kind, "post"):
            assert getattr(kind.post, "idempotent", False), route


def test_every_address_is_in_the_schema(schema):
    described = {path.strip("/") for path in schema["paths"]}
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).strip("/") for route, _view in views()}
    assert routes == described
