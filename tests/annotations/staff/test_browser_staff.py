"""Staff, accessibility: axe finds nothing on any staff page, in both languages, wide and narrow.

With SHOTS=FOLDER in the environment each page is also saved as a picture.
"""

import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Route, expect

from analysis.reports import services as reports
from annotations import freezing
from annotations.blinding import unblinding
from annotations.desk import services
from annotations.models import Rater, Study
from annotations.spec.values import from_json
from annotations.staff.findings import findings_page
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import InputErrors
from evalsite.core.models import User
from generation.models import Brief
from tests import factories
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk_files import write_desk
from tests.browser import axe_findings, chromium, overflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
# Each language and each width once in the quick tests, the other two looks in the slow ones.
LOOKS = [
    pytest.param([("en", 1440), ("zh-hans", 390)], id="quick"),
    pytest.param([("zh-hans", 1440), ("en", 390)], id="crossed", marks=pytest.mark.slow),
]


@pytest.fixture
def desk(live_server) -> Iterator[Callable]:
    """`desk(user, language, width)` gives a page of that size with the person signed in."""
    contexts = []

    def open_page(user: User, language: str = "en", width: int = 1440):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        context = chromium().new_context(
            viewport={"width": width, "height": 900},
            locale="zh-CN" if language.startswith("zh") else "en-GB",
            has_touch=width < 600,
        )
        cookies = {
            settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.LANGUAGE_COOKIE_NAME: language,
        }
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda said: said.type == "error" and page.problems.append(said.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()


def with_findings(study: Study) -> int:
    """The number of a script of the first scene in which something was found."""
    briefs = Brief.objects.filter(slug="scene-en-1").select_related("series")
    rows = findings_page.brief_rows(study, from_json(study.spec), briefs, study.findings.all())
    return next(slot.number for row in rows for slot in row.slots if slot.open)


def look_at(page, url: str, name: str) -> None:
    """The page opens without an error, is not wider than its window, and axe finds nothing on it."""
    page.goto(url)
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert axe_findings(page) == [], name
    assert overflow(page) <= 0, name
    # A page that refuses (403) is an error to the console and nothing else.
    assert [text for text in page.problems if "status of 403" not in text] == []


def house(tmp_path: Path) -> dict[str, User]:
    """Six studies, one in each state, and the people."""
    mara, jonas = factories.person("mara", role=User.Role.ADMIN), factories.person("jonas")
    make = factories.make_study
    make(tmp_path / "a", slug="draft-study", state="draft", extra="As an AI language model, I am ChatGPT.")
    with pytest.raises(InputErrors):
        freezing.freeze(study=Study.objects.get(slug="draft-study"), by="mara")
    make(tmp_path / "b", slug="frozen-study")
    study = make(tmp_path / "c", slug="open-study", state="open", languages=("en", "zh"))
    rng = random.Random(3)
    for languages, pairs in ((["en"], 3), (["zh"], 2), (["en"], 0), (["zh"], 1)):
        rater = services.enrol(study=study, languages=languages, by="mara").rater
        factories.judge(rater, rng=rng, pairs=pairs)
    study_states.amend(study=study, by="mara", text="Two raters more per language, for two fell ill.")
    closed = make(tmp_path / "d", slug="closed-study", state="closed", briefs=1)
    unblinding.request(study=closed, by=mara, reason="Every seat is done and the plan is met.")
    make(tmp_path / "e", slug="quiet-study", state="closed", briefs=1)
    done = make(tmp_path / "f", slug="done-study", state="open", languages=("en", "zh"))
    factories.fill(done)
    study_states.transition(study=done, verb="close", by="mara")
    unblinding.unblind_from_console(study=done, by=mara, other=jonas)
    return {"mara": mara, "jonas": jonas}


@pytest.mark.parametrize("looks", LOOKS)
def test_every_page_is_sound(desk, live_server, tmp_path, looks):
    people = house(tmp_path)
    studies = {study.slug: study for study in Study.objects.all()}
    rater = studies["open-study"].raters.first()
    finding = studies["draft-study"].findings.first()
    pages = [(f"{lang}-{width}", desk(people["mara"], lang, width)) for lang, width in looks]
    others = [(f"{lang}-{width}", desk(people["jonas"], lang, width)) for lang, width in looks]

    def see(path: str, name: str, by=pages) -> None:
        for kind, page in by:
            look_at(page, live_server.url + path, f"{name}-{kind}")

    see("/studies/", "list")
    for state in ("draft", "frozen", "open", "closed", "done"):
        see(f"/studies/{state}-study/", f"study-{state}")
    see("/studies/open-study/close/", "close")
    see(f"/studies/open-study/raters/{rater.code}/link/", "rater-link")
    see(f"/studies/open-study/raters/{rater.code}/leave/", "rater-leave")
    see(f"/studies/draft-study/findings/{finding.code}/", "finding")
    see("/studies/draft-study/findings/", "findings")
    script = f"/studies/draft-study/findings/scripts/scene-en-1/{with_findings(studies['draft-study'])}/"
    see(script, "findings-script")
    see(f"{script}reject/", "findings-reject")
    see("/studies/open-study/unblind/", "unblind-open")
    see("/studies/quiet-study/unblind/", "unblind-ask")
    see("/studies/closed-study/unblind/", "unblind-mine")
    see("/studies/closed-study/unblind/", "unblind-confirm", by=others)
    see("/studies/closed-study/report/", "sealed")
    report = reports.request(study=studies["done-study"], by=None)
    see("/studies/done-study/report/", "computing")
    for _, page in pages:  # or it would renew itself, once the report is there, while the next is opened
        page.goto("about:blank")
    reports.build(report.code)
    see("/studies/done-study/report/", "report")


def test_empty_list(desk, live_server, db):
    look_at(desk(factories.person("mara")), f"{live_server.url}/studies/", "list-empty")


def test_api_docs_list_every_address_and_load_nothing_from_elsewhere(desk, live_server, db):
    page = desk(factories.person("mara"))
    errors, addresses = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{live_server.url}/api/docs/")
    paths = page.request.get(f"{live_server.url}/api/schema/?format=json").json()["paths"]
    operations = sum(
        method in {"get", "post", "put", "patch", "delete"} for path in paths.values() for method in path
    )
    assert operations > 8
    expect(page.locator(".opblock-summary-path", has_text="/api/v1/")).to_have_count(operations)
    page.locator(".opblock-summary").first.click()
    page.wait_for_selector(".opblock-body .responses-wrapper")
    assert errors == []
    assert all(address.startswith((live_server.url, "data:", "blob:")) for address in addresses)


def test_the_waiting_page_turns_into_the_report_by_itself(desk, live_server, tmp_path):
    people = house(tmp_path)
    report = reports.request(study=Study.objects.get(slug="done-study"), by=None)
    page = desk(people["mara"])
    page.goto(f"{live_server.url}/studies/done-study/report/")
    assert page.locator("[data-poll]").count() == 1
    reports.build(report.code)
    page.wait_for_selector(".rep", timeout=30_000)


def test_by_keyboard_alone_a_rater_is_invited_and_the_link_copied(desk, live_server, tmp_path):
    people = house(tmp_path)
    page = desk(people["mara"])
    page.goto(f"{live_server.url}/studies/open-study/")
    page.locator("#invite input[value=en]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#fresh button")).to_be_visible()
    link = page.locator("#fresh-link").input_value()
    assert link.startswith(f"{live_server.url}/r/")
    page.locator("#fresh button").focus()
    page.keyboard.press("Enter")
    page.locator("#fresh button", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_by_keyboard_alone_findings_are_accepted_and_a_script_rejected(desk, live_server, tmp_path):
    people = house(tmp_path)
    study = Study.objects.get(slug="draft-study")
    with unguarded():  # a script that another blinded study uses can't be rejected
        Study.objects.exclude(pk=study.pk).update(state="unblinded")
    total = study.findings.count()
    page = desk(people["mara"])
    page.goto(f"{live_server.url}/studies/draft-study/findings/?open=1")
    page.locator(".slots a").first.click()
    cards = page.locator("[data-finding-card]")
    expect(cards.first).to_have_class(re.compile("is-current"))
    page.keyboard.press("j")
    expect(cards.nth(1)).to_have_class(re.compile("is-current"))
    page.keyboard.press("k")
    page.keyboard.press("a")
    # Keys are letters again in a field.
    page.keyboard.type("jar of jam, spoken")
    page.keyboard.press("Enter")
    page.wait_for_url("**#open")
    expect(page.locator(".settled")).to_contain_text(re.compile(f"[1-9] of {total} reviewed"))
    assert study.findings.filter(cleared_reason="jar of jam, spoken").exists()
    page.keyboard.press("r")
    page.wait_for_url("**/reject/**")
    page.locator("#id_reason").fill("it says that it is a machine")
    page.keyboard.press("Enter")
    # The other studies of this house have stored their texts of the same scene: samples by number.
    expect(page.locator("body")).to_contain_text("The next sample replaces it")
    assert study.rejections.count() == 1
    assert page.problems == []


@pytest.mark.parametrize("looks", LOOKS)
def test_pages_of_a_draft_are_sound(desk, live_server, tmp_path, looks):
    """Its forms, and each step of its preview."""
    mara = factories.person("mara", role=User.Role.ADMIN)
    load_study(write_desk(tmp_path))
    address = "/studies/night-bus/"
    for lang, width in looks:
        page = desk(mara, lang, width)
        for name in ("edit", "rename", "duplicate", "delete"):
            look_at(page, f"{live_server.url}{address}{name}/", f"{name}-{lang}-{width}")
        look_at(page, f"{live_server.url}{address}", f"draft-{lang}-{width}")
        page.goto(f"{live_server.url}{address}preview/")
        steps = page.eval_on_selector_all(".preview-steps a", "links => links.map((one) => one.href)")
        assert len(steps) == 11
        for number, step in enumerate(steps):
            look_at(page, step, f"preview-{number}-{lang}-{width}")


def test_a_preview_is_walked_through_by_its_own_buttons(desk, live_server, tmp_path):
    load_study(write_desk(tmp_path))
    page = desk(factories.person("mara"))
    page.goto(f"{live_server.url}/studies/night-bus/preview/")
    page.locator("main button[type=submit], main form button").first.click()
    expect(page.locator(".preview-steps [aria-current]")).to_have_text("Consent")
    page.get_by_role("link", name="Judging").click()
    page.locator("label:has(input[name=choice-overall])").first.click()
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.get_by_role("button", name="中文").first.click()
    expect(page.locator(".preview-bar")).to_contain_text("预览：不会保存任何内容。")
    page.get_by_role("link", name="休息", exact=True).click()
    expect(page.locator(".preview-steps [aria-current]")).to_have_text("休息")
    page.locator(".preview-bar a").first.click()
    expect(page).to_have_url(f"{live_server.url}/studies/night-bus/")
    assert page.problems == []
    assert Study.objects.count() == 1
    assert Rater.objects.count() == 0


def test_entries_of_a_form_are_kept_while_they_are_typed(desk, live_server, tmp_path):
    load_study(write_desk(tmp_path))
    page = desk(factories.person("mara"))
    page.goto(f"{live_server.url}/studies/night-bus/edit/")
    page.get_by_label("Title (English)").fill("Last bus")
    expect(page.locator("[data-unsaved-status]")).to_contain_text("Autosaved at")
    page.reload()
    expect(page.get_by_label("Title (English)")).to_have_value("Last bus")
    page.get_by_role("button", name="Discard entries").click()
    expect(page.get_by_label("Title (English)")).to_have_value("Night bus")
    held: list[Route] = []
    page.route("**/edit/unsaved/", lambda route, _request: held.append(route))
    with page.expect_request("**/edit/unsaved/"):
        page.get_by_label("Title (English)").fill("Last bus")
    with page.expect_event("requestfailed"):  # the autosave on its way is stopped
        page.get_by_role("button", name="Save draft").click()
    expect(page.locator("h1")).to_have_text("Last bus")
    assert len(held) == 1
    assert not page.get_by_text("You have unsaved edits").count()
