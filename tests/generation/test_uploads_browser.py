"""Human scripts in a real browser: axe finds nothing, nothing is wider than its window."""

import pytest

from evalsite.core.models import User
from generation.models import Script
from tests.browser import NARROW, WIDE, axe_findings, overflow, visit
from tests.factories import person
from tests.generation.conftest import session_of
from tests.generation.test_uploads import CHINESE, ENGLISH, word

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "brief", "text", "width"),
    [("en", "en_brief", ENGLISH, WIDE), ("zh-hans", "zh_brief", CHINESE + "她低头说：算了。\n", NARROW)],
    ids=["en-wide", "zh-narrow"],
)
def test_a_word_file_from_upload_to_script(live_server, request, language, brief, text, width):
    stored = request.getfixturevalue(brief)
    cookies = session_of(person("rae", role=User.Role.ADMIN), live_server.url)
    file = {"name": "pilot.docx", "mimeType": "application/octet-stream", "buffer": word(text)}
    with visit(live_server.url, width=width, language=language, script=False) as context:
        context.add_cookies(cookies)
        page = context.new_page()

        def go_on(button: str) -> None:
            assert overflow(page) <= 0, page.url
            before = page.url
            page.locator(button).click()
            # The next page may have a button of the same description.
            page.wait_for_url(lambda url: url != before)

        page.goto("/generation/scripts/")
        page.locator("main .btn-primary").click()
        page.locator("#id_file").set_input_files(file)
        go_on("main form .btn-primary")
        go_on("main .page-head .btn-primary")
        page.locator("#scene-1").select_option(stored.slug)
        go_on("main form .btn-primary")
        page.locator("#id_writer").fill("w07")
        go_on("main form .btn-primary")
        go_on("main form .btn-primary")
        page.wait_for_url(f"**/generation/scripts/{stored.slug}/human/1/")
        assert overflow(page) <= 0
    with visit(live_server.url, width=width, language=language) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        code = Script.objects.get().source.upload.code
        for address in (
            "/generation/scripts/",
            "/generation/scripts/new/",
            f"/generation/scripts/uploads/{code}/",
            f"/generation/scripts/{stored.slug}/human/1/",
        ):
            page.goto(address)
            assert axe_findings(page) == [], address
