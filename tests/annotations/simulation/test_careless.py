"""Simulation: careless and slow raters, and that the report of a study points them out."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from analysis.stats import analyse, tables_from_frames
from analysis.tables import exports
from annotations import freezing
from annotations.models import Assignment, Guess, Study
from annotations.simulation import SimulationOrder, simulate
from annotations.simulation.mind import DAMAGED, ORIGINAL, Mind
from annotations.simulation.qualities import Qualities
from annotations.simulation.rater_behaviours import CAREFUL, CARELESS, SLOW, apply_manner, simulate_measures
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from tests.factories import unblind

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
CRITERIA = ["overall", "dialogue", "pacing"]
BRIEFS = [f"scene-{number}" for number in range(60)]


def mind(seat: int = 1) -> Mind:
    return Mind(4, seat, Qualities({"quillon": 0.8, "marrow": -0.3}))


def given(manner: str, seat: int = 1) -> list[list[str]]:
    """The choices of every brief, by criterion."""
    return [
        [
            choice
            for choice, _ in apply_manner(
                mind(seat),
                manner,
                brief,
                mind(seat).judge(brief, "quillon", "marrow", CRITERIA, "overall"),
            ).choices.values()
        ]
        for brief in BRIEFS
    ]


def test_one_side_is_one_side_and_random_is_of_no_kind() -> None:
    assert len({choice for choices in given("one-side") for choice in choices}) == 1
    random = given("random")
    alike = sum(choices[0] == choices[1] for choices in random) / len(BRIEFS)
    # Two draws of 0.42, 0.42, 0.12, 0.04 are alike in 0.37 of the pairs; the standard error is 0.06.
    assert 0.2 < alike < 0.55
    assert random != given("random", seat=2)
    assert given("slow") == given("too-fast") == given("never-scrolling") == given("careful")


def test_what_the_page_measures_of_them() -> None:
    pages = {
        manner: simulate_measures(mind(), manner, "scene-1", "en", 4000, 5000)
        for manner in (CAREFUL, SLOW, *CARELESS)
    }
    careful = pages["careful"].pace
    assert pages["slow"].pace.read_left == pytest.approx(careful.read_left / 0.6, abs=0.1)
    assert pages["too-fast"].pace.read_left == pytest.approx(careful.read_left / 10, abs=0.1)
    assert 0.05 < pages["never-scrolling"].share_right < pages["never-scrolling"].share_left < 0.3
    assert {pages[manner].share_left for manner in ("careful", "slow", "random", "one-side")} == {1.0}


def test_damage_is_mostly_seen_and_in_practice_nearly_always() -> None:
    found = {True: 0, False: 0}
    for warned in found:
        for seat in range(200):
            opinion = mind(seat).judge("outside", DAMAGED, ORIGINAL, CRITERIA, "overall", warned=warned)
            found[warned] += opinion.choices["overall"][0] == "right"
    # logistic(2.5 - 0.2 - 0.45) is 0.86, logistic(4.5 - 0.65) 0.98; each with a spread between raters.
    assert 150 < found[False] < 185
    assert found[True] > 188


@pytest.mark.parametrize("wrong", [["lazy=1"], ["random"], ["random=0"], ["random=9"]])
def test_the_command_refuses_who_is_no_kind_of_rater(wrong: list[str], db: None) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("simulate_raters", "nothing", raters=3, seed=1, careless=wrong)
    assert refused.value.returncode == 2


def opened(name: str) -> Study:
    study = load_study(EXAMPLES / f"{name}.yaml").study
    freezing.freeze(study=study, by="test")
    study_states.transition(study=study, verb="open", by="test")
    study.refresh_from_db()
    return study


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_whole_study_points_out_who_did_not_read(live_server) -> None:
    """Practice, checks, a repeated pair, breaks, guesses and the debriefing, over HTTP."""
    study = opened("demo-desk")
    kinds = {"random": 1, "too-fast": 1, "never-scrolling": 1, "slow": 2}
    done = simulate(SimulationOrder(study=study, raters=8, seed=2, url=live_server.url, manners=kinds))
    assert {manner: len(codes) for manner, codes in done.manners.items()} == kinds
    through = study.raters.filter(turned_away_at__isnull=True)
    assert all(rater.finished_at and rater.guessed_at and rater.debriefed_at for rater in through)
    assert Guess.objects.exists()
    states = set(Assignment.objects.values_list("state", "slot__pairing__kind"))
    assert states == {
        ("practised", "practice"),
        *(("submitted", kind) for kind in ("main", "check", "repeat")),
    }

    unblind(study)
    study.refresh_from_db()
    tables = tables_from_frames(**exports.analysed_tables(study))
    report = analyse(tables, exports.plan_of(study), seed=1, replicates=100).to_dict()
    raised = {entry["rater"]: entry["flags"] for entry in report["attention"]}
    assert raised[done.manners["too-fast"][0]] == ["fast"]
    assert raised[done.manners["never-scrolling"][0]] == ["unread"]
    careful = set(raised) - {code for manner in CARELESS for code in done.manners.get(manner, ())}
    assert {code for code in careful if raised[code]} == set()
    assert {(row["checks"], row["repeats"]) for row in report["attention"]} == {(1, 1)}
    assert [e["n"] for e in report["agreement"] if e["measure"] == "intra" and e["criterion"] == "overall"]
    assert any(entry["measure"] == "first_read_share" for entry in report["position_bias"])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_script_at_a_time_is_scored_by_simulated_raters(live_server) -> None:
    """Three of the four careless kinds are told; whoever scores at random is like one with another taste."""
    study = opened("demo-single")
    kinds = {"random": 1, "one-side": 1, "too-fast": 1, "never-scrolling": 1, "slow": 2}
    done = simulate(SimulationOrder(study=study, raters=6, seed=2, url=live_server.url, manners=kinds))
    assert done.assignments == Assignment.objects.filter(state="submitted", scores__isnull=False).count() > 0
    unblind(study)
    study.refresh_from_db()
    tables = tables_from_frames(**exports.analysed_tables(study))
    report = analyse(tables, exports.plan_of(study), seed=1, replicates=100).to_dict()
    raised = {entry["rater"]: entry["flags"] for entry in report["attention"]}
    told = {manner: [raised[code] for code in codes] for manner, codes in done.manners.items()}
    assert told == {
        "random": [[]],
        "one-side": [["one_side"]],
        "too-fast": [["fast"]],
        "never-scrolling": [["unread"]],
        "slow": [[], []],
    }
