"""Charts in a real browser: at any width and with any names, no text overlaps another or leaves its chart."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from analysis.charts import draw_all
from analysis.charts.svg import FONTS
from analysis.translation import LANGS
from tests.analysis.render.full import full_report
from tests.analysis.render.sample import SYSTEMS, sample_report
from tests.analysis.render.ten import ten_systems
from tests.browser import chromium

pytestmark = pytest.mark.browser

WIDTHS = (390, 768, 1440)
LONG = (
    "Decomposed writing: prose first, a plan, then the screenplay",
    "WRITERMODEL-WITHOUTANYSPACESINITSNAMEMMMMMMMMMMMMMMMMMMMMMMM",
    "分步写作：先写出一部完整的小说，再由另一个模型把它逐场改写成剧本，最后由第三个模型通读全文并统一人物的语气与全部细节时间",
    "<b>&\"'\N{RIGHT-TO-LEFT OVERRIDE}كاتب السيناريو\N{CLAPPER BOARD}"
    + "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ARTIST PALETTE}"
    + "W" * 35,
)
# Of each drawing at each width: texts that overlap another, and texts that leave the drawing.
MEASURE = """(widths) => widths.flatMap((width) => {
  document.body.style.width = `${width}px`;
  return [...document.querySelectorAll("svg")].flatMap((svg) => {
    const place = `${svg.dataset.file} at ${width}: `, frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map((text) => {
      return { said: text.textContent, box: text.getBoundingClientRect() };
    });
    const found = texts.filter(({ box }) => box.left < frame.left || box.right > frame.right
      || box.top < frame.top || box.bottom > frame.bottom).map(({ said }) => `${place}${said} leaves it`);
    texts.forEach(({ said, box }, at) => texts.slice(at + 1).forEach((other) => {
      const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const tall = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (wide > 0.5 && tall > 0.5) found.push(`${place}${said} | ${other.said}`);
    }));
    return found;
  });
})"""
LEAST_SIZE = """Math.min(...[...document.querySelectorAll("text")].map(
  (text) => parseFloat(getComputedStyle(text).fontSize)))"""


def long_names() -> dict[str, Any]:
    """The sample with names of 60 letters for its systems, scenes, series and raters."""
    report = sample_report()
    assert all(len(name) == 60 for name in LONG), [len(name) for name in LONG]
    report["plan"]["labels"] = dict(zip(SYSTEMS, LONG, strict=True))
    for at, row in enumerate([*report["breakdown"], *report["position_bias"]]):
        for key in ("name", "of", "scope"):
            if row.get(key) not in (None, "all"):
                row[key] = f"{row[key]} {LONG[at % 4]}"[:60]
    return report


REPORTS = {"full": full_report, "ten": ten_systems, "long": long_names}


def show(page: Page, lang: str, fonts: str) -> None:
    """Every chart of the three reports in one page, as wide as a page shows them."""
    drawn = {
        f"{name}/{file}": re.sub(r' (?:id|aria-labelledby)="[^"]*"', "", svg).replace(
            "<svg", f'<svg data-file="{name}/{file}"', 1
        )
        for name, make in REPORTS.items()
        for file, svg in draw_all(make(), lang, fonts).items()
    }
    style = (
        "body { margin: 0 } svg { display: block; width: calc(100% - 40px); max-width: 416px; height: auto }"
    )
    page.set_content(f"<!doctype html><style>{style}</style>{''.join(drawn.values())}")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("fonts", [FONTS, "'DejaVu Sans', 'Noto Sans CJK SC'", "'Noto Sans CJK SC'"])
def test_no_text_overlaps_another_or_leaves_its_chart(lang: str, fonts: str) -> None:
    context = chromium().new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    show(page, lang, fonts)
    assert page.locator("svg").count() > 40
    assert page.evaluate(MEASURE, list(WIDTHS)) == []
    assert page.evaluate(LEAST_SIZE) >= 11
    context.close()
