"""Types of lines are changed with the keyboard alone, without scripts, on any width, in both languages."""

import pytest
from django.urls import reverse

from evalsite.core.models import User
from generation.models import Upload
from generation.uploads import services as uploads
from tests.browser import NARROW, WIDE, axe_findings, overflow, visit
from tests.factories import person
from tests.generation.conftest import session_of
from tests.generation.test_line_types_pages import TEXT
from tests.generation.test_uploads import CHINESE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "text", "width", "line", "name", "saved"),
    [
        ("en", TEXT, WIDE, 5, "Type of line 5", "Changed from Action"),
        ("zh-hans", CHINESE + "她低头说：算了。\n", NARROW, 6, "第 6 行的类型", "已修改，原为动作"),
    ],
    ids=["en-wide", "zh-narrow"],
)
def test_a_type_is_changed_with_the_keyboard(live_server, language, text, width, line, name, saved):
    user = person("rae", role=User.Role.ADMIN)
    received = uploads.receive(content=text.encode(), name="pilot.txt", by=user)
    cookies = session_of(user, live_server.url)
    address = reverse("generation-upload", args=[received.upload.code])
    with visit(live_server.url, width=width, language=language, script=False) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(address)
        assert overflow(page) <= 0
        select = page.get_by_label(name, exact=True)
        select.focus()
        page.keyboard.press("End")
        assert select.input_value() == "left-out"
        before = page.url
        page.locator(".save-types button").press("Enter")
        page.wait_for_url(lambda url: url != before)
        assert saved in page.locator("main").inner_text()
        assert overflow(page) <= 0
    assert uploads.types_of(Upload.objects.get()) == {line: "left-out"}
    with visit(live_server.url, width=width, language=language) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        for query in ("", "?only=doubt"):
            page.goto(address + query)
            assert axe_findings(page) == [], query
