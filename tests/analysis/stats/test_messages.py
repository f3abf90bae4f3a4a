"""Statistics, messages: faults, long lists of names, and what a table cannot show."""

import json
from pathlib import Path

import pytest

from analysis.stats import InputErrors, Plan, analyse, read_tables, tables_from_frames
from analysis.stats.tables import Tables
from tests.analysis.stats.studies import judgments, scores
from tests.analysis.stats.test_bad_tables import GOOD, HEADER, run

BAD = "b{at},r1,overall,dsr,human,draw"


def warnings_of(tables: Tables, **plan: object) -> dict[str, str]:
    """The texts of the report's warnings by code."""
    report = analyse(tables, Plan.default(tables, **plan), seed=1, replicates=100)
    return {warning.code: warning.text for warning in report.warnings}


def write(tmp_path: Path, text: str, name: str = "judgments.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("count", "end"),
    [(50, None), (51, "... and 1 more fault."), (1234, "... and 1184 more faults.")],
)
def test_more_than_fifty_faults_end_with_their_number(count, end, capfd, tmp_path):
    path = write(tmp_path, "\n".join([HEADER, *(BAD.format(at=at) for at in range(count))]))
    code, _, told = run(capfd, "check", "--judgments", path)
    assert code == 1
    lines = told.splitlines()
    assert sum(": error: " in line for line in lines) == 50
    assert lines[50:] == ([end] if end else [])


def test_faults_of_every_kind_and_table_are_counted(capfd, tmp_path):
    bad = [BAD.format(at=at) for at in range(60)]
    wide = [f"{GOOD},too,many" for _ in range(60)]
    path = write(tmp_path, "\n".join([HEADER, *bad, *wide, *[GOOD] * 61]))
    more = "\n".join(
        ["item,rater,system,score,scale_min,scale_max", *(f"s{at},r1,dsr,13,1,12" for at in range(70))]
    )
    scored = write(tmp_path, more, "scores.csv")
    _, _, told = run(capfd, "check", "--judgments", path, "--scores", scored)
    # 60 choices, 60 widths, 60 repeated rows; 70 scores off the scale, each of which is one fault.
    assert told.splitlines()[50] == "... and 200 more faults."


def test_names_in_the_wrong_case_are_suggested(capfd, tmp_path):
    path = write(tmp_path, f"{HEADER}\n{GOOD.replace('human', 'Human')}\n")
    _, _, told = run(capfd, "report", "--judgments", path, "--human", "human", "--out", tmp_path / "out")
    assert "Fix: did you mean 'Human'? Use one of Human, dsr." in told


def test_a_wrong_name_among_many_lists_ten(capfd, tmp_path):
    rows = [f"s{at},r1,overall,system{at},system{at + 1},left" for at in range(10_000)]
    path = write(tmp_path, "\n".join([HEADER, *rows]))
    _, _, told = run(capfd, "report", "--judgments", path, "--human", "sistem77", "--out", tmp_path / "out")
    assert len(told) < 500
    assert "there are no rows for the system 'sistem77'" in told
    assert "did you mean 'system77'?" in told
    assert "and 9,991 more" in told


def test_long_lists_of_columns_and_studies_are_cut():
    columns = {f"mood{at}": "good" for at in range(12)}
    frame = judgments(**columns)
    (warning,) = tables_from_frames(frame).warnings
    assert "mood0, mood1, mood2, " in warning.text
    assert warning.text.endswith(", mood9 and 2 more.")
    frame = judgments()
    frame["study"] = [f"study{at % 12:02}" for at in range(len(frame))]
    text = warnings_of(tables_from_frames(frame))["several_studies"]
    assert "study09 and 2 more" in text


def test_many_systems_that_a_plan_lacks_are_one_line_each_and_short():
    with pytest.raises(InputErrors) as refused:
        Plan.from_dict({"systems": [f"s{at}" for at in range(500)]}).check(tables_from_frames(judgments()))
    assert all(len(str(fault)) < 300 for fault in refused.value.errors)


@pytest.mark.slow
def test_a_human_system_in_capitals_is_suggested(capfd, tmp_path):
    name, path = "HUMAN", tmp_path / "scores.csv"
    scores().replace({"system": {"human": name}}).to_csv(path, index=False)
    given = ("report", "--scores", path, "--no-plots", "--replicates", 100, "--out", tmp_path / "out")
    code, _, told = run(capfd, *given)
    assert code == 0
    assert f"If {name!r} is human, add --human {name}." in told
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert [name in row["text"] for row in report["warnings"] if row["code"] == "no_human"] == [True]
    _, _, told = run(capfd, *given, "--human", name)
    assert "--human" not in told


def test_without_such_a_name_nothing_is_suggested():
    text = warnings_of(tables_from_frames(scores=scores().query("system != 'human'")))["no_human"]
    assert text == "No human system is set, so human level is not computed."


def test_a_missing_rater_column_names_the_way_out(capfd, tmp_path):
    path = write(tmp_path, "item,criterion,left_system,right_system,choice\ns1,overall,dsr,human,left\n")
    _, _, told = run(capfd, "check", "--judgments", path)
    assert "the column 'rater' is missing" in told
    assert "If you don't know who judged, give each row a different rater code (docs/tables.md)." in told


def test_one_constant_rater_is_warned_of_with_the_way_out():
    texts = warnings_of(
        tables_from_frames(judgments().assign(rater="anon", position=range(1, len(judgments()) + 1)))
    )
    assert "all rows come from one rater" in texts["one_rater"].lower()
    assert "a different rater code" in texts["one_rater"]
    assert "one_rater" not in warnings_of(tables_from_frames(judgments()))


def test_repeated_rows_of_one_constant_rater_name_the_way_out():
    frame = scores().assign(rater="anon")
    with pytest.raises(
        InputErrors,
        match=r"repeats line 2\. Fix: keep one of the two rows, or give each row a different rater code",
    ):
        tables_from_frames(scores=frame)


def test_a_code_for_each_row_gives_intervals():
    frame = judgments()
    tables = tables_from_frames(frame.assign(rater=[f"row{at}" for at in range(len(frame))]))
    report = analyse(tables, Plan.default(tables), seed=1, replicates=100).to_dict()
    assert all(entry["low"] is not None for entry in report["win_rates"])


def test_one_scored_system_has_nothing_to_be_compared_with():
    texts = warnings_of(tables_from_frames(scores=scores().query("system == 'dsr'")))
    assert texts["one_system"] == "Only 'dsr' has scores, so there is nothing to compare it with."
    assert "one_system" not in warnings_of(tables_from_frames(scores=scores()))


def test_read_tables_raises_with_the_number_of_further_faults(tmp_path):
    path = write(tmp_path, "\n".join([HEADER, *(BAD.format(at=at) for at in range(53))]))
    with pytest.raises(ValueError, match=r"\.\.\. and 3 more faults\.$"):
        read_tables(path)
