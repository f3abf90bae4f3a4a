"""Desk, refused forms: a refused or repeated form loses no saved answer."""

from typing import Any

import pytest

from annotations.desk import services
from annotations.desk.judging_form import JudgingForm
from annotations.models import Answer, Assignment, Judgment, Study
from tests.annotations.desk.cast import Reader, at_desk, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    return at_desk(make_study())


def autosave(reader: Reader, revision: int, **fields: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    response = reader.save(named, revision)
    assert response.status_code == 200
    return dict(response.json()["fields"])


def test_the_same_refused_form_again_takes_nothing_from_what_was_saved_since(reader: Reader) -> None:
    old = reader.answers(choice_overall=None, choice_format="tie", revision="0")
    first = reader.post(reader.address(), old)
    assert (first.status_code, first["Location"]) == (303, f"{reader.address()}?missing=1")
    saved = autosave(reader, 1, choice_overall="right", choice_format="left", reason="Nora waits.")
    again = reader.post(reader.address(), old)
    assert again.status_code == 303
    content = Answer.objects.get().content
    assert saved.items() <= content.items()
    assert content["choice-dialogue"] == "left"


def test_a_form_without_a_revision_takes_nothing_either(reader: Reader) -> None:
    saved = autosave(reader, 0, choice_overall="right", reason="Nora waits.")
    for _again in range(2):
        reader.post(reader.address(), reader.answers(score_left=None, reason="Other words."))
    content = Answer.objects.get().content
    assert content["choice-overall"] == saved["choice-overall"]
    # No word is lost, and none stands there twice.
    assert content["reason"] == "Nora waits.\n\nOther words."


def test_the_marks_of_an_older_form_get_rows_of_their_own(reader: Reader) -> None:
    autosave(reader, 0, mark_left_1_class="plot", mark_left_1_note="hole")
    older = {"mark_left_1_class": "pacing", "mark_left_1_note": "slow", "mark_right_1_class": "plot"}
    for _again in range(2):
        reader.post(reader.address(), reader.answers(score_left=None, **older))
    content = Answer.objects.get().content
    assert {name: value for name, value in content.items() if name.startswith("mark-")} == {
        "mark-left-1-class": "plot",
        "mark-left-1-note": "hole",
        "mark-left-2-class": "pacing",
        "mark-left-2-note": "slow",
        "mark-right-1-class": "plot",
    }


def test_a_private_note_that_was_emptied_is_gone(reader: Reader) -> None:
    autosave(reader, 0, note="For me alone.")
    reader.post(reader.address(), reader.answers(note="", revision="1"))
    assert Assignment.objects.get(state="submitted").answer.content.get("note") is None


def test_an_answer_that_comes_as_the_study_pauses_is_kept_whole(reader: Reader) -> None:
    held = reader.held()
    marked = {"mark_right_1_class": "pacing", "mark_right_1_note": "late"}
    sent = reader.answers(reason="It moves.", knew_left="on", **marked)
    autosave(reader, 0, note="For me alone.", reason="Older.", mark_left_3_class="plot")
    form = JudgingForm.for_assignment(held, data=sent)
    assert form.is_valid()
    Study.objects.update(state="paused")
    assert services.submit(assignment=held, submission=form.submission()).outcome == "closed"
    content = dict(held.answer.content)
    assert content.pop("note") == "For me alone."
    assert content == {name: value for name, value in sent.items() if name != "token"}


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "\x00"])
def test_a_revision_that_makes_no_sense_is_an_old_one(reader: Reader, revision: str) -> None:
    autosave(reader, 0, choice_overall="right")
    response = reader.post(reader.address(), reader.answers(score_left=None, revision=revision))
    assert response.status_code == 303
    assert Answer.objects.get().content["choice-overall"] == "right"


def test_an_old_strength_is_never_put_beside_a_newer_choice(reader: Reader) -> None:
    autosave(reader, 0, choice_overall="right")
    reader.post(reader.address(), reader.answers(score_left=None, strength_overall="3", revision="0"))
    content = Answer.objects.get().content
    assert (content["choice-overall"], content.get("strength-overall")) == ("right", None)


def test_a_tick_that_was_taken_back_does_not_return(reader: Reader) -> None:
    autosave(reader, 0, choice_overall="right")
    reader.post(reader.address(), reader.answers(score_left=None, knew_left="on", revision="0"))
    assert "knew-left" not in Answer.objects.get().content


def test_a_form_that_was_built_on_what_is_saved_replaces_it(reader: Reader) -> None:
    autosave(reader, 0, choice_overall="right", reason="Nora waits.")
    reader.post(reader.address(), reader.answers(choice_overall="left", score_left=None, revision="1"))
    content = Answer.objects.get().content
    assert content["choice-overall"] == "left"
    assert "reason" not in content


def test_the_form_carries_the_revision_it_was_built_on(reader: Reader) -> None:
    autosave(reader, 0, choice_overall="right")
    assert 'name="revision" value="1"' in reader.get(reader.address()).content.decode()


def test_a_look_at_what_is_missing_changes_nothing_and_ends_when_all_is_there(reader: Reader) -> None:
    address = reader.post(reader.address(), reader.answers(score_left=None, revision="0"))["Location"]
    before = list(Answer.objects.values()), list(Assignment.objects.values())
    assert "Not submitted yet" in reader.get(address).content.decode()
    assert (list(Answer.objects.values()), list(Assignment.objects.values())) == before
    whole = {**Answer.objects.get().content, "score-left": "4"}
    autosave(reader, 1, **whole)
    assert "Not submitted yet" not in reader.get(address).content.decode()
    assert not Judgment.objects.exists()


def test_an_old_form_that_is_whole_is_what_its_reader_saw_and_counts(reader: Reader) -> None:
    autosave(reader, 0, choice_overall="right")
    assert reader.post(reader.address(), reader.answers(revision="0")).status_code == 303
    assert Judgment.objects.get(criterion__primary=True).choice == "left"


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_study_that_takes_nothing_says_so_also_of_a_form_with_gaps(reader: Reader, state: str) -> None:
    address, sent = reader.address(), reader.answers(choice_overall=None, revision="0", reason="Nora.")
    Study.objects.update(state=state)
    assert reader.post(address, sent)["Location"] == "/r/go/"
    assert Answer.objects.get().content["reason"] == "Nora."


def test_words_sent_after_the_lease_ran_out_are_kept(reader: Reader) -> None:
    address, sent = reader.address(), reader.answers(choice_overall=None, revision="0", reason="Nora.")
    Assignment.objects.update(state="expired")
    assert "no longer reserved for you" in reader.get(reader.post(address, sent)["Location"]).content.decode()
    reader.post("/r/go/")
    assert "Nora." in reader.get(address).content.decode()


def test_nothing_is_kept_of_a_pair_that_has_ended_or_of_who_has_left(reader: Reader) -> None:
    held = reader.held()
    services.skip(assignment=held, reason="other")
    services.store_unsent_answer(assignment=held, fields={"reason": "late words"}, revision=0)
    services.withdraw(rater=reader.rater, erase=True)
    services.store_unsent_answer(
        assignment=reader.rater.assignments.get(), fields={"reason": "x"}, revision=0
    )
    assert not Answer.objects.exists()
