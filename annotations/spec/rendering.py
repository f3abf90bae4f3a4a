"""What raters read of a text: the names of its series' name map set in it, then the house typography.

One place, so that freezing, the scan and every page that shows a draft's text to staff agree.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from annotations.spec.values import StudySpec
from generation.briefs.series_names import content_renamed
from generation.models import Brief, Script
from generation.screenplay import Script as Parsed
from generation.screenplay import parse
from generation.screenplay.house import house
from generation.screenplay.names import rename_text

Names = Sequence[Mapping[str, str]]


def series_name_map(spec: StudySpec, series: str) -> Names:
    """The name map of a series as the study took it; empty where it has none."""
    return spec.materials.names.get(series, ())


def render_for_raters(script: Script, names: Names) -> str:
    """A script's text as it was written but for the names: what the scan looks through, and what the offsets
    of its findings point into."""
    return rename_text(script.text, names)


def typeset_for_raters(script: Script, names: Names) -> Parsed:
    """A script as raters read it: named, parsed, in house typography."""
    return house(parse(render_for_raters(script, names), script.language))


def brief_content_for_raters(content: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The content of a brief (`Brief.content`) as raters read it: texts, people and the series' title."""
    return content_renamed(content, names)


def brief_for_raters(brief: Brief, names: Names) -> dict[str, Any]:
    return brief_content_for_raters(brief.content(), names)


def parse_name_map(names: object) -> tuple[dict[str, str], ...]:
    """A stored name map (`Series.names`) as a study takes it: entries that say nothing are left out."""
    rows = names if isinstance(names, list) else []
    pairs = [(str(row.get("from", "")).strip(), str(row.get("to", "")).strip()) for row in rows]
    return tuple({"from": old, "to": new} for old, new in pairs if old and new and old != new)
