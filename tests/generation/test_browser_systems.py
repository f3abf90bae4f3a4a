"""Systems, previews and histories in a real browser: axe finds nothing, nothing is wider than its window."""

import subprocess
import sys

import pytest
from django.conf import settings
from playwright.sync_api import expect

from evalsite.core.models import User
from generation.models import Brief, Job, Run
from generation.runs.worker import Worker
from tests.browser import NARROW, WIDE, axe_findings, overflow, visit
from tests.factories import person
from tests.generation.conftest import fake, planned, session_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


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
    cookies = session_of(person("rae"), live_server.url)
    with visit(live_server.url, width=width, language=language) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        shown = addresses()
        assert {"history-done", "history-failed"} <= shown.keys()
        for each, address in shown.items():
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert axe_findings(page) == [], each
            assert overflow(page) <= 0, each


@pytest.fixture
def fake_server():
    """`manage.py fake_server` on a free port, as people start it; its address."""
    command = [sys.executable, "manage.py", "fake_server", "--port", "0", "--model", "screen-9"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.communicate(timeout=60)


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_run_is_started_with_a_model_and_a_key(live_server, en_brief, fake_server, keys_file, width):
    keys_file({"lab": [fake_server]})
    cookies = session_of(person("root", role=User.Role.ADMIN), live_server.url)
    with visit(live_server.url, width=width) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto("/generation/systems/file/direct/")
        page.get_by_role("link", name="New version").click()
        page.get_by_label("Server address").fill(fake_server)
        page.get_by_label("Model", exact=True).fill("screen-9")
        page.get_by_label("API key", exact=True).select_option("lab")
        assert axe_findings(page) == []
        assert overflow(page) <= 0
        page.get_by_role("button", name="Save system").click()
        page.get_by_role("link", name="Start a run").click()
        expect(page.locator('input[value="stored:direct-v2"]')).to_be_checked()
        page.locator(f'input[value="series:{en_brief.series.slug}"]').check()
        page.get_by_label("Name of the run").fill("First try")
        page.get_by_label("Temperature", exact=True).fill("0.4")
        assert axe_findings(page) == []
        assert overflow(page) <= 0
        page.get_by_role("button", name="Check and estimate").click()
        expect(page.locator("main")).to_contain_text("direct-v3")
        assert axe_findings(page) == []
        page.get_by_role("button", name="Start the run").click()
        expect(page.locator("h1")).to_contain_text("First try")
        run = Run.objects.get()
        Worker(run).work()
        assert run.jobs.get().state == "done"
        page.goto("/generation/?q=first")
        page.get_by_role("link", name="First try").click()
        expect(page.locator("main")).to_contain_text("1 script is stored.")
