"""Charts: what they show, the same bytes each time, nothing in them that a strict page forbids."""

import re
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from analysis.charts import alt_text, charts, draw, draw_all
from analysis.charts.style import COLOURS, INK, looks, shorten, tint
from analysis.render import numbers
from tests.report.sample import sample_report


def texts(svg: str) -> list[str]:
    return [
        "".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")
    ]


def test_it_works(report: dict[str, Any]) -> None:
    drawn = draw_all(report)
    kinds = {re.sub(r"-(en|zh|pooled)\.svg$", "", name) for name in drawn}
    assert kinds == {"forest", "matrix", "human-level", "mean-scores"}


def test_the_same_report_gives_the_same_bytes(report: dict[str, Any]) -> None:
    assert draw_all(report) == draw_all(report)


def test_drawing_leaves_no_trace(report: dict[str, Any]) -> None:
    before = dict(mpl.rcParams)
    draw_all(report)
    assert dict(mpl.rcParams) == before


def test_nothing_in_them_is_forbidden_by_a_strict_page(report: dict[str, Any]) -> None:
    for svg in draw_all(report).values():
        assert not re.search(r"<style|\sstyle=|<script|<metadata|<image|@\d+@|dc:date|matplotlib", svg)
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"


def test_every_number_of_a_chart_is_in_its_text_alternative(report: dict[str, Any]) -> None:
    for chart in charts(report):
        said = alt_text(report, chart)
        shown = [text for text in texts(draw(report, chart)) if re.fullmatch(r"[−\d.]+( \(.*\))?", text)]
        values = {value.split(" ")[0] for value in shown} if chart.kind != "matrix" else set(shown)
        estimates = {value for value in values if "." in value}
        assert estimates
        # A matrix draws both directions of a pair where the report has only one.
        assert all(value in said for value in estimates)


def test_a_forest_shows_every_pair_once(report: dict[str, Any]) -> None:
    [chart] = [c for c in charts(report) if c.file == "forest-en.svg"]
    pairs = [frozenset((e["system"], e["opponent"])) for e in chart.part.rows]
    assert len(pairs) == len(set(pairs)) == 6
    assert [e["opponent"] for e in chart.part.rows[:3]] == ["human"] * 3


def test_estimates_stand_where_they_belong(report: dict[str, Any]) -> None:
    [chart] = [c for c in charts(report) if c.file == "forest-en.svg"]
    shown = texts(draw(report, chart))
    for entry in chart.part.rows:
        low, high = numbers.percent(entry["low"]), numbers.percent(entry["high"])
        assert f"{numbers.percent(entry['estimate'])} ({low}–{high})" in shown


@pytest.mark.parametrize("name", ["$x$ & <b>", "剧本流水线", "a" * 80, "@0@"])
def test_any_name_can_be_drawn(name: str, recwarn: pytest.WarningsRecorder) -> None:
    sample = sample_report()
    sample["plan"]["labels"] = {"dsr": name}
    for svg in draw_all(sample).values():
        assert any(shorten(name) in text for text in texts(svg))
    assert not [warning for warning in recwarn if "lyph" in str(warning.message)]


def test_a_system_looks_the_same_in_every_chart() -> None:
    found = looks(["a", "b", "human"], ["human"])
    assert found["human"].colour == INK
    assert (found["a"].colour, found["b"].colour) == COLOURS[:2]
    assert len({look.marker for look in found.values()}) == 3


def test_twelve_systems_are_told_apart_by_colour_and_marker() -> None:
    found = looks([f"s{at}" for at in range(12)], [])
    assert len({(look.colour, look.marker) for look in found.values()}) == 12


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.75, 1])
def test_ink_is_legible_on_every_cell(share: float) -> None:
    # WCAG 2.2, 1.4.3: at least 4.5 to 1.
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert (luminance(tint(share)) + 0.05) / (luminance(INK) + 0.05) > 4.5


def test_no_interval_no_line() -> None:
    sample = sample_report()
    for entry in sample["win_rates"]:
        entry |= {"low": None, "high": None, "reason": "one rater"}
    [first, *_] = [c for c in charts(sample) if c.kind == "forest"]
    assert all("(" not in text for text in texts(draw(sample, first)))


def test_file_names_are_safe_and_different() -> None:
    sample = sample_report()
    for name in ("win_rates", "human_level", "mean_scores"):
        for entry in sample[name]:
            entry["language"] = {"en": "../EN us", "zh": "../en-US"}[entry["language"]]
    names = [chart.file for chart in charts(sample)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9-]+\.svg", name) for name in names)
