"""Staff: duplicate, rename, archive and delete studies; search, filter and sort the list."""

import random
import re

import pytest

from annotations.desk import services
from annotations.errors import WrongState
from annotations.findings import review
from annotations.models import Criterion, Study
from annotations.staff.studies import study_states
from evalsite.core.models import AuditEvent, record
from tests.factories import judge, make_study

pytestmark = pytest.mark.django_db


def titles(page) -> list[str]:
    return re.findall(r'<div class="small muted">([\w-]+)</div>', page.content.decode())


def test_a_duplicate_is_a_draft_with_the_same_plan(staff, tmp_path):
    study = make_study(tmp_path, state="open", slug="harbour")
    assert 'value="harbour-2"' in staff.get("/studies/harbour/duplicate/").content.decode()
    given = {"slug": "harbour-2", "title_en": "Harbour again", "title_zh": ""}
    assert staff.post("/studies/harbour/duplicate/", given)["Location"] == "/studies/harbour-2/"
    copy = Study.objects.get(slug="harbour-2")
    assert (copy.state, copy.title) == ("draft", {"en": "Harbour again"})
    assert copy.spec["materials"] == study.spec["materials"]
    assert copy.spec["plan"] == study.spec["plan"]
    assert copy.seed != study.seed
    assert AuditEvent.objects.filter(about="harbour-2", verb="duplicate study").exists()
    assert staff.get("/studies/harbour-2/").status_code == 200
    again = staff.post("/studies/harbour/duplicate/", given)
    assert again.status_code == 422
    assert "This slug is taken on this site." in again.content.decode()


def test_a_draft_is_renamed_with_its_decisions_and_its_trail(staff, tmp_path):
    study = make_study(tmp_path, state="draft", slug="harbour", extra="As an AI language model, I cannot.")
    review.accept_all(study=study, by="rae", reason="It is said in the story.")
    sent = staff.post(
        "/studies/harbour/rename/", {"slug": "quay", "title_en": "Harbour scenes", "title_zh": "港口戏"}
    )
    assert sent["Location"] == "/studies/quay/"
    study.refresh_from_db()
    assert (study.slug, study.spec["slug"]) == ("quay", "quay")
    assert not study.findings.filter(cleared_at__isnull=True).exists()
    assert review.is_scanned(study)
    page = staff.get("/studies/quay/").content.decode()
    assert "renamed the study" in page
    assert "accepted a finding" in page
    assert staff.get("/studies/harbour/").status_code == 404
    staff.post("/studies/quay/freeze/")
    study.refresh_from_db()
    assert study.state == "frozen"


def test_a_frozen_study_is_not_renamed(staff, tmp_path):
    make_study(tmp_path, slug="harbour")
    assert staff.get("/studies/harbour/rename/")["Location"] == "/studies/harbour/"
    staff.post("/studies/harbour/rename/", {"slug": "quay", "title_en": "x"})
    assert Study.objects.get().slug == "harbour"


@pytest.mark.parametrize("slug", ["new", "Two Words", ""])
def test_a_slug_that_cannot_be_is_refused(staff, tmp_path, slug):
    make_study(tmp_path, state="draft", slug="harbour")
    assert staff.post("/studies/harbour/rename/", {"slug": slug, "title_en": "x"}).status_code == 422


def test_an_archived_study_is_hidden_until_asked_for(staff, tmp_path):
    make_study(tmp_path, slug="harbour")
    asked = staff.get("/studies/harbour/archive/").content.decode()
    assert "Archive “Harbour scenes”?" in asked
    assert "so raters can't judge" in asked
    assert titles(staff.get("/studies/")) == ["harbour"], "asking changes nothing"
    staff.post("/studies/harbour/archive/")
    assert titles(staff.get("/studies/")) == []
    assert titles(staff.get("/studies/?archived=1")) == ["harbour"]
    assert "Restore from archive" in staff.get("/studies/harbour/").content.decode()
    staff.post("/studies/harbour/restore/")
    assert titles(staff.get("/studies/")) == ["harbour"]
    verbs = AuditEvent.objects.filter(about="harbour").values_list("verb", flat=True)
    assert {"archive study", "restore study"} <= set(verbs)


@pytest.mark.parametrize("state", ["frozen", "paused"])
def test_an_archived_study_is_restored_before_it_is_opened(staff, tmp_path, state):
    study = make_study(tmp_path, state=state, slug="harbour")
    staff.post("/studies/harbour/archive/")
    page = staff.get("/studies/harbour/").content.decode()
    assert 'action="/studies/harbour/open/"' not in page
    refused = staff.post("/studies/harbour/open/", follow=True).content.decode()
    assert "This study is archived. Restore it from the archive before you open it." in refused
    study.refresh_from_db()
    assert study.state == state
    with pytest.raises(WrongState, match="restore it"):
        study_states.transition(study=study, verb="open", by="console")
    staff.post("/studies/harbour/restore/")
    staff.post("/studies/harbour/open/")
    study.refresh_from_db()
    assert study.state == "open"


def test_a_draft_is_deleted_after_a_page_that_asks(staff, tmp_path):
    make_study(tmp_path, state="draft", slug="harbour")
    assert "Delete draft “Harbour scenes”?" in staff.get("/studies/harbour/delete/").content.decode()
    assert Study.objects.exists()
    assert staff.post("/studies/harbour/delete/")["Location"] == "/studies/"
    assert not Study.objects.exists()
    assert not Criterion.objects.exists()
    event = AuditEvent.objects.get(verb="delete study")
    assert (event.about, event.detail["title"]["en"]) == ("harbour", "Harbour scenes")


@pytest.mark.parametrize("state", ["frozen", "open"])
def test_nothing_but_a_draft_is_deleted(staff, tmp_path, state):
    study = make_study(tmp_path, state=state, slug="harbour")
    if state == "open":
        judge(services.enrol(study=study, languages=["en"], by="test").rater, rng=random.Random(1), pairs=1)
    assert staff.post("/studies/harbour/delete/")["Location"] == "/studies/harbour/"
    assert Study.objects.exists()


def test_the_list_is_searched_filtered_and_sorted(staff, tmp_path):
    for slug, state in (("ash", "draft"), ("beech", "frozen"), ("cedar", "draft")):
        make_study(tmp_path / slug, state=state, slug=slug)
    assert titles(staff.get("/studies/")) == ["cedar", "beech", "ash"], "newest first"
    assert titles(staff.get("/studies/?sort=oldest")) == ["ash", "beech", "cedar"]
    assert titles(staff.get("/studies/?sort=slug")) == ["ash", "beech", "cedar"]
    assert titles(staff.get("/studies/?state=draft")) == ["cedar", "ash"]
    assert titles(staff.get("/studies/?q=bee")) == ["beech"]
    assert len(titles(staff.get("/studies/?q=港口"))) == 3
    assert "No studies match." in staff.get("/studies/?q=nothing").content.decode()
    assert staff.get("/studies/?sort=x&state=y").status_code == 200


def test_an_open_study_is_not_archived(staff, tmp_path):
    study = make_study(tmp_path, state="open", slug="harbour")
    assert "/studies/harbour/archive/" not in staff.get("/studies/harbour/").content.decode()
    for send in (staff.get, staff.post):
        assert "Pause or close it before" in send("/studies/harbour/archive/", follow=True).content.decode()
    study.refresh_from_db()
    assert study.archived_at is None


def test_going_back_to_draft_asks_first(staff, tmp_path):
    study = make_study(tmp_path, slug="harbour")
    assert "The draw and the frozen texts are discarded" in (
        staff.get("/studies/harbour/thaw/").content.decode()
    )
    study.refresh_from_db()
    assert study.state == "frozen"


def test_the_trail_of_another_study_with_a_former_slug_stays_its_own(staff, tmp_path):
    make_study(tmp_path / "a", state="draft", slug="harbour")
    names = {"title_en": "Harbour scenes", "title_zh": "港口戏"}
    staff.post("/studies/harbour/rename/", {"slug": "quay", **names})
    later = make_study(tmp_path / "b", state="draft", slug="harbour")
    record(who="rae", verb="freeze", about=later.slug)
    assert "froze the study" not in staff.get("/studies/quay/").content.decode()
    assert "froze the study" in staff.get("/studies/harbour/").content.decode()
