"""Mailing, in a browser: the page of a download says that the file was downloaded."""

import csv

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from annotations.models import RaterLink
from tests.annotations.mailing.conftest import invite_people
from tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_downloaded_file_of_links_is_not_offered_as_if_it_were_new(study, mara, live_server):
    invite_people(study, 2)
    client = Client()
    client.force_login(mara, backend="django.contrib.auth.backends.ModelBackend")
    context = chromium().new_context(accept_downloads=True)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/studies/harbour/raters/")
    page.select_option("select[name=scope]", "shown")
    page.select_option("select[name=action]", "links")
    page.get_by_role("button", name="Continue").click()
    for clicks, button in enumerate(("Download links", "Download new links"), start=1):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        text = download.value.path().read_text(encoding="utf-8-sig")
        assert len(list(csv.reader(text.splitlines()))) == 3
        expect(page.get_by_role("status").filter(has_text="Downloaded.")).to_be_visible()
        expect(page.get_by_role("button", name="Download links", exact=True)).to_be_hidden()
        assert RaterLink.objects.count() == 2 * clicks
    context.close()
