"""Staff: the figures of a sealed study's page are counts and totals, recomputed here by hand."""

import random
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from annotations.desk import services
from annotations.desk.services import Submission
from annotations.models import Assignment, Rater, Study
from annotations.staff.studies.monitoring import study_figures
from tests.factories import fill, judge, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Open; three briefs with three pairings each, six seats: each pairing is in two slots."""
    return make_study(tmp_path, state="open")


def answer_all(study: Study, choose: object, raters: int = 6) -> None:
    fill(study, raters=raters, choose=choose)  # type: ignore[arg-type]


def test_an_empty_study(study: Study) -> None:
    figures = study_figures(study)
    assert asdict(figures.seats) == {"total": 6, "taken": 0, "free": 6, "finished": 0}
    assert set(figures.assignments.values()) == {0}
    assert (figures.slots, figures.pairing_counts, figures.judgments) == (18, {0: 9}, 0)
    assert (figures.left_share, figures.raw_agreement, figures.median_minutes) == (None, None, None)
    assert [asdict(language) for language in figures.languages] == [
        {"language": "en", "seats": 6, "slots": 18, "submitted": 0}
    ]


def test_flow_and_states(study: Study) -> None:
    rng = random.Random(1)
    raters = [services.enrol(study=study, languages=["en"]).rater for _ in range(4)]
    for rater in raters[:3]:
        services.give_consent(rater=rater, language="en", training_use=False)
        services.mark_instructed(rater=rater)
    judge(raters[0], rng=rng)
    judge(raters[1], rng=rng, pairs=1)
    skipped = services.lease_next_assignment(rater=raters[1])
    assert skipped is not None
    services.skip(assignment=skipped, reason="tired")
    services.lease_next_assignment(rater=raters[2])
    services.withdraw(rater=raters[3], erase=False)
    figures = study_figures(study)
    assert asdict(figures.seats) == {"total": 6, "taken": 3, "free": 3, "finished": 1}
    assert figures.assignments == {
        "open": 1,
        "submitted": 4,
        "expired": 0,
        "skipped": 1,
        "late": 0,
        "released": 0,
        "practised": 0,
    }
    assert asdict(figures.flow) == {
        "enrolled": 4,
        "consented": 3,
        "instructed": 3,
        "practised": 0,
        "turned_away": 0,
        "withdrawn": 1,
        "submitted": 4,
        "skipped": 1,
        "expired": 0,
        "late": 0,
        "excluded": 0,
        "relinked": 0,
        "after_new_link": 0,
    }
    assert sum(n * count for n, count in figures.pairing_counts.items()) == 4


def test_side_and_agreement_are_told_from_twenty_judgments_up(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", briefs=5, seats=6)
    fill(study, raters=3)
    few = study_figures(study)
    assert few.judgments == 15
    assert (few.left_share, few.raw_agreement) == (None, None)
    fill(study, raters=1)
    enough = study_figures(study)
    assert enough.judgments == 20
    assert enough.left_share is not None
    assert enough.raw_agreement is not None


def test_left_share_and_agreement_by_hand(tmp_path: Path) -> None:
    """12 seats, 2 briefs, 3 pairings a brief: four judgments a pairing, two with the first entry left.

    Told of the first 20, those of 10 raters: always left is a share of 1, and of the 3 or 6 pairs of raters
    of a pairing, 1 or 1 + 1 stood on the same side and agree, a third.
    """
    study = make_study(tmp_path, state="open", briefs=2, seats=12)
    answer_all(study, lambda assignment, rng: "left", raters=12)
    figures = study_figures(study)
    assert figures.judgments == 24
    assert figures.pairing_counts == {4: 6}
    assert figures.left_share == 1.0
    assert figures.raw_agreement == 0.33


@pytest.mark.slow
def test_no_single_judgment_moves_what_is_told(tmp_path: Path) -> None:
    """20 judgments, then one by one up to 39: the figures stand still, whatever is chosen."""
    study = make_study(tmp_path, state="open", briefs=5, seats=9)
    fill(study, raters=4, choose=lambda assignment, rng: "left")
    told = study_figures(study)
    assert (told.judgments, told.left_share) == (20, 1.0)
    for _ in range(4):
        rater = services.enrol(study=study, languages=["en"]).rater
        for _ in range(5):
            judge(rater, rng=random.Random(1), pairs=1, choose=lambda assignment, rng: "right")
            now = study_figures(study)
            if now.judgments < 40:
                assert (now.left_share, now.raw_agreement) == (told.left_share, told.raw_agreement)
    assert now.judgments == 40
    assert now.left_share == 0.5


def test_shares_are_whole_percents(tmp_path: Path) -> None:
    """One of 19 decided of 20 is 5.26 %."""
    study = make_study(tmp_path, state="open", briefs=5, seats=6)
    choices = iter(["tie", "left", *["right"] * 18])
    fill(study, raters=4, choose=lambda assignment, rng: next(choices))
    assert study_figures(study).left_share == 0.05


def test_always_the_first_entry(tmp_path: Path) -> None:
    """Perfect agreement; the first entry stands left half of the time."""
    study = make_study(tmp_path, state="open", briefs=2, seats=12)
    answer_all(study, lambda assignment, rng: "left" if assignment.slot.first_on_left else "right", raters=12)
    figures = study_figures(study)
    assert figures.raw_agreement == 1.0
    assert figures.left_share == pytest.approx(0.5)


def test_ties_have_no_side_but_can_agree(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", briefs=2, seats=12)
    answer_all(study, lambda assignment, rng: "tie", raters=12)
    figures = study_figures(study)
    assert (figures.left_share, figures.raw_agreement) == (None, 1.0)


def test_simulated_raters_do_not_mix_with_people(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    simulated = services.enrol(study=study, languages=["en"], kind="simulated").rater
    judge(simulated, rng=random.Random(1))
    assert study_figures(study).judgments == 3
    judge(services.enrol(study=study, languages=["en"]).rater, rng=random.Random(1), pairs=2)
    figures = study_figures(study)
    assert figures.judgments == 2
    assert figures.kinds == {"person": 1, "simulated": 1}


def test_median_minutes(study: Study) -> None:
    rater = services.enrol(study=study, languages=["en"]).rater
    for seconds in (60.0, None, 600.0):
        assignment = services.lease_next_assignment(rater=rater)
        assert assignment is not None
        given = Submission(
            judgments={"overall": ("left", 1), "dialogue": ("tie", None)},
            scores={"left": 1, "right": 2},
            seconds=seconds,
        )
        services.submit(assignment=assignment, submission=given)
    unmeasured = Assignment.objects.get(seconds__isnull=True)
    assert unmeasured.submitted_at is not None
    unmeasured.opened_at = unmeasured.submitted_at - timedelta(minutes=4)
    unmeasured.save()
    assert study_figures(study).median_minutes == 4.0


def test_nothing_of_a_pairing_or_a_rater_s_choice_is_told(study: Study) -> None:
    """The figures hold numbers under known names only: no code, no slug, no choice."""
    answer_all(study, lambda assignment, rng: "neither")
    told = str(asdict(study_figures(study)))
    codes = [
        *Rater.objects.values_list("code", flat=True),
        *Assignment.objects.values_list("code", flat=True),
    ]
    for word in (*codes, "quillon", "marrow", "people", "scene-en", "neither"):
        assert word not in told


def submit_at(study: Study, *moments: datetime) -> None:
    """Date the first submitted assignments of the study; the others of them stay today's."""
    for assignment, moment in zip(Assignment.objects.filter(state="submitted"), moments, strict=False):
        Assignment.objects.filter(pk=assignment.pk).update(submitted_at=moment)


def test_days_and_the_expected_end(study: Study) -> None:
    assert study_figures(study).days == ()
    answer_all(study, lambda _assignment, _rng: "left", raters=4)
    assert study_figures(study).expected_end is None, "the study has just been opened"
    now = datetime.now(tz=UTC)
    Study.objects.filter(pk=study.pk).update(opened_at=now - timedelta(days=4))
    study.refresh_from_db()
    submit_at(study, *[now - timedelta(days=2)] * 4)
    figures = study_figures(study)
    assert [day.submitted for day in figures.days] == [4, 0, 8]
    # 12 of 18 pairs in four days: two more.
    assert figures.expected_end is not None
    assert abs(figures.expected_end - now - timedelta(days=2)) < timedelta(minutes=5)


def test_no_end_is_expected_without_recent_judgments(study: Study) -> None:
    answer_all(study, lambda _assignment, _rng: "left", raters=3)
    Study.objects.filter(pk=study.pk).update(opened_at=datetime.now(tz=UTC) - timedelta(days=30))
    study.refresh_from_db()
    submit_at(study, *[datetime.now(tz=UTC) - timedelta(days=20)] * 9)
    figures = study_figures(study)
    assert (len(figures.days), sum(day.submitted for day in figures.days)) == (14, 0)
    assert figures.expected_end is None
