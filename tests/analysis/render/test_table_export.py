"""Report: tables that are taken away: whole, at full precision, and inert in a spreadsheet and in LaTeX."""

import base64
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.render import export_table, render_fragment, render_html
from analysis.render.document import Cell, Column, Table
from analysis.render.entries import each_pair_once, is_group
from analysis.render.page import build_document
from analysis.render.table_export import latex, table_csv, table_latex, table_text
from tests.analysis.render.sample import sample_report
from tests.analysis.render.test_render import Outline

ANYTHING = st.text(st.characters(codec="utf-8"), max_size=40)
HOSTILE = (
    r"""=1+1 \input{/etc/passwd} $x$ & # % _ ^ ~ < > | {} [a]* -- ``q'' "w" \\ 中文 """
    "\N{RIGHT-TO-LEFT OVERRIDE}abc"
)


def table_of(*rows: list[str]) -> Table:
    columns = [Column(f"c{at}", numeric=at > 0) for at in range(len(rows[0]))]
    return Table(
        "some-table", rows[0][0], columns, [[Cell(text) for text in row] for row in rows], notes=rows[0]
    )


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


COMMANDS = {
    "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar",
    "textasciigrave", "char",
}  # fmt: skip


def tokens(source: str) -> list[str]:
    """A strict reading of LaTeX text: known commands, escaped signs, groups that close, and plain letters.

    Raises AssertionError on anything that would be read otherwise than as letters.
    """
    found, depth, at = [], 0, 0
    pattern = re.compile(r"\\([A-Za-z]+)(\d*)|\\([{}$&#%_,])|([{}])|(\$-\$)|(~)|([^\\{}$&#%_^~<>|\"`\[\]*])")
    while at < len(source):
        match = pattern.match(source, at)
        assert match, source[at : at + 12]
        if match[1]:
            assert match[1] in COMMANDS, match[0]
        if match[4]:
            depth += 1 if match[4] == "{" else -1
            assert depth >= 0
        found.append(match[0])
        at = match.end()
    assert depth == 0
    return found


@given(ANYTHING)
def test_latex_of_any_text_is_letters_alone(text: str) -> None:
    said = latex(text)
    tokens(said.replace("{[}", "").replace("{]}", "").replace("{*}", ""))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"50 % & more_\ #1", r"50 \% \& more\_\textbackslash{} \#1"),
        ("a--b---c – d", "a-{}-b-{}-{}-c -- d"),
        ("[x] *", "{[}x{]} {*}"),
        ("{$}^~", r"\{\$\}\textasciicircum{}\textasciitilde{}"),
        ("−3.1 “q” 中文", "$-$3.1 “q” 中文"),
        ("two\r\n\tlines\x00", "two lines"),
    ],
)
def test_latex_signs(text: str, said: str) -> None:
    assert latex(text) == said


def test_latex_keeps_the_shape_of_a_table() -> None:
    source = table_latex(table_of([HOSTILE, "1.0", "x"], ["[b]", "−2", "y"]), "my study")
    assert source.count("{") - source.count(r"\{") == source.count("}") - source.count(r"\}")
    for command in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{tabular}{lrr}", r"\end{table}"):
        assert source.count(command) == 1
    assert r"\label{tab:my-study-some-table}" in source
    body = source[source.index(r"\toprule") : source.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r" \\")]
    assert [len(re.findall(r"(?<!\\)&", line)) for line in lines] == [2, 2, 2]
    assert r"\input" not in source


@given(st.lists(ANYTHING, min_size=2, max_size=4))
def test_csv_of_any_text_reads_back_and_starts_no_formula(texts: list[str]) -> None:
    read = rows_of(table_csv(table_of(texts)))
    assert len(read) == 2 or any("\r" in text or "\n" in text for text in texts)
    for cell, text in zip(read[-1], texts, strict=False):
        assert not re.match(r"[=+\-@\t\r\n]", cell)
        if text and not re.search(r"[\r\n]", "".join(texts)):
            assert cell in (text, f"'{text}")


def test_numbers_in_csv_stay_numbers() -> None:
    table = Table("t", "t", [Column("a"), Column("b")], [[Cell("−1.5", "number", raw=-1.54321), Cell("-x")]])
    assert rows_of(table_csv(table)) == [["a", "b"], ["-1.54321", "'-x"]]


def test_csv_holds_the_entries_at_full_precision(report: dict[str, Any]) -> None:
    keys = (
        "criterion",
        "language",
        "system",
        "opponent",
        "estimate",
        "low",
        "high",
        "n",
        "raters",
        "items",
        "method",
    )
    pairs = [entry for entry in report["win_rates"] if not is_group(entry["opponent"])]
    turned = [entry for entry in pairs if entry not in each_pair_once(report, pairs)]
    rows = [entry for entry in report["win_rates"] if entry not in turned]
    wanted = {tuple(written(entry[key]) for key in keys) for entry in rows}
    found = set()
    for id, table in build_document(report, "en").tables().items():
        if "win-rates" in id:
            heads, *rows = rows_of(table_csv(table))
            assert len(rows) == len(table.records)
            found |= {tuple(row[heads.index(key)] for key in keys) for row in rows}
    assert found == wanted


def written(value: Any) -> str:
    return "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def test_what_was_not_computed_is_empty_with_its_reason() -> None:
    sample = sample_report()
    heads, *rows = rows_of(table_csv(build_document(sample, "en").tables()["agreement"]))
    row = next(row for row in rows if row[heads.index("measure")] == "intra")
    assert row[heads.index("estimate")] == ""
    assert row[heads.index("reason")] == "no repeated pairs"


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_every_table_of_the_page_can_be_taken_away(report: dict[str, Any], lang: str) -> None:
    page = Outline(render_fragment(report, lang=lang, tables_url="/taken/"))
    links = [str(link["href"]) for link in page.all("a") if "download" in link]
    tables = build_document(report, lang).tables()
    wanted = {f"/taken/{id}.{form}" for id in tables for form in ("csv", "tex")}
    files = [str(image["src"]) for image in page.all("img")]
    wanted |= {f"/taken/methods.{form}" for form in ("txt", "md", "tex")}
    wanted |= {f"/taken/chart-{Path(file).stem}.csv" for file in files}
    assert set(links) == wanted | set(files)
    assert len(links) == len(set(links))
    short = [box for box in page.all("div") if "rep-brief" in str(box.get("class"))]
    assert len(tables) == len(page.tables) - len(short)


def test_taken_away_is_what_the_table_says() -> None:
    sample = sample_report()
    table = build_document(sample, "en").tables()["mean-scores"]
    for form in ("csv", "tex"):
        assert export_table(sample, "mean-scores", form) == table_text(table, form, "quiet-harbour")
    assert export_table(sample, "mean-scores", "exe") is None
    assert export_table(sample, "nothing", "csv") is None
    assert str(export_table(sample, "methods", "txt")).startswith("Scripts for the same scene")


def test_the_page_that_stands_alone_holds_the_same_content() -> None:
    sample = sample_report()
    links = {
        str(a["download"]): str(a["href"]) for a in Outline(render_html(sample)).all("a") if "download" in a
    }
    kind, _, kept = links["quiet-harbour-mean-scores.csv"].partition(";base64,")
    assert kind == "data:text/csv;charset=utf-8"
    assert base64.b64decode(kept).decode() == export_table(sample, "mean-scores", "csv")
    kind, _, kept = links["quiet-harbour-chart-forest-en.csv"].partition(";base64,")
    assert base64.b64decode(kept).decode() == export_table(sample, "chart-forest-en", "csv")
    assert links["quiet-harbour-forest-en.svg"] == "plots/forest-en.svg"


def test_hostile_names_stay_names_in_both() -> None:
    sample = json.loads(json.dumps(sample_report()).replace('"dsr"', json.dumps(HOSTILE)))
    for id, table in build_document(sample, "en").tables().items():
        assert not [
            cell for row in rows_of(table_csv(table)) for cell in row if re.match(r"[=+@\t\r]", cell)
        ], id
        assert r"\input" not in table_latex(table)
