"""Study file: the smallest valid file, and how every broken one is refused."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from annotations.spec.file import Stored, read_study
from annotations.spec.inputs import seat_reads
from annotations.spec.values import as_json, changed_fields, from_json
from evalsite.core.digests import text_digest
from evalsite.core.errors import InputErrors
from tests.annotations.study_files import BRIEF, SCRIPT, STUDY, replace_in, write_minimal

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = write_minimal(tmp_path)
    path.write_text(STUDY)
    return path


def test_the_least_study_has_sensible_defaults(study: Path) -> None:
    spec = read_study(study).spec
    assert spec.title == {"en": "Night bus"}
    assert spec.languages == ("en",)
    assert [(system.slug, system.kind) for system in spec.systems] == [
        ("alder", "imported"),
        ("birch", "imported"),
        ("human", "human"),
    ]
    assert [(criterion.slug, criterion.primary) for criterion in spec.criteria] == [
        ("overall", True),
        ("dialogue", False),
    ]
    assert set(spec.criteria[0].guidance) == {"en", "zh"}
    assert (spec.design.scheme, spec.design.raters_per_pairing) == ("crossed", 3)
    assert spec.plan.primary_contrast == ("alder", "human")
    assert spec.plan.secondary_contrasts is None
    assert (spec.plan.generalize_to, spec.plan.level, spec.plan.margin) == ("series", 0.95, None)
    assert spec.score is None
    assert spec.consent.version == "default-4"
    assert set(spec.consent.text) == set(spec.instructions) == {"en", "zh"}


def test_a_plan_names_what_the_result_is_about_and_what_it_claims(study: Path) -> None:
    margin = "margin: {of: win_rate, value: 0.1, reason: small}"
    more = f"generalize_to: these-series, claim: equivalent, weak_baseline: birch, {margin}"
    study.write_text(STUDY + f"plan: {{{more}}}\n")
    found = read_study(study)
    plan = as_json(found.spec)["plan"]
    assert not found.default_target
    assert (plan["generalize_to"], plan["claim"], plan["weak_baseline"]) == (
        "these-series",
        "equivalent",
        "birch",
    )
    assert plan["margin"] == {"value": 0.1, "reason": "small"}
    study.write_text(STUDY + "plan: {claim: difference}\n")
    assert not {"claim", "weak_baseline", "item_cluster"} & as_json(read_study(study).spec)["plan"].keys()


@pytest.mark.parametrize(
    ("plan", "target"),
    [
        ("{}", "series"),
        ("{item_cluster: item}", "these-series"),
        ("{item_cluster: series}", "series"),
        ("{item_cluster: item, generalize_to: these-series}", "these-series"),
    ],
)
def test_older_files_name_the_cluster(study: Path, plan: str, target: str) -> None:
    study.write_text(f"{STUDY}plan: {plan}\n")
    found = read_study(study)
    assert (found.spec.plan.generalize_to, found.spec.plan.item_cluster) == (target, None)
    assert found.default_target == (plan == "{}")


def test_the_result_is_about_these_series_where_each_has_one_scene(study: Path) -> None:
    replace_in(study.parent / "briefs/depot.yaml", "slug: night-bus", "slug: day-bus")
    plan = read_study(study).spec.plan
    assert (plan.generalize_to, plan.cluster) == ("these-series", "item")


def test_the_value_survives_json_and_has_a_digest_of_its_content(study: Path) -> None:
    spec = read_study(study).spec
    again = from_json(json.loads(json.dumps(as_json(spec))))
    assert again == spec
    assert again.digest == spec.digest
    replace_in(study.parent / "scripts/depot/birch.fountain", "Rain.", "Snow.")
    other = read_study(study).spec
    assert other.digest != spec.digest
    assert changed_fields(as_json(spec), as_json(other)) == ["materials.scripts.depot.birch"]


def test_the_order_of_keys_changes_nothing(study: Path) -> None:
    before = read_study(study).spec
    study.write_text("\n".join(reversed(STUDY.splitlines())) + "\n")
    assert read_study(study).spec == before


def test_texts_come_plain_in_two_languages_or_from_files(study: Path) -> None:
    (study.parent / "ask.md").write_text("哪一稿更好？\n")
    replace_in(study, "title: Night bus", "title: {en: Night bus, zh: 夜车}")
    replace_in(study, "question: Which system writes the better scene?", "question: {file: ask.md}")
    spec = read_study(study).spec
    assert spec.title == {"en": "Night bus", "zh": "夜车"}
    assert spec.question == {"zh": "哪一稿更好？"}


def test_criteria_in_all_their_forms(study: Path) -> None:
    replace_in(
        study,
        "criteria: [overall, dialogue]",
        "criteria:\n- pacing\n- jokes: Which is funnier?\n"
        "- {slug: heart, question: 哪一稿更动人？, primary: true, strength: false}",
    )
    criteria = read_study(study).spec.criteria
    assert [criterion.slug for criterion in criteria] == ["heart", "pacing", "jokes"]
    assert criteria[0].primary
    assert not criteria[0].strength
    assert criteria[2].label == {"en": "Jokes"}


def test_the_paper_s_bands_and_one_s_own(study: Path) -> None:
    study.write_text(STUDY + "score: tiers-appendix\n")
    score = read_study(study).spec.score
    assert score is not None
    # arXiv 2510.23163, appendix: 1-3, 4-5, 6-7, 8, 9-10, 11-12.
    assert [(tier.low, tier.high) for tier in score.tiers] == [
        (1, 3),
        (4, 5),
        (6, 7),
        (8, 8),
        (9, 10),
        (11, 12),
    ]
    study.write_text(
        STUDY + "score: {rubric: stars, min: 1, max: 5, tiers: [{from: 1, to: 2, label: low}, "
        "{from: 3, to: 5, label: high}]}\n"
    )
    own = read_study(study).spec.score
    assert own is not None
    assert as_json(read_study(study).spec)["score"]["tiers"][1] == {
        "from": 3,
        "to": 5,
        "label": {"en": "high"},
    }


def test_scripts_that_lie_in_no_file_are_asked_for(study: Path) -> None:
    (study.parent / "scripts/depot/birch.fountain").unlink()
    asked: list[tuple[str, str]] = []

    def stored(brief: str, system: str) -> str:
        asked.append((brief, system))
        return "f" * 64

    found = read_study(study, Stored(stored))
    assert asked == [("depot", "birch")]
    assert found.spec.materials.scripts["depot"]["birch"] == "f" * 64
    assert ("depot", "birch") not in found.scripts


def test_a_plan_may_drop_a_brief_without_all_scripts(study: Path) -> None:
    (study.parent / "scripts/depot/birch.fountain").unlink()
    study.write_text(STUDY + "plan: {missing_script: drop}\n")
    found = read_study(study)
    assert found.dropped == ("depot",)
    assert [brief.slug for brief in found.briefs] == ["garage"]


def test_a_plan_may_count_a_missing_script_as_lost(study: Path) -> None:
    (study.parent / "scripts/depot/birch.fountain").unlink()
    study.write_text(STUDY + "plan: {missing_script: loss}\n")
    found = read_study(study)
    assert sorted(found.spec.materials.scripts["depot"]) == ["alder", "human"]
    assert sorted(found.spec.materials.briefs) == ["depot", "garage"]
    assert from_json(as_json(found.spec)) == found.spec


def test_what_looks_like_a_mistake_is_no_loss(study: Path) -> None:
    """A file that is no system's may be the one that is missing; a system without any script is none."""
    study.write_text(STUDY + "plan: {missing_script: loss}\n")
    home = study.parent / "scripts/depot"
    (home / "birch.fountain").rename(home / "brich.fountain")
    with pytest.raises(InputErrors) as refused:
        read_study(study)
    assert "found: brich.fountain" in refused.value.lines()[0]
    (home / "brich.fountain").unlink()
    (study.parent / "scripts/garage/birch.fountain").unlink()
    with pytest.raises(InputErrors, match="system birch has no script for any brief"):
        read_study(study)


def test_seats_that_read_two_languages_need_one_of_them(study: Path) -> None:
    replace_in(study, "reads: [en]", "reads: [en, zh]")
    study.write_text(study.read_text() + "consent: {version: 1, text: Do you agree?}\n")
    with pytest.raises(InputErrors) as refused:
        read_study(study)
    # There is no brief in Chinese here; the consent in English is no fault.
    assert [line for line in refused.value.lines() if "consent" in line] == []


def test_seats_of_groups_take_turns(study: Path) -> None:
    design = read_study(study).spec.design
    assert seat_reads(design) == [("en",)] * 9


@pytest.mark.parametrize("name", ["demo.yaml", "demo-finished.yaml"])
def test_the_demonstration_studies_are_complete(name: str) -> None:
    found = read_study(EXAMPLES / name)
    assert found.spec.languages == ("en", "zh")
    assert len(found.briefs) == 8
    assert len(found.scripts) == 8 * 4
    assert [criterion.slug for criterion in found.spec.criteria if criterion.primary] == ["overall"]
    texts = [found.spec.consent.text, found.spec.instructions, found.spec.title]
    texts += [text for each in found.spec.criteria for text in (each.label, each.question, each.guidance)]
    assert all(set(text) == {"en", "zh"} for text in texts)


def test_the_demonstrations_of_the_desk_are_complete() -> None:
    """With practice and checks in both languages, and one script at a time."""
    desk = read_study(EXAMPLES / "demo-desk.yaml")
    assert len(desk.scripts) == 8 * 4 + 6
    assert sorted(brief.language for brief in desk.warmup) == ["en"] * 3 + ["zh"] * 3
    assert set(desk.spec.debriefing) == {"en", "zh"}
    single = read_study(EXAMPLES / "demo-single.yaml").spec
    assert (single.design.kind, single.criteria, single.score is not None) == ("single", (), True)


# Broken files: (name, how it is broken, file at fault, line and column, what is wrong, how to fix it).

Break = Callable[[Path], None]


def swap(old: str, new: str) -> Break:
    return lambda study: replace_in(study, old, new)


def add(text: str) -> Break:
    return lambda study: study.write_text(STUDY + text)


def elsewhere(name: str, old: str, new: str) -> Break:
    return lambda study: replace_in(study.parent / name, old, new)


def bytes_of(name: str, content: bytes) -> Break:
    def write(study: Path) -> None:
        (study.parent / name).write_bytes(content)

    return write


def remove(name: str) -> Break:
    return lambda study: (study.parent / name).unlink()


def second_brief(**changes: object) -> Break:
    def write(study: Path) -> None:
        text = BRIEF.format(**({"slug": "garage", "order": 2} | changes))
        (study.parent / "briefs" / "garage.yaml").write_text(text)

    return write


SEATS = "seats: [{reads: [en], count: 9}]"
BANDS = (
    "score: {rubric: own, min: 1, max: 5, tiers: [{from: 1, to: 3, label: a}, {from: %s, to: 5, label: b}]}\n"
)
CASES: list[tuple[str, Break, str, str, str]] = [
    ("no file", remove("study.yaml"), "study.yaml:1:1", "file not found", "check the name"),
    ("bad YAML", swap("[alder, birch, human]", "[alder, birch"), "study.yaml:5:9", "valid YAML", "check"),
    ("tabs", add("plan:\n\tpooled: true\n"), "study.yaml:10:1", "valid YAML", "indentation"),
    ("key twice", add("title: Again\n"), "study.yaml:9:1", "occurs twice", "remove one"),
    (
        "unknown key",
        swap("criteria:", "critera:"),
        "study.yaml:5:1",
        "no field critera",
        "did you mean criteria",
    ),
    (
        "missing key",
        swap("question: Which system writes the better scene?\n", ""),
        "study.yaml:1:1",
        "no question",
        "add",
    ),
    (
        "empty key",
        swap("title: Night bus", "title:"),
        "study.yaml:2:1",
        "title is empty",
        "enter a value for title",
    ),
    ("bad slug", swap("slug: night-bus", "slug: Night Bus!"), "study.yaml:1:7", "valid slug", "lower-case"),
    ("text of a number", swap("title: Night bus", "title: 12"), "study.yaml:2:8", "must be text", "quotes"),
    (
        "two primaries",
        swap(
            "[overall, dialogue]",
            "[{slug: a, question: Which?, primary: true}, {slug: b, question: Which?, primary: true}]",
        ),
        "study.yaml:5:",
        "both primary",
        "make only one criterion",
    ),
    (
        "no primary",
        swap("[overall, dialogue]", "[plot, dialogue]"),
        "study.yaml:5:11",
        "no criterion is primary",
        "primary: true",
    ),
    (
        "unknown criterion",
        swap("[overall, dialogue]", "[overal]"),
        "study.yaml:5:12",
        "there is no built-in criterion overal",
        "overall",
    ),
    (
        "criterion twice",
        swap("[overall, dialogue]", "[overall, overall]"),
        "study.yaml:5:21",
        "criterion overall is listed twice",
        "keep only one of",
    ),
    (
        "system twice",
        swap("[alder, birch, human]", "[alder, birch, alder]"),
        "study.yaml:4:25",
        "system alder is listed twice",
        "keep only one of",
    ),
    (
        "one system",
        swap("[alder, birch, human]", "[alder]"),
        "study.yaml:4:10",
        "has 1 item.",
        "use 2 to 20",
    ),
    (
        "max beside a preset",
        add("score: {rubric: tiers-figure, max: 10}\n"),
        "study.yaml:9:36",
        "has its own max",
        "remove max, or define",
    ),
    (
        "consent in another language",
        add("consent: {version: 1, text: 同意吗？}\n"),
        "study.yaml:9:10",
        "has no text for seats that read en",
        "add consent in en:",
    ),
    (
        "unknown system in the contrast",
        add("plan: {primary_contrast: [alder, humen]}\n"),
        "study.yaml:9:34",
        "humen isn't a system of this study",
        "use one of alder,",
    ),
    (
        "a contrast of one system",
        add("plan: {primary_contrast: [alder]}\n"),
        "study.yaml:9:26",
        "has 1 item.",
        "use 2.",
    ),
    (
        "contrast with itself",
        add("plan: {primary_contrast: [alder, alder]}\n"),
        "study.yaml:9:34",
        "twice",
        "once",
    ),
    (
        "two lists of primary contrasts",
        add(
            "plan: {primary_contrast: [alder, human], primary_contrasts: [[alder, human], [birch, human]]}\n"
        ),
        "study.yaml:9:61",
        "primary_contrast is set as well",
        "remove primary_contrast",
    ),
    (
        "no primary contrast at all",
        add("plan: {primary_contrasts: []}\n"),
        "study.yaml:9:27",
        "primary_contrasts is empty",
        "add a pair of",
    ),
    (
        "a secondary contrast that is the primary one",
        add("plan: {secondary_contrasts: [[human, alder]]}\n"),
        "study.yaml:9:30",
        "human and alder are listed twice",
        "list each comparison once",
    ),
    ("claim without margin", add("plan: {claim: equivalent}\n"), ":9:15", "needs a margin", "add margin"),
    (
        "margin of points of pairs",
        add("plan: {margin: {of: points, value: 0.1, reason: small}}\n"),
        "study.yaml:9:16",
        "kind pair needs a margin of win_rate",
        "write margin: {of: win_rate",
    ),
    (
        "weak baseline elsewhere",
        add("plan: {weak_baseline: oak}\n"),
        "study.yaml:9:23",
        "oak isn't a system of this study",
        "use one of alder",
    ),
    (
        "cluster against the target",
        add("plan: {item_cluster: item, generalize_to: series}\n"),
        "study.yaml:9:22",
        "item_cluster contradicts generalize_to",
        "remove item_cluster",
    ),
    ("level out of range", add("plan: {level: 95}\n"), "study.yaml:9:15", "from 0.51 to 0.999", "use such"),
    (
        "margin without a reason",
        add("plan: {margin: {value: 5}}\n"),
        "study.yaml:9:16",
        "no reason",
        "add reason",
    ),
    (
        "margin in points of a percentage",
        add("plan: {margin: {value: 5, reason: small}}\n"),
        "study.yaml:9:24",
        "from 0.001 to 0.499",
        "use such",
    ),
    ("seats zero", swap("count: 9", "count: 0"), "study.yaml:6:30", "count is 0", "use 1 to 1000"),
    ("no seats", swap(SEATS + "\n", ""), "study.yaml:1:1", "has no seats", "add seats"),
    ("unknown language", swap("reads: [en]", "reads: [de]"), "study.yaml:6:18", "is de", "one of: en, zh"),
    (
        "seats without briefs",
        swap("reads: [en]", "reads: [en, zh]"),
        "study.yaml:6:8",
        "no brief in it",
        "add briefs in zh",
    ),
    (
        "uneven",
        swap(
            SEATS,
            "design: {scheme: balanced, briefs_per_seat: 1, raters_per_pairing: 2, "
            "seats: [{reads: [en], count: 15}]}",
        ),
        "study.yaml:6:45",
        "can't show every script equally often",
        "briefs_per_seat: 2",
    ),
    (
        "balanced without a number",
        add("design: {scheme: balanced}\n"),
        "study.yaml:9:9",
        "needs briefs_per_seat",
        "add",
    ),
    ("unknown scheme", add("design: {scheme: latin}\n"), "study.yaml:9:18", "is latin", "crossed, balanced"),
    (
        "rereading",
        add("design: {rereading: true}\n"),
        "study.yaml:9:21",
        "rater gets only one pair per brief",
        "false",
    ),
    ("seed no number", add("seed: lucky\n"), "study.yaml:9:7", "must be a whole number", "use 0"),
    (
        "bands overlap",
        add(BANDS % 3),
        "study.yaml:9:81",
        "starts at 3, inside the previous one",
        "start it at 4",
    ),
    ("bands with a gap", add(BANDS % 5), "study.yaml:9:81", "no tier contains 4", "start this tier at"),
    ("unknown rubric", add("score: stars\n"), "study.yaml:9:8", "is stars", "tiers-figure"),
    (
        "path outside",
        swap("scripts: scripts", "scripts: ../scripts"),
        "study.yaml:8:10",
        "outside the folder",
        "move it",
    ),
    (
        "absolute path",
        swap("briefs/*.yaml", "/etc/*.yaml"),
        "study.yaml:7:9",
        "outside the folder",
        "move it",
    ),
    (
        "no folder of scripts",
        swap("scripts: scripts", "scripts: screenplays"),
        "study.yaml:8:10",
        "no folder",
        "create it, with a",
    ),
    (
        "pattern without files",
        swap("briefs/*.yaml", "brief/*.yaml"),
        "study.yaml:7:9",
        "no file matches",
        "check",
    ),
    (
        "no text file",
        add("instructions: {file: help.md}\n"),
        "help.md:1:1",
        "file not found",
        "check the name",
    ),
    (
        "consent without a version",
        add("consent: {text: Yes?}\n"),
        "study.yaml:9:10",
        "no version",
        "add version",
    ),
    (
        "script missing",
        remove("scripts/depot/birch.fountain"),
        "birch.txt:1:1",
        "no script for brief depot",
        "add that file, or",
    ),
    (
        "script empty",
        bytes_of("scripts/depot/birch.fountain", b"//! note\n\n"),
        "birch.fountain:1:1",
        "no script",
        "write one",
    ),
    (
        "script not UTF-8",
        bytes_of("scripts/depot/birch.fountain", b"INT. BUS\n\nR\xe9n"),
        "birch.fountain:3:2",
        "not UTF-8",
        "save",
    ),
    (
        "script with nothing to print",
        bytes_of("scripts/depot/birch.fountain", b"[[only a note]]\n"),
        "birch.fountain:1:1",
        "nothing to print",
        "write a scene",
    ),
    (
        "two scripts",
        bytes_of("scripts/depot/birch.txt", b"INT. BUS\n"),
        "birch.fountain:1:1",
        "two scripts",
        "keep one",
    ),
    (
        "one text by two systems",
        bytes_of("scripts/depot/birch.fountain", SCRIPT.format(seat=1, words="Please. ").encode()),
        "depot:1:1",
        "alder and birch have the same script",
        "its own",
    ),
    (
        "brief without outline",
        elsewhere("briefs/depot.yaml", "outline: |", "outlin: |"),
        "depot.yaml:6:1",
        "outlin",
        "outline",
    ),
    (
        "brief in another language",
        elsewhere("briefs/depot.yaml", "language: en", "language: fr"),
        "depot.yaml:3:11",
        "is fr",
        "en",
    ),
    (
        "brief's slug twice",
        second_brief(slug="depot"),
        "garage.yaml:1:1",
        "depot.yaml also has the slug depot",
        "a different slug",
    ),
    (
        "order twice",
        second_brief(order=1),
        "garage.yaml:4:1",
        "also has order 1 in series night-bus",
        "number the scenes of",
    ),
    (
        "series with two titles",
        elsewhere("briefs/garage.yaml", "title: Night Bus", "title: Day Bus"),
        "garage.yaml:2:1",
        "a different title or language in brief depot",
        "one title",
    ),
]


@pytest.mark.parametrize(
    ("name", "break_it", "place", "wrong", "fix"), CASES, ids=[case[0] for case in CASES]
)
def test_a_broken_file_is_refused_with_place_and_remedy(
    study: Path, name: str, break_it: Break, place: str, wrong: str, fix: str
) -> None:
    break_it(study)
    with pytest.raises(InputErrors) as refused:
        read_study(study)
    lines = refused.value.lines()
    assert any(place in line and wrong in line and fix in line for line in lines), lines


ODD = "~ | 0 | -1 | .nan | 1e999 | true | '' | [] | {} | [~] | {a: ~} | 2026-01-01 | !x y"
PLACES = """
slug | title | question | systems | criteria | seats | briefs | scripts | seed | score | marks | design | plan
consent | instructions | rights | plan: {margin | plan: {human | plan: {exclusions | plan: {primary_contrast
plan: {level | design: {seats | design: {scheme | title: {en | title: {file | title: {file: {en
seats: [{reads | seats: [{count | systems: [{slug | systems: [{name
criteria: [{question | criteria: [{overall | score: {min
criteria: [{primary | criteria: {file | criteria: {file: {en | criteria: {primary | consent: {version
consent: {text | score: {tiers | score: {rubric: a, tiers: [{from
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", " | ".join(PLACES.split("\n")[1:-1]).split(" | "))
def test_odd_values_anywhere_are_taken_or_refused_and_nothing_else(study: Path, place: str) -> None:
    """No odd value of any field ends in another exception than `InputErrors`."""
    key = place.split(":")[0]
    rest = [line for line in STUDY.splitlines() if not line.startswith((f"{key}:", "scripts:"))]
    closing = "".join({"{": "}", "[": "]"}[mark] for mark in reversed(place) if mark in "{[")
    for odd in ODD.split(" | "):
        study.write_text("\n".join([*rest, f"{place}: {odd}{closing}"]) + "\n")
        with suppress(InputErrors):
            spec = read_study(study, Stored(lambda brief, system: text_digest(brief + system))).spec
            assert from_json(as_json(spec)) == spec


def test_all_faults_are_found_at_once(study: Path) -> None:
    replace_in(study, "count: 9", "count: 0")
    replace_in(study, "criteria: [overall, dialogue]", "criteria: [plot, dialogue]")
    (study.parent / "scripts/depot/birch.fountain").unlink()
    replace_in(study.parent / "briefs/garage.yaml", "order: 2", "order: two")
    with pytest.raises(InputErrors) as refused:
        read_study(study)
    assert len(refused.value.errors) == 4
