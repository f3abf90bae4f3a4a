"""Marks of one system among all scripts of a study become one finding that does not say whose they are."""

import re
from types import SimpleNamespace
from typing import Any, cast

from annotations.findings.scanning import _of_systems
from annotations.models import Study
from annotations.templatetags.findings import KINDS
from generation.leaks.scanning import KINDS as SCANNED
from generation.screenplay import parse
from tests.generation.clean_scripts import clean


def test_a_mark_of_one_system_is_told_without_the_system() -> None:
    briefs: dict[str, Any] = {f"scene-{n}": SimpleNamespace(language="zh") for n in range(12)}
    scripts: dict[tuple[str, str], Any] = {}
    for number, brief in enumerate(briefs):
        for shift, system in enumerate(("alder", "birch", "human")):
            text = clean("zh", 100 * shift + number).replace("——", "——" if system != "birch" else "--")
            text = text.replace("△", "△——" if system != "birch" else "△--", 1)
            scripts[brief, system] = SimpleNamespace(text=text, digest=f"{brief}{system}")
    read = {key: parse(script.text, "zh") for key, script in scripts.items()}
    study = Study(slug="orchard")
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
