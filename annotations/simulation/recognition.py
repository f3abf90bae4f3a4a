"""Knowing a script by its words, as somebody would who had read them all before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotations.simulation.mind import ORIGINAL
from annotations.simulation.pages import without_blanks
from annotations.spec.study_texts import typeset_for_raters
from evalsite.core.errors import OperationError
from generation.models import Script
from generation.screenplay import render_html


@dataclass(frozen=True, slots=True)
class Recognition:
    """Visible text without blanks -> (brief, system, language). The system of an undamaged script from
    outside the study is ORIGINAL; `practice` are the briefs whose pairs are for practice."""

    known: Mapping[str, tuple[str, str, str]]
    practice: frozenset[str] = frozenset()

    def of(self, text: str) -> tuple[str, str, str] | None:
        return self.known.get(text)


def recognition(spec: Mapping[str, Any]) -> Recognition:
    """The scripts that a spec names, typeset as the study shows them.

    Raises OperationError where one is gone.
    """
    materials = spec["materials"]
    wanted = [
        (brief, system, system, digest)
        for brief, systems in materials["scripts"].items()
        for system, digest in systems.items()
    ]
    wanted += [
        (brief, system, system, digest)
        for brief, systems in materials.get("second", {}).items()
        for system, digest in systems.items()
    ]
    wanted += [
        (brief, each["system"], ORIGINAL, each["script"])
        for brief, each in materials.get("outside", {}).items()
    ]
    names = materials.get("names", {})
    digests = {digest for *_, digest in wanted}
    stored = Script.objects.filter(digest__in=digests).select_related("brief__series", "system")
    texts = {(script.brief.slug, script.system.slug, script.digest): script for script in stored}
    known: dict[str, tuple[str, str, str]] = {}
    for brief, system, called, digest in sorted(wanted):
        script = texts.get((brief, system, digest))
        if script is None:
            raise OperationError(f"the script of {system} for brief {brief} is not in the database any more")
        shown = typeset_for_raters(script, names.get(script.brief.series.slug, ()))
        text = without_blanks(render_html(shown))
        known.setdefault(text, (brief, called, script.language))
    return Recognition(known, frozenset((spec.get("practice") or {}).get("briefs", ())))
