"""Findings: the scan reports habits of one system without revealing the system."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from annotations.findings.scanning import Rules, _of_systems, scan_rules, scan_script, script_for_raters
from annotations.models import Study
from annotations.spec.file import read_study
from annotations.spec.study_texts import render_for_raters
from annotations.spec.values import as_json, from_json
from evalsite.core.trail import FINDING_KINDS as KINDS
from generation.screenplay import parse
from generation.screenplay.leaks.scanning import KINDS as SCANNED
from tests.annotations.study_files import write_minimal
from tests.generation.screenplay.clean_scripts import clean


def test_a_mark_of_one_system_is_told_without_the_system() -> None:
    briefs: dict[str, Any] = {f"scene-{n}": SimpleNamespace(language="zh") for n in range(12)}
    scripts: dict[tuple[str, str], Any] = {}
    for number, brief in enumerate(briefs):
        for shift, system in enumerate(("alder", "birch", "human")):
            text = clean("zh", 100 * shift + number).replace("——", "——" if system != "birch" else "--")
            text = text.replace("△", "△——" if system != "birch" else "△--", 1)
            scripts[brief, system] = SimpleNamespace(text=text, digest=f"{brief}{system}")
    read = {key: parse(script.text, "zh") for key, script in scripts.items()}
    study = Study(slug="orchard", team=None)
    told = list(_of_systems(briefs, cast(Any, scripts), read, study))
    assert [place for place, _, _ in told] == ["study:scripts:zh"]
    kinds = {kind for kind, _ in told[0][2]}
    excerpts = [excerpt for _, excerpt in told[0][2]]
    assert kinds == {"tell"}
    words = r"dash: --: in 12 of 12 scripts of system [ABC], in 0 of 24 of the others"
    assert sum(bool(re.fullmatch(words, excerpt)) for excerpt in excerpts) == 1
    assert "birch" not in " ".join(excerpts)
    # The letters are drawn once for a study and a language: what was accepted stays accepted.
    assert told == list(_of_systems(briefs, cast(Any, scripts), read, study))


def test_every_kind_has_a_name() -> None:
    assert set(SCANNED) | {"layout", "empty", "tell"} == set(KINDS)


NAMES = ({"from": "Dora Kemp", "to": "徐燕"}, {"from": "Rose Hill", "to": "Ruth Vale"})
PLAIN = "INT. MILL - DAY\n\nWater turns the wheel.\n\nJO\nIt still turns.\n\nShe waits.\n"


def found_in(text: str, names: Any = (), language: str = "en", **more: Any) -> list[tuple[str, str]]:
    """Kind and the words found of a script of the series `mill`, as raters read it."""
    rules = Rules(**{"names": (), "titles": (), "writers": (), "maps": {"mill": names}, **more})
    series = SimpleNamespace(slug="mill")
    script = cast(Any, SimpleNamespace(text=text, language=language, brief=SimpleNamespace(series=series)))
    shown = render_for_raters(script, names)
    places = scan_script(script, script_for_raters(script, rules), rules, ["Jo", "Dora Kemp", "Rose Hill"])
    return [(place.kind, shown[place.start : place.end]) for place in places]


def test_what_is_left_of_a_replaced_name_is_found() -> None:
    """The new name is in other letters, so its parts cannot stand for those of the old one."""
    assert found_in(PLAIN, NAMES) == []
    assert found_in(PLAIN.replace("JO", "DORA"), NAMES) == [("person", "DORA")]
    assert found_in(PLAIN.replace("It still", "Kemp's still"), NAMES) == [("person", "Kemp")]
    assert found_in(PLAIN.replace("It still", "dora kemp still"), NAMES) == [("person", "dora kemp")]


def test_a_part_of_a_replaced_name_that_is_a_common_word_is_no_finding() -> None:
    assert found_in(PLAIN.replace("She waits.", "Hill after hill. A rose. Rose petals."), NAMES) == []


def test_a_heading_of_the_scene_model_is_no_finding() -> None:
    """Importers write a heading without INT or EXT with a leading dot, which raters never see."""
    for heading in (".BEHIND THE BAKERY - DAWN", "INT. BAKERY - DAWN", ".Behind the bakery"):
        assert found_in(PLAIN.replace("INT. MILL - DAY", heading)) == []


def test_a_writer_and_a_draft_number_in_brackets_in_a_speech_are_found() -> None:
    planted = PLAIN.replace("It still turns.", "It still turns. [W17, draft 3]")
    assert {kind for kind, _words in found_in(planted, writers=("W17",))} >= {"person", "note"}


def test_aliases_of_series_and_writers_are_looked_for(tmp_path: Path) -> None:
    path = write_minimal(tmp_path)
    path.write_text(path.read_text() + "aliases: {series: [TML], writers: [Ina Brandt]}\n")
    spec = read_study(path).spec
    assert from_json(as_json(spec)) == spec
    series = SimpleNamespace(title="The Mill", aliases=["Millers"])
    rules = scan_rules(spec, cast(Any, {"one": SimpleNamespace(series=series)}), {})
    assert set(rules.titles) == {"The Mill", "Millers", "TML"}
    names = {"titles": rules.titles, "writers": rules.writers}
    assert found_in(PLAIN.replace("It still", "On TML it still"), **names) == [("series", "TML")]
    assert found_in(PLAIN.replace("She waits.", "She waits for i. brandt."), **names) == [
        ("person", "i. brandt")
    ]


def test_a_study_without_aliases_keeps_its_digest(tmp_path: Path) -> None:
    assert "aliases" not in as_json(read_study(write_minimal(tmp_path)).spec)
