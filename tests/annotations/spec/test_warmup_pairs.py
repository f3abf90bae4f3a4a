"""Study file: a warning names checks that raters could tell from the study's own pairs."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils.translation import override

from annotations.models import Study
from annotations.spec.values import from_json
from annotations.spec.warmup_pairs import CheckGiveaway, find_check_giveaways, recorded_giveaways
from annotations.staff.studies.loading import load_study
from evalsite.core.models import AuditEvent
from evalsite.core.trail import detail_line
from tests.annotations.desk_files import MAIN, write_desk
from tests.annotations.study_files import replace_in
from tests.factories import person

pytestmark = pytest.mark.django_db


def marks(study: Study) -> set[tuple[str, str]]:
    return {(told.brief, told.mark) for told in find_check_giveaways(study, from_json(study.spec))}


def enrich(path: Path) -> None:
    """More of a brief, so that it says all that one can say."""
    text = path.read_text()
    path.write_text(f"{text}previous_context: It has rained since the terminus.\nguideline: No music.\n")


def test_each_mark_of_a_check_is_told(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    replace_in(path, "damage: [cut, shuffle]", "damage: [shuffle]")
    assert marks(load_study(path).study) == set()
    for slug in MAIN:
        enrich(tmp_path / f"briefs/{slug}.yaml")
    home = tmp_path / "scripts/orchard/human.fountain"
    home.write_text(home.read_text() + "\nA long wet look at the orchard, and then another one." * 30)
    study = load_study(path).study
    thin = {
        (slug, mark) for slug in ("nursery", "orchard") for mark in ("previous_context", "guideline", "brief")
    }
    assert marks(study) == {*thin, ("orchard", "script")}


def test_a_series_that_practice_has_shown_is_told(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    orchard = tmp_path / "outside/orchard.yaml"
    replace_in(orchard, "last-kiln, title: Last Kiln", "old-tram, title: Old Tram")
    told = marks(load_study(path).study)
    assert {mark for mark in told if mark[1] == "practised"} == {("orchard", "practised")}


def test_a_cut_may_tell_by_its_length(tmp_path: Path) -> None:
    """All main scripts are equally long there: a third less is more than a tenth beyond the shortest."""
    study = load_study(write_desk(tmp_path)).study
    assert marks(study) == {("nursery", "cut"), ("orchard", "cut")}


@pytest.mark.slow
def test_it_is_printed_and_recorded_with_the_freeze_and_stands_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_desk(tmp_path)
    call_command("load_study", path)
    said = capsys.readouterr().err
    assert said.count("after a cut, its script may have only") == 2
    with pytest.raises(CommandError, match="after a cut"):
        call_command("freeze_study", "night-bus")
    call_command("freeze_study", "night-bus", accept_warnings="They are long enough.")
    study = Study.objects.get()
    assert {told.brief for told in recorded_giveaways(study)} == {"nursery", "orchard"}
    event = AuditEvent.objects.get(verb="freeze")
    assert "recognizable attention checks: nursery cut en" in detail_line(event.detail)
    client = Client()
    client.force_login(person("rae"))
    page = client.get("/studies/night-bus/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "检查题 nursery：删节后剧本可能只有" in page


def test_words_have_the_numbers_in_both_languages() -> None:
    told = CheckGiveaway("left-shoe", "script", "en", 323, 566, 1733)
    with override("en"):
        assert (
            told.message
            == "Attention check left-shoe: its script has 323 words; the study's scripts have 566 to 1,733."
        )
    with override("zh-hans"):
        assert told.message == "检查题 left-shoe：剧本有 323 词，研究中的剧本为 566–1,733。"
