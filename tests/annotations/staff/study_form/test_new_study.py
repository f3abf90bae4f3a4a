"""Staff: making a study in the browser; the form writes a study file, which is read as any other."""

import html
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from annotations import freezing
from annotations.models import Study
from annotations.spec.file import read_study
from annotations.staff.studies import loading
from annotations.staff.study_form.new_study import quoted_errors
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent
from generation.models import Script
from tests.annotations.desk_files import write_desk
from tests.annotations.study_files import replace_in, write_minimal
from tests.snapshots import restore_or_make

pytestmark = pytest.mark.django_db
FORM, FILE = "/studies/new/", "/studies/new/file/"
GIVEN = {
    "slug": "again",
    "title_en": "Night bus",
    "question_en": "Which is better?",
    "question_zh": "哪个更好？",
    "system_1": "alder",
    "system_2": "birch",
    "system_3": "human",
    "briefs": ["series:night-bus"],
    "criteria": ["overall", "dialogue"],
    "primary": "dialogue",
    "score": "on",
    "seats_en": "9",
    "contrast_1": "birch",
    "contrast_2": "human",
    "generalize_to": "these-series",
    "missing_script": "drop",
    "step": "check",
}


@pytest.fixture(autouse=True)
def stored(db: None, tmp_path: Path) -> Study:
    key = restore_or_make("night bus", lambda: loading.load_study(write_minimal(tmp_path)).study.pk)
    return Study.objects.get(pk=key)


def text_in(page: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1]).lstrip("\n")


def made_with(rae: Client, given: dict[str, Any]) -> dict:
    """The value of the study that the form makes."""
    page = rae.post(FORM, GIVEN | given)
    assert page.status_code == 200, page.context["form"].errors
    text = text_in(page.content.decode())
    made = rae.post(FILE, {"text": text, "name": "again.yaml", "step": "make"})
    assert (made.status_code, made["Location"]) == (303, "/studies/again/")
    return Study.objects.get(slug="again").spec


def test_the_general_consent_names_the_organisation_and_the_contact(rae: Client) -> None:
    named = {
        "organisation_en": "Harbour College",
        "organisation_zh": "海港学院",
        "contact": "ask@example.org",
    }
    consent = made_with(rae, named)["consent"]
    assert consent["text"]["en"].startswith("Harbour College invites you to take part")
    assert consent["text"]["zh"].startswith("海港学院诚邀您参加")
    assert "Please write to ask@example.org." in consent["text"]["en"]
    assert "请联系 ask@example.org。" in consent["text"]["zh"]
    assert consent["contact"] == {"en": "ask@example.org", "zh": "ask@example.org"}
    assert consent["version"] == "default-4"
    form = rae.get(FORM).content.decode()
    assert all(f'name="{name}"' in form for name in named)


def test_a_consent_of_ones_own_keeps_its_text_and_gets_the_contact(rae: Client) -> None:
    own = {"consent_en": "Do you agree?", "organisation_en": "Harbour College", "contact": "ask@example.org"}
    consent = made_with(rae, own)["consent"]
    assert consent["text"] == {"en": "Do you agree?"}
    assert consent["contact"]["en"] == "ask@example.org"


def test_the_general_consent_without_either_names_neither(rae: Client) -> None:
    consent = made_with(rae, {})["consent"]
    assert consent["text"]["en"].startswith("A research team invites you to take part")
    assert "Please write to the person who sent you the link." in consent["text"]["en"]
    assert "{" not in consent["text"]["en"] + consent["text"]["zh"]


def test_the_form_gives_a_file_and_the_file_the_study(rae: Client) -> None:
    page = rae.post(FORM, GIVEN).content.decode()
    assert "No problems found" in page
    assert not Study.objects.filter(slug="again").exists(), "checking stores nothing"
    assert not AuditEvent.objects.filter(about="again").exists()
    text = text_in(page)
    sent = rae.post(FILE, {"text": text, "name": "again.yaml", "step": "download"})
    assert sent["Content-Disposition"] == 'attachment; filename="again.yaml"'
    made = rae.post(FILE, {"text": sent.content.decode(), "name": "again.yaml", "step": "make"})
    assert (made.status_code, made["Location"]) == (303, "/studies/again/")
    spec = Study.objects.get(slug="again").spec
    assert spec["title"] == {"en": "Night bus"}
    assert [each["slug"] for each in spec["systems"]] == ["alder", "birch", "human"]
    assert [each["slug"] for each in spec["criteria"]] == ["dialogue", "overall"]
    assert (spec["plan"]["primary_contrast"], spec["plan"]["missing_script"]) == (["birch", "human"], "drop")
    assert spec["score"]["max"] == 12
    assert spec["materials"] == Study.objects.get(slug="night-bus").spec["materials"]
    assert AuditEvent.objects.filter(who="rae", verb="load study (created)", about="again").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"title_en": ""}, "Fill this in for at least one language."),
        ({"system_2": "", "system_3": ""}, "Choose at least two systems."),
        ({"system_2": "alder"}, "A system is chosen twice."),
        ({"seats_en": ""}, "Enter a number of seats."),
        ({"seats_en": "6"}, "3 systems need at least 9 seats that read English. There are 6."),
        ({"primary": "plot"}, "Choose one of the criteria you selected."),
        ({"contrast_2": ""}, "Choose a system."),
        ({"contrast_1": "", "contrast_2": ""}, "Choose a system."),
        ({"contrast_3": "alder"}, "Choose both systems, or leave both empty."),
        ({"system_3": "", "seats_en": "3"}, "human: not in this study."),
        ({"seats_zh": "3"}, "No chosen brief is in Chinese."),
        ({"contrast_2": "birch"}, "Choose two different systems."),
        ({"contrast_3": "human", "contrast_4": "birch"}, "This comparison is listed twice."),
        ({"slug": "new"}, "New is reserved."),
        ({"slug": "Night Bus"}, "Use lower-case letters"),
        ({"briefs": []}, "Choose at least one series or brief."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_stored(rae: Client, more: dict, told: str) -> None:
    page = rae.post(FORM, GIVEN | more)
    assert page.status_code == 422
    assert told in page.content.decode()
    assert Study.objects.count() == 1


def test_the_comparison_that_answers_the_question_is_shown_beside_it(rae: Client) -> None:
    assert "Which comparison answers your question?" in rae.get(FORM).content.decode()
    page = rae.post(FORM, GIVEN).content.decode()
    assert page.index("Which is better?") < page.index("birch vs. human") < page.index("<textarea")


def test_several_comparisons_may_answer_the_question(rae: Client) -> None:
    page = rae.post(FORM, GIVEN | {"contrast_3": "birch", "contrast_4": "alder"}).content.decode()
    assert "birch vs. human<br>birch vs. alder" in page
    made = rae.post(FILE, {"text": text_in(page), "name": "again.yaml", "step": "make"})
    assert made.status_code == 303
    study = Study.objects.get(slug="again")
    plan = study.spec["plan"]
    assert plan["primary_contrast"] == ["birch", "human"]
    assert plan["primary_contrasts"] == [["birch", "human"], ["birch", "alder"]]
    assert "birch vs. human<br>birch vs. alder" in rae.get("/studies/again/").content.decode()
    again = rae.get(f"{FILE}?study=again").content.decode()
    assert rae.post(FILE, {"text": text_in(again), "name": "again.yaml", "step": "make"}).status_code == 303
    study.refresh_from_db()
    assert study.spec["plan"] == plan


def test_a_script_that_is_missing_is_told(rae: Client) -> None:
    Script.objects.filter(brief__slug="depot", system__slug="birch").delete()
    page = rae.post(FORM, GIVEN | {"missing_script": "refuse"}).content.decode()
    assert len(re.findall(r"birch has no script for 1 brief: .+? \(depot\)\.", page)) == 2  # list and field
    assert "“If a system has no script for a brief”" in page
    assert "missing_script" not in re.sub(r'(name|id|for)="[^"]*"', "", page)


def test_the_form_lists_which_systems_have_scripts(rae: Client) -> None:
    Script.objects.filter(brief__slug="depot", system__slug="birch").delete()
    page = " ".join(rae.get(FORM).content.decode().split())
    assert "Scripts by: alder 2/2, birch 1/2, human 2/2" in page


def test_practice_names_the_field_to_change(rae: Client, tmp_path: Path) -> None:
    outside(tmp_path)
    page = rae.post(FORM, GIVEN | {"practice_briefs": ["brief:larder"], "practice_pass": "2"})
    assert "have 1 practice scene, but passing needs 2" in " ".join(
        page.context["form"].errors["practice_briefs"]
    )


def test_practice_may_be_paid_and_use_different_scenes(rae: Client, tmp_path: Path) -> None:
    outside(tmp_path)
    given = GIVEN | {"practice_briefs": ["brief:larder"], "practice_pass": "1", "practice_tries": "2"}
    refused = rae.post(FORM, given | {"practice_different": "on", "practice_pay": "6"})
    errors = refused.context["form"].errors
    assert "2 rounds with different scenes need 2" in " ".join(errors["practice_briefs"])
    assert errors["practice_pay"] == ["Also enter the pay per pair under “Breaks and pay”."]
    pay = {"pay_per_pair": "12.5", "pay_currency": "EUR", "pay_minutes": "20", "practice_pay": "6"}
    text = text_in(
        rae.post(FORM, given | pay | {"practice_tries": "1", "practice_different": "on"}).content.decode()
    )
    assert "different_scenes: true" in text
    assert "pay: '6.00'" in text or 'pay: "6.00"' in text or "pay: 6.00" in text
    unused = rae.post(FORM, GIVEN | pay)
    assert unused.context["form"].errors["practice_pay"] == ["Choose practice scenes, or leave this empty."]


def test_a_human_system_gets_a_chinese_name(rae: Client) -> None:
    text = text_in(rae.post(FORM, GIVEN).content.decode())
    assert "编剧" in text
    assert 'id="human-names-zh"' in rae.get(FORM).content.decode()


def test_a_file_is_taken_and_its_faults_have_lines(rae: Client) -> None:
    wrong = BytesIO("slug: other\ntitle: Ä\nsystems: [alder]\nbriefs: scripts/*.yaml\n".encode())
    wrong.name = "other.yaml"
    page = rae.post(FILE, {"file": wrong, "step": "upload"})
    told = page.content.decode()
    assert page.status_code == 422
    assert re.search(
        r"Line 3</span>:\s*<code>systems: \[alder\]|Line 3.*?systems: \[alder\]", told, re.DOTALL
    )
    assert "was uploaded without its folder" in told
    for bad in (b"\xff\xfe", b"slug: [", b"x" * 500_000):
        handle = BytesIO(bad)
        handle.name = "../../etc/x.yaml"
        assert rae.post(FILE, {"file": handle, "step": "upload"}).status_code == 422
    assert rae.post(FILE, {"step": "upload"}).status_code == 422
    assert Study.objects.count() == 1


def test_errors_of_a_study_file_are_shown_in_chinese(rae: Client, tmp_path: Path) -> None:
    rae.cookies["django_language"] = "zh-hans"
    page = rae.post(FILE, {"file": BytesIO(b"slug: other\ntitel: A\n"), "step": "upload"}).content.decode()
    assert "此 YAML 缺少 title。" in page
    assert "此 YAML 中没有字段 titel。是否想写 title？" in page
    (tmp_path / "few").mkdir()
    path = write_minimal(tmp_path / "few")
    replace_in(path, "count: 9", "count: 1")
    with pytest.raises(InputErrors) as refused:
        read_study(path)
    with translation.override("zh-hans"):
        (fault,) = quoted_errors(path.read_text(), refused.value)
    assert fault.message.startswith("每份英文创作要求有 1 次阅读，但 3 个系统组成 3 个配对")
    assert fault.fix == "请安排至少 9 个席位阅读英文，或设为 raters_per_pairing: 2。"


def test_a_draft_is_changed_by_its_file_and_a_frozen_study_is_not(rae: Client, stored: Study) -> None:
    text = text_in(rae.get(f"{FILE}?study=night-bus").content.decode())
    changed = text.replace("Night bus", "Last bus")
    page = rae.post(FILE, {"text": changed, "name": "night-bus.yaml", "step": "check"}).content.decode()
    assert "title.en" in page
    assert "Save draft" in page
    rae.post(FILE, {"text": changed, "name": "night-bus.yaml", "step": "make"})
    stored.refresh_from_db()
    assert stored.title == {"en": "Last bus"}
    freezing.freeze(study=stored, by="rae")
    refused = rae.post(FILE, {"text": text, "name": "night-bus.yaml", "step": "make"})
    assert refused.status_code == 422
    assert "Study night-bus is frozen, and this file differs in: title.en." in refused.content.decode()
    assert rae.get(f"{FILE}?study=nowhere").status_code == 404


WAY = {
    "repeat": "1",
    "sitting_pairs": "2",
    "break_minutes": "15",
    "pay_per_pair": "12.5",
    "pay_currency": "eur",
    "pay_minutes": "20",
    "guess": "last",
    "guess_scripts": "6",
    "debriefing_en": "Machines wrote some.",
    "completion_code": "DONE-1",
    "code_left": "LEFT-2",
    "prolific": "on",
}


def outside(tmp_path: Path) -> None:
    """Stored briefs and scripts of another series, to practise on and to check with."""
    (tmp_path / "more").mkdir()
    write_desk(tmp_path / "more")
    path = tmp_path / "more/study.yaml"
    replace_in(path, "slug: night-bus", "slug: other")
    loading.load_study(path)


def test_the_form_says_how_raters_work(rae: Client, tmp_path: Path) -> None:
    outside(tmp_path)
    given = WAY | {"practice_briefs": ["brief:larder", "brief:market"], "practice_pass": "1"}
    given |= {
        "checks_briefs": ["brief:orchard"],
        "checks_announced": "no",
        "briefs": ["brief:depot", "brief:garage", "brief:harbour", "brief:island"],
    }
    spec = made_with(rae, given)
    assert spec["design"]["repeat"] == 1
    assert (spec["practice"]["briefs"], spec["practice"]["pass"], spec["practice"]["tries"]) == (
        ["larder", "market"],
        1,
        2,
    )
    assert (spec["checks"]["briefs"], spec["checks"]["announced"]) == (["orchard"], False)
    assert spec["sittings"] == {"pairs": 2, "break_minutes": 15}
    assert spec["pay"] == {"currency": "EUR", "per_pair": "12.50", "minutes": 20}
    assert spec["guess"] == {"when": "last", "scripts": 6}
    assert spec["completion"] == {"code": "DONE-1", "url": "", "left": {"code": "LEFT-2", "url": ""}}
    assert (spec["debriefing"], spec["prolific"]) == ({"en": "Machines wrote some."}, True)


def test_one_script_at_a_time_has_a_score_and_no_criteria(rae: Client) -> None:
    spec = made_with(rae, {"kind": "single", "score": "", "missing_script": "refuse"})
    assert (spec["design"]["kind"], spec["criteria"], spec["score"]["max"]) == ("single", [], 12)


def test_a_form_that_nobody_has_touched_is_folded_and_proposes_breaks_and_guesses(rae: Client) -> None:
    page = rae.get(FORM).content.decode()
    assert re.search(r'<details class="[^"]*new-participation" id="participation">', page)
    assert re.search(r'name="sitting_pairs" value="5"', page)
    assert re.search(r'<option value="last" selected>', page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ({"kind": "single", "repeat": "1"}, "repeat", "raters see one script at a time"),
        ({"pay_per_pair": "5"}, "pay_minutes", "Pay needs an amount"),
        (
            {"pay_per_pair": "5", "pay_currency": "E1R", "pay_minutes": "9"},
            "pay_currency",
            "E1R isn't a currency.",
        ),
        ({"break_minutes": "9"}, "sitting_pairs", "Enter the number of pairs before a break"),
        ({"completion_code": "A B"}, "completion_code", "Code can't be A B."),
        (
            {"completion_code": "DONE-1", "code_left": "DONE-1"},
            "code_left",
            "has the same code as completion",
        ),
        ({"code_left": "LEFT-2"}, "completion_code", "Also enter a completion code"),
        ({"practice_briefs": ["brief:depot"]}, "practice_briefs", "already used elsewhere"),
        ({"same": "99"}, "same", "less than or equal to 10"),
    ],
)
def test_a_fault_of_the_way_stands_at_its_field_and_opens_the_part(
    rae: Client, more: dict[str, str], field: str, told: str
) -> None:
    page = rae.post(FORM, GIVEN | more)
    assert page.status_code == 422
    form = page.context["form"]
    assert told.replace("&#x27;", "'") in " ".join(form.errors[field]), form.errors
    assert form.participation_open


def test_texts_that_raters_would_miss_are_listed_before_freezing_and_opening(rae: Client) -> None:
    page = rae.post(FORM, GIVEN).content.decode()
    assert "The organization is empty in English: the consent form says “A research team”." in page
    assert "The contact is empty" in page
    assert "The title is empty" not in page
    rae.post(FILE, {"text": text_in(page), "name": "again.yaml", "step": "make"})
    assert "The contact is empty" in rae.get("/studies/again/").content.decode()
    freezing.freeze(study=Study.objects.get(slug="again"), by="rae")
    assert "The contact is empty" in rae.get("/studies/again/").content.decode()
    named = {"organisation_en": "Harbour College", "contact": "ask@example.org"}
    assert "Missing texts" not in rae.post(FORM, GIVEN | named).content.decode()
