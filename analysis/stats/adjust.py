"""Adjusted p values of a list: Holm within what was planned, Benjamini-Hochberg within what was explored."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from analysis.stats.multiplicity import benjamini_hochberg, holm
from analysis.stats.report import Entry


def adjusted(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries with `p_adjusted` and `adjustment` where they have a p that is not adjusted yet."""
    families: dict[Hashable, dict[Hashable, float]] = {}
    for entry in entries:
        p = entry.own.get("p")
        if p is not None and "p_adjusted" not in entry.own:
            families.setdefault(_family(entry), {})[_test(entry)] = p
    results: dict[tuple[Hashable, Hashable], float] = {}
    for family, tests in families.items():
        method = benjamini_hochberg if _exploratory(family) else holm
        for test, value in zip(tests, method(list(tests.values())), strict=True):
            results[family, test] = value
    for entry in entries:
        if "p" in entry.own and "p_adjusted" not in entry.own:
            found = results.get((_family(entry), _test(entry)))
            name = "benjamini-hochberg" if entry.family == "exploratory" else "holm"
            entry = replace(entry, own={**entry.own, "p_adjusted": found, "adjustment": name})
        yield entry


def _family(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.family,
        entry.language,
        entry.own.get("of"),
        entry.own.get("measure"),
        entry.own.get("context"),
    )


def _exploratory(family: Hashable) -> bool:
    return isinstance(family, tuple) and family[0] == "exploratory"


def _test(entry: Entry) -> Hashable:
    """A over B and B over A are one test."""
    names = [str(entry.own.get(key, "")) for key in ("system", "opponent", "other", "scope")]
    return entry.criterion, tuple(sorted(names))
