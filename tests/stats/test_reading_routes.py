"""The quick way and the exact way of reading a file, and the way from data frames, say the same."""

import io
import os
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import TableError, read_tables, tables_from_frames
from analysis.stats.tables import plain_csv, reading
from analysis.stats.tables.arrow_columns import Words
from analysis.stats.tables.cell_rules import moment, name_like, number, whole
from analysis.stats.tables.coded import Coded
from analysis.stats.tables.exact_csv import parse_exact
from analysis.stats.tables.file_bytes import count_of, is_ascii, read_file
from analysis.stats.tables.frame_cells import _csv, coded
from analysis.stats.tables.plain_csv import parse_plain
from analysis.stats.tables.rows import table_faults

HEADER = "item,rater,criterion,left_system,right_system,choice"

PLAIN = ["", "a", "b b", " ", "7", "007", "-0", "-3", "+1", "0x1F", "12345678901", "1.0", "NA", "null", "é"]
QUOTED = ['"a"', '"a,b"', '"a""b"', '"a\nb"', '"a\r\nb"', 'a"b', '"a"b', '"', '""', '""""']
cells = st.sampled_from([*PLAIN, *QUOTED, "字", "\x0b", "\u2028"])
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n", "", "\n \n"])
lines = st.lists(st.tuples(st.lists(cells, min_size=1, max_size=4), ends), max_size=12)


def _texts(columns: dict[str, Coded]) -> dict[str, list[str]]:
    return {name: [column.text(row) for row in range(len(column))] for name, column in columns.items()}


@settings(max_examples=150, deadline=None)
@given(lines, st.booleans())
def test_what_is_read_at_speed_is_what_the_csv_module_reads(rows, wide):
    header = ["x", "y", "z"]
    body = "".join(",".join((row * 3)[:3] if wide else row) + end for row, end in rows)
    data = ("x,y,z\n" + body).encode()
    plain = parse_plain(data, len("x,y,z"), header, {"x", "y"})
    if plain is None:
        return
    exact = parse_exact("t.csv", data, header)
    assert exact.faults == ()
    assert _texts(plain) == _texts(exact.columns)
    line = reading._lines(data, len("x,y,z"), len(exact.lines))
    assert [line(row) for row in range(len(exact.lines))] == list(exact.lines)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 1200)), min_size=1, max_size=60))
def test_plain_rows_need_no_second_look(rows):
    data = ("x,y\n" + "".join(f"{name},{value}\n" for name, value in rows)).encode()
    plain = parse_plain(data, 3, ["x", "y"], {"x", "y"})
    assert plain is not None
    assert _texts(plain) == {"x": [name for name, _ in rows], "y": [str(value) for _, value in rows]}
    for column in plain.values():
        assert column.distinct == sorted(set(column.distinct))


@pytest.mark.parametrize(
    "late", ["007", "-0", " 7", "seven", "", "99999999999", "2147483647", "-2147483648", "1.0", "0x10"]
)
def test_a_column_may_change_its_nature_in_a_later_block(monkeypatch, late):
    monkeypatch.setattr(plain_csv, "BLOCK", 4096)
    monkeypatch.setattr(plain_csv, "SAMPLE", 512)
    rows = [(str(at % 700), "en", f"a{at}", f"r-{at % 90:02d}") for at in range(1500)]
    rows[1200:1400] = [(late, "zh", "", late) for _ in range(200)]
    rows[1450] = ("1", "en", "x", "r-99")
    for end in ("\n", "\r\n"):
        data = ("n,l,a,w" + end + end.join(map(",".join, rows)) + end).encode()
        plain = parse_plain(data, 7, ["n", "l", "a", "w"], {"n", "l", "w"})
        assert plain is not None
        assert list(zip(*_texts(plain).values(), strict=True)) == rows


LETTERS = st.characters(max_codepoint=0x2FFF, exclude_characters="\x00")


@given(
    st.lists(st.text(LETTERS, min_size=3, max_size=3), min_size=1, unique=True),
    st.sampled_from(["", "system"]),
)
def test_words_are_told_apart(texts, prefix):
    texts = [prefix + text for text in texts]
    width = len(texts[0].encode())
    texts = [text for text in texts if len(text.encode()) == width]
    words = Words(texts, 1 << 15)
    assert words.usable
    turned = texts[::-1] * 2
    found = words.codes(pa.array(turned, type=pa.string()))
    assert [texts[at] for at in found] == turned
    for other in ("x" * (width + 1), "\x01" * width, "", "x" + texts[0][1:], texts[0][:-1] + "x"):
        codes = words.codes(pa.array([*turned, other], type=pa.string()))
        assert codes is None or (other in texts and texts[codes[-1]] == other)


def _judgments(choices):
    values = st.fixed_dictionaries(
        {
            "item": st.sampled_from(["s1", "s2", "", "s 3"]),
            "series": st.sampled_from(["x", "x", "x", "y"]),
            "rater": st.sampled_from(["r1", "r2", "r3", " r1"]),
            "criterion": st.just("overall"),
            "left_system": st.sampled_from("ab"),
            "right_system": st.sampled_from("bc"),
            "choice": st.sampled_from(choices),
            "position": st.sampled_from(["1", "2", "3", "4", "5", "6", "0", "007", ""]),
            "note": st.sampled_from(["", "", "two, words", "two\nlines"]),
            "assignment": st.sampled_from(["", "a1", "a2", "a3"]),
        }
    )
    return st.lists(values, max_size=15)


@settings(max_examples=60, deadline=None)
@given(_judgments(["left", "right", "tie", "neither", "up"]), st.sampled_from(["\n", "\r\n"]))
def test_both_ways_find_the_same_faults_in_the_same_lines(rows, end):
    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else HEADER.split(","))
    data = frame.to_csv(index=False, lineterminator=end).encode()
    quick = reading.parse_csv("t.csv", data, "judgments")
    exact = parse_exact("t.csv", data, list(quick.header))
    slow = reading.Raw(
        "t.csv", "", quick.header, exact.columns, len(exact.lines), lambda row: exact.lines[row], exact.faults
    )
    assert list(map(str, table_faults("judgments", quick))) == list(map(str, table_faults("judgments", slow)))


@settings(max_examples=15, deadline=None)
@given(_judgments(["left", "right", "tie"]))
def test_frames_and_files_are_one(tmp_path_factory, rows):
    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else HEADER.split(","))
    path = tmp_path_factory.mktemp("same") / "judgments.csv"
    frame.to_csv(path, index=False)
    results = []
    for read in (
        lambda: read_tables(path),
        lambda: tables_from_frames(frame),
        lambda: tables_from_frames(frame.astype("category")),
        lambda: tables_from_frames(frame.astype("string")),
        lambda: tables_from_frames(frame.astype(object).replace("", None)),
    ):
        try:
            tables = read()
        except TableError as error:
            lines = "\n" not in "".join(frame.get("note", ""))  # a frame has one line a row
            results.append([f.message.split(" on line")[0].split(" line ")[0] for f in error.faults if lines])
        else:
            results.append((tables.sources, tables.judgments.to_csv()))
    assert all(result == results[0] for result in results), results


def test_typed_frames_are_what_pandas_reads_from_the_file(tmp_path):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "item": [f"s{at}" for at in range(200)],
            "rater": "r1",
            "criterion": "overall",
            "left_system": "a",
            "right_system": "b",
            "choice": rng.choice(["left", "right", "tie"], 200),
            "seconds": np.where(rng.random(200) < 0.2, np.nan, rng.integers(0, 4000, 200) / 8),
            "strength": pd.array(rng.choice([1, 2, None], 200), dtype="Int64"),
            "knew_left": pd.array(rng.choice([True, False, None], 200), dtype=object),
            "left_length": rng.integers(700, 900, 200).astype(float),
            "submitted_at": pd.to_datetime("2026-03-01T09:30:00Z"),
        }
    )
    text = frame.assign(
        left_length=frame["left_length"].astype(int),
        knew_left=frame["knew_left"].map({True: "true", False: "false"}),
        submitted_at="2026-03-01T09:30:00+00:00",
        seconds=[("" if np.isnan(value) else f"{value:.12g}") for value in frame["seconds"]],
    )
    path = tmp_path / "judgments.csv"
    text.to_csv(path, index=False)
    one, other = read_tables(path), tables_from_frames(frame)
    assert one.sources == other.sources
    pd.testing.assert_frame_equal(one.judgments, other.judgments)


RULES = {
    "name": (name_like, ["a", "a b", " a", "*a", "é", "\x00", "\x7f", "a" * 200, "a" * 201, "~", "!"]),
    "whole": (whole(1, 900), ["1", "900", "901", "0", "-1", "01", "", "1.0", "9" * 30, "٣", "1 "]),
    "number": (number(0, 1), ["0", "1", "0.5", "1e-3", "nan", "inf", "2", "-0.0", "x", "1_0", ".5", "5e-1"]),
    "moment": (
        moment,
        ["2026-03-01T09:30:00Z", "2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "0000-01-01T00:00:00Z",
         "2026-13-01T00:00:00Z", "2026-03-32T00:00:00Z", "2026-04-31T00:00:00Z", "2026-03-01T24:30:00Z",
         "2026-03-01T09:60:00Z", "2026-03-01T09:30:60Z", "2026-03-01 09:30:00Z", "2026-03-01T09:30:0/Z",
         "2026-03-01T09:30:00.123Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_sure_of_many_cells_only_where_each_is_right(name):
    rule, texts = RULES[name]
    right = [text for text in texts if rule(text) is None]
    assert right
    for text in texts:
        for others in ([], right[:1], right):
            found = [*others, text]
            if rule.sure(pa.array(found, type=pa.string())):
                assert all(rule(one) is None for one in found), found
    assert rule.sure(pa.array(right[:1], type=pa.string()))


def test_a_large_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "large"
    content = os.urandom(1 << 16).replace(b"\n", b"x") * 80 + b"\nend"
    path.write_bytes(content)
    data = read_file(path)
    assert data[:] == content
    assert count_of(data, b"\n") == 1
    assert not is_ascii(data)
    path.write_bytes(b"a" * (5 << 20) + "é".encode())
    assert not is_ascii(read_file(path))
    path.write_bytes(b"a" * ((5 << 20) + 3))
    assert is_ascii(read_file(path))


def test_a_pipe_is_read_too(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    text = f"{HEADER}\ns1,r1,overall,a,b,left\n"
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert read_tables(pipe).sources[0].used == 1
    writer.join()


def test_a_million_digits_of_memory_are_not_needed_for_few_rows(tmp_path):
    """A number column whose values lie far apart is listed, not tabled."""
    rows = "".join(f"s{at},r1,overall,a,b,left,{at * 10**7 + 1}\n" for at in range(99))
    (tmp_path / "j.csv").write_text(f"{HEADER},seconds\n{rows}")
    found = read_tables(tmp_path / "j.csv").judgments["seconds"].tolist()
    assert found == [str(at * 10**7 + 1) for at in range(99)]


def test_the_csv_of_a_frame_is_that_of_pandas():
    frame = pd.DataFrame({"item": ['a"b', "c,d", ""], "rater": ["é", "\r", " x "]})
    for columns in (frame, frame.assign(item=["a", "b", ""], rater=["x", " y ", "z"])):
        found = _csv({name: coded(columns[name]) for name in columns}, len(columns))
        text = io.StringIO()
        columns.to_csv(text, index=False, lineterminator="\n")
        assert found.decode() == text.getvalue()
