"""Statistics: what tables are refused, with place and remedy, and which of their rows are used."""

import hashlib

import pandas as pd
import pytest

from analysis.stats import InputErrors, read_tables, tables_from_frames

HEADER = "item,rater,criterion,left_system,right_system,choice"
GOOD = "s1,r1,overall,dsr,human,left"
SCORE_HEADER = "item,rater,system,score,scale_min,scale_max"


def _write(tmp_path, text, name="judgments.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _faults(tmp_path, text, **others):
    with pytest.raises(InputErrors) as caught:
        read_tables(_write(tmp_path, text), **others)
    told = [str(fault) for fault in caught.value.errors]
    assert all(fault.startswith(f"{tmp_path}/") for fault in told)
    return [fault.removeprefix(f"{tmp_path}/") for fault in told]


def test_it_works(tmp_path):
    tables = read_tables(_write(tmp_path, f"{HEADER}\n{GOOD}\n"))
    assert tables.systems() == ("dsr", "human")
    assert tables.criteria() == ("overall",)
    source = tables.sources[0]
    assert (source.name, source.rows, source.used) == ("judgments.csv", 1, 1)
    assert source.sha256 == hashlib.sha256(f"{HEADER}\n{GOOD}\n".encode()).hexdigest()
    assert tables.warnings == ()


CELLS = {
    "rater": (" r1", 2, "begins or ends with a space", "remove the space"),
    "strength": ("4", 7, "out of range (1 to 3)", "whole number (1 to 3)"),
    "seconds": ("-1", 7, "out of range (0 to 1,000,000,000)", "0 to 1,000,000,000"),
    "read_left_s": ("nan", 7, "not a finite number", "finite"),
    "share_read_left": ("1.5", 7, "out of range (0 to 1)", "0 to 1"),
    "left_length": ("inf", 7, "not a finite number", "finite"),
    "kind": ("mine", 7, "is not an allowed value", "main, practice, check, repeat, same"),
    "rater_kind": ("human", 7, "is not an allowed value", "person, simulated, model"),
    "position": ("0", 7, "out of range (1 or more)", "1 or more"),
    "reading": ("1.5", 7, "not a whole number", "whole number"),
    "layout": ("wide", 7, "is not an allowed value", "columns, single"),
    "knew_left": ("yes", 7, "is not an allowed value", "true, false"),
    "guess_right": ("robot", 7, "is not an allowed value", "human, machine, unsure"),
    "guess_left_confidence": ("0", 7, "out of range (1 to 3)", "1 to 3"),
    "first_choice": ("both", 7, "is not an allowed value", "left, right, tie, neither"),
    "submitted_at": ("yesterday", 7, "is not a valid time", "ISO 8601"),
}


@pytest.mark.parametrize("column", CELLS)
def test_a_wrong_cell_is_refused_in_its_place(tmp_path, column):
    value, number, message, mend = CELLS[column]
    header = HEADER.split(",")
    cells = GOOD.split(",")
    if column in header:
        cells[header.index(column)] = value
    else:
        header.append(column)
        cells.append(value)
    (fault,) = _faults(tmp_path, ",".join(header) + "\n" + ",".join(cells) + "\n")
    assert fault.startswith(f"judgments.csv:2:{number}: error: {column}: ")
    assert message in fault
    assert mend in fault.partition(" Fix: ")[2]
    assert fault.endswith(".")


def test_a_broken_row_does_not_hide_a_broken_cell(tmp_path):
    faults = _faults(tmp_path, f"{HEADER}\n{GOOD},x\ns2,r1,overall,dsr,human,up\ns3,r1\n")
    assert [fault.split(" ")[0] for fault in faults] == [
        "judgments.csv:2:7:",
        "judgments.csv:3:6:",
        "judgments.csv:4:3:",
    ]


def test_faults_of_all_tables_come_together(tmp_path):
    scores = _write(tmp_path, f"{SCORE_HEADER}\ns1,r1,dsr,13,1,12\n", "scores.csv")
    marks = _write(tmp_path, "item,rater,system,class\ns1,r1,dsr,all\n", "marks.csv")
    faults = _faults(tmp_path, f"{HEADER}\n{GOOD.replace('left', 'L')}\n", scores=scores, marks=marks)
    assert [fault.split(":")[0] for fault in faults] == ["judgments.csv", "scores.csv", "marks.csv"]


def test_a_mark_ends_after_it_starts(tmp_path):
    path = _write(tmp_path, "item,rater,system,class,start,end\ns1,r1,dsr,plot,9,4\n", "marks.csv")
    with pytest.raises(InputErrors, match="end: 4 is before start 9"):
        read_tables(None, marks=path)


def test_rows_that_are_not_used_are_counted_by_reason(tmp_path):
    rows = [
        "s1,r1,overall,dsr,human,left,main,person,",
        "s2,r1,overall,dsr,human,left,practice,person,",
        "s3,r1,overall,dsr,human,left,check,person,",
        "s4,r1,overall,dsr,dsr,left,same,person,",
        "s5,r1,overall,dsr,human,left,,person,too fast",
        "s6,r2,overall,dsr,human,left,main,simulated,",
    ]
    source = read_tables(_write(tmp_path, f"{HEADER},kind,rater_kind,excluded\n" + "\n".join(rows))).sources[
        0
    ]
    assert (source.rows, source.used) == (6, 1)
    assert source.to_dict()["left_out"] == {
        "kind: practice": 1,
        "kind: check": 1,
        "kind: same": 1,
        "excluded: too fast": 1,
        "rater_kind: simulated": 1,
    }


@pytest.mark.parametrize(("kind", "code"), [("simulated", "simulated_only"), ("model", "model_only")])
def test_where_no_person_judged_the_one_kind_is_used_and_said(tmp_path, kind, code):
    tables = read_tables(_write(tmp_path, f"{HEADER},rater_kind,mood\n{GOOD},{kind},x\n"))
    assert tables.sources[0].used == 1
    assert [warning.code for warning in tables.warnings] == [code, "unknown_columns"]


def test_marks_count_only_with_a_used_reading(tmp_path):
    marks = _write(tmp_path, "item,rater,system,class\ns1,r1,dsr,plot\ns1,r2,dsr,plot\n", "marks.csv")
    source = read_tables(_write(tmp_path, f"{HEADER}\n{GOOD}\n"), marks=marks).sources[1]
    assert (source.used, source.to_dict()["left_out"]) == (
        1,
        {"no included rows by this rater for this script": 1},
    )


def test_frames_are_checked_as_files_are():
    frame = pd.DataFrame(
        [dict(zip(HEADER.split(","), ["s1", "r1", "overall", "dsr", "dsr", "up"], strict=True))]
    )
    with pytest.raises(InputErrors, match=r"export\.csv:2:6: error: choice: 'up'"):
        tables_from_frames(frame, names={"judgments": "export.csv"})
