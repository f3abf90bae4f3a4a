"""Desk: the last submitted answer can be changed until the next pair is submitted; nothing is overwritten."""

from typing import Any

import pytest

from annotations.desk import services
from annotations.models import Answer, AnswerRevision, Assignment, Judgment, Mark, Rater, Score, Study
from annotations.staff.studies import monitoring
from evalsite.core.clock import database_now
from tests.annotations.desk.cast import Reader, at_desk, form_token, make_study

pytestmark = pytest.mark.django_db
LINK = 'href="/r/go/change/"'


def sent(reader: Reader, **changes: Any) -> Assignment:
    """Submit the pair that is held."""
    held = reader.held()
    assert reader.post(reader.address(), reader.answers(**changes)).status_code == 303
    held.refresh_from_db()
    assert held.state == "submitted"
    return held


def changed(reader: Reader, held: Assignment, *, revision: int = 0, **changes: Any) -> Any:
    names = [f"choice-{slug}" for slug in ("overall", "character", "dialogue", "format")]
    fields = dict.fromkeys(names, "left") | {"score-left": "8", "score-right": "5"}
    fields |= {name.replace("_", "-"): value for name, value in changes.items()}
    data = {"token": form_token(held), "revision": str(revision)} | fields
    return reader.post(f"/r/a/{held.code}/change/", data)


def current(held: Assignment) -> dict[str, str]:
    return dict(held.judgments.current().values_list("criterion__slug", "choice"))


def test_the_next_page_leads_back_to_the_answer_as_it_was_submitted() -> None:
    reader = at_desk(make_study())
    assert LINK not in reader.get(reader.address()).content.decode()
    held = sent(reader, reason="The lamp.", choice_dialogue="tie", mark_left_1_class="plot")
    assert LINK in reader.get(reader.address()).content.decode()
    assert reader.get("/r/go/change/")["Location"] == f"/r/a/{held.code}/change/"
    page = reader.get(f"/r/a/{held.code}/change/").content.decode()
    assert 'name="choice-dialogue" value="tie" checked' in page
    assert 'name="strength-overall" value="2" checked' in page
    assert 'name="score-left" value="8" checked' in page
    assert '<option value="plot" selected' in page
    assert "The lamp." in page
    # It saves nothing by itself and measures nothing that belongs to the first reading.
    assert "data-answer=" not in page


def test_a_change_is_a_later_event_and_the_earlier_rows_stay() -> None:
    reader = at_desk(make_study())
    held = sent(reader, reason="First thought.", read_left="50", mark_left_1_class="plot")
    response = changed(
        reader, held, choice_overall="right", score_left="7", seconds="12", reason="Second thought."
    )
    assert response["Location"] == f"{reader.address()}?changed=1"
    assert "Your answer was changed." in reader.get(response["Location"]).content.decode()
    held.refresh_from_db()
    assert (held.revision, held.reason, held.read_left_s, held.seconds) == (1, "Second thought.", 50, None)
    assert current(held) == {"overall": "right", "character": "left", "dialogue": "left", "format": "left"}
    overall = held.judgments.filter(criterion__slug="overall").order_by("revision")
    assert [(row.revision, row.choice, row.strength, row.first_choice) for row in overall] == [
        (0, "left", 2, "left"),
        (1, "right", None, "left"),
    ]
    assert dict(held.scores.current().values_list("side", "value")) == {"left": 7, "right": 5}
    assert held.marks.count() == 1
    assert not held.marks.current().exists()
    (event,) = AnswerRevision.objects.all()
    assert (event.number, event.seconds, event.earlier_reason) == (1, 12, "First thought.")
    assert event.submitted_at > held.submitted_at
    assert held.changes.filter(field="choice-overall").last().value == "right"


def test_sending_the_same_twice_changes_once() -> None:
    reader = at_desk(make_study())
    held = sent(reader)
    for _ in range(2):
        assert changed(reader, held, choice_overall="tie").status_code == 303
    held.refresh_from_db()
    assert held.revision == AnswerRevision.objects.count() == 1
    # Nor does an answer that says what is stored.
    assert changed(reader, held, revision=1, choice_overall="tie").status_code == 303
    assert AnswerRevision.objects.count() == 1


def test_of_two_windows_the_later_one_is_asked_again_and_loses_nothing() -> None:
    reader = at_desk(make_study())
    held = sent(reader)
    changed(reader, held, choice_overall="tie", note="newer")
    response = changed(reader, held, choice_overall="neither", reason="From the other window.", note="older")
    page = response.content.decode()
    assert response.status_code == 409
    assert "changed in another window" in page
    assert 'name="choice-overall" value="neither" checked' in page
    assert "From the other window." in page
    assert current(held)["overall"] == "tie"
    assert Answer.objects.get(assignment=held).content["note"] == "newer"
    assert 'name="revision" value="1"' in page
    changed(reader, held, revision=1, choice_overall="neither")
    assert current(held)["overall"] == "neither"


def test_it_is_final_once_the_next_pair_is_submitted() -> None:
    reader = at_desk(make_study())
    first = sent(reader)
    second = sent(reader)
    page = reader.get(f"/r/a/{first.code}/change/").content.decode()
    assert "Your answer can't be changed any more" in page
    assert changed(reader, first, choice_overall="tie").status_code == 200
    assert current(first)["overall"] == "left"
    changed(reader, second, choice_overall="tie")
    assert current(second)["overall"] == "tie"


@pytest.mark.parametrize("end", ["closed", "paused", "withdrawn", "freed", "guessed", "asked to guess"])
def test_it_is_final_once(end: str) -> None:
    reader = at_desk(make_study())
    held = sent(reader)
    if end in ("closed", "paused"):
        Study.objects.update(state=end)
    elif end == "withdrawn":
        services.withdraw(rater=reader.rater, erase=False)
    elif end == "freed":
        services.free_seat(rater=reader.rater, by="rae", reason="gone")
    elif end == "asked to guess":
        Rater.objects.update(guessed_at=database_now())
    else:
        held.guesses.create(side="left", origin="human")
    changed(reader, held, choice_overall="tie")
    assert current(held)["overall"] == "left"
    assert not AnswerRevision.objects.exists()


def test_after_the_last_pair_the_page_of_thanks_leads_back() -> None:
    reader = at_desk(make_study(pairs=1))
    held = sent(reader)
    assert LINK in reader.get("/r/go/done/").content.decode()
    assert changed(reader, held, choice_overall="tie")["Location"] == "/r/go/"
    assert current(held)["overall"] == "tie"


def test_gaps_are_named_and_nothing_is_stored() -> None:
    reader = at_desk(make_study())
    held = sent(reader)
    response = changed(reader, held, choice_dialogue="")
    assert response.status_code == 422
    assert "#field-choice-dialogue" in response.content.decode()
    assert changed(reader, held, token="x").status_code == 400
    assert not AnswerRevision.objects.exists()


def test_nobody_elses_answer() -> None:
    study = make_study()
    reader, other = at_desk(study), at_desk(study)
    held = sent(reader)
    assert other.get(f"/r/a/{held.code}/change/").status_code == 404
    assert changed(other, held, choice_overall="tie").status_code == 404


def test_erasure_takes_the_earlier_words_too() -> None:
    reader = at_desk(make_study())
    held = sent(reader, reason="My street.")
    changed(reader, held, reason="Another street.")
    services.withdraw(rater=reader.rater, erase=True)
    assert not AnswerRevision.objects.exclude(earlier_reason="").exists()


def test_a_change_moves_no_figure_of_the_watched_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "FEWEST", 2)
    study = make_study()
    reader = at_desk(study)
    sent(reader)
    held = sent(reader)
    assert monitoring.study_figures(study).left_share == 1.0
    changed(reader, held, choice_overall="right")
    figures = monitoring.study_figures(study)
    assert (figures.judgments, figures.left_share) == (2, 1.0)
    other = at_desk(study)
    sent(other)
    sent(other)
    assert monitoring.study_figures(study).left_share == 0.75


def test_rows_of_other_tables_count_the_current_answer_only() -> None:
    reader = at_desk(make_study())
    held = sent(reader, mark_left_1_class="plot")
    changed(reader, held, choice_overall="tie", mark_right_1_class="pacing")
    assert Judgment.objects.current().count() == 4
    assert Score.objects.current().count() == 2
    assert [mark.error_class for mark in Mark.objects.current()] == ["pacing"]
    assert services.rater_earnings(Rater.objects.get(pk=reader.rater.pk)) is None
    assert services.progress(reader.rater).judged == 1
