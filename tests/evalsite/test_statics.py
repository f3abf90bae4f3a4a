"""Static files: they are served compressed, and pages are not."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.templatetags.static import static
from django.test import Client

from evalsite.core.statics import BUNDLES, _apart, lean
from tests.browser import chromium

STATIC = Path(__file__).resolve().parents[2] / "static"
SCRIPT = "js/autosave.js"


def test_a_script_comes_compressed_without_its_comments_and_blanks(client: Client) -> None:
    for _ in range(2):
        response = client.get(f"/static/{SCRIPT}", headers={"Accept-Encoding": "gzip, deflate, br"})
        body = b"".join(response)
        sent = gzip.decompress(body).decode()
        written = re.sub(r"(^|\s)//.*$", "", (STATIC / SCRIPT).read_text(), flags=re.MULTILINE)
        assert re.sub(r"\s", "", sent) == re.sub(r"\s", "", written)
        assert len(sent) < 0.8 * len((STATIC / SCRIPT).read_text())
        assert response["Content-Encoding"] == "gzip"
        assert int(response["Content-Length"]) == len(body)
        assert response["Vary"] == "Accept-Encoding"
    again = client.get(f"/static/{SCRIPT}", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("accepts", ["", "br", "gzip;q=0", "gzip;q=0.0, br"])
def test_who_cannot_read_it_so_gets_it_as_it_is(client: Client, accepts: str) -> None:
    response = client.get(f"/static/{SCRIPT}", headers={"Accept-Encoding": accepts})
    assert b"".join(response) == (STATIC / SCRIPT).read_bytes()
    assert "Content-Encoding" not in response
    assert response["Vary"] == "Accept-Encoding"


def test_a_font_and_a_part_of_a_file_come_as_they_are(client: Client) -> None:
    font = next(STATIC.rglob("*.woff2")).relative_to(STATIC)
    gzips = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in client.get(f"/static/{font}", headers=gzips)
    part = client.get(f"/static/{SCRIPT}", headers={**gzips, "Range": "bytes=0-9"})
    assert (part.status_code, b"".join(part)) == (206, (STATIC / SCRIPT).read_bytes()[:10])


def test_hashed_names_are_served_with_debug_too(settings: Any) -> None:
    settings.DEBUG = True
    assert Client().get(static(SCRIPT)).status_code == 200


@pytest.mark.django_db
def test_a_page_is_not_compressed(client: Client) -> None:
    page = client.get("/staff/login/", headers={"Accept-Encoding": "gzip"})
    assert (page.status_code, "Content-Encoding" in page) == (200, False)


@pytest.mark.django_db
def test_a_page_names_files_by_their_content_and_browsers_keep_them_for_good(client: Client) -> None:
    page = client.get("/r/nobodys/").content.decode()
    names = re.findall(r'"(/static/[^"]+)"', page)
    assert names
    for name in names:
        response = client.get(name, headers={"Accept-Encoding": "gzip"})
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        assert (response.status_code, "immutable" in response["Cache-Control"]) == (200, True)
    style = client.get(static("css/screenplay.css"), headers={"Accept-Encoding": "gzip"})
    fonts = re.findall(r'url\("?\.\./([^")]+)', gzip.decompress(b"".join(style)).decode())
    assert fonts
    for font in fonts:
        assert "immutable" in client.get(f"/static/{font}")["Cache-Control"]


@pytest.mark.parametrize("name", BUNDLES)
def test_files_of_a_bundle_are_sent_as_one(client: Client, name: str) -> None:
    plain = client.get(static(name))
    packed = client.get(static(name), headers={"Accept-Encoding": "gzip"})
    for part in BUNDLES[name]:
        assert (STATIC / part).read_bytes() in plain.content
    assert gzip.decompress(packed.content) == lean(name, plain.content)
    assert len(packed.content) < 0.4 * len(plain.content)
    for response in (plain, packed):
        assert response["Content-Type"].startswith(("text/css;", "text/javascript;"))
        assert "immutable" in response["Cache-Control"]
        assert response["Vary"] == "Accept-Encoding"


@pytest.mark.browser
def test_a_script_of_a_bundle_that_fails_is_reported_and_stops_no_other() -> None:
    page = chromium().new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.message))
    page.evaluate(
        b"\n".join(map(_apart, (b"document.nothing.here;", b"document.title = 'went on';"))).decode()
    )
    assert page.title() == "went on"
    page.wait_for_timeout(10)
    assert len(errors) == 1
    page.close()
