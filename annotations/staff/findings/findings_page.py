"""What the pages of findings show of a draft: its texts with the systems hidden, and what is open in each.

A brief's scripts are called Script 1, 2, ... in an order of the brief's own, drawn by the site's key. It is
an order of places, not of texts: a next sample stands where the rejected one stood.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from annotations.findings.highlights import Excerpt, excerpt_around, highlight_findings
from annotations.findings.scanning import (
    Rules,
    cast_names,
    scan_script_once,
    script_for_raters,
    system_order,
    text_keys,
)
from annotations.models import LeakFinding, Study
from annotations.spec.sealed_scripts import find_hidden_pairs
from annotations.spec.study_texts import render_for_raters
from annotations.spec.values import StudySpec
from generation.models import Brief, Script


@dataclass(frozen=True, slots=True)
class Filters:
    """Which findings are looked at."""

    kind: str = ""
    open_only: bool = False

    def take(self, rows: Iterable[LeakFinding]) -> list[LeakFinding]:
        return [
            row
            for row in rows
            if self.kind in ("", row.kind) and not (self.open_only and row.cleared_at is not None)
        ]

    @property
    def query(self) -> str:
        parts = [f"kind={self.kind}"] if self.kind else []
        return "&".join([*parts, "open=1"] if self.open_only else parts)


@dataclass(frozen=True, slots=True)
class ScriptPlace:
    """A system's place in a brief. `key` represents the text (`scanning.text_key`); empty where none is, and
    where another blinded study hides it."""

    brief: str
    number: int
    key: str
    open: int = 0
    settled: int = 0
    hidden: bool = False


@dataclass(slots=True)
class BriefRow:
    slug: str
    language: str
    slots: list[ScriptPlace] = field(default_factory=list)

    @property
    def open(self) -> int:
        return sum(slot.open for slot in self.slots)


@dataclass(frozen=True, slots=True)
class FindingInScript:
    """One finding of a script: its places in the lines as they were typed; whether the layout shows it."""

    finding: LeakFinding
    places: list[Excerpt]
    in_layout: bool


def in_story_order(briefs: Iterable[Brief]) -> list[Brief]:
    return sorted(briefs, key=lambda brief: (brief.series.slug, brief.order, brief.slug))


def brief_rows(
    study: Study, spec: StudySpec, briefs: Iterable[Brief], found: Iterable[LeakFinding]
) -> list[BriefRow]:
    """The briefs in story order with the places of their scripts."""
    counted = Counter((row.brief_slug, row.text_digest, row.cleared_at is None) for row in found)
    rows, key_of, hidden = [], text_keys(study), find_hidden_pairs(study)
    for brief in in_story_order(briefs):
        row = BriefRow(brief.slug, brief.language)
        digests = spec.materials.scripts[brief.slug]
        for number, system in enumerate(system_order(study, spec, brief.slug), start=1):
            is_hidden = (brief.slug, system) in hidden
            key = key_of(digests[system]) if system in digests and not is_hidden else ""
            is_open, settled = counted[brief.slug, key, True], counted[brief.slug, key, False]
            row.slots.append(ScriptPlace(brief.slug, number, key, is_open, settled, is_hidden))
        rows.append(row)
    return rows


def system_at(study: Study, spec: StudySpec, brief: str, number: int) -> str | None:
    """Whose place it is; for the server alone."""
    order = system_order(study, spec, brief)
    there = brief in spec.materials.scripts and 1 <= number <= len(order)
    return order[number - 1] if there else None


def script_parts(
    script: Script, brief: Brief, rules: Rules, rows: Sequence[LeakFinding]
) -> tuple[str, list[FindingInScript]]:
    """A script in its house layout with its findings marked, and these in the order of the text."""
    text, parsed = (
        render_for_raters(script, rules.maps.get(brief.series.slug, ())),
        script_for_raters(script, rules),
    )
    codes = {(row.kind, row.excerpt): row.code for row in rows}
    places = {
        place: codes[place.kind, place.excerpt]
        for place in scan_script_once(script, parsed, rules, cast_names(brief))
        if (place.kind, place.excerpt) in codes
    }
    html, in_layout = highlight_findings(text, parsed, places)
    where: dict[str, list[Excerpt]] = {}
    first: dict[str, int] = {}
    for place, code in places.items():
        first.setdefault(code, place.start)
        if (lines := excerpt_around(text, place)) is not None:
            where.setdefault(code, []).append(lines)
    ordered = sorted(rows, key=lambda row: (first.get(row.code, -1), row.kind, row.code))
    return html, [FindingInScript(row, where.get(row.code, [])[:3], row.code in in_layout) for row in ordered]


def neighbours(
    study: Study, spec: StudySpec, briefs: Iterable[Brief], found: Sequence[LeakFinding], slot: ScriptPlace
) -> Mapping[str, ScriptPlace | None]:
    """The script before and after one, and the next one with something open, going round."""
    story = in_story_order(briefs)
    at = next(index for index, brief in enumerate(story) if brief.slug == slot.brief)
    is_open = {row.brief_slug for row in found if row.cleared_at is None}

    def scripts(of: Iterable[Brief]) -> Iterator[ScriptPlace]:
        # Per brief, on demand: a page needs only a few briefs of a large study.
        for brief in of:
            (row,) = brief_rows(study, spec, [brief], found)
            yield from (each for each in row.slots if each.key)

    here = list(scripts([story[at]]))
    first = [each for each in here if each.number < slot.number]
    last = [each for each in here if each.number > slot.number]
    earlier = (list(scripts([brief])) for brief in reversed(story[:at]))
    others = scripts(brief for brief in [*story[at + 1 :], *story[:at]] if brief.slug in is_open)
    return {
        "before": first[-1] if first else next((row[-1] for row in earlier if row), None),
        "after": last[0] if last else next(scripts(story[at + 1 :]), None),
        "next_open": next((each for each in chain(last, others, first) if each.open), None),
    }


def totals(found: Sequence[LeakFinding]) -> dict[str, Any]:
    settled = sum(row.cleared_at is not None for row in found)
    kinds = Counter(row.kind for row in found)
    return {
        "total": len(found),
        "settled": settled,
        "left": len(found) - settled,
        "kinds": sorted(kinds.items(), key=lambda item: (-item[1], item[0])),
    }


def open_elsewhere(found: Iterable[LeakFinding]) -> ScriptPlace | None:
    """What is open and settled outside scripts, together."""
    rows = [row for row in found if ":" in row.brief_slug]
    is_open = sum(row.cleared_at is None for row in rows)
    return ScriptPlace("", 0, "", is_open, len(rows) - is_open) if rows else None


def first_open(
    study: Study, spec: StudySpec, briefs: Iterable[Brief], found: Sequence[LeakFinding]
) -> ScriptPlace | None:
    """The first script with an open finding, of briefs in story order."""
    is_open = {row.brief_slug for row in found if row.cleared_at is None}
    for brief in briefs:
        if brief.slug in is_open:
            (row,) = brief_rows(study, spec, [brief], found)
            if slots := [slot for slot in row.slots if slot.open]:
                return slots[0]
    return None


def count_similar(found: Iterable[LeakFinding]) -> dict[str, int]:
    """By code, how many open findings have the same words, itself among them."""
    found = [row for row in found if row.cleared_at is None]
    counted = Counter((row.kind, row.excerpt) for row in found)
    return {row.code: counted[row.kind, row.excerpt] for row in found}
