"""Statistics: scores with a `criterion` column: each criterion has its own estimates."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

from analysis.stats import InputErrors, Plan, analyse, tables_from_frames
from analysis.stats.report import load_schema
from tests.analysis.stats.studies import judgments, marks, scores
from tests.analysis.stats.test_bad_tables import run


def two_criteria() -> pd.DataFrame:
    """Scores of `overall` on a scale of 1 to 12 and of `dialogue` on a scale of 1 to 5."""
    dialogue = scores(seed=2, criterion="dialogue", scale_max=5)
    dialogue["score"] = np.clip(dialogue["score"] // 2, 1, 5)
    return pd.concat([scores(criterion="overall"), dialogue], ignore_index=True)


def report_of(frame: pd.DataFrame, plan: Plan | None = None, **others: pd.DataFrame) -> dict:
    tables = tables_from_frames(scores=frame, **others)
    return analyse(tables, plan or Plan.default(tables), seed=1, replicates=100).to_dict()


def of_criterion(report: dict, name: str, criterion: str) -> list[dict]:
    return [
        {
            key: value
            for key, value in entry.items()
            if key not in ("criterion", "family", "p_adjusted", "adjustment", "tests", "adjusted_note")
        }
        for entry in report[name]
        if entry["criterion"] == criterion
    ]


@pytest.mark.slow
def test_each_criterion_has_the_estimates_that_it_has_alone():
    frame = two_criteria()
    together = report_of(frame)
    for criterion in ("overall", "dialogue"):
        alone = report_of(frame[frame["criterion"] == criterion].drop(columns="criterion"))
        for name in ("mean_scores", "human_level", "best_of_k", "differences", "agreement"):
            assert of_criterion(together, name, criterion) == of_criterion(alone, name, "score"), name
    jsonschema.validate(together, load_schema())


@pytest.mark.slow
def test_without_the_column_or_with_empty_cells_the_criterion_is_score():
    bare, empty = report_of(scores()), report_of(scores(criterion=""))
    assert {entry["criterion"] for entry in bare["mean_scores"]} == {"score"}
    assert {**bare, "inputs": []} == {**empty, "inputs": []}


def test_a_single_criterion_is_primary_and_of_several_none_is():
    assert Plan.default(tables_from_frames(scores=scores(criterion="overall"))).primary_criterion == "overall"
    assert Plan.default(tables_from_frames(scores=two_criteria())).primary_criterion is None


def test_the_primary_criterion_must_be_in_the_table():
    with pytest.raises(
        InputErrors,
        match=r"there are no rows for the primary criterion 'plot'.*[Uu]se one of dialogue, overall",
    ):
        Plan.default(tables_from_frames(scores=two_criteria()), primary="plot")


def test_the_primary_criterion_of_scores_answers_the_question(capfd, tmp_path):
    path = tmp_path / "scores.csv"
    two_criteria().to_csv(path, index=False)
    given = ("--scores", path, "--replicates", 100, "--no-plots", "--out", tmp_path / "out")
    code, _, told = run(capfd, "report", *given, "--primary", "overall")
    assert code == 0, told
    page = (tmp_path / "out/report.md").read_text("utf-8")
    report = json.loads((tmp_path / "out/report.json").read_text("utf-8"))
    (level,) = [
        entry["estimate"]
        for entry in report["human_level"]
        if (entry["criterion"], entry["system"], entry["definition"]) == ("overall", "dsr", "ratio_of_means")
    ]
    assert f"{level:.1f}" in page.split("## Mean scores")[0]


def test_readings_are_counted_once_whatever_the_number_of_criteria():
    one = report_of(scores(), marks=marks())
    two = report_of(two_criteria(), marks=marks())
    assert [entry["n"] for entry in one["errors"]] == [entry["n"] for entry in two["errors"]]
    assert one["attention"] == two["attention"]


def test_judgments_and_scores_may_share_a_criterion():
    report = report_of(two_criteria(), judgments=judgments())
    assert {entry["criterion"] for entry in report["win_rates"]} == {"overall"}
    assert {entry["criterion"] for entry in report["mean_scores"]} == {"overall", "dialogue"}


def test_a_row_twice_and_two_scales_of_one_criterion_are_refused():
    frame = two_criteria()
    with pytest.raises(InputErrors, match="the row repeats line 2"):
        tables_from_frames(scores=pd.concat([frame, frame.head(1)]))
    with pytest.raises(InputErrors, match="the scale is 1 to 7 here and 1 to 12 on line 2"):
        tables_from_frames(scores=frame.assign(scale_max=frame["scale_max"].where(frame.index != 3, 7)))
