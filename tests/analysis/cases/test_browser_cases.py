"""In a browser: cases and marked passages, in both languages and at two widths, and the way to an error."""

import pytest

from analysis.cases.queries import CaseFilters, case_code, find_cases
from annotations.models import Assignment, Mark
from tests import factories
from tests.annotations.blinding.tampering import unguarded
from tests.browser import NARROW, WIDE, axe_in_every_theme, visit

CASES = "/studies/harbour/report/cases/"
WORDS = "She counts the steps"


def add_marks(study):
    """Every rater marks the same words of the first system, and some mark words that overlap them."""
    for assignment in Assignment.objects.filter(rater__study=study, state="submitted"):
        for side, entry in assignment.slot.sides.items():
            start = entry.text.index(WORDS)
            for kind, at in (("pacing", start), ("plot", start + 11)):
                place = {"side": side, "scene": 1, "start": at, "end": at + len(WORDS)}
                said = {"error_class": kind, "note": "<b>Too slow</b> " * 9}
                Mark.objects.create(
                    assignment=assignment, **place, **said, submitted_at=assignment.submitted_at
                )


@pytest.mark.django_db(transaction=True)
def test_the_pages_fit_and_are_accessible(live_server, tmp_path, staff):
    study = factories.make_unblinded(tmp_path, rights="redistribute")
    with unguarded():
        add_marks(study)
    code = case_code(find_cases(study, CaseFilters())[0])
    pages = [CASES, f"{CASES}?search=nowhere", f"{CASES}passages/", f"{CASES}{code}/"]
    findings = []
    for language in ("en", "zh-hans"):
        for width in (WIDE, NARROW):
            with visit(live_server.url, width=width, language=language) as context:
                context.add_cookies(session_of(staff, live_server))
                page = context.new_page()
                for path in pages:
                    page.goto(path)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                    findings += axe_in_every_theme(page)
    assert findings == []


@pytest.mark.django_db(transaction=True)
def test_the_worst_errors_of_a_system_are_a_filter_and_a_click_away(live_server, tmp_path, staff):
    study = factories.make_unblinded(tmp_path)
    with unguarded():
        add_marks(study)
    with visit(live_server.url, script=False) as context:
        context.add_cookies(session_of(staff, live_server))
        page = context.new_page()
        page.goto("/studies/harbour/")
        page.get_by_role("link", name="Cases", exact=True).click()
        page.get_by_role("link", name="Marked passages").click()
        page.get_by_label("System").select_option("quillon")
        page.get_by_role("button", name="Show").click()
        passages = page.locator(".passage")
        assert WORDS in passages.first.locator("mark").inner_text()
        assert "quillon" in passages.first.inner_text()
        passages.first.get_by_role("link", name="Open case").first.click()
        number = page.locator(":target")
        assert number.evaluate(
            "node => { const { top } = node.getBoundingClientRect(); return top >= 0 && top < innerHeight; }"
        )
        number.press("Enter")
        assert "Too slow" in page.locator(":target").inner_text()


@pytest.mark.django_db(transaction=True)
def test_two_columns_are_one_on_a_narrow_screen(live_server, tmp_path, staff):
    study = factories.make_unblinded(tmp_path)
    code = case_code(find_cases(study, CaseFilters())[0])
    for width, columns in (({"width": 901, "height": 800}, 2), ({"width": 899, "height": 800}, 1)):
        with visit(live_server.url, width=width) as context:
            context.add_cookies(session_of(staff, live_server))
            page = context.new_page()
            page.goto(f"{CASES}{code}/")
            lefts = page.locator(".case-script").evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().left)"
            )
            assert len(set(lefts)) == columns


def session_of(client, live_server):
    return [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
