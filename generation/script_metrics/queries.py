"""How fit the scripts of each system are: sums over measurements, made by the database.

Pairs of brief and system that a study has sealed enter no sum and no list; the number left out is returned.
A system has a row for each language, since lengths have another unit there.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from generation.blinding import Pair, sealed_pairs
from generation.script_metrics.labels import NUMBERS, MetricLabel, label_metrics
from generation.script_metrics.measuring import VERSION

SHARES = ("strangers", "markup", "wrong_language", "out")
"""Numbers of a system that are shares of its scripts."""
SCRIPTS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class ScriptFilter:
    """Which scripts of some teams (keys): of a language, a series (slug), a run (code), a system (slug);
    empty is all of these teams."""

    teams: tuple[int, ...]
    language: str = ""
    series: str = ""
    run: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system in one language. `means` are by number; `n` scripts were measured of `scripts`; the rest
    but those `left_out` under seal wait.
    """

    system: str
    name: str
    language: str
    scripts: int
    left_out: int
    n: int
    length: float | None
    shortest: float | None
    longest: float | None
    target: float | None
    means: dict[str, float | None] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        return self.scripts - self.left_out - self.n


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """One script of a system. `out` are the numbers that are marked."""

    brief: str
    series: str
    system: str
    language: str
    sample: int
    run: str
    length: int
    target: int
    labels: list[MetricLabel]

    @property
    def out(self) -> list[MetricLabel]:
        return [each for each in self.labels if each.out]


_TYPES = {"language_right": "boolean", "markup": "int"}
_RECORD = ", ".join(
    ["strangers jsonb", *(f"{number.name} {_TYPES.get(number.name, 'float8')}" for number in NUMBERS)]
)
_FROM = f"""
FROM generation_script s
JOIN generation_brief b ON b.id = s.brief_id
JOIN generation_series r ON r.id = b.series_id
JOIN generation_system y ON y.id = s.system_id
LEFT JOIN generation_job j ON j.id = s.job_id
LEFT JOIN generation_run u ON u.id = j.run_id
LEFT JOIN generation_measurement m ON m.script_id = s.id AND m.version = %(version)s
LEFT JOIN LATERAL jsonb_to_record(m.values) AS v({_RECORD}) ON true
LEFT JOIN unnest(%(briefs)s::text[], %(systems)s::text[]) AS z(brief, system)
    ON z.brief = b.slug AND z.system = y.slug
CROSS JOIN LATERAL (SELECT z.brief IS NULL AND m.id IS NOT NULL) AS k(seen)
WHERE r.team_id = ANY(%(teams)s)
    AND (%(language)s = '' OR s.language = %(language)s) AND (%(series)s = '' OR r.slug = %(series)s)
    AND (%(run)s = '' OR u.code = %(run)s) AND (%(system)s = '' OR y.slug = %(system)s)
"""


def _value(name: str) -> str:
    """A number in SQL; a truth as 0 or 1."""
    return "v.language_right::int" if name == "language_right" else f"v.{name}"


def _outside() -> str:
    """How many numbers of a script are marked."""
    tests = []
    for number in NUMBERS:
        parts = [
            f"{_value(number.name)} {sign} {bound}"
            for sign, bound in (("<", number.low), (">", number.high))
            if bound is not None
        ]
        tests.append(f"COALESCE(({' OR '.join(parts)})::int, 0)")
    return " + ".join(tests)


def system_rows(which: ScriptFilter) -> list[SystemRow]:
    """By system and language, in order of their slugs."""
    means = ", ".join(f"avg({_value(number.name)}) FILTER (WHERE seen)" for number in NUMBERS)
    shares = ", ".join(
        f"avg(({test})::int) FILTER (WHERE seen)"
        for test in (
            "jsonb_array_length(v.strangers) > 0",
            "v.markup > 0",
            "NOT v.language_right",
            f"{_outside()} > 0",
        )
    )
    ratio = _value("length_ratio")
    query = f"""
    SELECT y.slug, y.name, s.language, count(*), count(z.brief), count(m.id) FILTER (WHERE seen),
        avg(s.length) FILTER (WHERE seen), min({ratio}) FILTER (WHERE seen),
        max({ratio}) FILTER (WHERE seen), avg(b.target_length) FILTER (WHERE seen), {means}, {shares}
    {_FROM}
    GROUP BY y.slug, y.name, s.language ORDER BY y.slug, s.language
    """
    with connection.cursor() as cursor:
        cursor.execute(query, _values(which))
        return [_system_row(row) for row in cursor.fetchall()]


def _system_row(row: tuple[Any, ...]) -> SystemRow:
    numbers = [None if each is None else float(each) for each in row[6:]]
    means = dict(zip((number.name for number in NUMBERS), numbers[4 : 4 + len(NUMBERS)], strict=True))
    shares = dict(zip(SHARES, (each or 0.0 for each in numbers[4 + len(NUMBERS) :]), strict=True))
    first: list[Any] = [*row[:6], *numbers[:4], means, shares]
    return SystemRow(*first)


def script_rows(which: ScriptFilter, start: int, stop: int) -> list[ScriptRow]:
    """Scripts that were measured, those with the most marked numbers first, then in story order."""
    query = f"""
    SELECT b.slug, r.title, y.slug, s.language, s.sample, COALESCE(u.code, ''), s.length, b.target_length,
        m.values
    {_FROM} AND seen
    ORDER BY {_outside()} DESC, r.slug, b."order", b.slug, s.sample, s.id
    LIMIT {int(stop) - int(start)} OFFSET {int(start)}
    """
    with connection.cursor() as cursor:
        cursor.execute(query, _values(which))
        rows = cursor.fetchall()
    return [ScriptRow(*[*row[:8], label_metrics(_json(row[8]))]) for row in rows]


def _json(value: Any) -> dict[str, Any]:
    return dict(json.loads(value) if isinstance(value, str) else value)


def _values(which: ScriptFilter) -> dict[str, Any]:
    sealed = _sealed(which)
    return {
        "version": VERSION,
        "teams": list(which.teams),
        "briefs": [brief for brief, _ in sealed],
        "systems": [system for _, system in sealed],
        "language": which.language,
        "series": which.series,
        "run": which.run,
        "system": which.system,
    }


def _sealed(which: ScriptFilter) -> Collection[Pair]:
    query = """
    SELECT DISTINCT b.slug, y.slug FROM generation_script s
    JOIN generation_brief b ON b.id = s.brief_id JOIN generation_series r ON r.id = b.series_id
    JOIN generation_system y ON y.id = s.system_id
    WHERE r.team_id = ANY(%(teams)s) AND (%(system)s = '' OR y.slug = %(system)s)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"teams": list(which.teams), "system": which.system})
        return sorted(sealed_pairs([(brief, system) for brief, system in cursor.fetchall()]))
