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


@pytest.mark.parametrize(
    "text", [f"\ufeff{HEADER}\n{GOOD}\n", f"{HEADER}\r\n{GOOD}\r\n", f"{HEADER}\n\n{GOOD}"]
)
def test_mark_line_ends_and_blank_lines_do_not_matter(tmp_path, text):
    assert read_tables(_write(tmp_path, text)).sources[0].used == 1


CELLS = {
    "choice": ("Left", 6, "'Left' is not an allowed value", "use left"),
    "item": ("", 1, "the cell is empty", "fill it in"),
    "rater": (" r1", 2, "begins or ends with a space", "remove the space"),
    "left_system": ("*all", 4, "starts with *", "rename it"),
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


FORMS = {
    "missing column": ("item,rater\ns1,r1\n", 1, "'criterion' is missing"),
    "doubled column": (f"{HEADER},item\n{GOOD},s1\n", 1, "'item' appears twice"),
    "nameless column": (f"{HEADER},\n{GOOD},\n", 1, "a column has no name"),
    "short row": (f"{HEADER}\n{GOOD}\ns2,r1,overall\n", 3, "3 cells but the header has 6"),
    "long row": (f"{HEADER}\n{GOOD},x\n", 2, "7 cells but the header has 6"),
    "open quote": (f'{HEADER}\n"s1,r1,overall,dsr,human,left\n', 2, "is not valid CSV"),
    "empty file": ("", 1, "the file is empty"),
    "NUL": (f"{HEADER}\ns\x001,r1,overall,dsr,human,left\n", 2, "NUL"),
    "UTF-16": (f"{HEADER}\n{GOOD}\n".encode("utf-16"), 1, "UTF-16"),
    "Latin-1": (f"{HEADER}\n{GOOD}\n".encode() + "é,r,o,a,b,tie\n".encode("latin-1"), 3, "0xe9 is not UTF-8"),
    "same system": (f"{HEADER}\ns1,r1,overall,dsr,dsr,left\n", 2, "is on both sides"),
    "row twice": (f"{HEADER}\n{GOOD}\n{GOOD}\n", 3, "the row repeats line 2"),
    "mirrored row twice": (f"{HEADER}\n{GOOD}\ns1,r1,overall,human,dsr,left\n", 3, "repeats line 2"),
    "rater of two kinds": (
        f"{HEADER},rater_kind\n{GOOD},person\ns2,r1,overall,dsr,human,left,model\n",
        3, "'model' here and 'person'",
    ),
    "item of two series": (
        f"{HEADER},series\n{GOOD},a\ns1,r2,overall,dsr,human,left,b\n", 3, "'a' on line 2",
    ),
    "item of two languages": (
        f"{HEADER},language\n{GOOD},en\ns1,r2,overall,dsr,human,tie,zh\n", 3, "'en' on line 2",
    ),
    "two kinds and nobody": (
        f"{HEADER},rater_kind\n{GOOD},model\ns1,r2,overall,dsr,human,tie,simulated\n",
        1, "two other kinds of rater",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_form_is_refused_in_its_place(tmp_path, form):
    text, line, message = FORMS[form]
    fault = _faults(tmp_path, text)[0]
    assert fault.startswith(f"judgments.csv:{line}:")
    assert message in fault
    assert ". Fix: " in fault


def test_lines_are_physical_where_a_cell_holds_line_breaks(tmp_path):
    text = f'{HEADER},left_script\n{GOOD},"two\nlines"\ns2,r1,overall,dsr,human,up,x\n'
    assert _faults(tmp_path, text)[0].startswith("judgments.csv:4:6: error: choice: 'up'")


def test_a_broken_row_does_not_hide_a_broken_cell(tmp_path):
    faults = _faults(tmp_path, f"{HEADER}\n{GOOD},x\ns2,r1,overall,dsr,human,up\ns3,r1\n")
    assert [fault.split(" ")[0] for fault in faults] == [
        "judgments.csv:2:7:",
        "judgments.csv:3:6:",
        "judgments.csv:4:3:",
    ]


def test_a_missing_file_is_a_fault(tmp_path):
    with pytest.raises(InputErrors, match=r"absent\.csv:1:1: error: can't read the file"):
        read_tables(tmp_path / "absent.csv")


def test_faults_of_all_tables_come_together_up_to_fifty(tmp_path):
    scores = _write(tmp_path, f"{SCORE_HEADER}\ns1,r1,dsr,13,1,12\n", "scores.csv")
    marks = _write(tmp_path, "item,rater,system,class\ns1,r1,dsr,all\n", "marks.csv")
    faults = _faults(tmp_path, f"{HEADER}\n{GOOD.replace('left', 'L')}\n", scores=scores, marks=marks)
    assert [fault.split(":")[0] for fault in faults] == ["judgments.csv", "scores.csv", "marks.csv"]
    many = "\n".join(f"s{at},r1,overall,dsr,human,L" for at in range(80))
    assert len(_faults(tmp_path, f"{HEADER}\n{many}\n")) == 50


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("s1,r1,dsr,13,1,12", "13 is outside the scale 1 to 12"),
        ("s1,r1,dsr,nan,1,12", "not a finite number"),
        ("s1,r1,dsr,six,1,12", "not a number"),
        ("s1,r1,dsr,6,12,12", "must be above scale_min"),
        ("s1,r1,dsr,6,1,10", "1 to 10 here and 1 to 12 on line 2"),
        ("s0,r1,dsr,7,1,12", "repeats line 2"),
    ],
)
def test_a_wrong_score_is_refused(tmp_path, row, message):
    path = _write(tmp_path, f"{SCORE_HEADER}\ns0,r1,dsr,6,1,12\n{row}\n", "scores.csv")
    with pytest.raises(InputErrors, match=message) as caught:
        read_tables(None, scores=path)
    assert [fault.line for fault in caught.value.errors] == [3]


def test_a_mark_ends_after_it_starts(tmp_path):
    path = _write(tmp_path, "item,rater,system,class,start,end\ns1,r1,dsr,plot,9,4\n", "marks.csv")
    with pytest.raises(InputErrors, match="end: 4 is before start 9"):
        read_tables(None, marks=path)


def test_unknown_columns_are_named_in_a_warning(tmp_path):
    (warning,) = read_tables(_write(tmp_path, f"{HEADER},mood,weather\n{GOOD},good,rain\n")).warnings
    assert (warning.code, warning.where) == ("unknown_columns", "judgments.csv")
    assert "mood, weather" in warning.text


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


def test_frames_may_hold_numbers_and_gaps(tmp_path):
    text = f"{HEADER},position,seconds,knew_left,strength\n{GOOD},1,2.5,true,\n"
    typed = pd.DataFrame([dict(zip(HEADER.split(","), GOOD.split(","), strict=True))]).assign(
        position=1, seconds=2.5, knew_left=True, strength=float("nan")
    )
    from_file = read_tables(_write(tmp_path, text)).judgments
    pd.testing.assert_frame_equal(tables_from_frames(typed).judgments, from_file)
