"""Writing a brief in a real browser: rows and counts by script, axe finds nothing, nothing is too wide."""

import pytest
from playwright.sync_api import expect

from evalsite.core.models import User
from generation.models import Brief
from tests.browser import NARROW, WIDE, axe_findings, overflow, visit
from tests.factories import person
from tests.generation.conftest import session_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "width"), [("en", WIDE), ("zh-hans", NARROW)], ids=["en-wide", "zh-narrow"]
)
def test_a_brief_is_written(live_server, language, width, en_brief):
    cookies = session_of(person("ada", role=User.Role.ADMIN), live_server.url)
    with visit(live_server.url, width=width, language=language) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        series = en_brief.series.slug
        for address in (
            "/generation/",
            "/generation/briefs/",
            f"/generation/briefs/{en_brief.slug}/",
            f"/generation/series/{series}/",
            f"/generation/series/{series}/names/",
            "/generation/briefs/upload/",
            "/generation/briefs/new/",
        ):
            page.goto(address)
            assert axe_findings(page) == [], address
            assert overflow(page) <= 0, address
        page.select_option("#id_series", series)
        expect(page.locator("[data-new-series]")).to_be_hidden()
        expect(page.locator("#id_slug")).to_have_attribute("placeholder", f"{series}-2")
        page.fill("#id_outline", "They wait.")
        page.fill("#id_previous_context", "word " * 251)
        expect(page.locator("[data-count=id_previous_context]")).to_contain_text("251 / 250")
        page.fill("#id_target_length", "500")
        for number, who in enumerate(("Ada Roe", "Ben Lamb", "Cy Marsh", "Dot Vane")):
            if number == 3:
                page.locator("[data-add]").click()
            page.fill(f"#name-{number}", who)
            page.fill(f"#profile-{number}", "Somebody.")
        page.locator("[data-row]").nth(1).locator("[data-remove]").click()
        page.locator(".btn-primary").last.click()
        page.wait_for_url(f"**/generation/briefs/{series}-2/")
    assert [each["name"] for each in Brief.objects.get(slug=f"{series}-2").characters] == [
        "Ada Roe",
        "Cy Marsh",
        "Dot Vane",
    ]
