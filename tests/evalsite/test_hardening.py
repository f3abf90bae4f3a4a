"""What protects the site around its pages: headers, cookies, https, limits of bodies, who reads /metrics."""

import json
import os
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory

from evalsite.core import clients, middleware
from evalsite.local.paths import REPOSITORY

PRODUCTION = {
    "PUBLIC_URL": "https://evalsite.example.org",
    "ALLOWED_HOSTS": "evalsite.example.org",
    "SECRET_KEY": "k9" * 30 + "-not-one-that-anybody-uses",
    "DEBUG": "false",
    "EMAIL_HOST": "smtp.example.org",
    "DATABASE_OWNER_URL": "postgres://owner_of_tables@localhost/evalsite",
}
ASK = """
import json
from django.conf import settings
from django.core.management import call_command
from django.test import Client

call_command("check", "--deploy", "--fail-level", "WARNING")
told = {}
for name, path, extra in (
    ("plain", "/staff/login/", {}),
    ("health", "/healthz", {}),
    ("https", "/staff/login/", {"HTTP_X_FORWARDED_PROTO": "https"}),
):
    answer = Client(headers={"host": "evalsite.example.org"}).get(path, **extra)
    cookies = {key: [one["path"], one["domain"], one["secure"]] for key, one in answer.cookies.items()}
    told[name] = [answer.status_code, dict(answer.headers), cookies]
told["session"] = [getattr(settings, f"SESSION_COOKIE_{name}") for name in ("NAME", "SECURE", "HTTPONLY")]
print("told", json.dumps(told))
"""


@pytest.mark.slow
def test_a_production_site_passes_its_check_and_has_redirects_hsts_and_cookies_of_this_host_alone():
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", ASK],
        cwd=REPOSITORY, env={**{k: v for k, v in os.environ.items() if "ASYNC" not in k}, **PRODUCTION},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stdout + done.stderr
    told = json.loads(done.stdout.split("told ", 1)[1])
    status, headers, _ = told["plain"]
    assert (status, headers["Location"]) == (301, "https://evalsite.example.org/staff/login/")
    assert told["health"][0] == 200
    status, headers, cookies = told["https"]
    assert (status, headers["Strict-Transport-Security"]) == (200, f"max-age={30 * 24 * 3600}")
    assert cookies["__Host-csrftoken"] == ["/", "", True]
    assert told["session"] == ["__Host-sessionid", True, True]


def test_pages_have_the_headers(db, staff, client):
    for answer in (
        client.get("/staff/login/"),
        staff.get("/studies/"),
        client.get("/r/desk/"),
        client.get("/no/"),
    ):
        assert "camera=()" in answer["Permissions-Policy"]
        assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")
        assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_no_cache_stores_a_page_of_staff(db, staff):
    for path in ("/studies/", "/generation/", "/planning/", "/help/", "/api/v1/studies/", "/no/"):
        assert "no-store" in staff.get(path)["Cache-Control"], path


# Bodies


@pytest.fixture
def never_read(monkeypatch):
    """Fails as soon as a body is read."""
    monkeypatch.setattr("django.test.client.FakePayload.read", lambda *_: pytest.fail("the body was read"))


def post(client: Client, path: str, size: int) -> HttpResponse:
    """A request that states a length. Nothing of the body is there."""
    client.cookies["csrftoken"] = "a" * 32
    return client.post(path, b"", content_type="multipart/form-data; boundary=b", CONTENT_LENGTH=str(size))


@pytest.mark.parametrize(
    "path",
    ["/staff/login/", "/r/desk/", "/studies/new/", "/generation/scripts/new/", "/generation/briefs/upload/"],
)
def test_a_stranger_s_long_body_is_refused_before_it_is_read(db, never_read, path):
    """Before, 150 MB were streamed into a temporary file and then refused with 403."""
    answer = post(Client(enforce_csrf_checks=True), path, 150_000_000)
    assert answer.status_code == 413
    assert "This upload was refused" in answer.content.decode()


def test_no_body_is_read_for_a_page_that_is_not_there(db, never_read):
    """Before, Django's handler read all of it, and answered 500 where it was malformed."""
    assert post(Client(enforce_csrf_checks=True), "/nowhere/", 150_000_000).status_code == 404


def test_each_address_has_its_limit(db, staff, never_read):
    for path, most in (
        ("/studies/new/", 2.1),
        ("/generation/scripts/new/", 20.1),
        ("/generation/corpus/new/", 60.1),
    ):
        answer = post(staff, path, int(most * 1_000_000) + 2)
        assert (answer.status_code, f"larger than {most} MB" in answer.content.decode()) == (413, True), path


def test_a_file_within_the_limit_is_read(staff):
    file = SimpleUploadedFile("a.txt", b"x" * 3_000_000)
    answer = staff.post("/generation/scripts/new/", {"file": file, "language": "en"})
    assert answer.status_code == 400
    assert "2,000,000 bytes" in answer.content.decode()


def test_a_body_of_unknown_length_is_refused(db, never_read):
    answer = Client().post("/staff/login/", {}, headers={"transfer-encoding": "chunked"})
    assert (answer.status_code, "Content-Length" in answer.content.decode()) == (411, True)


@pytest.mark.parametrize("stated", ["", "x", "-1", "9" * 5000, "1e9", "\N{SUPERSCRIPT TWO}"])
def test_odd_lengths_are_no_length(stated):
    assert middleware.stated_length(RequestFactory().get("/", CONTENT_LENGTH=stated)) == 0


# Metrics


def test_metrics_are_for_private_addresses(db, client):
    """Before, anyone read live counts of judgments."""
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.7")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert b"evalsite_rows" not in answer.content


def test_with_a_token_metrics_are_for_who_has_it(db, client, settings):
    settings.METRICS_TOKEN = "t0ken"
    assert client.get("/metrics").status_code == 401
    for wrong in ("Bearer ", "Bearer t0ke", "t0ken", "Basic t0ken", "Bearer t0ken\u4e2d"):
        assert client.get("/metrics", headers={"authorization": wrong}).status_code == 401
    assert (
        client.get(
            "/metrics", REMOTE_ADDR="203.0.113.7", headers={"authorization": "Bearer t0ken"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("proxies", "headers", "private"),
    [
        (0, {}, True),
        # A proxy that isn't counted: all clients seem to be on this machine.
        (0, {"x-forwarded-for": "10.0.0.1"}, False),
        (0, {"x-forwarded-proto": "https"}, False),
        (0, {"forwarded": "for=10.0.0.1"}, False),
        (0, {"via": "1.1 proxy"}, False),
        (1, {}, True),
        (1, {"x-forwarded-for": "203.0.113.7"}, False),
        (1, {"x-forwarded-for": "10.0.0.1, 203.0.113.7"}, False),
        (1, {"x-forwarded-for": "203.0.113.7, 10.0.0.1"}, True),
        (1, {"x-forwarded-for": "10.0.0.1:4711"}, False),
        (1, {"x-forwarded-for": ""}, False),
        (2, {"x-forwarded-for": "10.0.0.1"}, False),
        (2, {"x-forwarded-for": "203.0.113.7, 10.0.0.1"}, False),
    ],
)  # fmt: skip
def test_no_header_of_a_stranger_makes_an_address_private(settings, proxies, headers, private):
    settings.TRUSTED_PROXIES = proxies
    assert clients.is_private_client(RequestFactory().get("/metrics", headers=headers)) is private
