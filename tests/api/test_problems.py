"""Every error below /api/ is a problem document, also where no view of the API was reached."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError
from django.test import Client, RequestFactory

from evalsite.core import views
from tests import factories
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
STUDIES = "/api/v1/studies/"
KEYS = {"type", "title", "status", "detail", "code", "errors"}


def check(answer, status: int, code: str = "") -> dict:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    found = answer.json()
    assert set(found) == KEYS
    assert found["status"] == status
    assert found["detail"]
    if code:
        assert found["code"] == code
    return found


def test_unknown_addresses_and_rows(program):
    check(program.get("/api/"), 404)
    check(program.get("/api/v1/nothing/"), 404)
    check(program.get(f"{STUDIES}nothing/"), 404, "not_found")
    assert "slash" in check(program.post(STUDIES.removesuffix("/"), {}), 404, "not_found")["detail"]
    assert program.get(STUDIES.removesuffix("/")).status_code == 301


def test_methods_types_and_bodies(program):
    answer = program.post("/api/v1/studies/harbour/watch/")
    check(answer, 405)
    assert "GET" in answer["Allow"]
    assert "application/yaml" in check(program.post(STUDIES, b"x", media_type="text/plain"), 415)["detail"]
    for body in (b"{", b"[" * 100_000):
        check(program.post(STUDIES, body, media_type="application/json"), 400, "malformed")
    check(program.post(STUDIES, b"[" * 100_000, media_type="application/yaml"), 422)
    check(program.post(STUDIES, b"\xff\xfe", media_type="application/yaml"), 400, "malformed")
    check(program.get(STUDIES, Accept="image/png"), 406)
    check(Client().options(STUDIES, headers={"Authorization": f"Bearer {program.secret}"}), 405)
    check(program.get(f"{STUDIES}?cursor=nonsense"), 404)
    check(program.get(f"{STUDIES}?state=nonsense"), 400, "invalid")


def test_the_schema_is_yaml_and_its_errors_are_not(program):
    assert "openapi: 3.1" in program.get("/api/schema/").content.decode()
    check(Client().get("/api/schema/"), 401)


def test_a_field_is_named(program):
    (fault,) = check(program.post(STUDIES, {"file": ""}), 400, "invalid")["errors"]
    assert fault["path"] == "file"


def test_a_study_file_names_line_and_column(program):
    answer = program.post(STUDIES, "slug: x\nbriefs: [\n", media_type="application/yaml")
    faults = check(answer, 422, "invalid_input")["errors"]
    assert faults
    assert all(set(each) == {"path", "line", "column", "what", "fix"} for each in faults)
    assert all(each["line"] >= 1 and each["what"] and each["fix"] for each in faults)


def test_a_body_that_is_too_large(program):
    check(program.post(STUDIES, b"a" * 2_500_000, media_type="application/yaml"), 413)


def test_a_session_without_csrf_token(lin):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    check(browser.post(STUDIES, {}, content_type="application/json"), 403)
    check(signed_in(lin).post(STUDIES, {}, content_type="application/json"), 400)


def test_a_missing_second_factor(db, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    admin = factories.person("mara", role="admin")
    check(signed_in(admin).get(STUDIES), 403, "second_factor_missing")


def request_to(path: str) -> WSGIRequest:
    return RequestFactory().get(path)


def test_an_unexpected_error_and_a_database_that_is_away():
    try:
        raise OperationalError
    except OperationalError:
        away = views.server_error(request_to(STUDIES))
    check_body(away, 503)
    assert away["Retry-After"] == "10"
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        check_body(views.server_error(request_to(STUDIES)), 500)
    check_body(views.bad_request(request_to(STUDIES), Exception()), 400)
    check_body(views.forbidden(request_to(STUDIES), Exception()), 403)
    check_body(views.csrf_failure(request_to(STUDIES)), 403)


def check_body(answer, status: int) -> None:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_pages_still_answer_with_pages(program):
    assert "text/html" in Client().get("/nothing/")["Content-Type"]
