"""Adjusted p values: which tests make a family, and what is done within it.

One family per tested quantity, over all languages and both lists that test it. Holm within what was planned,
the primary tests first and the secondary ones behind them; Benjamini-Hochberg within what was explored.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.stats.multiplicity import behind, benjamini_hochberg, holm
from analysis.stats.plan import SCORE
from analysis.stats.report import LISTS, Entry

Test = Hashable
Tests = dict[Test, float]
PREFERENCE = "win_rate"


def adjusted(lists: Mapping[str, Sequence[Entry]]) -> dict[str, tuple[Entry, ...]]:
    """The lists with `p_adjusted` and `adjustment` in every entry that has a p and no adjusted one yet.

    A secondary p is null where a primary one of its criterion could not be computed: the planned order of
    tests was not begun.
    """
    couples = _couples(lists)
    families: dict[tuple[str, str], Tests] = {}
    broken: set[str] = set()
    for name, entry in _open(lists):
        p = entry.own["p"]
        if p is not None:
            family = families.setdefault((_quantity(name, entry), entry.family), {})
            family.setdefault(_test(name, entry, couples), p)
        elif entry.family == "primary":
            broken.add(entry.criterion)
    found = {key: _adjust(key, tests, families) for key, tests in families.items()}
    result: dict[str, tuple[Entry, ...]] = {}
    for name in LISTS:
        done = []
        for entry in lists[name]:
            if _waits(entry):
                key = (_quantity(name, entry), entry.family)
                value = found.get(key, {}).get(_test(name, entry, couples))
                if entry.own["p"] is None or (entry.family == "secondary" and entry.criterion in broken):
                    value = None
                how = "benjamini-hochberg" if entry.family == "exploratory" else "holm"
                entry = replace(entry, own={**entry.own, "p_adjusted": value, "adjustment": how})
            done.append(entry)
        result[name] = tuple(done)
    return result


def _waits(entry: Entry) -> bool:
    return "p" in entry.own and "p_adjusted" not in entry.own


def _open(lists: Mapping[str, Sequence[Entry]]) -> list[tuple[str, Entry]]:
    return [(name, entry) for name in LISTS for entry in lists[name] if _waits(entry)]


def _adjust(key: tuple[str, str], tests: Tests, families: Mapping[tuple[str, str], Tests]) -> Tests:
    quantity, family = key
    if family == "exploratory":
        values = benjamini_hochberg(list(tests.values()))
    else:
        values = holm(list(tests.values()))
    if family == "secondary":
        values = behind(_primary(quantity, families), values)
    return dict(zip(tests, values, strict=True))


def _primary(quantity: str, families: Mapping[tuple[str, str], Tests]) -> list[float]:
    """The adjusted primary p before which no secondary one of the quantity can be smaller."""
    first = SCORE if quantity == SCORE else PREFERENCE
    return holm(list(families.get((first, "primary"), {}).values()))


def _quantity(name: str, entry: Entry) -> str:
    """What a test is about: tests of one quantity share a family."""
    if name == "win_rates":
        return PREFERENCE
    own: Mapping[str, Any] = entry.own
    return str(own["of"] if name == "differences" else own["measure"])


def _couples(lists: Mapping[str, Sequence[Entry]]) -> set[tuple[str, str | None]]:
    """Criteria and languages in which just two systems met."""
    met: dict[tuple[str, str | None], set[str]] = {}
    for entry in lists["win_rates"]:
        met.setdefault((entry.criterion, entry.language), set()).add(str(entry.own["system"]))
    return {place for place, systems in met.items() if len(systems) == 2}


def _test(name: str, entry: Entry, couples: set[tuple[str, str | None]]) -> Test:
    """A over B and B over A are one test; of two systems so are win rate and difference of win rates."""
    kind = name
    if entry.own.get("of") == PREFERENCE and (entry.criterion, entry.language) in couples:
        kind = "win_rates"
    names = sorted(
        str(entry.own[key]) for key in ("system", "opponent", "other", "scope") if key in entry.own
    )
    return kind, entry.criterion, entry.language, str(entry.own.get("context")), tuple(names)
