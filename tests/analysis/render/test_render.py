"""Pages and Markdown from a report's dict: complete, escaped, the same each time, in two languages."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from analysis.charts import draw_all
from analysis.messages import message
from analysis.render import entries, pdf, render_fragment, render_html, render_markdown, report_css
from analysis.render import numbers as set_number
from analysis.render.page import build_document
from analysis.render.words import TEXTS
from analysis.stats.report import rendered
from analysis.translation import LANGS
from tests.analysis.render.full import full_report
from tests.analysis.render.sample import entry, sample_report, warning

VOID = {"img", "meta", "br", "hr", "input", "link"}


class Outline(HTMLParser):
    """Checks that elements nest, and keeps what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.text = ""
        self.cited = 0  # how deep in a list of references, which are in English on every page
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        self.cited += tag == "ul" and "rep-references" in str(dict(attrs).get("class"))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.cited -= tag == "ul" and self.cited

    def handle_data(self, data: str) -> None:
        if "style" in self.open or "script" in self.open:
            return
        if not self.cited:
            self.text += data + "\n"
        if self.open and (self.open[-1] in ("th", "td") or self.open[-3:] == ["td", "div", "span"]):
            self.tables[-1][-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]


@pytest.mark.parametrize("lang", LANGS)
def test_it_works(report: dict[str, Any], lang: str) -> None:
    page = Outline(render_html(report, lang=lang))
    assert page.all("html")[0]["lang"] == ("en" if lang == "en" else "zh-Hans")
    assert len(page.all("h1")) == 1
    assert len(page.tables) > 10


@pytest.mark.parametrize("lang", LANGS)
def test_the_fragment_fits_a_strict_content_policy(report: dict[str, Any], lang: str) -> None:
    page = Outline(render_fragment(report, "/files/7/", lang))
    assert not any("style" in attributes for _, attributes in page.attributes)
    assert not any(name.startswith("on") for _, attributes in page.attributes for name in attributes)
    assert {tag for tag, _ in page.attributes}.isdisjoint({"style", "script", "html", "body"})
    assert all(drawing["class"] == "rep-span" for drawing in page.all("svg"))
    assert all(str(image["src"]).startswith("/files/7/") for image in page.all("img"))


def test_ids_are_unique_and_links_lead_somewhere(report: dict[str, Any]) -> None:
    page = Outline(render_fragment(report))
    ids = [str(attributes["id"]) for _, attributes in page.attributes if "id" in attributes]
    assert len(ids) == len(set(ids))
    inside = [str(link["href"]) for link in page.all("a") if "download" not in link]
    assert inside
    assert {href[1:] for href in inside} <= set(ids)


def test_tables_have_captions_scopes_and_regions(report: dict[str, Any]) -> None:
    html = render_fragment(report)
    page = Outline(html)
    assert html.count("<caption>") == len(page.tables)
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))
    full = build_document(report, "en").tables()
    regions = [box for box in page.all("div") if box.get("role") == "region"]
    assert len(regions) == len(full)
    assert all(box["tabindex"] == "0" and box["role"] == "region" and box["aria-label"] for box in regions)


def test_each_table_is_as_wide_in_every_row(report: dict[str, Any]) -> None:
    for table in Outline(render_fragment(report)).tables:
        assert len({len(row) for row in table}) == 1


def test_the_level_of_headings_is_the_hosts_choice(report: dict[str, Any]) -> None:
    page = Outline(render_fragment(report, level=2))
    assert not page.all("h1")
    assert len(page.all("h2")) == 1
    assert page.all("h3")


def test_every_win_rate_is_printed_as_it_is_in_the_report(report: dict[str, Any]) -> None:
    columns = ("System", "Opponent", "Win rate (%)", "95% interval (%)")
    printed = set()
    for heads, *rows in Outline(render_fragment(report)).tables:
        if set(columns) <= set(heads):
            tested = heads.index("Adjusted p") if "Adjusted p" in heads else -1
            printed |= {
                (*(row[heads.index(column)] for column in columns), row[tested] if tested > 0 else "–")
                for row in rows
            }
    names = {"*all": "all others", "*machines": "all machines"}
    pairs = [rate for rate in report["win_rates"] if not entries.is_group(rate["opponent"])]
    once = entries.each_pair_once(report, pairs)
    assert 2 * len(once) == len(pairs)
    for rate in report["win_rates"]:
        low, high = set_number.percent(rate["low"]), set_number.percent(rate["high"])
        tested = rate.get("p_adjusted")
        row = (
            rate["system"],
            names.get(rate["opponent"], rate["opponent"]),
            set_number.percent(rate["estimate"]),
            f"{low} to {high}",
            set_number.p_value(tested) if tested is not None else "–",
        )
        assert (row in printed) == (rate in once or rate not in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["human_level", "mean_scores", "errors", "abilities", "agreement"])
def test_every_estimate_is_somewhere(report: dict[str, Any], name: str) -> None:
    cells = {cell for table in Outline(render_fragment(report)).tables for row in table for cell in row}
    assert report[name]
    for found in report[name]:
        if found["estimate"] is None:
            assert f"not computed: {found['reason']}" in cells
            continue
        shown = {set_number.fixed(found["estimate"], digits) for digits in (1, 2, 3)}
        assert cells & (shown | {f"{set_number.percent(found['estimate'])}%"})


def test_markdown_has_the_numbers_of_the_page(report: dict[str, Any]) -> None:
    text = render_markdown(report)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    plain = [
        [unescape(re.sub(r"\\(.)", r"\1", cell)).strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        for row in rows
    ]
    ruled = [row for row in plain if not re.fullmatch(r":?-+:?", row[0])]
    page = [
        row for table in Outline(render_fragment(report)).tables for row in table if table[0][0] != "Step"
    ]
    assert ruled == page


def turned(value: Any) -> Any:
    """The same with the keys of every object the other way round, as a database may give them back."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_the_order_of_keys_changes_nothing(report: dict[str, Any], render: Any) -> None:
    for found in (report, full_report()):
        assert render(turned(found)) == render(found)


EVIL = '<script>alert("x")</script>|`*&'


def test_names_are_escaped_in_the_page() -> None:
    sample = sample_report()
    sample["plan"]["labels"] = {"dsr": EVIL}
    sample["plan"]["study"]["title"] = EVIL
    sample["warnings"].append(warning("unknown_columns", (EVIL, None), columns=(EVIL,)))
    sample["inputs"][0]["name"] = EVIL
    sample["win_rates"][0] |= rendered("reason", message("excluded", reason=EVIL))
    html = render_html(sample)
    assert html.count("<script") == 1
    assert "<script>alert" not in html
    page = Outline(html)
    assert EVIL in page.text
    assert any(EVIL in str(image["alt"]) for image in page.all("img"))


def test_names_are_escaped_in_markdown() -> None:
    sample = sample_report()
    sample["plan"]["labels"] = {"dsr": EVIL}
    text = render_markdown(sample)
    assert "<script" not in text
    assert "\\|\\`\\*&amp;" in text


def test_where_nothing_was_computed_it_says_why() -> None:
    sample = sample_report()
    why = message("one_rater_only")
    own = {"system": "dsr", "opponent": "human", "family": "primary", "wins": 1, "ties": 0, "losses": 0}
    bare = entry("overall", 1.0, None, reason=why, **own)
    sample["win_rates"] = [bare, entry("dialogue", None, None, reason=message("no_row"), **own)]
    text = Outline(render_fragment(sample)).text
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    lead = "dsr won 100.0% of its comparisons with human, counting ties as half"
    assert f"{lead}. No interval: {why}." in text
    assert f"not computed: {why}" in text
    assert "not computed: no rows left" in text


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.3, 0.6, "show which one is preferred"),
        (0.51, 0.7, "dsr is preferred to human"),
        (0.2, 0.49, "human is preferred to dsr"),
    ],
)
def test_the_answer_says_what_its_interval_means(low: float, high: float, said: str) -> None:
    sample = sample_report()
    own = {"system": "dsr", "opponent": "human", "family": "primary", "wins": 1, "ties": 0, "losses": 0}
    sample["win_rates"] = [entry("overall", (low + high) / 2, 0.1, **own) | {"low": low, "high": high}]
    assert said in render_fragment(sample)


def test_a_name_of_several_words_stands_in_quotes_in_the_answer() -> None:
    sample = sample_report()
    sample["plan"]["labels"] = {
        "dsr": "Prose first, then the script",
        "human": {"en": "People", "zh": "人类编剧"},
    }
    assert "“Prose first, then the script” won" in render_fragment(sample)
    assert "with People, counting ties" in render_fragment(sample).replace("\N{NO-BREAK SPACE}", " ")


def test_without_a_primary_criterion_all_is_exploratory() -> None:
    sample = sample_report()
    sample["plan"] |= {"primary_criterion": None, "primary_contrast": None}
    html = render_fragment(sample)
    assert "No primary criterion was set" in html
    assert 'id="rep-answer-section"' not in html


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Simulated judgments only."), ("zh-hans", "仅含模拟评判。")]
)
def test_simulated_raters_are_named_before_anything_else(lang: str, said: str) -> None:
    sample = sample_report()
    page = Outline(render_html(sample, lang=lang))
    title = sample["plan"]["study"]["title"][lang[:2]]
    before = page.text[page.text.index(title) + len(title) :]  # the first one names the page's tab
    assert before.index(said) < before.index(title)
    assert render_markdown(sample, lang=lang).splitlines()[2].startswith(f"> **{said}")


def test_people_get_no_banner(report: dict[str, Any]) -> None:
    assert "rep-banner" not in render_fragment(report)


def test_equal_warnings_are_said_once() -> None:
    sample = sample_report()
    few = "Some results are based on 6 raters; with fewer than 8, intervals are unreliable."
    sample["warnings"] = [
        warning("few_raters", ("overall", language), n=6, few=8) for language in ("en", "zh")
    ]
    html = render_fragment(sample)
    assert len(re.findall(rf"<li [^>]*>{re.escape(few)}", html)) == 1
    assert "Applies to: overall, English; overall, Chinese" in html


def test_an_empty_report_is_a_page_too() -> None:
    bare = {"inputs": [], "plan": {}, "seed": 1, "versions": {}, "warnings": [], "win_rates": []}
    assert "Evaluation report" in render_html(bare)


@pytest.mark.parametrize("render", [render_fragment, draw_all, pdf.render_full])
def test_an_unknown_language_is_refused(render: Any) -> None:
    with pytest.raises(ValueError, match="no report in language 'fr'"):
        render(sample_report(), lang="fr")


# The catalogue


def test_both_languages_take_the_same_values() -> None:
    # English has sentences that name the winner twice; no value may be missing in either language.
    for key, text in TEXTS.items():
        english, chinese = (set(re.findall(r"%\((\w+)\)s", text.translate(lang))) for lang in LANGS)
        assert english == chinese, key


NAMES = {
    "dsr", "direct", "outline", "human", "overall", "dialogue", "harbour", "evalsite", "numpy", "pandas",
    "python", "scipy", "statsmodels", "judgments", "scores", "marks", "csv",
}  # fmt: skip
METHODS = {
    "AC", "arXiv", "Beaver", "Benjamini", "Brien", "CSV", "Cameron", "Clopper", "Clopper-Pearson", "Davidson",
    "Dawid", "Eckles", "Fieller", "Fleming", "Gao", "Gelbach", "Gwet", "Hochberg", "Holm", "ICC",
    "Krippendorff", "LaTeX", "Markdown", "McGraw", "Miller", "Owen", "Pearson", "SHA", "SVG", "Satterthwaite",
    "Skene", "Wong", "logit", "min", "pigeonhole",
}  # fmt: skip


def english_left(text: str) -> set[str]:
    """Words of two Latin letters or more that are neither names nor terms that Chinese uses too."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "", text)
    words = {word.strip("-'") for word in re.findall(r"[A-Za-z][A-Za-z'-]+", text)}
    return words - NAMES - METHODS


def test_no_english_is_left_in_a_chinese_page(report: dict[str, Any]) -> None:
    page = Outline(render_fragment(report, lang="zh-hans"))
    labels = [str(v) for _, a in page.attributes for key in ("alt", "aria-label") if (v := a.get(key))]
    assert english_left(page.text) == set()
    assert english_left(" ".join(labels)) == set()


def test_the_style_sheet_reaches_nothing_outside_the_report() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", report_css(), flags=re.DOTALL)
    selectors = [part.strip() for part in re.findall(r"([^{}@;]+)\{", sheet)]
    rules = ("media", "container")
    assert [part for part in selectors if ".rep" not in part and not part.startswith(rules)] == []
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_the_page_knows_every_list_of_the_report() -> None:
    """The page keeps its own names, for whoever shows a stored report must not load the statistics."""
    from analysis.stats import report

    assert entries.LISTS == report.LISTS


@pytest.mark.parametrize(("lang", "label"), [("en", "tone of voice"), ("zh-hans", "基调")])
def test_kinds_of_marks_that_a_study_defines_have_its_labels(lang: str, label: str) -> None:
    sample = sample_report()
    for row in sample["errors"]:
        row["class"] = row["class"].replace("pacing", "tone")
    sample["plan"]["mark_labels"] = {"tone": {"en": "tone of voice", "zh": "基调"}}
    cells = [c for table in Outline(render_html(sample, lang=lang)).tables for row in table for c in row]
    assert any(label in cell for cell in cells)
    assert not any(cell.strip() == "tone" for cell in cells)
