"""CSV files that a spreadsheet opens without running anything, and that lose nothing."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.tables.reading import parse_csv
from analysis.tables.exports import csv_bytes
from evalsite.core.spreadsheets import raw_cell, safe_cell

FORMULAS = [
    *('=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"),
    *("'=1", "''-x", "＝1", "-", "-1e"),
]
HARMLESS = ["", "a=1", "'quoted'", "'", "-1", "-1.5", "-2e-5", "1-2", "http://x/?a=b", "好"]


@pytest.mark.parametrize("value", [-1, -1.5, None, True, float("inf")])
def test_what_is_no_text_stays(value):
    assert safe_cell(value) is value


@given(st.text(alphabet="'=+-@\t\r\n＝a1.e", max_size=8))
def test_every_text_comes_back(text):
    safe = safe_cell(text)
    assert raw_cell(safe) == text
    assert re.fullmatch(r"-[0-9.eE+-]+", safe) or not re.match(r"[=+\-@\t\r\n＝]", safe)


def table(notes: list[str]) -> pd.DataFrame:
    """A table of marks with numbers, gaps and texts."""
    return pd.DataFrame(
        {
            "note": notes,
            "number": range(-1, len(notes) - 1),
            "gap": [None, *[-0.5] * (len(notes) - 1)],
            "mixed": pd.Series([1, *[None] * (len(notes) - 1)], dtype=object),
            "kind": pd.Categorical(["=a", *["b"] * (len(notes) - 1)]),
        }
    )


def test_a_table_is_safe_and_its_numbers_do_not_change():
    """Before, `=HYPERLINK(...)` of a rater stood raw in assignments.csv."""
    frame = table([*FORMULAS, *HARMLESS])
    heads, *rows = csv.reader(io.StringIO(csv_bytes(frame).decode(), newline=""))
    plain = list(csv.reader(io.StringIO(frame.to_csv(index=False, lineterminator="\n"), newline="")))[1:]
    assert [row[1:4] for row in rows] == [row[1:4] for row in plain]
    assert heads == list(frame.columns)
    assert [row[0] for row in rows] == [f"'{text}" for text in FORMULAS] + HARMLESS
    assert rows[0][4] == "'=a"


@pytest.mark.parametrize("exact", [False, True])
def test_the_statistics_read_the_texts_as_they_were(exact):
    """By both readers: Arrow's, and the csv module's for what Arrow doesn't take."""
    texts = ["=1", "'=1", "+x", "-1", "plain", "'"]
    frame = pd.DataFrame(
        {"rater": texts, "item": "a", "system": "b", "score": range(6), "scale_min": 0, "scale_max": 9}
    )
    data = csv_bytes(frame) + (b'"r""","a","b",1,0,9\n' if exact else b"")
    read = parse_csv("scores.csv", data, "scores")
    assert read.faults == ()
    assert list(read.columns["rater"])[:6] == texts
    assert list(read.columns["rater"].categories) == sorted(read.columns["rater"].categories)
