"""Report: the page that stands alone in a real browser: axe finds nothing, tables copy, nothing overflows."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from analysis.render import export_table, render_html
from analysis.render.entries import LISTS
from tests.analysis.render.full import full_report
from tests.analysis.render.ten import ten_systems
from tests.browser import axe_findings, chromium, overflow

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The page in each language, as the address of a file."""
    folder: Path = tmp_path_factory.mktemp("pages")
    found = {}
    for lang in ("en", "zh-hans"):
        path = folder / f"{lang}.html"
        path.write_text(render_html(full_report(), None, lang), "utf-8")
        found[lang] = path.as_uri()
        path = folder / f"short-{lang}.html"
        path.write_text(render_html(short_report(), None, lang), "utf-8")
        found[f"short-{lang}"] = path.as_uri()
    return found


def short_report() -> dict[str, Any]:
    """Every list with its first rows, in one language: axe looks at each cell for long."""
    report = full_report()
    for name in LISTS:
        rows = [row for row in report[name] if row["language"] == "en" and row["criterion"] != "dialogue"]
        report[name] = rows[:2]
    return report


@pytest.fixture
def context(request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = chromium().new_context(viewport={"width": 1440, "height": 900}, **getattr(request, "param", {}))
    yield context
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh-hans", "dark")])
def test_axe_finds_nothing_with_every_fold_open(
    context: BrowserContext, pages: dict[str, str], lang: str, scheme: str
) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(pages[f"short-{lang}"])
    open_folds(page)
    assert axe_findings(page) == []


CUT = """[...document.querySelectorAll('.rep-table .rep-scroll')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.querySelector('table').id)"""


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_no_table_is_cut_off_at_any_width(context: BrowserContext, pages: dict[str, str], lang: str) -> None:
    page = context.new_page()
    page.goto(pages[lang])
    open_folds(page)
    for width in (1440, 1100, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0
        assert page.evaluate(CUT) == [], width


def open_folds(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")


def test_by_keyboard_a_table_is_copied_and_it_is_said(context: BrowserContext, pages: dict[str, str]) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(pages["en"])
    page.locator("#rep-what-scores-section > .rep-fold > summary").click()
    place = page.locator(".rep-table:has(#rep-mean-scores) .rep-take")
    place.locator("button[data-copies=csv]").focus()
    page.keyboard.press("Enter")
    place.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == export_table(full_report(), "mean-scores", "csv")
    assert len(list(csv.reader(io.StringIO(copied)))) == 9


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_without_script_the_same_is_saved(context: BrowserContext, pages: dict[str, str]) -> None:
    page = context.new_page()
    page.goto(pages["en"])
    page.locator("#rep-what-scores-section > .rep-fold > summary").click()
    place = page.locator(".rep-table:has(#rep-mean-scores) .rep-take")
    assert place.locator("button:visible").count() == 0
    with page.expect_download() as saved:
        place.locator("a[data-form=tex]").click()
    assert saved.value.suggested_filename == "quiet-harbour-mean-scores.tex"
    assert Path(saved.value.path()).read_text("utf-8") == export_table(full_report(), "mean-scores", "tex")


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_one_language_at_a_time_without_script(context: BrowserContext, pages: dict[str, str]) -> None:
    page = context.new_page()
    page.goto(pages["en"])
    page.locator("#rep-what-scores-section > .rep-fold > summary").click()
    rows = page.locator("#rep-mean-scores tbody tr:visible")
    assert rows.count() == 8
    page.get_by_label("Chinese", exact=True).check()
    assert rows.count() == 4
    assert page.locator("#rep-mean-scores tbody tr:visible td", has_text="English").count() == 0
    page.emulate_media(media="print")
    assert rows.count() == 8


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_first_page_of_ten_systems_fits_one_screen(
    context: BrowserContext, tmp_path: Path, lang: str
) -> None:
    """Question, answer, ranking and strip; on a phone the ranking does not scroll sideways."""
    path = tmp_path / "ten.html"
    path.write_text(render_html(ten_systems(), None, lang), "utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    strip = page.locator("#rep-answer-section > .rep-facts").bounding_box()
    assert strip is not None
    assert strip["y"] + strip["height"] <= 900
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) <= 0
    assert page.evaluate(
        "(() => { const box = document.querySelector('.rep-compact .rep-scroll');"
        " return box.scrollWidth <= box.clientWidth })()"
    )
