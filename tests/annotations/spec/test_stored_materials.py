"""Study file: studies of stored briefs and scripts, without files beside the study file."""

from pathlib import Path

import pytest

from annotations import freezing
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff.studies import loading
from annotations.staff.study_form.new_study import build_study_file, study_file_values
from evalsite.core.errors import InputErrors
from generation.models import Brief
from tests.annotations.study_files import STUDY, THESE_SERIES, replace_in, write_minimal

pytestmark = pytest.mark.django_db
CRITERIA = (
    "criteria: [overall, dialogue]",
    "criteria: [{slug: dialogue, primary: true}, overall, {wit: Which is funnier?}, "
    "{slug: heart, question: 哪一稿更动人？, strength: false}]",
)
OWN = """\
score: {rubric: stars, min: 1, max: 5, tiers: [{from: 1, to: 2, label: low}, {from: 3, to: 5, label: high}]}
marks: true
plan: {primary_contrast: [birch, human], missing_script: drop, margin: {value: 0.1, reason: smaller}}
consent: {version: 2, text: {en: Do you agree?}}
instructions: Read twice.
rights: redistribute
seed: 7
"""
ALONE = STUDY.replace("slug: night-bus", "slug: again").replace("scripts: scripts\n", "")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = write_minimal(tmp_path)
    loading.load_study(path)
    return path


def briefs(value: str) -> str:
    return ALONE.replace("briefs/*.yaml", value)


@pytest.mark.parametrize(
    "value", ["[garage, depot]", "{series: night-bus}", "[depot, {series: [night-bus]}]"]
)
def test_a_study_of_stored_materials_is_the_same_as_one_of_files(stored: Path, value: str) -> None:
    loaded = loading.load_study_text(briefs(value) + THESE_SERIES, "again.yaml", by="rae")
    assert loaded.study.spec["materials"] == Study.objects.get(slug="night-bus").spec["materials"]
    if value == "[garage, depot]":
        assert freezing.freeze(study=loaded.study, by="rae").state == "frozen"


def test_a_file_may_name_stored_briefs_beside_its_own(stored: Path, tmp_path: Path) -> None:
    for slug in ("depot", "garage"):
        (tmp_path / f"briefs/{slug}.yaml").rename(tmp_path / f"{slug}.yaml")
    replace_in(stored, "briefs/*.yaml", "[depot, garage.yaml]")
    assert loading.load_study(stored).outcome == "unchanged"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("[depot, gargae]", "again.yaml:7:17: error: there is no stored brief gargae. Fix: all briefs"),
        ("{series: day-bus}", "again.yaml:7:18: error: series day-bus has no stored briefs."),
        ("briefs/*.yaml", "briefs/*.yaml is a file, but this study file was uploaded without its folder."),
        ("../../etc/passwd", "../../etc/passwd is a file, but"),
        ("{folder: x}", "has no series"),
    ],
)
def test_what_is_not_stored_is_refused(stored: Path, value: str, told: str) -> None:
    with pytest.raises(InputErrors, match=r".") as refused:
        loading.load_study_text(briefs(value), "again.yaml", by="rae")
    assert told in "\n".join(refused.value.lines())
    assert not Study.objects.filter(slug="again").exists()


def test_a_system_that_is_spelled_wrong_is_named_as_it_is(stored: Path) -> None:
    text = briefs("[depot, garage]").replace("[alder, birch, human]", "[adler, birch, human]")
    with pytest.raises(InputErrors, match="no script for brief depot") as refused:
        loading.load_study_text(text, "again.yaml", by="rae")
    said = "\n".join(refused.value.lines())
    assert "depot. Did you mean alder? Systems with stored scripts: alder, birch, human." in said


def test_two_scenes_of_one_number_are_told_at_the_brief_that_is_named(stored: Path) -> None:
    Brief.objects.filter(slug="garage").update(order=1)
    with pytest.raises(InputErrors, match=r"again.yaml:7:17: error: brief garage: "):
        loading.load_study_text(briefs("[depot, garage]"), "again.yaml", by="rae")


def test_a_study_cannot_have_the_address_of_a_page(stored: Path) -> None:
    with pytest.raises(InputErrors, match=r"again.yaml:1:7: error: new is reserved"):
        loading.load_study_text(briefs("[depot]").replace("slug: again", "slug: new"), "again.yaml", by="rae")


@pytest.mark.parametrize("extra", ["", OWN], ids=["least", "own"])
def test_a_stored_study_as_a_file_is_the_same_study(stored: Path, extra: str) -> None:
    text = briefs("[depot, garage]") if not extra else briefs("[depot, garage]").replace(*CRITERIA) + extra
    study = loading.load_study_text(text, "again.yaml", by="rae").study
    written = build_study_file(study_file_values(from_json(study.spec)))
    assert loading.load_study_text(written, "again.yaml", by="rae").outcome == "unchanged", written
