"""From nothing to a frozen study, as docs/first-study.md describes it: an empty site, staff link, browser.

A brief is written, `dsr` and `direct` write for it at a fake server, a person's script comes as a Word file,
findings are gone through, one script is rejected for its next sample, and the study is frozen.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from docx import Document
from playwright.sync_api import Page, expect

from evalsite.local.paths import REPOSITORY
from tests.browser import axe_findings, overflow, visit
from tests.servers import LiveStack, live_stack_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OUTLINE = (
    "On the last ferry Ines Marlow finds the deckhand, Tobias Reck, counting money that is not his. She asks "
    "him to put it back; he asks what she is doing on a boat that goes nowhere she lives."
)
SCRIPT = """\
INT. FERRY SALOON - NIGHT

Empty benches. TOBIAS RECK kneels behind the counter and counts notes under a napkin.

INES MARLOW
That is the lifeboat collection.

TOBIAS RECK
(not looking up)
It is the change from the coffee machine. As an AI, I can count.

INES MARLOW
The coffee machine has been broken since Easter.

She sits on the nearest bench and sets her handbag on her knees, shut."""


@pytest.fixture
def stack() -> Iterator[LiveStack]:
    with live_stack_in(demo=False) as live:
        yield live


@pytest.fixture
def server() -> Iterator[str]:
    """The address of `manage.py fake_server`, on a free port."""
    command = [sys.executable, "manage.py", "fake_server", "--port", "0"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield child.stdout.readline().strip()
        child.terminate()


@pytest.fixture
def word_file(tmp_path: Path) -> Path:
    document = Document()
    for line in SCRIPT.split("\n"):
        document.add_paragraph(line)
    document.save(str(tmp_path / "ferry.docx"))
    return tmp_path / "ferry.docx"


def press(page: Page, name: str) -> None:
    """The one button or link of this name in the page's main part."""
    main = page.locator("main")
    main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first.click()
    page.wait_for_load_state()


def test_from_nothing_to_a_frozen_study(stack: LiveStack, server: str, word_file: Path) -> None:
    assert [each["role"] for each in stack.links["staff"]] == ["admin", "researcher"]
    with visit(stack.url) as context:
        page = context.new_page()
        page.goto(stack.links["staff"][0]["link"])
        page.locator("main button").first.click()
        page.wait_for_url("**/studies/")
        for address in ("/studies/", "/studies/new/", "/generation/new/"):
            page.goto(address)
            expect(page.locator("main .empty a.btn-primary")).to_have_count(1)
        assert_sound(page)
        write_a_brief(page)
        run_systems(page, server)
        import_a_script(page, word_file)
        make_the_study(page)
        clear_what_was_found(page)
        accept_warnings(page)
        press(page, "Freeze")
        expect(page.locator("main")).to_contain_text(
            "Frozen. You can return the study to draft until you add the first rater."
        )
        page.goto("/studies/new/file/?study=ferry")
        assert "series: the-salt-ferry" not in page.locator("#id_text").input_value()
        assert "- the-salt-ferry-1" in page.locator("#id_text").input_value()
    with psycopg.connect(stack.database_url) as connection:
        sealed = connection.execute(
            "SELECT system_slug, script_sample FROM annotations_sealedentry ORDER BY system_slug"
        ).fetchall()
        seats = connection.execute("SELECT count(*) FROM annotations_seat").fetchone()
    # The person's script held a give-away and was rejected; it has a second sample. Nine seats, as asked for.
    assert [row[0] for row in sealed] == ["direct", "dsr", "human"]
    assert sealed[2] == ("human", 2)
    assert seats == (9,)


def assert_sound(page: Page) -> None:
    assert axe_findings(page) == []
    assert overflow(page) <= 0


def write_a_brief(page: Page) -> None:
    page.goto("/generation/")
    press(page, "New brief")
    page.get_by_label("Series title").fill("The Salt Ferry")
    page.get_by_label("Outline").fill(OUTLINE)
    page.get_by_label("Target length").fill("200")
    page.get_by_label("Name", exact=True).first.fill("Ines Marlow")
    page.get_by_label("Profile", exact=True).first.fill("Fifty-four, once a harbour pilot, exact and dry.")
    page.get_by_label("Name", exact=True).nth(1).fill("Tobias Reck")
    page.get_by_label("Profile", exact=True).nth(1).fill("Age: 26\n\nTraits: jokes when cornered.")
    press(page, "Save brief")
    expect(page.locator("main")).to_contain_text("Brief the-salt-ferry-1 saved.")


def run_systems(page: Page, server: str) -> None:
    page.goto("/generation/")
    press(page, "Start a run")
    page.locator('input[value="file:dsr"]').check()
    page.locator('input[value="file:direct"]').check()
    page.get_by_label("The Salt Ferry").check()
    page.get_by_label("Samples per brief and system").fill("2")
    page.get_by_label("Server address").fill("http://127.0.0.1:9/v1")
    press(page, "Check and estimate")
    expect(page.get_by_role("alert")).to_contain_text(
        "A server isn't responding. Start it, or enter another address."
    )
    press(page, "Back to the form")
    page.get_by_label("Server address").fill(server)
    press(page, "Check and estimate")
    assert_sound(page)
    press(page, "Start the run")
    page.locator('[data-run-state="done"]').wait_for(timeout=300_000)
    expect(page.locator(".figures")).to_contain_text("Done")
    # The page has loaded itself anew once more: nothing on it renews itself then.
    expect(page.locator('script[src*="/live"]')).to_have_count(0)
    page.wait_for_load_state()
    expect(page.locator('a[href*="/dsr/2/"]')).to_have_count(1)


def import_a_script(page: Page, file: Path) -> None:
    """Twice: once with a give-away in it, once without, which is the second sample."""
    second = file.with_name("second.docx")
    document = Document(str(file))
    for paragraph in document.paragraphs:
        paragraph.text = paragraph.text.replace(" As an AI, I can count.", "")
    document.save(str(second))
    for each in (file, second):
        page.goto("/generation/")
        press(page, "Upload a script")
        page.locator("#id_file").set_input_files(each)
        press(page, "Upload")
        press(page, "Continue with 1 scene")
        press(page, "Save and continue")
        page.get_by_label("Writer's code").fill("w01")
        press(page, "Save and continue")
        press(page, "Import 1 script")
        expect(page.locator("main")).to_contain_text("Imported: the-salt-ferry-1 by human")


def make_the_study(page: Page) -> None:
    page.goto("/studies/")
    press(page, "New study")
    page.get_by_label("Title (English)").fill("Night scenes")
    page.get_by_label("Question (English)").fill("Is a scene better when it is written as prose first?")
    page.get_by_label("Slug").fill("ferry")
    for place, slug in enumerate(("dsr", "direct", "human"), start=1):
        page.get_by_label(f"System {place}", exact=True).select_option(slug)
    page.locator("[name=contrast_1]").select_option("dsr")
    page.locator("[name=contrast_2]").select_option("direct")
    page.get_by_role("group", name="Briefs", exact=True).get_by_label("The Salt Ferry").check()
    page.get_by_label("What is the result about?").select_option("these-series")
    page.get_by_label("Seats for readers of English").fill("6")
    press(page, "Check and continue")
    expect(page.locator(".errorlist")).to_contain_text("3 systems need at least 9 seats")
    page.get_by_label("Seats for readers of English").fill("9")
    press(page, "Check and continue")
    expect(page.locator("main")).to_contain_text("No problems found")
    assert_sound(page)
    press(page, "Create study")
    expect(page.locator("main")).to_contain_text("Draft created.")


def accept_warnings(page: Page) -> None:
    """Lengths of canned scenes may stand out."""
    if page.locator("#warnings form").count():
        page.locator("#warnings-reason").fill("Canned scenes have one length.")
        press(page, "Accept warnings")


def clear_what_was_found(page: Page) -> None:
    """What was planted is found and its script rejected; anything else is accepted with a reason."""
    press(page, "Check texts for giveaways")
    press(page, "Check texts")
    press(page, "Review next finding")
    expect(page.locator("main")).to_contain_text("As an AI")
    press(page, "Reject script")
    page.locator("main textarea, main input[type=text]").first.fill("It says that a machine wrote it.")
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text("The next sample replaces it")
    page.goto("/studies/ferry/findings/")
    press(page, "Check texts again")
    # A worker looks, and the page loads itself anew at its end.
    expect(page.locator("main .notice-ok")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Review next finding")
    page.wait_for_load_state()
    page.goto("/studies/ferry/")
