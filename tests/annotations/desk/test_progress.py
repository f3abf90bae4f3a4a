"""Desk, progress: what raters and staff see of it; skipped and late pairs do not count as judged."""

import pytest

from annotations.desk import services
from annotations.models import Assignment, Rater, Study
from annotations.staff.raters.rater_list import list_raters
from tests.annotations.desk.cast import at_desk, enter, make_study, newcomer
from tests.annotations.desk.participation_cast import judge, text

pytestmark = pytest.mark.django_db


def test_a_skipped_pair_is_not_called_judged() -> None:
    reader = at_desk(make_study(pairs=4))
    judge(reader)
    judge(reader)
    reader.skip()
    found = services.progress(reader.rater)
    assert (found.judged, found.skipped, found.late, found.done, found.total) == (2, 1, 0, 3, 4)
    assert (found.position, found.finished) == (4, False)
    page = text(reader, "/r/go/pause/")
    assert "You have judged 2 of 4 pairs. You skipped 1 pair." in page
    assert "2 of 4 judged, 1 skipped</span>" in page
    assert 'max="4" value="3"' in page
    reader.skip()
    assert "You have judged 2 of 4 pairs. You skipped 2 pairs." in text(reader, "/r/go/done/")


def test_a_late_pair_has_its_own_word() -> None:
    reader = at_desk(make_study())
    judge(reader)
    Assignment.objects.filter(state="submitted").update(state="late", excluded="late")
    found = services.progress(reader.rater)
    assert (found.judged, found.late) == (0, 1)
    page = text(reader, "/r/go/pause/")
    assert "You have judged 0 of 4 pairs." in page
    assert "1 pair was submitted too late; it's saved but not counted." in page


def test_who_skipped_everything_is_not_told_that_judgments_are_kept() -> None:
    reader = at_desk(make_study(pairs=1))
    reader.skip()
    page = text(reader, "/r/go/done/")
    assert "You have judged 0 of 1 pairs. You skipped 1 pair." in page
    assert "All your judgments are saved" not in page


def test_staff_see_the_same_numbers() -> None:
    reader = at_desk(make_study(pairs=4))
    judge(reader)
    reader.skip()
    (row,) = list_raters(Study.objects.get())
    assert (row.judged, row.skipped, row.late, row.done, row.total) == (1, 1, 0, 2, 4)


def test_a_study_that_closed_half_way_says_that_what_was_judged_counts() -> None:
    reader = at_desk(make_study())
    judge(reader)
    Study.objects.update(state="closed")
    page = text(reader, "/r/go/")
    assert "You have judged 1 of 3 pairs." in page
    assert "Everything you submitted counts" in page


def test_a_study_that_closed_before_the_first_judgment_says_what_becomes_of_the_rest() -> None:
    reader = at_desk(make_study())
    Study.objects.update(state="closed")
    assert "anything you hadn't submitted isn't counted" in text(reader, "/r/go/")


def test_no_break_is_offered_before_there_is_anything_to_break_off() -> None:
    reader = enter(newcomer(make_study()))
    page = text(reader, "/r/go/consent/")
    assert "Take a break" not in page
    assert "/r/go/instructions/" not in page
    assert "Take a break" in text(at_desk(Study.objects.get()), "/r/go/consent/")


@pytest.mark.parametrize("what", ["leave", "erase"])
def test_the_link_of_who_has_left_says_so(what: str) -> None:
    reader = at_desk(make_study())
    assert reader.post("/r/go/withdraw/", {"what": what}).status_code == 303
    assert (Rater.objects.get().profile == {}) == (what == "erase")
    for path in (f"/r/{reader.secret}/", "/r/go/"):
        response = reader.get(path)
        assert response.status_code == 410
        page = response.content.decode()
        assert "You have withdrawn from this study" in page
        assert ("Erase what I wrote" in page) == (what == "leave")
        assert ("everything you wrote have been erased" in page) == (what == "erase")
    assert reader.post(f"/r/{reader.secret}/").status_code == 410
