"""Report tables: studies with practice, checks, repeated pairs, and one script at a time."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from analysis.stats.tables import tables_from_frames
from analysis.tables import exports
from annotations import freezing
from annotations.blinding.seal import SealedEntry
from annotations.desk import services
from annotations.desk.services import Submission, SubmissionMark
from annotations.models import Assignment, Guess, Study
from annotations.staff.studies import loading, study_states
from tests import exported, factories
from tests.analysis.conftest import build_report
from tests.annotations.desk_files import EXTRAS, write_desk
from tests.annotations.study_files import replace_in

pytestmark = pytest.mark.django_db
WORTH = {"alder": 3, "birch": 5, "human": 9}


def names(assignment: Assignment) -> dict[str, str]:
    """What stands sealed beside each script that is shown."""
    known = dict(SealedEntry.objects.values_list("entry_code", "system_slug"))
    return {side: known[entry.code] for side, entry in assignment.slot.sides.items()}


def choice(assignment: Assignment) -> str:
    """Sees all damage; else the script that is worth more, or too close to call."""
    worth = {side: WORTH.get(name, name.endswith(":original")) for side, name in names(assignment).items()}
    return "tie" if len(set(worth.values())) == 1 else max(worth, key=lambda side: worth[side])


def opened(path: Path) -> Study:
    study = freezing.freeze(study=loading.load_study(path).study, by="rae", nonce="n" * 32)
    return study_states.transition(study=study, verb="open", by="rae")


def rows(study: Study, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported.table_bytes(study, table).decode())))


def write(folder: Path, *args: str, design: str = "{same: 1, repeat: 1, raters_per_pairing: 2}") -> Path:
    path = write_desk(folder, *args, design=design)
    replace_in(path, "count: 9", "count: 6")
    return path


def finish(study: Study) -> None:
    for _ in range(6):
        rater = services.enrol(study=study, languages=["en"], by="rae").rater
        services.give_consent(rater=rater, language="en", training_use=rater.pk % 2 == 0)
        while (held := services.lease_next_assignment(rater=rater)) is not None:
            chosen = choice(held)
            given = {criterion.slug: (chosen, None) for criterion in study.criteria.all()}
            measured = {"read_first": "left", "switches": 3, "seconds": 60.0}
            marks = [SubmissionMark("left", "pacing", note="slow")]
            services.submit(assignment=held, submission=Submission(judgments=given, marks=marks, **measured))
        if main := rater.assignments.filter(slot__pairing__kind="main", state="submitted").first():
            Guess.objects.create(assignment=main, side="left", origin="human", confidence=2)
    factories.unblind(study)
    study.refresh_from_db()


@pytest.mark.slow
def test_kinds_guesses_and_measures_in_the_tables_and_the_report(tmp_path: Path) -> None:
    plan = "plan: {generalize_to: these-series, attention: {share_read: 0.4}}\n"
    study = opened(write(tmp_path, f"{EXTRAS}marks: true\n{plan}"))
    finish(study)
    found = [row for row in rows(study, "judgments") if row["criterion"] == "overall"]
    # Practice is passed in the first try of two pairs; then four pairs and one of each other kind.
    assert Counter(row["kind"] for row in found) == {
        "practice": 12,
        "main": 24,
        "check": 6,
        "same": 6,
        "repeat": 6,
    }
    for row in found:
        systems = {row["left_system"], row["right_system"]}
        assert row["reading"] == ("2" if row["kind"] == "repeat" else "1")
        assert (row["read_first"], row["switches"]) == ("left", "3")
        if row["kind"] in ("check", "practice"):
            assert row[f"{row['choice']}_system"] == f"{row['kind']}:original"
            assert len(systems) == 2
        elif row["kind"] == "same":
            assert len(systems) == 1
            assert row["left_script"] != row["right_script"]
        else:
            assert systems <= WORTH.keys()
    assert sum(row["guess_left"] == "human" and row["guess_left_confidence"] == "2" for row in found) == 6
    assert {row["training_use"] for row in rows(study, "raters")} == {"true", "false"}
    assert Counter(row["kind"] for row in rows(study, "assignments"))["practice"] == 12
    tables = tables_from_frames(**exports.analysed_tables(study))
    assert "unknown_columns" not in {warning.code for warning in tables.warnings}
    assert (len(tables.checks), len(tables.repeats)) == (12, 12)
    assert tables.systems() == ("alder", "birch", "human")
    # What was marked in practice, in checks and when a pair came again counts for no system.
    assert len(rows(study, "marks")) == 54
    assert len(tables.marks) == 24

    report = build_report(study)
    assert {row["checks_passed"] for row in report.results["raters"]} == {1.0}
    (human,) = (
        row["estimate"]
        for row in report.results["win_rates"]
        if (row["criterion"], row["system"], row["opponent"]) == ("overall", "human", "alder")
    )
    assert human == 1.0
    plan = exports.plan_of(study).to_dict()
    assert plan["known_worse"] == ["check:cut", "check:shuffle"]
    assert (plan["attention"]["share_read"], plan["attention"]["checks"]) == (0.4, 0.5)
    assert plan["study"]["flow"]["passed_practice"] == 6
    assert plan["study"]["flow"]["submitted"] == 42
    assert plan["study"]["scripts"]["alder"]["scripts"] == 4
    record = exports.study_record(study)
    assert {row["kind"] for row in record["known_worse"]} == {"practice", "check"}
    codes = {row["code"] for row in rows(study, "scripts")}
    assert all({row["original"], row["damaged"]} <= codes for row in record["known_worse"])


@pytest.mark.slow
def test_scores_of_one_script_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path, "score: true\n", design="{kind: single}")
    replace_in(path, "criteria: [overall, dialogue]\n", "")
    replace_in(path, "count: 6", "count: 3")
    study = opened(path)
    for _ in range(3):
        rater = services.enrol(study=study, languages=["en"], by="rae").rater
        while (held := services.lease_next_assignment(rater=rater)) is not None:
            score = WORTH[names(held)["left"]]
            measured = {"read_left_s": 40.0, "share_read_left": 0.9, "knew_left": False, "layout": "single"}
            given = Submission(judgments={}, scores={"left": score}, **measured)
            services.submit(assignment=held, submission=given)
        Guess.objects.create(assignment=rater.assignments.first(), side="left", origin="unsure")
    factories.unblind(study)
    study.refresh_from_db()
    assert "judgments.csv" not in exports.export_files(study)
    found = rows(study, "scores")
    assert len(found) == 3 * 12
    assert {(row["context"], row["side"]) for row in found} == {("single", "")}
    assert {(row["system"], row["score"]) for row in found} == {(s, str(v)) for s, v in WORTH.items()}
    measured = {tuple(row[name] for name in ("layout", "read_s", "share_read", "knew")) for row in found}
    assert measured == {("single", "40", "0.9", "false")}
    assert Counter(row["guess"] for row in found) == {"unsure": 3, "": 33}
    report = build_report(study)
    assert "unknown_columns" not in {row["code"] for row in report.results["warnings"]}
    means = {row["system"]: row["estimate"] for row in report.results["mean_scores"]}
    assert means == {"alder": 3.0, "birch": 5.0, "human": 9.0}
    levels = {
        row["system"]: row["estimate"]
        for row in report.results["human_level"]
        if row["definition"] == "ratio_of_means"
    }
    assert levels["birch"] == pytest.approx(100 * 5 / 9)


def test_a_study_without_extras_has_the_tables_of_before(tmp_path: Path) -> None:
    study = opened(write(tmp_path, "", design="{raters_per_pairing: 2}"))
    factories.unblind(study)
    study.refresh_from_db()
    header = exported.table_bytes(study, "judgments").decode().splitlines()[0]
    # The published columns stand first, whatever else there is to tell.
    last = ["submitted_at", "read_first", "switches", "imputed", "after_new_link"]
    assert header.split(",")[-5:] == last
    plan = exports.plan_of(study).to_dict()
    assert not plan.get("known_worse")
    assert set(plan["study"]["design"]) == {"scheme", "raters_per_pairing"}
    assert "known_worse" not in exports.study_record(study)
