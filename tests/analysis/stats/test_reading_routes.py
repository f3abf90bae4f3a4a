"""Statistics: files and data frames give the same tables."""

import os
import threading

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import InputErrors, read_tables, tables_from_frames
from analysis.stats.tables import reading
from tests import pace

HEADER = "item,rater,criterion,left_system,right_system,choice"


@given(
    st.lists(st.tuples(st.sampled_from(['a"b', "c,d", "e\nf", "", "g"]), st.integers()), max_size=9),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_well_formed_files_are_read_to_the_letter(rows, end):
    text = pd.DataFrame(rows, columns=["x", "y"]).to_csv(index=False, lineterminator=end)
    columns, _, faults, _ = reading._parse("t.csv", text.encode(), ["x", "y"])
    assert (list(columns["x"]), list(columns["y"])) == ([x for x, _ in rows], [str(y) for _, y in rows])
    assert faults == []
    for column in columns.values():
        assert list(column.categories) == sorted(set(column))


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


@settings(max_examples=pace.examples(15), deadline=None)
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
        except InputErrors as error:
            lines = "\n" not in "".join(frame.get("note", ""))  # a frame has one line a row
            results.append([f.message.split(" on line")[0].split(" line ")[0] for f in error.errors if lines])
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


def test_a_pipe_is_read_too(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    text = f"{HEADER}\ns1,r1,overall,a,b,left\n"
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert read_tables(pipe).sources[0].used == 1
    writer.join()


def test_without_a_digest_a_frame_has_that_of_the_csv_that_pandas_writes():
    frame = pd.DataFrame({"item": ['a"b', "c,d", ""], "rater": ["é", "\r", " x "], "n": ["", "\n", "1"]})
    columns = {name: reading._frame_column(frame[name]) for name in frame}
    text = frame.to_csv(index=False, lineterminator="\n")
    assert reading._write_csv(columns).decode() == text
