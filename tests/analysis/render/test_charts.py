"""Charts: what they show, the same bytes each time, legible in any light, nothing in them that acts."""

import csv
import io
import re
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from analysis.charts import alt_text, charts, draw, draw_all, draw_for_print
from analysis.charts.draw import LEFT, RIGHT, scale_around
from analysis.charts.svg import COLOURS, INKS, looks, number
from analysis.messages import counts_by_code, message
from analysis.render import numbers
from analysis.render.chart_selection import Chart, flow_levels
from analysis.render.fields import Context
from analysis.render.figures import ChartText, figures
from analysis.render.html import export_table, render_html
from analysis.render.text_width import width, wrap
from analysis.render.words import Words
from analysis.stats.report import rendered
from analysis.translation import LANGS
from tests.analysis.render.sample import entry, sample_report

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {
    "forest", "human_level", "mean_scores", "abilities", "agreement", "bias", "reading_time",
    "breakdown", "lengths", "flow",
}  # fmt: skip
KEYS = ("estimate", "low", "high")


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def one(report: dict[str, Any], kind: str) -> Chart:
    return next(chart for chart in charts(report) if chart.kind == kind)


def test_every_kind_is_drawn() -> None:
    sample = sample_report()
    assert {chart.kind for chart in charts(sample)} == KINDS
    assert all(ElementTree.fromstring(svg).tag == f"{SVG}svg" for svg in draw_all(sample).values())


def test_only_what_has_entries_is_drawn() -> None:
    bare = {"inputs": [], "plan": {}, "seed": 1, "versions": {}, "warnings": [], "win_rates": []}
    assert charts(bare) == []


def test_nothing_in_them_acts_or_reaches_out() -> None:
    for svg in draw_all(sample_report()).values():
        assert not re.search(r"\sstyle=|<script|\son\w+=|<image|<foreignObject|<a\b", svg)
        assert re.findall(r"https?://[^\"' ]*", svg) == ["http://www.w3.org/2000/svg"]
        assert "url(" not in svg


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_of_a_chart_is_in_its_text_alternative(report: dict[str, Any], lang: str) -> None:
    for whole in (report, sample_report()):
        for chart in charts(whole):
            said, spoken = alt_text(whole, chart, lang), ChartText(whole, chart, lang)
            shown = texts(draw(whole, chart, lang))
            for found in chart.part.rows if chart.kind != "flow" else []:
                assert spoken.value(found) in shown, chart.file
                assert all(spoken.show(found[key]) in said for key in KEYS if found.get(key) is not None)
            for counts, leaving in [level[1:] for level in spoken.levels()] if chart.kind == "flow" else []:
                assert all(count in shown and count in said for count in [*counts, *(n for _, n in leaving)])


def test_title_and_description_stand_inside(report: dict[str, Any]) -> None:
    for chart in charts(report):
        root = ElementTree.fromstring(draw(report, chart))
        assert root.findtext(f"{SVG}desc") == alt_text(report, chart)
        assert root.findtext(f"{SVG}title")
        assert root.get("role") == "img"


def test_a_forest_shows_every_pair_once(report: dict[str, Any]) -> None:
    [chart] = [c for c in charts(report) if c.file == "forest-en.svg"]
    pairs = [frozenset((e["system"], e["opponent"])) for e in chart.part.rows]
    assert len(pairs) == len(set(pairs)) == 6
    assert [e["opponent"] for e in chart.part.rows[:3]] == ["human"] * 3


def test_a_forest_begins_with_the_primary_contrast_and_names_the_roles() -> None:
    sample = sample_report()
    chart = one(sample, "forest")
    assert (chart.part.rows[0]["system"], chart.part.rows[0]["opponent"]) == ("dsr", "human")
    assert [(group.name, group.count) for group in chart.groups] == [("primary", 1), ("secondary", 5)]
    shown = texts(draw(sample, chart))
    assert shown.index("Primary") < shown.index("Secondary")


def test_a_forest_keeps_the_direction_of_the_plan() -> None:
    sample = sample_report()
    sample["plan"]["primary_contrast"] = ["human", "dsr"]
    first = one(sample, "forest").part.rows[0]
    assert (first["system"], first["opponent"]) == ("human", "dsr")


def test_the_margin_is_a_band_around_one_half() -> None:
    sample = sample_report()
    assert 'class="f-band"' not in draw(sample, one(sample, "forest"))
    sample["plan"]["margin"] = 0.1
    svg = ElementTree.fromstring(draw(sample, one(sample, "forest")))
    bands = [node for node in svg.iter(f"{SVG}rect") if node.get("class") == "f-band"]
    ticks = {
        text.text: float(str(text.get("x")))
        for text in svg.iter(f"{SVG}text")
        if text.text in ("0", "50", "100")
    }
    assert len(bands) == 6
    for band in bands:
        x, wide = float(str(band.get("x"))), float(str(band.get("width")))
        assert x + wide / 2 == pytest.approx(ticks["50"], abs=0.02)
        assert wide == pytest.approx(0.2 * (ticks["100"] - ticks["0"]), abs=0.02)


def test_the_interval_by_the_other_cluster_is_said() -> None:
    sample = sample_report()
    chart = one(sample, "forest")
    first = chart.part.rows[0]
    low, high = numbers.percent(first["other_low"]), numbers.percent(first["other_high"])
    assert f"by series {low} to {high}" in alt_text(sample, chart)


def test_estimates_stand_where_they_belong(report: dict[str, Any]) -> None:
    [chart] = [c for c in charts(report) if c.file == "forest-en.svg"]
    shown = texts(draw(report, chart))
    for found in chart.part.rows:
        low, high = numbers.percent(found["low"]), numbers.percent(found["high"])
        assert f"{numbers.percent(found['estimate'])} ({low}–{high})" in shown


def test_abilities_stand_in_order_with_their_ranks() -> None:
    sample = sample_report()
    chart = one(sample, "abilities")
    assert [e["system"] for e in chart.part.rows] == ["human", "dsr", "direct", "outline"]
    assert "dsr, rank 1–3" in texts(draw(sample, chart))
    assert "rank 1–3" in alt_text(sample, chart)


def test_bias_shows_all_raters_first_then_the_farthest_from_one_half() -> None:
    chart = one(sample_report(), "bias")
    assert [e["scope"] for e in chart.part.rows] == ["all", "r4", "r3", "r1", "r2"]


def test_scenes_stand_under_their_series_the_best_first() -> None:
    sample = sample_report()
    chart = one(sample, "breakdown")
    assert [group.name for group in chart.groups] == [
        "Winter Ferry", "The Understudy", "Salt Roads", "Quiet Harbour",
    ]  # fmt: skip
    assert [e["estimate"] for e in chart.part.rows[:3]] == [0.65, 0.6, 0.55]
    [overall] = [
        e for e in sample["win_rates"]
        if (e["criterion"], e["language"], e["system"], e["opponent"]) == ("overall", "en", "dsr", "human")
    ]  # fmt: skip
    assert chart.line == overall["estimate"]


def test_tables_and_charts_print_titles_of_series_and_scenes() -> None:
    sample = sample_report()
    sample["plan"]["series_labels"] = {"Salt Roads": "退水以后"}
    sample["plan"]["item_labels"] = {"SA-2": {"en": "Salt Roads, second scene", "zh": "盐路第二场"}}
    chart = one(sample, "breakdown")
    for lang, scene in (("en", "Salt Roads, second scene"), ("zh-hans", "盐路第二场")):
        drawn, page = texts(draw(sample, chart, lang)), render_html(sample, lang=lang)
        assert {"退水以后", scene} <= {*drawn}
        assert "退水以后" in page
        assert f">{scene}<" in page
        assert "SA-2" not in page
    assert "SA-2" in {row["name"] for row in sample["breakdown"]}


def test_too_many_scenes_are_shown_by_series() -> None:
    sample = sample_report()
    scenes = [e for e in sample["breakdown"] if e["by"] == "item"]
    sample["breakdown"] += [scene | {"name": f"more-{at}"} for at, scene in enumerate(scenes * 4)]
    assert {e["by"] for e in one(sample, "breakdown").part.rows} == {"series"}


def test_the_flow_counts_what_leaves_where_it_leaves() -> None:
    sample = sample_report()
    levels = {level.step: level for level in flow_levels(one(sample, "flow").part.rows)}
    assert list(levels) == [
        "invited", "consented", "passed_practice", "assigned", "submitted", "rows", "analysed",
    ]  # fmt: skip
    assert [(left.step, left.count) for left in levels["assigned"].leaving] == [
        ("skipped", 20),
        ("expired", 12),
    ]
    assert [str(left.reason) for left in levels["rows"].leaving] == [
        "excluded: failed two checks",
        "kind: practice",
    ]
    shown = texts(draw(sample, one(sample, "flow")))
    assert "judgments 1\N{NARROW NO-BREAK SPACE}152" in shown
    assert "Excluded: failed two checks" in " ".join(shown)


def test_many_reasons_become_one_line() -> None:
    sample = sample_report()
    [step] = [e for e in sample["flow"] if e["step"] == "excluded"]
    step["detail_codes"] = counts_by_code({message("excluded", reason=f"reason {at}"): 1 for at in range(30)})
    leaving = next(le for le in flow_levels(sample["flow"]) if le.step == "rows").leaving
    assert len(leaving) == 14
    assert sum(left.count for left in leaving) == 30 + 48


@pytest.mark.parametrize(
    "name",
    [
        "Decomposed: prose first, then the script",
        "分步写作：先写成小说，然后再改写成剧本",
        "a" * 60,
        "👩🏽‍🎬é" * 6,
    ],
)
def test_a_long_name_is_whole_in_lines_that_fit(name: str) -> None:
    lines = wrap(name, 160, 100)
    assert len(lines) > 1
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert width(lines[0]) <= 100
    assert all(width(line) <= 160 for line in lines)
    assert not any(line[0] in "，：\u0301\u200d" for line in lines)


def test_what_is_longer_than_all_lines_ends_in_an_ellipsis() -> None:
    assert wrap("human", 160) == ["human"]
    lines = wrap("word " * 100, 160, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("\N{HORIZONTAL ELLIPSIS}")


@pytest.mark.parametrize("name", ["$x$ & <b>", "剧本流水线", "a" * 80, "@0@", "\x01\ud800", "]]>"])
def test_any_name_can_be_drawn(name: str) -> None:
    sample = sample_report()
    sample["plan"]["labels"] = {"dsr": name}
    said = Context(sample, Words("en")).system("dsr")
    drawn = draw_all(sample)
    for file, svg in drawn.items():
        ElementTree.fromstring(svg)
        if not file.startswith(("agreement", "bias", "flow", "breakdown")):
            assert any(said[:10] in text for text in texts(svg)) or "\ud800" in said


@pytest.mark.parametrize("lang", LANGS)
def test_a_chart_speaks_the_language_of_its_page(lang: str) -> None:
    sample = sample_report()
    shown = texts(draw(sample, one(sample, "forest"), lang))
    assert Words(lang)("axis_forest") in shown
    assert Words(lang)("primary") in shown


def test_captions_name_what_is_drawn_and_what_is_not() -> None:
    sample = sample_report()
    systems = [f"s{at}" for at in range(10)]
    sample["plan"] |= {"systems": systems, "primary_contrast": None, "human": []}
    sample["win_rates"] = [
        entry("overall", 0.5, 0.1, system=a, opponent=b)
        for at, a in enumerate(systems)
        for b in systems[at + 1 :]
    ]
    found = figures(Context(sample, Words("en")))
    assert "The chart shows 30 of 45 rows; the table has all of them." in found["forest"][0].caption
    assert all(figure.height < 1500 for kind in found.values() for figure in kind)


def test_captions_promise_no_interval_that_is_not_drawn() -> None:
    sample = sample_report()
    scores = sample["mean_scores"]
    assert "Error bars: 95% intervals." in caption(sample, "mean_scores")
    scores[0]["low"] = scores[0]["high"] = None
    assert "No error bar" in caption(sample, "mean_scores")
    for found in scores:
        found["low"] = found["high"] = None
    assert caption(sample, "mean_scores").endswith("Mean scores.")
    assert "interval" not in caption(sample, "flow")


def caption(report: dict[str, Any], kind: str) -> str:
    return figures(Context(report, Words("en")))[kind][0].caption


# Data


@pytest.mark.parametrize("lang", LANGS)
def test_the_data_of_every_chart_are_saved_with_a_record_for_each_row(lang: str) -> None:
    sample = sample_report()
    for chart in charts(sample):
        said = ChartText(sample, chart, lang)
        text = export_table(sample, f"chart-{chart.file.removesuffix('.svg')}", "csv", lang)
        assert text is not None
        records = list(csv.DictReader(io.StringIO(text)))
        assert len(records) == len(said.records())
        assert ElementTree.fromstring(draw(sample, chart, lang)).findtext(f"{SVG}metadata") == text
        for record, found in zip(records, chart.part.rows if chart.kind != "flow" else [], strict=False):
            assert [float(record[key]) for key in KEYS] == [pytest.approx(found[key]) for key in KEYS]
            assert (record["criterion"], record["language"]) == (found["criterion"], found["language"])
            assert record.get("system", "") == found.get("system", "")


def test_the_data_of_the_flow_name_what_left_and_why() -> None:
    text = export_table(sample_report(), "chart-flow", "csv")
    assert text is not None
    records = list(csv.DictReader(io.StringIO(text)))
    assert {"step": "excluded", "table": "judgments", "count": "10"}.items() <= records[9].items()
    assert "failed two checks" in records[9]["reason"]


# Looks


def test_a_system_looks_the_same_in_every_chart() -> None:
    found = looks(["a", "b", "human"], ["human"])
    assert found["human"].colour == "ink"
    assert (found["a"].colour, found["b"].colour) == COLOURS[:2]
    assert [found[name].marker for name in found] == ["square", "circle", "circle"]


def test_twelve_systems_are_told_apart_by_colour_and_marker() -> None:
    found = looks([f"s{at}" for at in range(12)], [])
    assert len({(look.colour, look.marker) for look in found.values()}) == 12


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance by WCAG 2.2."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def rgb(ink: str, dark: bool) -> tuple[float, ...]:
    colour = INKS[ink][dark]
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))


@pytest.mark.parametrize("dark", [False, True])
def test_text_and_marks_stand_out_from_their_paper(dark: bool) -> None:
    # WCAG 2.2: 4.5 to 1 for text (1.4.3); 3 to 1 for graphics (1.4.11).
    paper = rgb("paper", dark)
    assert contrast(rgb("ink", dark), paper) > 7
    assert contrast(rgb("muted", dark), paper) > 4.5
    assert all(contrast(rgb(ink, dark), paper) > 3 for ink in COLOURS)


# From linear sRGB to what people without one kind of cone see (Machado et al. 2009), and to OKLab.
VISIONS = {
    "normal": np.eye(3),
    "red-blind": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "green-blind": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "blue-blind": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_OKLAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("vision", VISIONS)
def test_colours_differ_with_any_colour_vision(dark: bool, vision: str) -> None:
    """For comparison: the least distance within Okabe and Ito's palette is 0.08."""
    shown = np.array([rgb(ink, dark) for ink in (*COLOURS, "ink")])
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISIONS[vision]).T, 0, 1)
    lab = np.cbrt(seen @ TO_CONES.T) @ TO_OKLAB.T
    assert min(np.linalg.norm(a - b) for a, b in combinations(lab, 2)) > 0.09


def test_every_colour_that_is_drawn_turns_in_the_dark() -> None:
    for svg in draw_all(sample_report()).values():
        used = set(re.findall(r'"(?:[^"]* )?([fs]-[a-z0-9]+)', svg))
        assert all(f".{name}{{" in svg for name in used)


def test_print_has_white_paper() -> None:
    assert INKS["paper"][0] not in "".join(draw_for_print(sample_report()).values())


def test_no_interval_no_line() -> None:
    sample = sample_report()
    for found in sample["win_rates"]:
        found |= {"low": None, "high": None, **rendered("reason", message("one_rater_only"))}
    assert all(not re.search(r"\d \(", text) for text in texts(draw(sample, one(sample, "forest"))))


def test_file_names_are_safe_and_different() -> None:
    sample = sample_report()
    for name in ("win_rates", "human_level", "mean_scores"):
        for found in sample[name]:
            found["language"] = {"en": "../EN us", "zh": "../en-US"}[found["language"]]
    names = [chart.file for chart in charts(sample)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9-]+\.svg", name) for name in names)


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [([0.2, 9.7], 0, 10), ([-0.41, 0.37], -0.6, 0.4), ([1180, 1250], 1160, 1260), ([3.0], 2.9, 3.1)],
)
def test_a_scale_has_round_ticks_around_all_values(values: list[float], first: float, last: float) -> None:
    made = scale_around(values)
    assert (made.low, made.high) == (pytest.approx(first), pytest.approx(last))
    assert 3 <= len(made.ticks) <= 9
    assert made.at(made.low) == LEFT
    assert made.at(made.high) == RIGHT


def test_a_scale_of_nothing_but_its_own_line_is_a_scale() -> None:
    made = scale_around([0.0], (0.0,))
    assert (made.low, made.high) == (0, 1)


@pytest.mark.parametrize(
    ("value", "said"), [(0.004, "0"), (-0.004, "0"), (-0.5, "-0.5"), (12.5, "12.5"), (100, "100")]
)
def test_places_are_written_short(value: float, said: str) -> None:
    assert number(value) == said
