"""Desk, services: parallel requests on real transactions lose nothing and store nothing twice."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from annotations.blinding import unblinding
from annotations.desk import services
from annotations.desk.seats import ProlificIds, enrol_participant
from annotations.desk.services import NoFreeSeat, NotOpen, Submission, WrongState
from annotations.models import Assignment, Judgment, Rater, RevealedEntry, Score, Seat, Sitting, Study
from annotations.staff.studies import study_states
from tests.factories import judge, make_study, person

pytestmark = pytest.mark.django_db(transaction=True)
SUBMISSION = Submission(
    judgments={"overall": ("left", 2), "dialogue": ("tie", None)}, scores={"left": 8, "right": 5}
)


def at_once[T](calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Each call in a thread and connection of its own, all let go at one moment; what they gave or raised."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            barrier.wait(timeout=120)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def enrolled(study: Study, number: int) -> list[Rater]:
    return [services.enrol(study=study, languages=["en"]).rater for _ in range(number)]


def test_sixteen_tabs_of_one_rater_get_one_assignment(tmp_path: Path) -> None:
    (rater,) = enrolled(make_study(tmp_path, state="open"), 1)
    got = at_once([lambda: services.lease_next_assignment(rater=rater)] * 16)
    assert len({assignment.pk for assignment in got}) == 1  # type: ignore[union-attr]
    assert Assignment.objects.count() == Sitting.objects.count() == 1


def test_sixteen_submissions_of_one_assignment_are_one(tmp_path: Path) -> None:
    (rater,) = enrolled(make_study(tmp_path, state="open"), 1)
    assignment = services.lease_next_assignment(rater=rater)
    assert assignment is not None
    others = Submission(
        judgments=dict.fromkeys(("overall", "dialogue"), ("neither", None)), scores=SUBMISSION.scores
    )
    calls = [
        lambda one=one: services.submit(assignment=assignment, submission=one) for one in (SUBMISSION, others)
    ]
    got = at_once(calls * 8)
    assert Counter(result.outcome for result in got) == {"submitted": 1, "already": 15}  # type: ignore[union-attr]
    assert (Judgment.objects.count(), Score.objects.count()) == (2, 2)
    stored = dict(Judgment.objects.values_list("criterion__slug", "choice"))
    assert stored in ({"overall": "left", "dialogue": "tie"}, dict.fromkeys(stored, "neither")), (
        "of one window"
    )


def test_saving_and_submitting_at_once(tmp_path: Path) -> None:
    """What was last recorded of the changes is what was submitted."""
    study = make_study(tmp_path, state="open")
    for rater in enrolled(study, 6):
        held = services.lease_next_assignment(rater=rater)
        assert held is not None
        saved, sent = at_once(
            [
                lambda held=held: services.save_answer(
                    assignment=held, fields={"choice-overall": "tie"}, revision=0
                ),
                lambda held=held: services.submit(assignment=held, submission=SUBMISSION),
            ]
        )
        assert isinstance(saved, services.SavedAnswer | services.AlreadyEnded)
        assert sent.outcome == "submitted"  # type: ignore[union-attr]
        last = held.changes.filter(field="choice-overall").last()
        assert last is not None
        assert held.judgments.get(criterion__slug="overall").choice == last.value == "left"


def test_sixteen_saves_of_one_revision_are_one(tmp_path: Path) -> None:
    (rater,) = enrolled(make_study(tmp_path, state="open"), 1)
    assignment = services.lease_next_assignment(rater=rater)
    assert assignment is not None
    choices = ["left", "right", "tie", "neither"] * 4

    def save(choice: str) -> services.SavedAnswer:
        return services.save_answer(assignment=assignment, fields={"choice-overall": choice}, revision=0)

    got = at_once([lambda choice=choice: save(choice) for choice in choices])
    taken = [saved for saved in got if not saved.conflict]  # type: ignore[union-attr]
    # One was taken; the three others with the same content are told so, and the other twelve are in conflict.
    assert len(taken) == 4
    assert {tuple(saved.content.items()) for saved in got} == {tuple(taken[0].content.items())}  # type: ignore[union-attr]
    assert {saved.revision for saved in got} == {1}  # type: ignore[union-attr]
    assert assignment.changes.count() == 1


def test_one_participant_who_presses_sixteen_times_has_one_seat(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    ids = ProlificIds("somebody")
    got = at_once([lambda: enrol_participant(study=study, ids=ids, languages=["en"])] * 16)
    assert len({rater.pk for rater in got if isinstance(rater, Rater)}) == 1
    assert sum(isinstance(rater, Rater) for rater in got) == 16
    assert Seat.objects.exclude(rater=None).count() == 1


def test_sixteen_people_for_six_seats(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    got = at_once([lambda: services.enrol(study=study, languages=["en"])] * 16)
    assert sum(isinstance(result, services.Enrolment) for result in got) == 6
    assert sum(isinstance(result, NoFreeSeat) for result in got) == 10
    assert Rater.objects.count() == 6
    assert Seat.objects.filter(rater__isnull=True).count() == 0


def test_sixteen_raters_judge_a_whole_study_at_once(tmp_path: Path) -> None:
    """Each takes, saves and submits to the end; the counts are exact and each slot is judged once."""
    study = make_study(tmp_path, state="open", briefs=4, seats=16)
    raters = enrolled(study, 16)
    done = at_once([lambda rater=rater: judge(rater, rng=random.Random(rater.pk)) for rater in raters])
    assert done == [4] * 16
    assert Assignment.objects.filter(state="submitted").count() == Assignment.objects.count() == 64
    assert Judgment.objects.count() == 64 * 2
    assert Score.objects.count() == 64 * 2
    assert len(set(Assignment.objects.values_list("slot", flat=True))) == 64
    assert Rater.objects.filter(finished_at__isnull=True).count() == 0


@pytest.mark.slow
def test_a_late_submission_and_the_successor_s_take_meet(tmp_path: Path) -> None:
    """Eight times: whoever comes first, the slot is held once and both judgments are accounted for."""
    study = make_study(tmp_path, state="open", seats=18)
    for _ in range(8):
        (first,) = enrolled(study, 1)
        mine = services.lease_next_assignment(rater=first)
        assert mine is not None
        services.free_seat(rater=first, by="test", reason="test")
        (second,) = enrolled(study, 1)
        result, theirs = at_once(
            [
                lambda mine=mine: services.submit(assignment=mine, submission=SUBMISSION),
                lambda second=second: services.lease_next_assignment(rater=second),
            ]
        )
        assert isinstance(result, services.SubmitResult)
        assert isinstance(theirs, Assignment)
        assert (result.outcome == "late") == (theirs.slot_id == mine.slot_id)
        judge(second, rng=random.Random(1))
    held = Assignment.objects.filter(state__in=["open", "submitted", "skipped"])
    assert held.count() == len(set(held.values_list("slot", flat=True)))


@pytest.mark.slow
def test_submitting_and_withdrawing_at_once(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", seats=9)
    for rater in enrolled(study, 6):
        assignment = services.lease_next_assignment(rater=rater)
        assert assignment is not None
        result, left = at_once(
            [
                lambda assignment=assignment: services.submit(assignment=assignment, submission=SUBMISSION),
                lambda rater=rater: services.withdraw(rater=rater, erase=True),
            ]
        )
        assert left is None
        assignment.refresh_from_db()
        expected = {"submitted": ("submitted", 2), "withdrawn": ("released", 0)}
        assert (assignment.state, assignment.judgments.count()) == expected[result.outcome]  # type: ignore[union-attr]


def test_nothing_is_taken_after_a_study_has_closed(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", seats=16)
    pairs = [services.lease_next_assignment(rater=rater) for rater in enrolled(study, 12)]
    calls = [lambda one=one: services.submit(assignment=one, submission=SUBMISSION) for one in pairs]
    got = at_once([*calls, lambda: study_states.transition(study=study, verb="close", by="test")])
    study.refresh_from_db()
    assert study.closed_at is not None
    outcomes = Counter(result.outcome for result in got[:-1])  # type: ignore[union-attr]
    assert set(outcomes) <= {"submitted", "closed"}
    assert Judgment.objects.count() == 2 * outcomes["submitted"]
    assert not Judgment.objects.filter(submitted_at__gt=study.closed_at).exists()


def test_sweeping_and_submitting_at_once(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", seats=16)
    pairs = [services.lease_next_assignment(rater=rater) for rater in enrolled(study, 12)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotations_assignment SET leased_until = now() - interval '1 minute'")
    calls = [lambda one=one: services.submit(assignment=one, submission=SUBMISSION) for one in pairs]
    got = at_once([services.expire_leases, *calls, services.expire_leases])
    assert {result.outcome for result in got[1:-1]} == {"submitted"}  # type: ignore[union-attr]
    assert Assignment.objects.filter(state="submitted").count() == 12


def test_two_confirmations_open_the_seal_once(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="closed")
    asked = unblinding.request(study=study, by=person("una"), reason="done")
    others = [person(f"other-{number}") for number in range(4)]
    got = at_once([lambda by=by: unblinding.confirm(request=asked, by=by) for by in others])
    assert sum(isinstance(result, Study) for result in got) == 1
    assert sum(isinstance(result, WrongState) for result in got) == 3
    assert RevealedEntry.objects.count() == 9


def test_opening_and_closing_at_once_leaves_one_state(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open")
    (rater,) = enrolled(study, 1)
    got = at_once(
        [
            lambda: study_states.transition(study=study, verb="close", by="a"),
            lambda: study_states.transition(study=study, verb="pause", by="b"),
            lambda: services.lease_next_assignment(rater=rater),
        ]
    )
    study.refresh_from_db()
    assert study.state == "closed"
    assert isinstance(got[2], Assignment | NotOpen)


def test_sixteen_windows_change_an_answer_once_and_none_after_the_next_pair(tmp_path: Path) -> None:
    (rater,) = enrolled(make_study(tmp_path, state="open"), 1)
    first = services.lease_next_assignment(rater=rater)
    assert first is not None
    services.submit(assignment=first, submission=SUBMISSION)

    def change(choice: str) -> str:
        given = {"overall": (choice, None), "dialogue": ("tie", None)}
        submission = Submission(judgments=given, scores={"left": 8, "right": 5})
        return services.revise(assignment=first, submission=submission, revision=0)

    got = at_once([lambda choice=choice: change(choice) for choice in ["right", "tie"] * 8])
    assert Counter(got) == {"changed": 1, "unchanged": 7, "outdated": 8}
    first.refresh_from_db()
    assert first.revision == 1
    assert first.judgments.count() == 4
    assert first.judgments.current().count() == 2

    second = services.lease_next_assignment(rater=rater)
    assert second is not None

    def submit_next() -> str:
        return services.submit(assignment=second, submission=SUBMISSION).outcome

    def change_again() -> str:
        submission = Submission(judgments=SUBMISSION.judgments, scores={"left": 1, "right": 1})
        return services.revise(assignment=first, submission=submission, revision=1)

    got = at_once([submit_next, *[change_again] * 7])
    assert got[0] == "submitted"
    assert set(got[1:]) <= {"changed", "unchanged", "final"}
    assert change_again() == "final"
    first.refresh_from_db()
    assert first.judgments.current().count() == 2
