"""Study file: the keys about participation, what they give, and how faults are reported."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from annotations.models import Study
from annotations.spec.file import Stored, read_study
from annotations.spec.values import StudySpec, as_json, from_json
from annotations.staff.studies import loading
from annotations.staff.study_form.new_study import build_study_file, study_file_values
from evalsite.core.errors import InputErrors
from generation.models import Script
from tests.annotations.desk_files import EXTRAS, script, write_desk
from tests.annotations.study_files import replace_in, write_minimal

NEW_KEYS = {"practice", "checks", "sittings", "pay", "guess", "debriefing", "completion", "prolific"}
CONSENT = """\
consent:
  version: 2
  text: {en: Do you agree?}
  approval: {en: Board 7 of the School of Drama no. 41, zh: 戏剧学院第七委员会第41号}
  contact: desk@example.org
  machines: debriefing
  withdraw_until: 2027-03-01
  measures: How long a script is on the screen, and how far it was scrolled.
"""


def spec_of(path: Path) -> StudySpec:
    return read_study(path).spec


def refusal(path: Path) -> str:
    with pytest.raises(InputErrors) as caught:
        read_study(path)
    return "\n".join(str(fault) for fault in caught.value.errors)


def test_all_keys_give_their_values_and_survive_json(tmp_path: Path) -> None:
    spec = spec_of(write_desk(tmp_path, EXTRAS + CONSENT))
    assert spec.practice is not None
    assert spec.checks is not None
    assert spec.pay is not None
    assert spec.practice.briefs == ("larder", "market")
    assert (spec.practice.needed, spec.practice.tries, spec.practice.system) == (2, 2, "human")
    assert spec.practice.damage == ("shuffle", "swap", "cut")
    assert (spec.checks.damage, spec.checks.per_seat, spec.checks.announced) == (("cut", "shuffle"), 1, False)
    assert (spec.pay.currency, spec.pay.per_pair, spec.pay.minutes) == ("EUR", "12.50", 20)
    assert (spec.design.same, spec.design.repeat, spec.prolific) == (1, 1, True)
    assert set(spec.debriefing) == {"en", "zh"}
    assert spec.consent.withdraw_until == {"en": "2027-03-01", "zh": "2027-03-01"}
    assert (spec.consent.machines, spec.consent.transfer) == ("debriefing", {})
    assert set(spec.materials.warmup) == {"larder", "market", "nursery", "orchard"}
    assert spec.materials.second["depot"].keys() == {"alder", "birch", "human"}
    value = json.loads(json.dumps(as_json(spec)))
    assert value["practice"]["pass"] == 2
    assert "transfer" not in value["consent"]
    assert from_json(value) == spec
    assert from_json(value).digest == spec.digest


def test_what_a_study_does_not_use_stands_nowhere(tmp_path: Path) -> None:
    """The digest is the one from before any of these keys was known, of fixed texts for those that ship."""
    spec = spec_of(write_minimal(tmp_path))
    texts = {"en": "Read.", "zh": "读。"}
    spec = replace(
        spec,
        instructions=texts,
        consent=replace(spec.consent, version="default-1", text=texts),
        criteria=tuple(replace(one, label=texts, question=texts, guidance=texts) for one in spec.criteria),
        plan=replace(spec.plan, generalize_to=None, item_cluster="item"),
    )
    value = as_json(spec)
    assert not NEW_KEYS & value.keys()
    assert set(value["design"]) == {
        "seats", "kind", "scheme", "raters_per_pairing", "briefs_per_seat", "rereading",
    }  # fmt: skip
    assert set(value["consent"]) == {"version", "text"}
    assert "attention" not in value["plan"]
    assert set(value["materials"]) == {"briefs", "scripts"}
    assert spec.digest == BEFORE


BEFORE = "7e72a1669062214b32226c882d8e947ddb718817615c0383aba7e68d7e942af7"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("pass: 2, tries: 2", "pass: 3", 10, "practice needs 3 right answers, but there are"),
        ("tries: 2}", "tries: 2, different_scenes: true}", 10, "2 rounds with 2 different scenes each"),
        ("tries: 2}", "tries: 2, different_scenes: 2}", 10, "different_scenes must be true or false"),
        ("tries: 2}", "tries: 2, pay: many}", 10, "pay can't be many. Fix: enter an amount such as 12.50"),
        ("outside/larder.yaml", "briefs/depot.yaml", 10, "brief depot is already used elsewhere"),
        ("outside/nursery.yaml", "outside/larder.yaml", 11, "brief larder is already used elsewhere"),
        ("damage: [cut, shuffle]", "damage: [burn]", 11, "damage[1] is burn. Fix: use one of: shuffle"),
        ("announced: false", "per_seat: 3", 11, "2 checks for seats that read en, but per_seat is 3"),
        ("pairs: 2, break", "pairs: 9, break", 9, "0 of them can be repeated 9 pairs later"),
        ("per_pair: 12.5", "per_pair: 12.505", 13, "per_pair can't be 12.505. Fix: enter"),
        ("currency: eur", "currency: euros", 13, "currency has 5 characters"),
        ("minutes: 20}", "minute: 20}", 13, "did you mean minutes?"),
        ("when: last, scripts: 4", "when: each, scripts: 4", 14, "write when: last, or remove scripts"),
        ("code: ABC123", "code: A B", 16, "use 3 to 60 letters, digits, hyphens and underscores"),
        ("https://example", "http://example", 16, "use a link that starts with https://"),
        ("same: 1", "same: 20", 9, "same is 20. Fix: use 0 to 10"),
    ],
)  # fmt: skip
def test_faults_have_their_line_and_remedy(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    path = write_desk(tmp_path)
    replace_in(path, old, new)
    told = [each for each in refusal(path).splitlines() if says in each]
    assert told, refusal(path)
    assert f"study.yaml:{line}:" in told[0]
    assert "Fix: " in told[0]


def test_practice_may_be_paid_and_have_different_scenes_in_each_round(tmp_path: Path) -> None:
    extras = EXTRAS.replace("pass: 2, tries: 2", "pass: 1, tries: 2, different_scenes: true, pay: 6")
    spec = spec_of(write_desk(tmp_path, extras))
    assert spec.practice is not None
    assert (spec.practice.different_scenes, spec.practice.pay) == (True, "6.00")
    assert as_json(spec)["practice"]["pay"] == "6.00"


def test_paid_practice_needs_the_study_s_currency(tmp_path: Path) -> None:
    extras = EXTRAS.replace("tries: 2}", "tries: 2, pay: 6}")
    extras = "".join(line for line in extras.splitlines(keepends=True) if not line.startswith("pay:"))
    assert "practice is paid, but the study has no pay key" in refusal(write_desk(tmp_path, extras))


def test_what_practice_does_not_use_is_not_stored(tmp_path: Path) -> None:
    assert {"pay", "different_scenes"}.isdisjoint(as_json(spec_of(write_desk(tmp_path)))["practice"])


def test_a_script_of_practice_must_be_there_and_be_a_scene(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    (tmp_path / "scripts/larder/human.fountain").unlink()
    assert "larder/human.txt:1:1: error: system human has no script for brief larder" in refusal(path)


def test_a_script_that_is_too_short_to_be_damaged_is_told_with_its_file(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    (tmp_path / "scripts/market/human.fountain").write_text("INT. MARKET - DAY\n\nRain.\n\nBO\nNo.\n")
    fault = "human.fountain:1:1: error: this script can't be damaged by “swap”: it has 6 words"
    assert fault in refusal(path)


def test_same_needs_second_samples_that_are_other_texts(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    (tmp_path / "scripts/depot/birch.2.fountain").write_text(script(3, "depot"))
    assert "birch.2.fountain:1:1: error: another script for this brief has the same text" in refusal(path)
    for extra in tmp_path.glob("scripts/*/*.2.fountain"):
        extra.unlink()
    assert "0 briefs in en have a second sample of a system, but same is 1" in refusal(path)
    stored = Stored(second=lambda brief, system: f"{brief} {system} again")
    assert read_study(path, stored).spec.materials.second["depot"]["alder"] == "depot alder again"


def test_one_script_at_a_time_has_a_score_and_nothing_about_pairs(tmp_path: Path) -> None:
    path = write_desk(tmp_path, design="{kind: single, same: 1}")
    told = refusal(path)
    for says in (
        "practice is for pairs, but this study shows one script at a time",
        "checks is for pairs",
        "criteria is for pairs",
        "same is for pairs",
        "need a score",
    ):
        assert says in told
    replace_in(path, EXTRAS, "score: true\n")
    margin = "margin: {value: 0.1, reason: small}"
    replace_in(path, "these-series", f"these-series, missing_script: loss, {margin}")
    replace_in(path, "criteria: [overall, dialogue]\n", "")
    replace_in(path, ", same: 1", "")
    assert "can't count as a loss" in refusal(path)
    told = refusal(path)
    assert "a study of kind single needs a margin of points. Fix: write margin: {of: points" in told
    replace_in(path, "missing_script: loss, ", "")
    replace_in(path, "{value: 0.1", "{of: points, value: 11")
    assert "value must be a number from 0.001 to 10.999" in refusal(path)
    replace_in(path, "value: 11", "value: 1.5")
    spec = spec_of(path)
    assert as_json(spec)["plan"]["margin"] == {"of": "points", "value": 1.5, "reason": "small"}
    assert (spec.design.kind, spec.criteria) == ("single", ())
    assert spec.consent.version == "default-single-4"
    assert "one at a time" in spec.consent.text["en"]
    assert "Script A" not in spec.instructions["en"]
    assert "剧本 A" not in spec.instructions["zh"]
    replace_in(path, "{kind: single}", "{kind: single, raters_per_pairing: 10}")
    assert "a script in en is read 9 times, but 10 raters are required for each" in refusal(path)


def test_chinese_seats_need_a_debriefing_that_they_can_read(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    replace_in(path, "en: Some of the scripts were written by machines., ", "")
    assert "study.yaml:15:13: error: debriefing has no text for seats that read en" in refusal(path)


@pytest.mark.django_db
def test_a_desk_study_comes_back_as_a_file_of_stored_materials(tmp_path: Path) -> None:
    path = write_desk(tmp_path, EXTRAS + CONSENT)
    study = loading.load_study(path).study
    assert loading.load_study(path).outcome == "unchanged"
    assert Script.objects.filter(system__slug="alder", sample=2).count() == 4
    text = build_study_file(study_file_values(from_json(study.spec))).replace(
        "slug: night-bus\n", "slug: again\n", 1
    )
    again = loading.load_study_text(text, "again.yaml", by="rae").study
    same = {key: value for key, value in study.spec.items() if key not in ("slug", "seed")}
    assert {key: value for key, value in again.spec.items() if key not in ("slug", "seed")} == same
    assert Study.objects.count() == 2


OLD = 'completion: {code: ABC123, url: "https://example.org/done?cc=ABC123"}'


def test_each_way_to_end_may_have_its_own_code_and_one_code_keeps_its_digest(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    old = spec_of(path)
    assert as_json(old)["completion"] == {"code": "ABC123", "url": "https://example.org/done?cc=ABC123"}
    ways = "completion: {completed: ABC123, practice_failed: NOPE-1, left: {url: https://example.org/back}}"
    replace_in(path, OLD, ways)
    spec = spec_of(path)
    value = as_json(spec)["completion"]
    assert value == {
        "code": "ABC123",
        "url": "",
        "practice_failed": {"code": "NOPE-1", "url": ""},
        "left": {"code": "", "url": "https://example.org/back"},
    }
    assert from_json(as_json(spec)) == spec
    again = study_file_values(spec)["completion"]
    assert again == {
        "code": "ABC123",
        "practice_failed": {"code": "NOPE-1"},
        "left": {"url": "https://example.org/back"},
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{practice_failed: NOPE-1}", "completion has neither code nor url"),
        ("{code: ABC123, left: ABC123}", "left has the same code as completion"),
        ("{code: ABC123, completed: ABC124}", "code and url repeat what is in completed"),
        ("{code: ABC123, left: {url: here}}", "here isn't a link"),
        ("{code: ABC123, left: {}}", "left has neither code nor url"),
        ("{code: ABC123, gone: X12}", "gone"),
    ],
)
def test_codes_that_say_too_little_or_alike_are_refused(tmp_path: Path, value: str, told: str) -> None:
    path = write_desk(tmp_path)
    replace_in(path, OLD, f"completion: {value}")
    assert told in refusal(path)
