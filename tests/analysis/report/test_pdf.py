"""The report as PDF: complete, the same bytes each time, user text as text, honest about missing fonts."""

import copy
import json
import logging
import re
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
import typst

from analysis.charts import draw_for_print
from analysis.messages import message
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
from analysis.stats.report import rendered
from tests.analysis.report.sample import sample_report, warning

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


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_it_works(lang: str) -> None:
    sample = small()
    content = pdf.render_pdf(sample, draw_for_print(sample, lang), lang)
    assert content.startswith(b"%PDF-1.7")
    inside = whole(content)
    assert b"/Lang" in inside
    assert ("en" if lang == "en" else "zh-CN").encode() in inside
    # Tagged, with a part of PDF/UA (ISO 14289-1, clause 5), and a text alternative for each figure.
    assert b"/StructTreeRoot" in inside
    assert b"<pdfuaid:part>1</pdfuaid:part>" in inside
    assert inside.count(b"/Alt") >= 2


def test_two_settings_are_equal() -> None:
    sample = small()
    charts = draw_for_print(sample)
    assert pdf.render_pdf(sample, charts) == pdf.render_pdf(copy.deepcopy(sample), dict(charts))


def test_it_holds_no_date() -> None:
    inside = whole(pdf.render_pdf(small()))
    assert not re.search(rb"CreationDate|ModDate|xmp:CreateDate|xmp:ModifyDate", inside)


def test_without_charts_no_figure_is_named() -> None:
    sample = small()
    data = pdf._data(build_document(sample, "en", plots=False), {}, sample["plan"], Words("en"))
    assert "figure" not in {block["kind"] for block in data["blocks"]}
    assert {"table", "prose", "heading"} <= {block["kind"] for block in data["blocks"]}


def test_everything_of_the_page_is_in_it() -> None:
    """Each table with its caption and every cell, each figure, each sentence: whatever the blocks are."""
    sample = sample_report()
    doc = build_document(sample, "en")
    data = pdf._data(doc, draw_for_print(sample), sample["plan"], Words("en"))
    every = [inner for block in data["blocks"] for inner in block.get("blocks", [block])]
    tables = [block for block in every if block["kind"] == "table"]
    assert [t["caption"] for t in tables] == [pdf._text(t.caption) for t in doc.tables().values()]
    for made, table in zip(tables, doc.tables().values(), strict=True):
        assert [[cell["text"] for cell in row] for row in made["rows"]] == [
            [pdf._cell(cell)["text"] for cell in row] for row in table.rows
        ]
    figures = [block for block in data["blocks"] if block["kind"] == "figure"]
    assert len(figures) == sum(map(count_figures, (section.blocks for section in doc.sections)))
    assert all(figure["alt"] and figure["svg"].startswith("<svg") for figure in figures)


def test_the_answer_comes_first_and_the_warnings_below_it_all_of_them() -> None:
    sample = sample_report()
    sample["warnings"] += [warning("unknown_columns", columns=(f"c{at}",)) for at in range(9)]
    data = pdf._data(build_document(sample, "en"), {}, sample["plan"], Words("en"))
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
    content = pdf.render_pdf(sample, draw_for_print(sample))
    # The title stands in the document's information, letter by letter (UTF-16 in PDF's own escapes or XMP).
    inside = whole(content)
    assert b"#import" in inside
    assert b"@preview/x:1.0.0" in inside


def test_the_template_reads_nothing_but_its_input() -> None:
    source = re.sub(r"//.*", "", pdf._template().decode())
    assert not re.search(r"#?import|include|@preview|read\(|plugin|eval\(|csv\(|yaml\(|xml\(", source)
    assert source.count("json(") == 1


@pytest.mark.parametrize(
    "name", ["a" * 300, "\N{FIRST STRONG ISOLATE}x\N{POP DIRECTIONAL ISOLATE}", "", "剧本 流水线"]
)
def test_any_name_can_be_set(name: str) -> None:
    sample = small()
    sample["plan"]["labels"] = {"dsr": name}
    assert pdf.render_pdf(sample).startswith(b"%PDF")


def test_a_wide_table_gets_smaller_type_and_then_a_page_on_its_side() -> None:
    def table(columns: int) -> dict[str, Any]:
        row = [Cell("12.3 to 45.6", "number") for _ in range(columns)]
        return pdf._table(Table("t", "c", [Column("Estimate") for _ in range(columns)], [row]), Words("en"))

    assert (table(4)["size"], table(4)["wide"]) == (pdf.LARGEST, False)
    assert (pdf.SMALLEST_UPRIGHT <= table(10)["size"] < pdf.LARGEST, table(10)["wide"]) == (
        True,
        False,
    )
    assert table(16)["wide"]
    assert table(60)["size"] == pdf.SMALLEST


def test_columns_that_want_more_than_the_page_share_it() -> None:
    columns = [Column("System", numeric=False), Column("Why", numeric=False), Column("Estimate")]
    row = [Cell("dsr"), Cell("not computed: " + "one rater " * 40, "absent"), Cell("12.3 至 45.6", "number")]
    put = pdf._table(Table("t", "c", columns, [row]), Words("en"))
    assert sum(put["widths"]) == pytest.approx(pdf.TEXT_WIDTH, abs=1) or not put["widths"]
    many = pdf._table(Table("t", "c", columns * 4, [row * 4]), Words("en"))
    room = pdf.WIDE_TEXT if many["wide"] else pdf.TEXT_WIDTH
    assert sum(many["widths"]) == pytest.approx(room, abs=1)
    # A number is never narrower than its own letters: ten half as wide as high, and one that is square.
    assert all(width >= many["size"] * 5.5 for width in many["widths"][2::3])


def test_a_table_as_long_as_a_book_is_cut_and_says_so() -> None:
    rows = [[Cell(str(at))] for at in range(10_000)]
    put = pdf._table(Table("t", "c", [Column("System")], rows, notes=["n"]), Words("en"))
    assert len(put["rows"]) == 300
    assert put["notes"][0].startswith("The first 300 of 10\N{NARROW NO-BREAK SPACE}000 rows")
    assert put["notes"][1] == "n"


def test_a_table_on_its_side_has_a_page_of_its_own() -> None:
    row = [Cell("12.3 to 45.6", "number")] * 16
    doc = Document("en", "T", "", [Table("t", "c", [Column("Estimate")] * 16, [row])])
    made = pdf._missing(pdf._data(doc, {}, {}, Words("en")), False)
    assert isinstance(made, bytes)
    # A4 (ISO 216) in points, upright and on its side.
    boxes = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", whole(made)))
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842), (842, 595)}


def test_headings_go_with_the_wide_table_below_them() -> None:
    wide, head, text = {"kind": "table", "wide": True}, {"kind": "heading"}, {"kind": "prose"}
    made = pdf._on_their_side([head, text, head, wide, head, wide, head, text, head])
    assert [block["kind"] for block in made] == ["heading", "prose", "side", "heading", "prose", "heading"]
    assert made[2]["blocks"] == [head, wide, head, wide]


def test_a_tall_chart_fits_its_page() -> None:
    [put] = pdf._figures([Figure("a.svg", "alt", "caption", 640, 3000)], {"a.svg": "<svg/>"})
    assert put["width"] * 3000 / 640 == pytest.approx(pdf.TEXT_HEIGHT, abs=1)


def test_plates_of_charts_and_quiet_prose_are_set() -> None:
    figure = Figure("a.svg", "alt", "caption", 640, 100)
    blocks = [Plates([figure, figure]), Prose("quiet", quiet=True), Prose("wo", lang="zh")]
    doc = Document("en", "T", "", [], [Part("p", "P", [Section("s", "S", blocks)])])
    data = pdf._data(
        doc, {"a.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"}, {}, Words("en")
    )
    kinds = [block["kind"] for block in data["blocks"]]
    assert kinds == ["heading", "heading", "figure", "figure", "prose", "prose"]
    assert isinstance(pdf._missing(data, False), bytes)


# Fonts


@pytest.fixture
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no font is installed: only those that come with typst."""
    embedded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    monkeypatch.setattr(pdf, "_fonts", lambda system: embedded)
    monkeypatch.setattr(pdf, "_families", lambda system: ("Libertinus Serif", "DejaVu Sans Mono"))


@pytest.mark.usefixtures("no_system_fonts")
def test_an_english_report_needs_no_font_of_the_machine() -> None:
    sample = small()
    assert pdf.render_pdf(sample, draw_for_print(sample)).startswith(b"%PDF")


@pytest.mark.usefixtures("no_system_fonts")
def test_a_chinese_report_without_a_chinese_font_is_refused_with_the_remedy() -> None:
    with pytest.raises(pdf.PdfError, match="fonts-noto-cjk") as stop:
        pdf.render_pdf(small(), lang="zh-hans")
    assert "请安装字体" in stop.value.local


@pytest.mark.usefixtures("no_system_fonts")
def test_chinese_names_in_an_english_report_become_squares_and_it_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sample = small()
    sample["plan"]["labels"] = {"dsr": "剧本"}
    with caplog.at_level(logging.WARNING):
        assert pdf.render_pdf(sample, draw_for_print(sample)).startswith(b"%PDF")
    assert "U+5267" in caplog.text
    assert "fonts-noto-cjk" in caplog.text


@pytest.mark.usefixtures("no_system_fonts")
def test_the_other_files_are_written_without_it_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert report_files._pdf(small(), False, "zh-hans", lambda what, share: None) == {}
    assert "no report.pdf" in caplog.text
    assert "fonts-noto-cjk" in caplog.text


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no report in language 'fr'"):
        pdf.render_pdf(small(), lang="fr")
