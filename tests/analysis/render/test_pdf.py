"""The PDFs of a report: two pages, everything on few pages, the same bytes, user text as text, fonts."""

import copy
import io
import json
import re
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pdfplumber
import pytest

from analysis.charts import draw_for_print
from analysis.messages import message
from analysis.render import entries as ask
from analysis.render import pdf, report_files
from analysis.render.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    Folded,
    Part,
    Plates,
    Prose,
    Section,
    Table,
)
from analysis.render.page import build_document
from analysis.render.words import Words
from analysis.stats import Plan, analyse, read_tables
from analysis.stats.report import rendered
from tests.analysis.render.sample import sample_report, warning
from tests.analysis.render.ten import ten_systems

EXAMPLE = Path(__file__).parents[3] / "docs" / "example"
HOSTILE = '#import "@preview/x:1.0.0": * #panic("no") $x$ ] } \\u{41} \\ *b* _i_ `r` <l> @ref // /* " \' ~'


def whole(content: bytes) -> bytes:
    """The PDF with its streams unpacked, for looking into its structure."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"".join(map(_unpacked, streams))


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def small(lang: str = "en") -> dict[str, Any]:
    """A short report: setting type is what takes the time."""
    sample = sample_report()
    keep = ("inputs", "plan", "seed", "versions", "warnings")
    return {name: sample[name] for name in keep} | {
        "win_rates": [e for e in sample["win_rates"] if e["criterion"] == "overall" and e["language"] == "en"]
    }


def count_figures(blocks: Sequence[Block]) -> int:
    inner = [count_figures(block.blocks) for block in blocks if isinstance(block, Folded)]
    plates = [len(block.figures) for block in blocks if isinstance(block, Plates)]
    return sum(isinstance(block, Figure) for block in blocks) + sum(inner) + sum(plates)


def texts_of(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)


def data_of(doc: Document, charts: dict[str, str] | None = None) -> dict[str, Any]:
    """What the template of the full PDF gets."""
    words = Words("en")
    return pdf._frame(doc, {}, words) | pdf.Setting(charts or {}, words).document(doc)


def put_table(table: Table, *, folded: bool = False, short: bool = False) -> dict[str, Any]:
    return pdf.Setting({}, Words("en"), short=short).table(table, folded)


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("render", [pdf.render_short, pdf.render_full])
def test_it_works(render: Any, lang: str) -> None:
    sample = small()
    content = render(sample, draw_for_print(sample, lang), lang)
    assert content.startswith(b"%PDF-1.7")
    inside = whole(content)
    assert b"/Lang" in inside
    assert ("en" if lang == "en" else "zh-CN").encode() in inside
    # Tagged, with a part of PDF/UA (ISO 14289-1, clause 5), and a text alternative for each figure.
    assert b"/StructTreeRoot" in inside
    assert b"<pdfuaid:part>1</pdfuaid:part>" in inside
    assert inside.count(b"/Alt") >= 1


# The short one


@cache
def demo() -> dict[str, Any]:
    """The report of docs/example, with few replicates. Read it, never change it."""
    tables = [EXAMPLE / f"{name}.csv" for name in ("judgments", "scores", "marks")]
    plan = Plan.from_json((EXAMPLE / "plan.json").read_text("utf-8"), "plan.json")
    return analyse(read_tables(*tables), plan, seed=1, replicates=100).to_dict()


def scores_alone() -> dict[str, Any]:
    tables = read_tables(None, EXAMPLE / "scores.csv", None)
    return analyse(tables, Plan.default(tables, human=["human"]), seed=1, replicates=100).to_dict()


def without_people() -> dict[str, Any]:
    tables = read_tables(EXAMPLE / "judgments.csv", None, None)
    return analyse(tables, Plan.default(tables, primary="overall"), seed=1, replicates=100).to_dict()


def long_names() -> dict[str, Any]:
    """60 letters without a space, and a question of 3,000 letters."""
    report = copy.deepcopy(demo())
    report["plan"]["labels"] = {name: f"{name}-".ljust(60, "x") for name in report["plan"]["systems"]}
    question = {"en": "Is the scene better? " * 150, "zh": "这场戏写得更好吗？" * 150}
    report["plan"]["study"] |= {"question": question, "title": {"en": "Long " * 30, "zh": "长标题" * 30}}
    report["warnings"] = [
        *report["warnings"],
        *(warning("unknown_columns", columns=("column " * 20 + str(at),)) for at in range(30)),
    ]
    return report


def many_systems() -> dict[str, Any]:
    report = copy.deepcopy(ten_systems())
    report["plan"]["labels"] = {
        name: f"{name} " + "with a long name " * 3 for name in report["plan"]["systems"]
    }
    report["leaderboard"] = [row | {"rank": at} for at, row in enumerate(report["leaderboard"] * 5, 1)]
    return report


REPORTS = {
    "demo": demo,
    "ten": ten_systems,
    "scores": scores_alone,
    "no-people": without_people,
    "long-names": long_names,
    "many": many_systems,
    "small": small,
    "empty": lambda: {},
}


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("name", REPORTS)
def test_the_short_one_has_two_pages_in_type_of_8_points_or_more(name: str, lang: str) -> None:
    report = REPORTS[name]()
    content = pdf.render_short(report, draw_for_print(report, lang), lang)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        assert len(opened.pages) == 2
        for page in opened.pages:
            # Nothing reaches beyond the margins, which are 14 mm wide (39.7 points).
            letters = [letter for letter in page.chars if letter["text"].isalnum()]
            assert all(letter["x0"] >= 39 and letter["x1"] <= page.width - 39 for letter in letters)
            assert min(letter["size"] for letter in letters) >= 7.99


def test_the_first_page_answers_and_the_second_says_how() -> None:
    content = pdf.render_short(demo(), draw_for_print(demo()))
    with pdfplumber.open(io.BytesIO(content)) as opened:
        first, second = (re.sub(r"\s+", " ", page.extract_text()) for page in opened.pages)
    for said in (
        "No human took part",
        "won 42.2% of its comparisons",
        "13.2 to 77.8",
        "1 (1–4)",
        "30 raters",
    ):
        assert said in first
    for said in (
        "What the cautions mean",
        "Study design",
        "report-full.pdf",
        "codebook.csv",
        "f40a692f833661ac",
    ):
        assert said in second


def test_what_the_short_one_leaves_out_it_counts() -> None:
    content = pdf.render_short(many_systems(), None)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        text = re.sub(r"\s+", " ", opened.pages[0].extract_text())
    shown = len(re.findall(r"model-\d", text.partition("Ranking on")[2]))
    [more] = re.findall(r"rows of the ranking in the full report: (\d+)", text)
    assert shown > 0
    assert int(more) >= 30


# The full one


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_full_one_of_the_demonstration_has_at_most_25_pages(lang: str) -> None:
    content = pdf.render_full(demo(), draw_for_print(demo(), lang), lang)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        assert len(opened.pages) <= 25


def test_two_settings_are_equal() -> None:
    sample = small()
    charts = draw_for_print(sample)
    for render in (pdf.render_short, pdf.render_full):
        assert render(sample, charts) == render(copy.deepcopy(sample), dict(charts))


def test_it_holds_no_date() -> None:
    inside = whole(pdf.render_full(small()))
    assert not re.search(rb"CreationDate|ModDate|xmp:CreateDate|xmp:ModifyDate", inside)


def test_without_charts_no_figure_is_named() -> None:
    sample = small()
    data = data_of(build_document(sample, "en", plots=False))
    assert "figures" not in {block["kind"] for block in data["blocks"]}
    assert {"table", "prose", "heading"} <= {block["kind"] for block in data["blocks"]}


def test_everything_of_the_page_is_in_it() -> None:
    """Each table with its caption and every cell, each figure, each sentence: whatever the blocks are."""
    sample = sample_report()
    doc = build_document(sample, "en")
    data = data_of(doc, draw_for_print(sample))
    tables = [block for block in data["blocks"] if block["kind"] == "table"]
    assert [t["caption"] for t in tables] == [pdf._text(t.caption) for t in doc.tables().values()]
    for made, table in zip(tables, doc.tables().values(), strict=True):
        if len(table.rows) > pdf.MOST_FOLDED_ROWS or any(map(ask.is_pooled, table.views)):
            continue
        said = texts_of(made) + texts_of(data["notes"])
        for cell in (cell for row in table.rows for cell in row):
            assert json.dumps(pdf._cell(cell)["text"], ensure_ascii=False)[1:-1] in said or cell.text in said
    assert {pdf._text(note) for t in doc.tables().values() for note in t.notes} <= set(data["notes"])
    figures = [
        figure for block in data["blocks"] if block["kind"] == "figures" for figure in block["figures"]
    ]
    assert len(figures) == sum(map(count_figures, (section.blocks for section in doc.sections)))
    assert all(figure["alt"] and figure["svg"].startswith("<svg") for figure in figures)


def test_the_answer_comes_first_and_the_warnings_below_it_all_of_them() -> None:
    sample = sample_report()
    sample["warnings"] += [warning("unknown_columns", columns=(f"c{at}",)) for at in range(9)]
    data = data_of(build_document(sample, "en"))
    answer = next(at for at, block in enumerate(data["blocks"]) if "39.6" in block.get("text", ""))
    said = [at for at, block in enumerate(data["blocks"]) if block["kind"] == "notices"]
    assert data["blocks"][answer]["strong"]
    assert answer < 8
    assert answer < min(said)
    listed = json.dumps([data["blocks"][at] for at in said], ensure_ascii=False)
    assert all(listed.count(f"ignored: c{at}.") == 1 for at in range(9))


def test_what_people_typed_is_text_and_nothing_else() -> None:
    sample = small()
    sample["plan"]["labels"] = {"dsr": HOSTILE}
    sample["plan"]["study"]["title"] = HOSTILE
    sample["warnings"].append(warning("unknown_columns", (HOSTILE, None), columns=(HOSTILE,)))
    sample["inputs"][0]["name"] = HOSTILE
    sample["win_rates"][0] |= rendered("reason", message("excluded", reason=HOSTILE))
    content = pdf.render_full(sample, draw_for_print(sample))
    # The title stands in the document's information, letter by letter (UTF-16 in PDF's own escapes or XMP).
    inside = whole(content)
    assert b"#import" in inside
    assert b"@preview/x:1.0.0" in inside


def test_the_template_reads_nothing_but_its_input() -> None:
    template = Path(pdf.__file__).with_name("templates") / "report.typ"
    source = re.sub(r"//.*", "", template.read_text("utf-8"))
    assert not re.search(r"#?import|include|@preview|read\(|plugin|eval\(|csv\(|yaml\(|xml\(", source)
    assert source.count("json(") == 1


@pytest.mark.parametrize(
    "name", ["a" * 300, "\N{FIRST STRONG ISOLATE}x\N{POP DIRECTIONAL ISOLATE}", "", "剧本 流水线"]
)
def test_any_name_can_be_set(name: str) -> None:
    sample = small()
    sample["plan"]["labels"] = {"dsr": name}
    assert pdf.render_full(sample).startswith(b"%PDF")


def test_a_wide_table_gets_smaller_type() -> None:
    def size(columns: int) -> float:
        row = [Cell("12.3 to 45.6", "number") for _ in range(columns)]
        return float(put_table(Table("t", "c", [Column("Estimate")] * columns, [row]))["size"])

    assert size(4) == pdf.LARGEST
    assert pdf.SMALLEST < size(14) < pdf.LARGEST
    assert size(60) == pdf.SMALLEST


def test_a_wide_table_of_the_short_one_loses_columns_and_says_so() -> None:
    row = [Cell("12.3 to 45.6", "number")] * 20
    made = put_table(Table("t", "c", [Column("Estimate")] * 20, [row]), short=True)
    assert made["size"] >= 8
    assert 2 <= len(made["columns"]) < 20
    assert made["said"] == ["More columns are in the full report."]


def test_columns_that_want_more_than_the_page_share_it() -> None:
    columns = [Column("System", numeric=False), Column("Why", numeric=False), Column("Estimate")]
    row = [Cell("dsr"), Cell("one rater " * 40), Cell("12.3 至 45.6", "number")]
    many = put_table(Table("t", "c", columns * 4, [row * 4]))
    assert sum(many["widths"]) == pytest.approx(pdf.TEXT_WIDTH, abs=1)
    # A number is never narrower than its own letters: ten half as wide as high, and one that is square.
    assert all(width >= many["size"] * 5.5 for width in many["widths"][2::3])


def test_a_long_table_is_cut_and_says_so() -> None:
    rows = [[Cell(str(at)), Cell("1", "number")] for at in range(10_000)]
    table = Table("t", "c", [Column("System", numeric=False), Column("n")], rows, notes=["n"])
    for folded, most in ((False, pdf.MOST_ROWS), (True, pdf.MOST_FOLDED_ROWS)):
        setting = pdf.Setting({}, Words("en"))
        put = setting.table(table, folded)
        assert len(put["rows"]) == most
        assert f"First {most} of 10\N{NARROW NO-BREAK SPACE}000 rows." in put["said"]
        notes = [note for note, number in setting.notes.items() if number in put["notes"]]
        assert "The table of the same name in report.html has more" in notes[0]
        assert notes[1] == "n"


def test_a_folded_table_has_the_pooled_rows_where_there_are_such() -> None:
    rows = [[Cell("a"), Cell(code)] for code in ("pooled", "en", "zh")]
    columns = [Column("System", numeric=False), Column("Scripts", numeric=False)]
    table = Table("t", "c", columns, rows, views=["*pooled", "en", "zh"])
    assert len(put_table(table, folded=True)["rows"]) == 1
    assert len(put_table(table)["rows"]) == 3


def test_a_column_that_says_the_same_in_every_row_is_said_once() -> None:
    rows = [[Cell(name), Cell("30", "number"), Cell(str(at), "number")] for at, name in enumerate("abc")]
    made = put_table(Table("t", "c", [Column("System", numeric=False), Column("Raters"), Column("n")], rows))
    assert [column["text"] for column in made["columns"]] == ["System", "n"]
    assert made["said"] == ["In every row: Raters: 30."]


def test_a_repeated_name_spans_its_rows() -> None:
    rows = [[Cell(name), Cell(lang), Cell("1", "number")] for lang in ("en", "zh") for name in "ab"]
    columns = [Column("System", numeric=False), Column("Scripts", numeric=False), Column("n")]
    made = put_table(Table("t", "c", columns, [*rows, [Cell("c"), Cell("en"), Cell("2", "number")]]))
    shown = [[cell and (cell["text"], cell.get("rows", 1)) for cell in row[:2]] for row in made["rows"]]
    assert shown == [
        [("a", 2), ("en", 1)],
        [None, ("zh", 1)],
        [("b", 2), ("en", 1)],
        [None, ("zh", 1)],
        [("c", 1), ("en", 1)],
    ]


def test_a_long_reason_is_a_note_and_each_note_is_printed_once() -> None:
    reason = Cell("not computed: two scenes are too few to estimate the variation within a series", "absent")
    table = Table(
        "t", "c", [Column("System", numeric=False), Column("n")], [[Cell("a"), reason]], notes=["n"]
    )
    data = data_of(Document("en", "T", "", [table, table]))
    assert data["notes"] == [reason.text, "n"]
    assert [block["rows"][0][1]["note"] for block in data["blocks"]] == [1, 1]


def test_a_tall_chart_fits_its_page() -> None:
    setting = pdf.Setting({"a.svg": "<svg/>"}, Words("en"))
    [put] = setting.figures([Figure("a.svg", "alt", "caption", 640, 3000)])
    assert put["figures"][0]["width"] * 3000 / 640 == pytest.approx(pdf.PAGE_HEIGHT, abs=1)


def test_charts_stand_side_by_side() -> None:
    setting = pdf.Setting({"a.svg": "<svg/>"}, Words("en"))

    def columns(width: int, count: int) -> int:
        [put] = setting.figures([Figure("a.svg", "alt", "caption", width, 200)] * count)
        return int(put["columns"])

    assert [columns(350, 5), columns(350, 1), columns(480, 5), columns(900, 5)] == [3, 1, 2, 1]


def test_charts_of_the_short_one_keep_letters_of_8_points() -> None:
    setting = pdf.Setting({"a.svg": '<svg><text font-size="11"/></svg>'}, Words("en"), short=True)
    for width in (350, 480):
        [put] = setting.figures([Figure("a.svg", "alt", "caption", width, 200)])
        assert put["figures"][0]["width"] / width * 11 >= 7.99


def test_plates_of_charts_and_quiet_prose_are_set() -> None:
    figure = Figure("a.svg", "alt", "caption", 640, 100)
    blocks = [Plates([figure, figure]), Prose("quiet", quiet=True), Prose("wo", lang="zh")]
    doc = Document("en", "T", "", [], [Part("p", "P", [Section("s", "S", blocks)])])
    data = data_of(doc, {"a.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"})
    kinds = [block["kind"] for block in data["blocks"]]
    assert kinds == ["heading", "heading", "figures", "prose", "prose"]
    assert pdf._pdf(pdf._frame(doc, {}, Words("en")) | data, Words("en")).startswith(b"%PDF")


# Fonts


def test_a_letter_that_no_font_has_becomes_a_square_and_is_named() -> None:
    sample = small()
    sample["plan"]["labels"] = {"dsr": "\U0003fff0 剧本"}
    with pdfplumber.open(io.BytesIO(pdf.render_full(sample, draw_for_print(sample)))) as opened:
        assert "no font has them: U+3FFF0." in re.sub(r"\s+", " ", opened.pages[0].extract_text())
        assert any("□ 剧本" in page.extract_text() for page in opened.pages)


def test_too_many_entries_are_refused_for_the_full_one_alone() -> None:
    sample = small()
    sample["breakdown"] = [{}] * 20_001
    with pytest.raises(report_files.PdfError, match="too many for a PDF") as stop:
        report_files.pdf_bytes(sample, plots=False, lang="zh-hans", full=True)
    assert "无法生成 PDF" in stop.value.local
