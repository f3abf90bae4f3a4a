"""The codebook has every column of every export, says what is in it, and agrees with the documentation."""

import csv
import io
import re
from pathlib import Path

import pytest

from analysis.tables import codebook, exports, frames
from tests import exported

DOCS = Path(__file__).resolve().parents[3] / "docs/tables.md"


pytestmark = pytest.mark.django_db


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.mark.slow
@pytest.mark.parametrize("form", exports.FORMATS)
def test_an_export_has_a_codebook_of_its_tables_column_by_column(unblinded, form):
    files = exported.export_files(unblinded, form)
    listed = [(row["table"], row["column"]) for row in read(files["codebook.csv"])]
    tables = frames.available_tables(unblinded)
    assert listed == [(name, column) for name in tables for column in frames.TABLES[name](unblinded).columns]


@pytest.mark.parametrize("table", list(frames.TABLES))
def test_every_cell_of_a_table_is_as_the_codebook_says(unblinded, table):
    frame = frames.TABLES[table](unblinded).frame()
    assert list(frame.columns) == codebook.column_names(table)
    for column in codebook.TABLES[table]:
        if rule := codebook.column_rule(column):
            assert [rule(text) for text in frame[column.name] if text and rule(text)] == [], column.name


def test_every_column_has_a_type_an_origin_and_a_meaning_in_both_languages():
    for row in read(codebook.codebook_csv(codebook.TABLES)):
        assert row["type"] in codebook.TYPES
        assert row["unit"] in codebook.UNITS
        assert row["made_by"] in codebook.ORIGINS
        assert re.fullmatch(r"[^\u4e00-\u9fff]+\.", row["meaning"]), row
        assert re.fullmatch(r".*[\u4e00-\u9fff].*。", row["meaning_zh"]), row


def markdown_table(table: str) -> str:
    """The columns of one table as docs/tables.md lists them, in English."""
    lines = ["| column | type | unit | values | made by | meaning |", "| --- | --- | --- | --- | --- | --- |"]
    for column, row in zip(codebook.TABLES[table], codebook.table_rows(table, "en"), strict=True):
        values = " ".join(f"`{value}`" if value not in "|–≥" else value for value in row.values.split())
        values = values.replace("|", "\\|")
        cells = (f"`{row.name}`", row.type, row.unit, values, column.made_by, row.meaning)
        lines.append("|" + "".join(f" {cell} |" if cell else " |" for cell in cells))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("table", list(codebook.TABLES))
def test_the_documentation_lists_the_columns_as_the_codebook_does(table):
    """If this fails, replace the table in docs/tables.md with the output of `markdown_table`."""
    parts = re.split(r"^## `(\w+)`\n", DOCS.read_text(), flags=re.M)
    documented = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(documented) == set(codebook.TABLES)
    assert markdown_table(table) in documented[table]


@pytest.mark.parametrize(("lang", "words"), [("en", "Time of submission."), ("zh-hans", "提交时间。")])
def test_the_report_page_leads_to_the_codebook(unblinded, admin_client, lang, words):
    admin_client.cookies["django_language"] = lang
    page = admin_client.get("/studies/harbour/report/codebook/")
    assert words in page.content.decode()
    saved = admin_client.get("/studies/harbour/report/codebook.csv")
    assert saved.content == exported.export_files(unblinded)["codebook.csv"]
    assert "attachment" in saved["Content-Disposition"]
