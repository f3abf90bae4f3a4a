"""Report pages: a study in which one script is missing and counts as lost, from its files to its report.

Three systems, three briefs, six seats that read each brief once: of the six slots of a brief each of its
three pairings has two. `quillon` has no script for the first brief: two slots against `marrow` and two
against `people` are lost, 14 of 18 are shown. Whoever sees `quillon` prefers it, so that by hand:

    quillon over people   4 wins, 2 lost     4/6    without what nobody judged 4/4
    quillon over marrow   4 wins, 2 lost     4/6
    marrow over people    6 ties             1/2
"""

import csv
import io
import json
from collections import Counter

import pytest
import yaml

from analysis.reports import services as reports
from analysis.stats import Plan, analyse, read_tables
from analysis.tables import exports
from annotations import freezing
from annotations.blinding import study_draw
from annotations.blinding.draw_check import check_draw
from annotations.design import SeatPlan, SlotPlan
from annotations.models import Entry, Pairing, Seat, Slot
from annotations.spec import forfeits
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from tests import exported, factories
from tests.analysis.tables import test_frames

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path):
    path = factories.write_study(tmp_path)
    value = yaml.safe_load(path.read_text())
    value["plan"]["missing_script"] = "loss"
    path.write_text(yaml.safe_dump(value, allow_unicode=True))
    (tmp_path / "scripts/scene-en-1/quillon.fountain").unlink()
    return path


def prefers_quillon(assignment, rng):
    sides = test_frames.sides(assignment)
    return next((side for side, system in sides.items() if system == "quillon"), "tie")


def test_what_is_missing_is_not_shown_and_the_draw_stays_whole(files):
    study = freezing.freeze(study=load_study(files).study, by="test", nonce="drawn")
    assert (Entry.objects.count(), Pairing.objects.count(), Slot.objects.count()) == (8, 7, 14)
    for seat in Seat.objects.all():
        positions = list(seat.slots.values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
    found = check_draw(study)
    assert (found.same, found.slots, found.findings) == (None, 14, [])


@pytest.mark.slow
def test_a_missing_script_counts_as_lost_in_what_is_won_and_lost_alone(files, tmp_path):
    study = freezing.freeze(study=load_study(files).study, by="test", nonce="drawn")
    study = study_states.transition(study=study, verb="open", by="test")
    factories.fill(study, choose=prefers_quillon)
    factories.unblind(study)
    assert check_draw(study).same
    assert check_draw(study).findings == []

    rows = list(csv.DictReader(io.StringIO(exported.table_bytes(study, "judgments").decode())))
    nobody = [row for row in rows if row["imputed"] == "true"]
    assert Counter(row["imputed"] for row in rows) == {"": 28, "true": 8}  # two criteria each
    for row in nobody:
        wanted = "right" if row["left_system"] == "quillon" else "left"
        assert row["choice"] == wanted
        assert (row["item"], row["kind"]) == ("scene-en-1", "main")
        assert row[f"{wanted}_script"]
        given = ("strength", "seconds", "position", "first_choice", "left_length", "right_length", "excluded")
        assert not any(row[name] for name in given)
    assert len(exports.analysed_tables(study)["scores"]) == 2 * 14

    report = json.loads(reports.compute(study, replicates=20)["report.json"])
    overall = [row for row in report["win_rates"] if row["criterion"] == "overall"]
    rates = {(row["system"], row["opponent"]): row for row in overall}
    for opponent in ("people", "marrow"):
        row = rates["quillon", opponent]
        assert (row["wins"], row["ties"], row["losses"], row["n"]) == (4, 0, 2, 6)
        assert row["estimate"] == pytest.approx(4 / 6)
    assert rates["marrow", "people"]["estimate"] == 0.5
    checks = {
        (row["rule"], row["system"]): row for row in report["sensitivity"] if row["criterion"] == "overall"
    }
    again = checks["without_imputed", "quillon"]
    assert (again["estimate"], again["left_out"], again["n"]) == (1, 2, 4)
    assert checks["without_imputed", "marrow"]["left_out"] == 0

    def of(name, **wanted):
        found = [row for row in report[name] if row["criterion"] in ("overall", "length")]
        return next(row for row in found if all(row[key] == value for key, value in wanted.items()))

    assert of("position_bias", scope="all", measure="left_share")["n"] == 8  # 14 less 6 ties
    assert of("agreement", scope="all", measure="raw")["estimate"] == 1
    assert of("agreement", scope="all", measure="raw")["n"] == 14
    assert sum(row["n"] for row in report["raters"] if row["criterion"] == "overall") == 14
    assert of("lengths", system="quillon")["scripts"] == 2
    said = [row["text"] for row in report["warnings"] if row["code"] == "missing_scripts"]
    assert len(said) == 1
    assert said[0].startswith("8 of 36 judgments were not made by raters")

    # The files alone give the same numbers.
    for name, content in exported.export_files(study).items():
        (tmp_path / name).write_bytes(content)
    tables = read_tables(*(tmp_path / f"{name}.csv" for name in ("judgments", "scores", "marks", "raters")))
    plan = Plan.from_json((tmp_path / "plan.json").read_text())
    assert json.loads(json.dumps(analyse(tables, plan, seed=1, replicates=20).to_dict())) == report


def test_a_seat_in_which_nobody_judged_loses_nothing(files):
    study = freezing.freeze(study=load_study(files).study, by="test", nonce="drawn")
    study = study_states.transition(study=study, verb="open", by="test")
    factories.fill(study, raters=2, choose=prefers_quillon)
    factories.unblind(study)
    rows = list(csv.DictReader(io.StringIO(exported.table_bytes(study, "judgments").decode())))
    drawn = study_draw.draw_main_slots(study, study.draw_nonce)
    expected = [
        each
        for each in forfeits.find_forfeits(drawn, frozenset({("scene-en-1", "quillon")}))
        if each.seat <= 2
    ]
    nobody = {row["assignment"] for row in rows if row.get("imputed") == "true"}
    assert nobody == {each.code for each in expected}


def test_where_both_scripts_are_missing_neither_is_usable():
    slots = (
        SlotPlan(1, "one", "a", "b", False),
        SlotPlan(2, "two", "a", "b", False),
        SlotPlan(3, "three", "a", "b", True),
    )
    plans = [SeatPlan(4, ("en",), slots, ())]
    gone = frozenset({("one", "a"), ("one", "b"), ("two", "b")})
    assert [(each.code, each.choice) for each in forfeits.find_forfeits(plans, gone)] == [
        ("lost-4-1", "neither"),
        ("lost-4-2", "right"),
    ]
    assert [(slot.position, slot.brief) for slot in forfeits.without_forfeits(plans, gone)[0].slots] == [
        (1, "three")
    ]


def test_a_brief_without_two_scripts_is_shown_to_nobody(files):
    for name in ("marrow", "people"):
        (files.parent / f"scripts/scene-en-1/{name}.fountain").unlink()
    study = load_study(files).study
    assert study.spec["materials"]["scripts"]["scene-en-1"] == {}
    freezing.freeze(study=study, by="test", nonce="drawn")
    assert Pairing.objects.count() == 6
    assert set(Slot.objects.values_list("pairing__study_brief__slug", flat=True)) == {
        "scene-en-2",
        "scene-en-3",
    }


def test_the_page_of_a_draft_says_how_many_are_missing_and_not_whose(files, client):
    load_study(files)
    client.force_login(factories.person("una"))
    page = client.get("/studies/harbour/").content.decode()
    assert "1 script is missing and will count as a loss." in page
    assert "scene-en-1" not in page
