"""Systems, previews and histories in a real browser: axe finds nothing, nothing is wider than its window."""

import pytest
from django.conf import settings
from django.test import Client

from generation.models import Brief, Job
from generation.runs.worker import Worker
from tests.browser import axe_findings, overflow, visit
from tests.factories import person
from tests.generation.conftest import fake, planned

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def addresses() -> dict[str, str]:
    brief = Brief.objects.get()
    return {
        "systems": "/generation/systems/",
        "system": "/generation/systems/file/dsr/",
        "preview": f"/generation/systems/file/dsr/preview/?brief={brief.slug}",
        **{
            f"history-{job.state}": f"/generation/{job.run.code}/{brief.slug}/{job.system.slug}/1/"
            for job in Job.objects.select_related("run", "system")
        },
    }


@pytest.mark.parametrize(
    ("language", "brief", "width"),
    [("en", "en_brief", WIDE), ("zh-hans", "zh_brief", NARROW)],
    ids=["en-wide", "zh-narrow"],
)
def test_pages_can_be_read_by_everyone(live_server, request, language, brief, width):
    stored = request.getfixturevalue(brief)
    run = planned(stored, fake("fake-dsr"), fake("fake-direct", behaviour="nonsense", tries=2))
    Worker(run).work()
    client = Client()
    client.force_login(person("rae"))
    name = settings.SESSION_COOKIE_NAME
    with visit(live_server.url, width=width, language=language) as context:
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        shown = addresses()
        assert {"history-done", "history-failed"} <= shown.keys()
        for each, address in shown.items():
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert axe_findings(page) == [], each
            assert overflow(page) <= 0, each
