"""Measuring scripts: each is measured once per version of the measure, a brief's scripts together.

What a script shares with the others of its brief needs all of them, so a brief is the unit of work:
its row is locked while its scripts are measured, and workers that meet a locked one leave it to the other. A
brief with many scripts has the new ones alone measured, each with `MOST_OTHERS` at most: first those of the
lowest sample number, so every system is among them.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from evalsite.core.enqueue import enqueue_on_commit
from generation.blinding import sealed_pairs
from generation.models import Brief, Measurement, Script, System
from generation.screenplay import parse
from generation.script_metrics.measures import Shingles, brief_text, measure_text

MEASURE = "generation.measure"
"""The task that measures what waits, by name."""
VERSION = 1
"""Of the measure: raise it when a number changes its meaning, and all scripts are measured again."""
MOST_OTHERS = 40
BRIEFS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """How many scripts were measured, and whether some still wait."""

    scripts: int
    more: bool


def waiting() -> QuerySet[Script]:
    """Scripts without a measurement of this version."""
    return Script.objects.filter(Q(measurement=None) | Q(measurement__version__lt=VERSION)).order_by()


def measure_waiting(*, seconds: float, told: Callable[[int], None] | None = None) -> Measured:
    """Measure for `seconds` at most; `told` is called with the number of scripts measured of each brief."""
    deadline = time.monotonic() + seconds
    scripts = 0
    for brief in _briefs_waiting():
        done = measure_brief(brief)
        scripts += done
        if told and done:
            told(done)
        if time.monotonic() > deadline:
            break
    return Measured(scripts, waiting().exists())


def _briefs_waiting() -> Iterator[int]:
    """Each brief with scripts that wait, once, so that one which another worker has locked stops no other."""
    last = 0
    while True:
        found = waiting().filter(brief__gt=last).values_list("brief", flat=True).distinct().order_by("brief")
        keys = list(found[:BRIEFS_AT_ONCE])
        yield from keys
        if len(keys) < BRIEFS_AT_ONCE:
            return
        last = keys[-1]


@transaction.atomic
def measure_brief(key: int) -> int:
    """Measure the scripts of one brief; returns how many. None where another worker is at it."""
    locked = Brief.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    brief = locked.select_related("series").filter(pk=key).first()
    if brief is None:
        return 0
    beside = _beside(brief)
    if (count := brief.scripts.count()) <= MOST_OTHERS + 1:
        return _measure(brief, list(brief.scripts.select_related("system").order_by("sample", "pk")), beside)
    new = waiting().filter(brief=brief).select_related("system").order_by("sample", "pk")
    return _measure(brief, list(new[: max(count, 1)]), beside)


def measure_script(script: Script) -> Measurement:
    """The measurement of one script, made now if it has none of this version."""
    known: Measurement | None = getattr(script, "measurement", None)
    if known is None or known.version != VERSION:
        brief = Brief.objects.select_related("series").get(pk=script.brief_id)
        _measure(brief, [script], _beside(brief))
        known = Measurement.objects.get(script=script)
    return known


def measure_again(briefs: Collection[str]) -> None:
    """Let a worker measure the scripts of some briefs again, because others became comparable."""
    Measurement.objects.filter(script__brief__slug__in=briefs).update(version=0)
    enqueue_on_commit(MEASURE)


def wake_if_waiting() -> bool:
    """Let a worker measure what waits."""
    found = waiting().exists()
    if found:
        enqueue_on_commit(MEASURE)
    return found


def _beside(brief: Brief) -> list[Script]:
    """Scripts of a brief that the others are compared with: none that a blinded study has sealed, because a
    figure of a known text would reveal whose text a sealed one is."""
    slugs = set(brief.scripts.values_list("system__slug", flat=True))
    sealed = {system for _brief, system in sealed_pairs({(brief.slug, slug) for slug in slugs})}
    rows = brief.scripts.exclude(system__slug__in=sealed).select_related("system")
    return list(rows.order_by("sample", "pk")[: MOST_OTHERS + 1])


def _measure(brief: Brief, scripts: Sequence[Script], beside: Sequence[Script]) -> int:
    told = brief_text(brief.content())
    runs = {each.pk: Shingles.of(each.text, each.language) for each in beside}
    people = [each for each in beside if each.system.kind == System.Kind.HUMAN]
    rows = []
    for script in scripts:
        others = [own for key, own in runs.items() if key != script.pk]
        human = next((runs[each.pk] for each in people if each.pk != script.pk), None)
        found = measure_text(parse(script.text, script.language), told, others, human)
        values: dict[str, Any] = {**asdict(found), "compared_with": len(others)}
        rows.append(Measurement(script=script, version=VERSION, values=_rounded(values)))
    Measurement.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["script"],
        update_fields=["version", "values", "measured_at"],
    )
    return len(rows)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}
