"""Desk, services: seats, leases, answers, submitting and leaving, one call at a time."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from annotations.desk import services, sessions
from annotations.desk.services import (
    AlreadyEnded,
    InvalidSubmission,
    NoFreeSeat,
    NotOpen,
    Submission,
    SubmissionMark,
    WrongState,
)
from annotations.models import (
    AnswerChange,
    Assignment,
    Consent,
    Entry,
    Judgment,
    Mark,
    Rater,
    Score,
    SeatEvent,
    Sitting,
    Study,
)
from annotations.staff.studies import study_states
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent
from tests.factories import judge, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Open; three briefs, three systems, six seats that read English."""
    return make_study(tmp_path, state="open")


@pytest.fixture
def rater(study: Study) -> Rater:
    return services.enrol(study=study, languages=["en"]).rater


@pytest.fixture
def assignment(rater: Rater) -> Assignment:
    found = services.lease_next_assignment(rater=rater)
    assert found is not None
    return found


def submission(**changes: object) -> Submission:
    values: dict[str, object] = {
        "judgments": {"overall": ("left", 2), "dialogue": ("tie", None)},
        "scores": {"left": 8, "right": 5},
    }
    return Submission(**(values | changes))  # type: ignore[arg-type]


def run_out(assignment: Assignment) -> None:
    """The lease ends a second ago, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotations_assignment SET leased_until = now() - interval '1 second' WHERE id = %s",
            [assignment.pk],
        )


# Seats


def test_enrolling_gives_a_seat_and_a_secret_that_is_kept_hashed(study: Study) -> None:
    enrolment = services.enrol(study=study, languages=["en"], by="una")
    rater = enrolment.rater
    assert rater.seat.number == 1
    assert enrolment.secret not in str(Rater.objects.values())
    assert sessions.rater_for_secret(enrolment.secret) == rater
    assert sessions.rater_by_code(rater.code) == rater
    event = SeatEvent.objects.get()
    assert (event.number, event.verb, event.rater_code) == (1, "taken", rater.code)
    assert AuditEvent.objects.filter(verb="enrol", who="una").count() == 1


def test_reading_languages_must_match_exactly(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", languages=("en", "zh"), seats=6)
    assert services.enrol(study=study, languages=["zh"]).rater.seat.languages == ["zh"]
    with pytest.raises(NoFreeSeat, match="reads en and zh"):
        services.enrol(study=study, languages=["zh", "en"])


@pytest.mark.parametrize(
    ("state", "works"), [("frozen", True), ("open", True), ("paused", True), ("closed", False)]
)
def test_links_may_be_made_until_a_study_closes(tmp_path: Path, state: str, works: bool) -> None:
    study = make_study(tmp_path, state=state)
    if works:
        assert services.enrol(study=study, languages=["en"]).rater.pk
    else:
        with pytest.raises(NotOpen):
            services.enrol(study=study, languages=["en"])


# People


def test_consent_is_stored_with_its_text_once_per_version(rater: Rater) -> None:
    services.give_consent(rater=rater, language="zh-hans", training_use=True)
    services.give_consent(rater=rater, language="en", training_use=False)
    consent = Consent.objects.get()
    assert consent.text.endswith("\n\n" + rater.study.spec["consent"]["text"]["zh"])
    assert (consent.version, consent.training_use) == ("default-4", True)


def test_profile_and_instructions_are_kept(rater: Rater) -> None:
    services.save_profile(rater=rater, profile={"years": "10+"}, series_known=["pier-en", "pier-en"])
    services.mark_instructed(rater=rater)
    first = Rater.objects.get().instructed_at
    services.mark_instructed(rater=rater)
    stored = Rater.objects.get()
    assert (stored.profile, stored.series_known) == ({"years": "10+"}, ["pier-en"])
    assert stored.instructed_at == first is not None


# Leases


def test_assignments_come_by_position_and_one_at_a_time(rater: Rater) -> None:
    positions = []
    while assignment := services.lease_next_assignment(rater=rater):
        assert services.lease_next_assignment(rater=rater) == assignment
        positions.append(assignment.slot.position)
        services.submit(assignment=assignment, submission=submission())
    assert positions == [1, 2, 3]
    rater.refresh_from_db()
    assert rater.finished_at is not None


def test_taking_and_saving_renew_the_lease(rater: Rater, assignment: Assignment) -> None:
    run_out(assignment)
    again = services.lease_next_assignment(rater=rater)
    assert again == assignment
    assert again.leased_until > database_now() + timedelta(minutes=80)
    run_out(assignment)
    services.save_answer(assignment=assignment, fields={"choice-overall": "left"}, revision=0)
    assignment.refresh_from_db()
    assert assignment.leased_until > database_now() + timedelta(minutes=80)


def test_sweeping_expires_what_ran_out_and_it_comes_back_at_its_position(
    rater: Rater, assignment: Assignment
) -> None:
    services.save_answer(assignment=assignment, fields={"choice-overall": "left"}, revision=0)
    assert services.expire_leases() == 0
    run_out(assignment)
    assert services.expire_leases() == 1
    assert services.expire_leases() == 0
    again = services.lease_next_assignment(rater=rater)
    assert again == assignment
    assert again.state == "open"
    assert again.answer.content == {"choice-overall": "left"}


def test_an_expired_lease_is_freed_without_a_sweep_when_a_rater_asks(
    rater: Rater, assignment: Assignment
) -> None:
    run_out(assignment)
    services.free_seat(rater=rater, by="staff", reason="left")
    successor = services.enrol(study=rater.study, languages=["en"]).rater
    taken = services.lease_next_assignment(rater=successor)
    assert taken is not None
    assert taken != assignment
    assert taken.slot == assignment.slot


def test_an_answer_that_grows_after_the_lease_ran_out_opens_what_nobody_else_has(
    rater: Rater, assignment: Assignment
) -> None:
    run_out(assignment)
    assert services.expire_leases() == 1
    saved = services.save_answer(assignment=assignment, fields={"choice-overall": "left"}, revision=0)
    assert (saved.revision, saved.conflict) == (1, False)
    assignment.refresh_from_db()
    assert assignment.state == "open"
    assert assignment.leased_until > database_now() + timedelta(minutes=80)
    run_out(assignment)
    services.expire_leases()
    services.free_seat(rater=rater, by="staff", reason="left")
    with pytest.raises(AlreadyEnded) as ended:
        services.save_answer(assignment=assignment, fields={}, revision=1)
    assert ended.value.state == "expired"


def test_half_an_hour_of_silence_begins_a_new_sitting(rater: Rater, assignment: Assignment) -> None:
    services.submit(assignment=assignment, submission=submission())
    assert Sitting.objects.count() == 1
    Sitting.objects.update(last_seen_at=database_now() - timedelta(minutes=31))
    second = services.lease_next_assignment(rater=rater)
    assert second is not None
    assert second.sitting is not None
    assert second.sitting.number == 2
    Sitting.objects.filter(number=2).update(last_seen_at=database_now() - timedelta(minutes=29))
    services.submit(assignment=second, submission=submission())
    assert Sitting.objects.count() == 2


@pytest.mark.parametrize("verb", ["pause", "close"])
def test_a_study_that_is_not_open_gives_and_takes_nothing(
    study: Study, rater: Rater, assignment: Assignment, verb: str
) -> None:
    study_states.transition(study=study, verb=verb, by="una")
    state = {"pause": "paused", "close": "closed"}[verb]
    for call in (
        lambda: services.lease_next_assignment(rater=rater),
        lambda: services.save_answer(assignment=assignment, fields={}, revision=0),
        lambda: services.skip(assignment=assignment, reason=""),
    ):
        with pytest.raises(NotOpen) as refused:
            call()
        assert refused.value.state == state


# Answers


def test_each_change_of_a_choice_is_kept_and_the_first_one_is_the_first_choice(
    assignment: Assignment,
) -> None:
    for revision, choice in enumerate(["right", "right", "tie", "left"]):
        fields = {"choice-overall": choice, "note": f"draft {revision}", "score-left": "7"}
        services.save_answer(assignment=assignment, fields=fields, revision=revision)
    services.submit(assignment=assignment, submission=submission())
    changes = list(AnswerChange.objects.filter(field="choice-overall").values_list("value", flat=True))
    assert changes == ["right", "tie", "left"]
    assert list(AnswerChange.objects.filter(field="score-left").values_list("value", flat=True)) == ["7", "8"]
    assert not AnswerChange.objects.filter(field="note").exists()
    overall = Judgment.objects.get(criterion__slug="overall")
    assert (overall.choice, overall.first_choice) == ("left", "right")
    assert Judgment.objects.get(criterion__slug="dialogue").first_choice == "tie"


# Submitting


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"judgments": {"overall": ("left", 2)}}, "choice-dialogue"),
        ({"judgments": {"overall": ("best", None), "dialogue": ("tie", None)}}, "choice-overall"),
        ({"judgments": {"overall": ("tie", 2), "dialogue": ("tie", None)}}, "strength-overall"),
        ({"judgments": {"overall": ("left", 4), "dialogue": ("tie", None)}}, "strength-overall"),
        ({"judgments": {"overall": ("left", 1), "dialogue": ("tie", None), "x": ("tie", None)}}, "choice-x"),
        ({"scores": {"left": 8}}, "score-right"),
        ({"scores": {"left": 8, "right": 13}}, "score-right"),
        ({"scores": {"left": 0, "right": 3}}, "score-left"),
        ({"scores": {"left": 1, "right": 3, "middle": 4}}, "score-middle"),
        ({"marks": [SubmissionMark("left", "taste")]}, "marks"),
        ({"marks": [SubmissionMark("left", "plot", 1, 9, 4)]}, "marks"),
    ],
)
def test_what_breaks_the_form_is_refused_and_nothing_is_kept(
    assignment: Assignment, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidSubmission) as refused:
        services.submit(assignment=assignment, submission=submission(**changes))
    assert list(refused.value.problems) == [field]
    assert Judgment.objects.count() == Score.objects.count() == Mark.objects.count() == 0
    assignment.refresh_from_db()
    assert assignment.state == "open"


def test_after_a_pause_the_kept_answer_can_be_sent(
    study: Study, rater: Rater, assignment: Assignment
) -> None:
    study_states.transition(study=study, verb="pause", by="una")
    services.submit(assignment=assignment, submission=submission())
    study_states.transition(study=study, verb="open", by="una")
    again = services.lease_next_assignment(rater=rater)
    assert again == assignment
    assert services.submit(assignment=again, submission=submission()).outcome == "submitted"


# Leaving


def test_withdrawing_frees_the_seat_and_the_next_one_takes_what_is_left(study: Study, rater: Rater) -> None:
    judge(rater, rng=random.Random(1), pairs=1)
    held = services.lease_next_assignment(rater=rater)
    assert held is not None
    services.withdraw(rater=rater, erase=False)
    held.refresh_from_db()
    assert held.state == "released"
    assert services.submit(assignment=held, submission=submission()).outcome == "withdrawn"
    for call in (
        lambda: services.lease_next_assignment(rater=rater),
        lambda: services.mark_instructed(rater=rater),
    ):
        with pytest.raises(NotOpen):
            call()
    second = services.enrol(study=study, languages=["en"]).rater
    assert services.progress(second) == services.Progress(
        judged=0, skipped=0, late=0, total=2, position=1, finished=False
    )
    theirs = services.lease_next_assignment(rater=second)
    assert theirs is not None
    assert theirs.slot == held.slot
    assert theirs.code != held.code
    verbs = list(SeatEvent.objects.order_by("number").values_list("number", "verb"))
    assert verbs == [(1, "taken"), (2, "withdrawn"), (3, "taken over")]
    assert SeatEvent.objects.get(number=2).detail["left"] == [2, 3]


def test_a_seat_with_nothing_left_is_not_taken_over(study: Study, rater: Rater) -> None:
    judge(rater, rng=random.Random(1))
    services.withdraw(rater=rater, erase=False)
    assert services.enrol(study=study, languages=["en"]).rater.seat.number == 2


def test_erasing_removes_the_person_and_the_words_and_keeps_the_numbers(
    rater: Rater, assignment: Assignment
) -> None:
    services.save_profile(rater=rater, profile={"years": "10+"}, series_known=["pier-en"])
    services.save_answer(assignment=assignment, fields={"reason": "secret words"}, revision=0)
    given = submission(reason="secret words", marks=[SubmissionMark("left", "plot", 1, 4, 9, "secret words")])
    services.submit(assignment=assignment, submission=given)
    services.withdraw(rater=rater, erase=True)
    rater.refresh_from_db()
    assert (rater.profile, rater.series_known) == ({}, [])
    with connection.cursor() as cursor:
        for table in ("rater", "assignment", "answer", "answerchange", "mark", "judgment"):
            cursor.execute(f"SELECT * FROM annotations_{table}")
            assert "secret words" not in str(cursor.fetchall())
    assert Judgment.objects.count() == 2
    assert Mark.objects.get().error_class == "plot"


# Progress and states


def test_progress_counts_from_one_for_everyone(rater: Rater) -> None:
    seen = [services.progress(rater)]
    for _ in range(3):
        judge(rater, rng=random.Random(1), pairs=1)
        seen.append(services.progress(rater))
    assert [(p.done, p.total, p.position, p.finished) for p in seen] == [
        (0, 3, 1, False),
        (1, 3, 2, False),
        (2, 3, 3, False),
        (3, 3, 3, True),
    ]


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("draft", "open"),
        ("draft", "close"),
        ("frozen", "pause"),
        ("frozen", "close"),
        ("open", "open"),
        ("paused", "pause"),
        ("closed", "open"),
    ],
)
def test_verbs_that_a_state_does_not_allow(tmp_path: Path, state: str, verb: str) -> None:
    study = make_study(tmp_path, state=state)
    with pytest.raises(WrongState, match="only a study that is"):
        study_states.transition(study=study, verb=verb, by="una")  # type: ignore[arg-type]
    study.refresh_from_db()
    assert study.state == state


def test_nobody_reads_a_text_twice(study: Study) -> None:
    """Also when seats are left and taken over."""
    rng = random.Random(3)
    for _ in range(9):
        rater = services.enrol(study=study, languages=["en"]).rater
        judge(rater, rng=rng, pairs=2)
        if rng.random() < 0.5:
            services.withdraw(rater=rater, erase=False)
        else:
            judge(rater, rng=rng)
        if not study.seats.filter(rater__isnull=True).exists():
            break
    for each in Rater.objects.all():
        slots = [assignment.slot for assignment in each.assignments.all()]
        shown = [entry for slot in slots for entry in (slot.left.pk, slot.right.pk)]
        assert len(shown) == len(set(shown))
    assert Entry.objects.count() == 9
