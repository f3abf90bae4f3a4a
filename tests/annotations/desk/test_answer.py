"""Desk, saving: `/r/a/<assignment>/answer/` stores the growing answer, `/skip/` ends an assignment."""

from typing import Any

import pytest

from annotations.desk import services
from annotations.models import Answer, Assignment, Study
from tests.annotations.desk.cast import Reader, at_desk, form_token, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    return at_desk(make_study())


def save(reader: Reader, revision: Any = 0, **fields: Any) -> Any:
    return reader.save({name.replace("_", "-"): value for name, value in fields.items()}, revision)


def test_it_works(reader: Reader) -> None:
    response = save(reader, choice_overall="left", reason="Nora")
    assert response.status_code == 200
    assert response.json() == {"revision": 1, "fields": {"choice-overall": "left", "reason": "Nora"}}
    assert 'value="left" checked' in reader.get(reader.address()).content.decode()
    assert reader.get(f"{reader.address()}answer/").json()["revision"] == 1


def test_an_older_tab_gets_the_newer_state(reader: Reader) -> None:
    save(reader, 0, choice_overall="left")
    save(reader, 1, choice_overall="right")
    response = save(reader, 1, choice_overall="tie")
    assert response.status_code == 409
    assert response.json() == {"revision": 2, "fields": {"choice-overall": "right"}}
    assert Answer.objects.get().content == {"choice-overall": "right"}


def test_only_the_forms_own_fields_are_kept(reader: Reader) -> None:
    save(reader, choice_overall="left", colour="red", choice_nonsense="left", score_left=7, seconds="5")
    assert Answer.objects.get().content == {"choice-overall": "left"}


@pytest.mark.parametrize("hostile", ["Nora\x00 waits", "Nora\ud800 waits"])
def test_what_the_database_cannot_hold_is_left_out_of_the_words(reader: Reader, hostile: str) -> None:
    assert save(reader, reason=hostile).json()["fields"] == {"reason": "Nora waits"}
    sent = reader.answers(reason="Nora\x00 waits.", choice_overall="", revision="1")
    assert "missing" in reader.post(reader.address(), sent)["Location"]
    assert Answer.objects.get().content["reason"] == "Nora waits."
    address = reader.address()
    reader.post(address, reader.answers(reason="Nora\x00 waits"))
    assert Assignment.objects.get(code=address[5:-1]).reason == "Nora waits"


def test_words_at_the_limit_are_taken_whatever_their_lines_end_with(reader: Reader) -> None:
    address = reader.address()
    reader.post(address, reader.answers(reason="\r\n".join(["words"] * 666) + "!!!!!"))
    assert len(Assignment.objects.get(code=address[5:-1]).reason) == 4000


def test_words_that_are_too_long_are_kept_whole_and_not_submitted(reader: Reader) -> None:
    """As where the words of two pages were joined."""
    words, address = "字" * 5230, reader.address()
    assert save(reader, reason=words).status_code == 200
    assert Answer.objects.get().content["reason"] == words
    response = reader.post(address, reader.answers(reason=words, revision="1"))
    page = reader.get(response["Location"]).content.decode()
    assert "Not submitted yet: a text is too long" in page
    assert '<a href="#field-reason">Your reason: Too long: 5230 characters; the limit is 4000.' in page
    assert words in page
    assert reader.held().judgments.count() == 0
    reader.post(address, reader.answers(reason=words[:4000]))
    assert len(Assignment.objects.get(code=address[5:-1]).reason) == 4000


def test_words_without_end_are_refused_and_stay_where_they_are(reader: Reader) -> None:
    words = "字" * 20_001
    save(reader, reason="Nora")
    response = save(reader, 1, reason=words, choice_overall="left")
    assert (response.status_code, response.json()["field"]) == (422, "reason")
    assert "20001 characters; the limit is 20000" in response.json()["error"]
    page = reader.post(reader.address(), reader.answers(reason=words))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert Answer.objects.get().content == {"reason": "Nora"}


def test_what_is_not_understood_is_refused(reader: Reader) -> None:
    for body in ("", "[]", "{}", '{"token": "x", "revision": 0, "fields": {}}', "nonsense"):
        response = reader.post(f"{reader.address()}answer/", body, content_type="application/json")
        assert response.status_code == 400
    assert not Answer.objects.exists()


def test_an_impossible_revision_is_refused(reader: Reader) -> None:
    for revision in (-1, 2**31, "0", None):
        assert save(reader, revision, choice_overall="left").status_code == 400


@pytest.mark.parametrize("state", ["submitted", "expired"])
def test_a_pair_that_has_ended_takes_no_more(reader: Reader, state: str) -> None:
    held = reader.held()
    token = form_token(held)
    address = reader.address()
    if state == "submitted":
        reader.post(address, reader.answers())
    else:
        # The lease's end alone closes nothing for good; here the seat has been given up, too.
        Assignment.objects.update(state=state)
        services.free_seat(rater=reader.rater, by="staff", reason="left")
    sent = {"token": token, "revision": 0, "fields": {"choice-overall": "tie"}}
    response = reader.post(f"{address}answer/", sent, content_type="application/json")
    assert (response.status_code, response.json()) == (410, {"state": state})


def test_a_paused_study_takes_no_more(reader: Reader) -> None:
    Study.objects.update(state="paused")
    response = save(reader, choice_overall="left")
    assert (response.status_code, response.json()) == (410, {"state": "paused"})


def test_a_pair_can_be_skipped_with_a_reason(reader: Reader) -> None:
    first, address = reader.held(), reader.address()
    response = reader.skip("know-author")
    assert (response.status_code, response["Location"]) == (303, reader.address())
    again = reader.post(f"{address}skip/", {"token": form_token(first), "reason": "know-author"})
    assert again["Location"] == response["Location"]
    first.refresh_from_db()
    assert (first.state, first.skip_reason) == ("skipped", "know-author")
    assert "You skipped this pair" in reader.get(address).content.decode()


@pytest.mark.parametrize("reason", ["", "bored"])
def test_a_skip_without_a_known_reason_comes_back(reader: Reader, reason: str) -> None:
    response = reader.skip(reason)
    assert response["Location"] == f"{reader.address()}?again=1"
    assert "Please choose a reason" in reader.get(response["Location"]).content.decode()
    assert reader.held().state == "open"


def test_a_judged_pair_is_not_skipped(reader: Reader) -> None:
    first, address = reader.held(), reader.address()
    reader.post(address, reader.answers())
    response = reader.post(f"{address}skip/", {"token": form_token(first), "reason": "other"})
    assert response["Location"] == address
    first.refresh_from_db()
    assert first.state == "submitted"


def test_a_skip_needs_the_pages_token_and_a_post(reader: Reader) -> None:
    assert reader.post(f"{reader.address()}skip/", {"reason": "other"}).status_code == 400
    assert reader.get(f"{reader.address()}skip/").status_code == 405


@pytest.mark.parametrize("depth", [200, 900, 5_000, 100_000])
def test_deeply_nested_json_is_refused_or_ignored(reader: Reader, depth: int) -> None:
    """Whatever the depth, it is an answer and no failure of the site."""
    address, nested = f"{reader.address()}answer/", "[" * depth + "]" * depth
    around = f'{{"token": "{form_token(reader.held())}", "revision": 0, "fields": {{}}, "reading": {nested}}}'
    for body, statuses in ((nested, (400,)), ("[" * depth, (400,)), (around, (200, 400))):
        assert reader.post(address, body, content_type="application/json").status_code in statuses


def test_a_token_of_any_characters_is_only_wrong(reader: Reader) -> None:
    for token in ("\ud800" * 40, "\0" * 40, "é" * 40):
        assert reader.save({}, token=token).status_code == 400


@pytest.mark.parametrize("number", ["9" * 400, "1e400", "NaN"], ids=["whole", "infinite", "none"])
def test_a_time_without_end_is_no_time(reader: Reader, number: str) -> None:
    token = form_token(reader.held())
    body = (
        f'{{"token": "{token}", "revision": 0, "fields": {{}}, "changes": {{"now": {number}, "rows": []}}}}'
    )
    response = reader.post(f"{reader.address()}answer/", body, content_type="application/json")
    assert response.status_code == 200
    assert "no list of changes" in response.json()["refused"][0]


def test_an_address_that_no_code_can_have_is_not_there(reader: Reader) -> None:
    for more in ("", "answer/", "print.pdf", "practised/", "guess/"):
        assert reader.get(f"/r/a/%00/{more}").status_code == 404


def test_who_has_left_is_told_so_in_few_words(reader: Reader) -> None:
    address, token = f"{reader.address()}answer/", form_token(reader.held())
    services.withdraw(rater=reader.rater, erase=False)
    sent = {"token": token, "revision": 0, "fields": {"reason": "Too late."}}
    for response in (reader.post(address, sent, content_type="application/json"), reader.get(address)):
        assert (response.status_code, response.json()) == (410, {"state": "withdrawn"})
    assert not Answer.objects.exists()
