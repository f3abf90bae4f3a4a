"""Freezing: practice, checks, same and repeat pairings, and studies of single scripts."""

from collections import Counter
from pathlib import Path

import pytest

from annotations import freezing
from annotations.blinding import unblinding
from annotations.blinding.draw_check import check_draw
from annotations.findings.scanning import count_texts, scan_texts, store_findings
from annotations.models import Entry, Pairing, RevealedEntry, Seat, Slot, Study
from annotations.spec.study_texts import stored_briefs, stored_scripts
from annotations.spec.values import from_json
from annotations.spec.warmup_pairs import recorded_giveaways
from annotations.staff.studies import loading
from annotations.staff.studies.study_states import transition
from evalsite.core.errors import InputErrors
from generation.models import Brief, Script, System
from tests.annotations.desk_files import EXTRAS, MAIN, OUTSIDE, write_desk
from tests.annotations.study_files import replace_in
from tests.factories import add_script, person

pytestmark = pytest.mark.django_db


def frozen(path: Path) -> Study:
    return freezing.freeze(study=loading.load_study(path).study, by="rae", nonce="n" * 32)


def opened(study: Study) -> Study:
    """Unblinded, without anybody having judged."""
    transition(study=study, verb="open", by="rae")
    study = transition(study=study, verb="close", by="rae")
    return unblinding.unblind_from_console(study=study, by=person("una"), other=person("dov"))


def test_every_seat_gets_practice_checks_and_what_comes_again(tmp_path: Path) -> None:
    study = frozen(write_desk(tmp_path))
    assert {brief.slug: brief.role for brief in study.briefs.all()} == {
        **dict.fromkeys(MAIN, "main"),
        **dict.fromkeys(OUTSIDE[:2], "practice"),
        **dict.fromkeys(OUTSIDE[2:], "check"),
    }
    assert set(study.main_briefs.values_list("slug", flat=True)) == set(MAIN)
    for seat in Seat.objects.filter(study=study):
        slots = list(seat.slots.select_related("pairing__first", "pairing__second", "pairing__study_brief"))
        practice = [slot for slot in slots if slot.phase == Slot.Phase.PRACTICE]
        main = [slot for slot in slots if slot.phase == Slot.Phase.MAIN]
        assert [slot.position for slot in practice] == [1, 2, 3, 4]
        assert [slot.position for slot in main] == list(range(1, 8))
        kinds = Counter(slot.pairing.kind for slot in main)
        assert kinds == {"main": 4, "check": 1, "same": 1, "repeat": 1}
        assert {slot.pairing.kind for slot in practice} == {"practice"}
        for slot in slots:
            known = slot.pairing.kind in ("practice", "check")
            assert slot.pairing.worse == ("second" if known else "")
            if known:
                worse, whole = slot.pairing.second, slot.pairing.first
                assert worse.text != whole.text
                assert slot.pairing.damage["kind"] in ("cut", "shuffle", "swap")
                assert slot.pairing.damage["where"]
        repeat = next(slot for slot in main if slot.pairing.kind == "repeat")
        source = next(
            slot
            for slot in main
            if slot.pairing.kind == "main" and slot.pairing.first_id == repeat.pairing.first_id
        )
        assert source.pairing.second_id == repeat.pairing.second_id
        assert source.first_on_left != repeat.first_on_left
        assert repeat.position - source.position >= 2
    check = check_draw(study)
    assert check is not None
    assert check.holds, check.findings


def test_the_main_draw_and_an_ordinary_digest_know_nothing_of_extras(tmp_path: Path) -> None:
    study = frozen(write_desk(tmp_path))

    def cells() -> list[tuple[object, ...]]:
        rows = Slot.objects.filter(seat__study=study, pairing__kind="main")
        rows = rows.order_by("seat__number", "position")
        return list(rows.values_list("seat__number", "pairing__study_brief__slug", "first_on_left"))

    with_extras, digest = cells(), study.frozen_digest
    freezing.thaw(study=study, by="rae")
    assert not Entry.objects.filter(study_brief__study=study).exists()
    assert not Pairing.objects.exists()
    replace_in(tmp_path / "study.yaml", EXTRAS, "")
    replace_in(tmp_path / "study.yaml", "design: {same: 1, repeat: 1}\n", "")
    study = frozen(tmp_path / "study.yaml")
    assert cells() == with_extras
    assert study.frozen_digest != digest
    assert not {"practice", "checks", "pay", "guess", "prolific"} & study.spec.keys()
    assert not {"same", "repeat"} & study.spec["design"].keys()


def test_unblinding_reveals_what_was_damaged_and_draws_again(tmp_path: Path) -> None:
    study = opened(frozen(write_desk(tmp_path)))
    rows = RevealedEntry.objects.filter(entry__study_brief__study=study)
    found = Counter(rows.values_list("system_slug", flat=True))
    assert found["check:original"] == found["practice:original"] == 2
    assert {name for name in found if ":" in name} <= {
        *(f"practice:{what}" for what in ("original", "cut", "shuffle", "swap")),
        *(f"check:{what}" for what in ("original", "cut", "shuffle")),
    }
    for pairing in Pairing.objects.filter(kind="same").select_related("first__revealed", "second__revealed"):
        first, second = pairing.first.revealed, pairing.second.revealed
        assert first.system_slug == second.system_slug
        assert (first.script_sample, second.script_sample) == (1, 2)
        assert first.script_digest != second.script_digest
    check = check_draw(study)
    assert check is not None
    assert (check.same, check.findings) == (True, [])
    slot = Slot.objects.filter(seat__study=study, pairing__kind="check").first()
    assert slot is not None
    Slot.objects.filter(pk=slot.pk).update(first_on_left=not slot.first_on_left)
    assert check_draw(study).same is False


@pytest.mark.slow
def test_freezing_refuses_what_cannot_be_damaged_and_what_has_changed(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    loading.load_study(path)
    for slug in ("nursery", "orchard"):
        text = f"INT. {slug.upper()} - DAY\n\n" + "Rain, and a lot more of it here. " * 20
        brief, system = Brief.objects.get(slug=slug), System.objects.get(slug="human")
        Script.objects.filter(brief=brief).delete()
        add_script(brief=brief, system=system, text=text)
        (tmp_path / f"scripts/{slug}/human.fountain").unlink()
    study = loading.load_study(path).study
    with pytest.raises(InputErrors, match="can't be damaged by"):
        freezing.freeze(study=study, by="rae")
    Script.objects.filter(brief__slug="larder").delete()
    with pytest.raises(InputErrors, match="no longer stored"):
        freezing.freeze(study=study, by="rae")


def test_one_script_at_a_time(tmp_path: Path) -> None:
    path = write_desk(tmp_path, "score: true\nmarks: true\n", design="{kind: single}")
    replace_in(path, "criteria: [overall, dialogue]\n", "")
    replace_in(path, "count: 9", "count: 6")
    study = frozen(path)
    assert from_json(study.spec).design.is_single
    assert study.criteria.count() == 0
    pairings = Pairing.objects.filter(study_brief__study=study)
    assert pairings.count() == 12
    assert not pairings.filter(second__isnull=False).exists()
    for seat in Seat.objects.filter(study=study):
        slots = list(seat.slots.all())
        assert [slot.position for slot in slots] == list(range(1, 13))
        assert len({slot.pairing_id for slot in slots}) == 12
        assert all(slot.left == slot.pairing.first and slot.right is None for slot in slots)
    assert check_draw(study).holds
    study = opened(study)
    assert check_draw(study).same is True


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo-desk", "demo-single"])
def test_the_demonstrations_of_the_desk_freeze_without_a_finding(name: str) -> None:
    study = frozen(Path(__file__).resolve().parents[3] / f"examples/{name}.yaml")
    assert study.state == "frozen"
    assert not study.findings.exists()
    assert recorded_giveaways(study) == [], "no check can be told from the other pairs"
    assert check_draw(study).holds


def test_briefs_from_outside_and_what_the_debriefing_is_to_tell_are_looked_through(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    brief = tmp_path / "outside/nursery.yaml"
    brief.write_text(f"{brief.read_text()}guideline: Like the draft by alder, in the style of ChatGPT.\n")
    with path.open("a") as file:
        file.write("instructions: Some scripts were written by a language model. Read both.\n")
    loading.load_study(path)
    assert found_in(path) == {
        ("more:nursery:guideline", "system"),
        ("more:nursery:guideline", "model"),
    }, "the debriefing says that machines wrote some, and may"
    with path.open("a") as file:
        file.write("consent: {version: 1, text: Do you agree?, machines: debriefing}\n")
    assert ("study:instructions", "model") in found_in(path)


def found_in(path: Path) -> set[tuple[str, str]]:
    study = loading.load_study(path).study
    look(study)
    return set(study.findings.values_list("brief_slug", "kind"))


def look(study: Study) -> None:
    spec = from_json(study.spec)
    briefs, scripts = stored_briefs(study, spec), stored_scripts(study, spec)
    done: list[int] = []
    store_findings(study, scan_texts(study, spec, briefs, scripts, done.append))
    assert done[-1] == count_texts(spec, briefs, scripts)
