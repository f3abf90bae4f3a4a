"""Report tables: they say what was sealed and what was chosen, row for row, and the report fits them."""

import csv
import io
import random

import pytest

from analysis.stats.tables.columns import COLUMNS
from analysis.tables import exports, frames
from annotations.blinding.seal import SealedEntry
from annotations.desk import services
from annotations.models import Assignment, Judgment
from annotations.staff.studies import study_states
from evalsite.core.spreadsheets import safe_cell
from generation.models import Script, Source
from tests import exported, factories
from tests.analysis.conftest import build_report

pytestmark = pytest.mark.django_db
FAVOURITE = "people"


def sides(assignment: Assignment) -> dict[str, str]:
    """The systems of an assignment by side, from the sealed rows themselves."""
    slot = assignment.slot
    codes = {"left": slot.left.code, "right": slot.right.code}
    system = dict(SealedEntry.objects.values_list("entry_code", "system_slug"))
    return {side: system[code] for side, code in codes.items()}


def favour(assignment: Assignment, rng: random.Random) -> str:
    """Prefers one system wherever it stands; without it, too close to call."""
    return next((side for side, system in sides(assignment).items() if system == FAVOURITE), "tie")


@pytest.fixture
def finished(tmp_path):
    return factories.make_unblinded(tmp_path, choose=favour)


def rows(study, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported.table_bytes(study, table).decode())))


def test_every_row_names_the_sealed_systems_and_the_choice(finished):
    found = {(row["assignment"], row["criterion"]): row for row in rows(finished, "judgments")}
    judgments = Judgment.objects.select_related("assignment__slot__pairing", "criterion")
    assert len(found) == judgments.count() == 36
    for judgment in judgments:
        row = found[judgment.assignment.code, judgment.criterion.slug]
        assert {side: row[f"{side}_system"] for side in ("left", "right")} == sides(judgment.assignment)
        assert row["choice"] == judgment.choice
        assert row["position"] == str(judgment.assignment.slot.position)
        assert row["submitted_at"].endswith("Z")


@pytest.mark.slow
def test_who_is_always_preferred_wins_every_time(finished):
    report = build_report(finished)
    won = {
        (row["system"], row["opponent"]): row["estimate"]
        for row in report.results["win_rates"]
        if row["criterion"] == "overall"
    }
    others = [system for system in factories.SYSTEMS if system != FAVOURITE]
    assert [won[FAVOURITE, other] for other in others] == [1.0, 1.0]
    assert [won[other, FAVOURITE] for other in others] == [0.0, 0.0]
    assert won[others[0], others[1]] == 0.5  # ties alone


@pytest.mark.parametrize("table", ["judgments", "scores", "marks"])
def test_columns_are_the_published_ones(finished, table):
    header = exported.table_bytes(finished, table).decode().split("\n", 1)[0]
    assert header.split(",") == [column.name for column in COLUMNS[table]]


def test_words_of_raters_come_through_whole(finished):
    found = rows(finished, "marks")
    assert {row["note"] for row in found} == {safe_cell(factories.NOTE)}
    assert {row["scene"] for row in found} == {""}  # no question asks for a scene


def test_what_came_too_late_is_there_and_excluded(tmp_path):
    study = factories.make_study(tmp_path, state="open", briefs=1)
    first = services.enrol(study=study, languages=["en"], by="test").rater
    held = services.lease_next_assignment(rater=first)
    services.free_seat(rater=first, by="test", reason="silent for a week")
    second = services.enrol(study=study, languages=["en"], by="test").rater
    rng = random.Random(1)
    factories.judge(second, rng=rng)
    late = factories.submission(held, rng, factories.by_chance)
    assert services.submit(assignment=held, submission=late).outcome == "late"
    factories.unblind(study)
    excluded = {row["rater"]: row["excluded"] for row in rows(study, "judgments")}
    assert excluded == {first.code: "late", second.code: ""}


READING = {"seconds": 40, "read-left": 12.0, "share-left": 0.5, "read-first": "left", "switches": 2}


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [True, False])
def test_what_was_measured_of_a_pair_that_was_not_judged_is_there(tmp_path, skipped):
    study = factories.make_study(tmp_path, state="open", briefs=1)
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    held = services.lease_next_assignment(rater=rater)
    services.save_answer(assignment=held, fields={}, revision=0, reading=READING)
    if skipped:
        services.skip(assignment=held, reason="other")
        services.withdraw(rater=rater, erase=True)
    factories.unblind(study)
    (row,) = (row for row in rows(study, "assignments") if row["assignment"] == held.code)
    told = ("seconds", "read_left_s", "read_right_s", "share_read_left", "read_first", "switches")
    assert [row[name] for name in told] == ["40", "12", "", "0.5", "left", "2"]
    assert row["state"] == ("skipped" if skipped else "open")
    assert rows(study, "judgments") == []


def test_the_use_for_training_is_what_was_said_last(finished):
    first, second, *_ = finished.raters.order_by("code")
    for rater in (first, second):
        services.give_consent(rater=rater, language="en", training_use=True)
    services.allow_training(rater=second, allowed=False)
    said = {row["code"]: row["training_use"] for row in rows(finished, "raters")}
    assert (said[first.code], said[second.code]) == ("true", "false")
    assert set(said.values()) == {"true", "false", ""}


def test_scripts_and_raters_hold_no_text_and_no_secret(finished):
    aired = Script.objects.filter(system__slug=FAVOURITE).first()
    Source.objects.create(script=aired, origin="aired", version="shooting")
    scripts = rows(finished, "scripts")
    told = {(row["origin"], row["version"], row["rights"]) for row in scripts if row["system"] == FAVOURITE}
    assert told == {("aired", "shooting", "show"), ("", "", "")}
    assert {row["system"] for row in scripts} == set(factories.SYSTEMS)
    assert {row["length_unit"] for row in scripts} == {"words"}
    assert all(len(row["digest"]) == 64 for row in scripts)
    secrets = set(finished.raters.values_list("secret_hash", flat=True))
    assert not secrets & {cell for row in rows(finished, "raters") for cell in row.values()}


def test_amendments_stand_in_the_record(finished):
    study_states.amend(study=finished, by="una", text="One rater more.")
    record = exports.study_record(finished)
    assert [(row["who"], row["text"]) for row in record["amendments"]] == [("una", "One rater more.")]
    assert record["frozen_digest"] == finished.frozen_digest


def test_the_same_rows_make_the_same_bytes(finished):
    assert exported.export_files(finished) == exported.export_files(finished)
    assert list(frames.TABLES) == [
        "judgments", "scores", "marks", "raters", "assignments", "scripts", "rejections", "revisions",
        "exclusions",
    ]  # fmt: skip
