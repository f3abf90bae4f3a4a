"""Knowing a script by its words, as somebody would who had read them all before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotations.shown import script_shown
from annotations.simulation.faults import Refusal
from annotations.simulation.pages import squeezed
from generation.models import Script
from generation.screenplay import render_html


@dataclass(frozen=True, slots=True)
class Recognition:
    """Visible text without blanks -> (brief, system, language)."""

    known: Mapping[str, tuple[str, str, str]]

    def of(self, text: str) -> tuple[str, str, str] | None:
        return self.known.get(text)


def recognition(spec: Mapping[str, Any]) -> Recognition:
    """The scripts that a spec names, typeset as the study shows them. Raises Refusal where one is gone."""
    wanted = {
        (brief, system): digest
        for brief, systems in spec["materials"]["scripts"].items()
        for system, digest in systems.items()
    }
    names = spec["materials"].get("names", {})
    stored = Script.objects.filter(digest__in=set(wanted.values())).select_related("brief__series", "system")
    texts = {(script.brief.slug, script.system.slug, script.digest): script for script in stored}
    known: dict[str, tuple[str, str, str]] = {}
    for (brief, system), digest in sorted(wanted.items()):
        script = texts.get((brief, system, digest))
        if script is None:
            raise Refusal(f"the script of {system} for brief {brief} is not in the database any more")
        shown = script_shown(script, names.get(script.brief.series.slug, ()))
        text = squeezed(render_html(shown))
        known.setdefault(text, (brief, system, script.language))
    return Recognition(known)
