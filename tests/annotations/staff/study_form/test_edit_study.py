"""Staff: edit a draft by form. What the form doesn't show is kept, and unsaved entries survive."""

import html
import re
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from annotations.models import Study, UnfinishedForm
from annotations.simulation.pages import read_page
from annotations.spec.values import AttentionSpec, UnblinderSpec, from_json
from annotations.staff.studies.loading import load_study, load_study_text, store_spec
from annotations.staff.study_form.new_study import build_study_file, study_file_values
from annotations.staff.study_form.study_form_values import kept_settings
from tests.annotations.desk_files import write_desk
from tests.factories import make_study, person
from tests.snapshots import restore_or_make

pytestmark = pytest.mark.django_db
EDIT = "/studies/night-bus/edit/"


@pytest.fixture
def draft(tmp_path) -> Study:
    return Study.objects.get(pk=restore_or_make("with finer settings", lambda: _draft(tmp_path)))


def _draft(folder: Path) -> int:
    study = load_study(write_desk(folder)).study
    text = build_study_file(study_file_values(from_json(study.spec)))
    value = yaml.safe_load(text)
    value["plan"]["margin"] = {"value": 0.1, "reason": "A tenth is small."}
    value["practice"]["damage"] = ["cut"]
    value["consent"] = {"organisation": "Harbour College", "contact": "ask@example.org", "approval": "No. 7"}
    value["instructions"] = "Read both."
    return load_study_text(yaml.safe_dump(value), "night-bus.yaml", by="test").study.pk


def entries(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form on a page."""
    return next(form.filled() for form in read_page(page, EDIT).forms if "seats_en" in form.fields)


def test_saving_the_form_as_it_opens_changes_nothing(rae, draft):
    page = rae.get(EDIT).content.decode()
    sent = rae.post(EDIT, entries(page) | {"step": "save"})
    assert (sent.status_code, sent["Location"]) == (303, "/studies/night-bus/"), sent.content.decode()[:3000]
    assert Study.objects.get().spec == draft.spec
    assert "Nothing has changed." in rae.get("/studies/night-bus/").content.decode()


def test_a_change_is_saved_and_finer_settings_are_kept(rae, draft):
    page = rae.get(EDIT).content.decode()
    kept = kept_settings(from_json(draft.spec))
    assert {"plan.margin", "practice.damage", "consent.approval", "instructions"} <= set(kept)
    assert all(name in page for name in kept)
    given = entries(page)
    assert given["organisation_en"] == ["Harbour College"]
    rae.post(EDIT, given | {"question_en": ["Is it better?"], "practice_pass": ["1"], "marks": ["on"]})
    spec = Study.objects.get().spec
    assert spec["question"]["en"] == "Is it better?"
    assert spec["practice"] == draft.spec["practice"] | {"pass": 1}
    assert spec["marks"]
    assert (spec["plan"], spec["consent"]) == (draft.spec["plan"], draft.spec["consent"])
    assert spec["instructions"] == draft.spec["instructions"]


def test_wrong_entries_are_marked_and_kept(rae, draft):
    given = entries(rae.get(EDIT).content.decode()) | {"seats_en": ["2"], "title_en": ["Late bus"]}
    refused = rae.post(EDIT, given)
    assert refused.status_code == 422
    assert "Please fix the marked fields." in refused.content.decode()
    assert Study.objects.get().spec == draft.spec
    page = rae.get(EDIT).content.decode()
    assert "have been restored" in page
    assert 'value="Late bus"' in page


def test_unsaved_entries_survive_reload_and_sign_out_until_they_are_discarded(rae, draft):
    given = entries(rae.get(EDIT).content.decode()) | {"title_en": ["Late bus"]}
    assert rae.post(f"{EDIT}unsaved/", given).status_code == 204
    rae.logout()
    rae.force_login(person("other"))
    assert "Late bus" not in rae.get(EDIT).content.decode(), "they are one user's own"
    rae.force_login(Study.objects.get() and UnfinishedForm.objects.get().user)
    assert 'value="Late bus"' in rae.get(EDIT).content.decode()
    assert rae.post(f"{EDIT}unsaved/", {"discard": "1"})["Location"] == EDIT
    assert "Late bus" not in rae.get(EDIT).content.decode()
    assert "have been restored" not in rae.get(EDIT).content.decode()


def test_an_autosave_that_arrives_after_the_submission_is_ignored(rae, draft):
    given = entries(rae.get(EDIT).content.decode()) | {"title_en": ["Late bus"]}
    autosave = given | {"save_number": ["1"]}
    assert rae.post(EDIT, given | {"save_number": ["2"]}).status_code == 303
    assert rae.post(f"{EDIT}unsaved/", autosave).status_code == 204
    assert "have been restored" not in rae.get(EDIT).content.decode()
    # What is typed later, on the same page or on a new one, is kept.
    rae.post(f"{EDIT}unsaved/", given | {"save_number": ["3"]})
    assert "have been restored" in rae.get(EDIT).content.decode()
    rae.post(f"{EDIT}unsaved/", {"discard": "1"})
    rae.post(f"{EDIT}unsaved/", entries(rae.get(EDIT).content.decode()) | {"save_number": ["1"]})
    assert "have been restored" in rae.get(EDIT).content.decode()


def test_an_autosave_that_arrives_late_does_not_replace_newer_entries(rae, draft):
    given = {"page_key": ["abc"], "briefs": ["brief:depot"]}
    rae.post("/studies/new/", given | {"title_en": ["New"], "save_number": ["5"]})
    rae.post("/studies/new/unsaved/", given | {"title_en": ["Old"], "save_number": ["4"]})
    assert 'value="New"' in rae.get("/studies/new/").content.decode()


def test_the_form_for_a_new_study_keeps_its_entries_too(rae, draft):
    rae.post("/studies/new/unsaved/", {"title_en": "Ferry", "briefs": ["brief:depot"], "seats_en": "4"})
    page = rae.get("/studies/new/").content.decode()
    assert 'value="Ferry"' in page
    assert 'value="brief:depot" checked' in page
    left = rae.post("/studies/new/", {"title_en": "Ferry two", "step": "later"})
    assert left["Location"] == "/studies/"
    assert 'value="Ferry two"' in rae.get("/studies/new/").content.decode()


def test_a_draft_saved_elsewhere_is_not_overwritten_unasked(rae, draft):
    given = entries(rae.get(EDIT).content.decode()) | {"title_en": ["Late bus"]}
    Study.objects.update(spec_digest="0" * 64)
    page = rae.post(EDIT, given)
    assert page.status_code == 422
    assert "saved elsewhere in the meantime" in page.content.decode()
    again = entries(page.content.decode())
    assert rae.post(EDIT, again).status_code == 303
    assert Study.objects.get().title == {"en": "Late bus"}


def test_names_of_systems_in_both_languages(rae, draft):
    given = entries(rae.get(EDIT).content.decode())
    rae.post(EDIT, given | {"name_en_1": ["Alder model"], "name_zh_1": ["赤杨模型"]})
    assert Study.objects.get().spec["systems"][0]["name"] == {"en": "Alder model", "zh": "赤杨模型"}


def test_only_drafts_are_edited(rae, tmp_path):
    make_study(tmp_path, slug="harbour")
    assert rae.get("/studies/harbour/edit/")["Location"] == "/studies/harbour/"


def test_a_draft_with_unsaved_edits_says_so_and_is_not_frozen_by_their_author(rae, draft):
    given = entries(rae.get(EDIT).content.decode()) | {"title_en": ["Late bus"]}
    rae.post(f"{EDIT}unsaved/", given)
    page = rae.get("/studies/night-bus/").content.decode()
    assert "You have unsaved edits (autosaved at" in page
    assert f'href="{EDIT}"' in page
    refused = rae.post("/studies/night-bus/freeze/", {"reason": "Read."}, follow=True).content.decode()
    assert "Save or discard them before you freeze" in refused
    assert Study.objects.get().state == "draft"
    left = rae.post(f"{EDIT}unsaved/", {"discard": "draft"})
    assert left["Location"] == "/studies/night-bus/"
    assert "unsaved edits (autosaved" not in rae.get("/studies/night-bus/").content.decode()


def test_unsaved_edits_of_others_do_not_stop_freezing(rae, tmp_path):
    study = make_study(tmp_path, state="draft")
    UnfinishedForm.objects.create(user=person("other"), study=study, content={"title_en": ["Pier"]})
    named = (UnblinderSpec(name="rae"), UnblinderSpec(name="other"))
    store_spec(study, replace(from_json(study.spec), unblinders=named))
    rae.post("/studies/harbour/freeze/")
    study.refresh_from_db()
    assert study.state == "frozen"


def test_thresholds_written_by_freezing_are_no_settings_of_the_file(draft):
    spec = from_json(draft.spec)
    written = replace(spec, plan=replace(spec.plan, attention=AttentionSpec()))
    assert "plan.attention" not in kept_settings(written)
    other = replace(spec, plan=replace(spec.plan, attention=AttentionSpec(words_per_minute=900)))
    assert "plan.attention" in kept_settings(other)


# Unblinders


def test_the_form_proposes_and_keeps_unblinders(rae, draft):
    """Two accounts are proposed; with one account nothing is asked."""
    assert "unblinder_1" not in rae.get("/studies/new/").content.decode()
    person("ida")
    new = rae.get("/studies/new/").context["form"]
    assert [field.value() for field in new.unblinder_fields] == ["rae", "ida", None]
    sent = entries(rae.get(EDIT).content.decode()) | {"unblinder_1": ["rae"], "unblinder_2": ["rae"]}
    assert "A person is chosen twice." in rae.post(EDIT, sent).content.decode()
    sent |= {"unblinder_2": [""]}
    assert "Choose at least two people." in rae.post(EDIT, sent).content.decode()
    sent |= {"unblinder_2": ["ida"]}
    assert rae.post(EDIT, sent).status_code == 303
    draft.refresh_from_db()
    assert draft.spec["unblinders"] == [{"name": "rae"}, {"name": "ida"}]
    again = rae.get(EDIT).context["form"]
    assert [field.value() for field in again.unblinder_fields] == ["rae", "ida", None]
    file = html.unescape(rae.get("/studies/new/file/?study=night-bus").content.decode())
    assert re.search(r"unblinders:\s+- rae\s+- ida", file)


def test_a_draft_without_unblinders_says_what_to_do(rae, draft, settings):
    settings.UNBLIND_SECOND_FACTOR = "required"
    person("ida")
    page = rae.get("/studies/night-bus/").content.decode()
    assert "name the people who may unblind it" in html.unescape(page)
    assert EDIT in page
