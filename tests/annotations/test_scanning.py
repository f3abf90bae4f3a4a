"""Marks of one system among all scripts of a study become one finding that does not say whose they are."""

from types import SimpleNamespace
from typing import Any, cast

from annotations.scanning import _of_systems
from annotations.templatetags.findings import KINDS
from generation.leaks import KINDS as SCANNED
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
    told = list(_of_systems(briefs, cast(Any, scripts), read))
    assert [place for place, _, _ in told] == ["study:scripts:zh"]
    kinds = {kind for kind, _ in told[0][2]}
    excerpts = [excerpt for _, excerpt in told[0][2]]
    assert kinds == {"tell"}
    assert "dash: --: in 12 of 12 scripts of one system, in 0 of 24 of the others" in excerpts
    assert "birch" not in " ".join(excerpts)


def test_every_kind_has_a_name() -> None:
    assert set(SCANNED) | {"layout", "empty", "tell"} == set(KINDS)
