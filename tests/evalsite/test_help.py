"""The help pages: every document of `docs/` is on the site, and its links lead somewhere."""

import re

import pytest
from django.urls import get_resolver, reverse

from evalsite.core import help as docs

pytestmark = pytest.mark.django_db


def test_every_document_is_listed():
    assert {file.name.removesuffix(".md") for file in docs.FOLDER.glob("*.md")} == docs.NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(docs.NAMES))
def test_links_and_pictures_of_a_page_lead_somewhere(staff, name):
    page = staff.get(reverse("help-page", args=[name]))
    assert page.status_code == 200
    body = page.content.decode()
    for address in set(re.findall(r'(?:href|src)="(/help/[^"]*|#[^"]+)"', body)):
        path, _hash, anchor = address.partition("#")
        target = staff.get(path) if path else page
        assert target.status_code == 200, address
        if anchor and path != reverse("help"):
            assert f'id="{anchor}"' in (target.content.decode()), address


def test_a_picture_outside_the_folder_is_refused(staff):
    assert staff.get("/help/images/../../pyproject.toml").status_code == 404
    assert staff.get("/help/images/%2e%2e/%2e%2e/pyproject.toml").status_code == 404
    assert staff.get("/help/images/a%00.webp").status_code == 404
    assert staff.get("/help/nothing/").status_code == 404


def test_each_page_of_staff_links_to_a_page_of_help():
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    for name in names:
        page, _hash, anchor = docs.topic_address(name).removeprefix("/help/").partition("/#")
        if page := page.strip("/"):
            assert page in docs.NAMES
        if anchor:
            assert f'id="{anchor}"' in docs.help_page(page).html
    assert docs.topic_address("study-page") == "/help/studies/"


def test_the_index_says_in_chinese_which_pages_are_in_chinese(staff):
    staff.cookies["django_language"] = "zh-hans"
    body = staff.get(reverse("help")).content.decode()
    assert "快速上手" in body
    assert "帮助页是英文的" in body
