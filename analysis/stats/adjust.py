"""Adjusted p values: which tests make a family, and what is done within it.

Primary tests are adjusted by Holm, over all languages. Secondary tests are the declared contrasts, each
tested once: pooled, where the plan pools languages, else in each language, which then has a family of its
own. They are adjusted by Holm behind the primary ones. Exploratory tests of one quantity, over all languages,
criteria and lists, are adjusted by Benjamini and Hochberg's method.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.stats.multiplicity import behind, benjamini_hochberg, holm
from analysis.stats.report import LISTS, Entry

Test = Hashable
Key = tuple[str, str, str | None]  # quantity, role, and the language of secondary tests
PREFERENCE = "win_rate"


@dataclass(frozen=True)
class Family:
    """Adjusted p by test; `gate` is the largest adjusted p of the primary tests that come first."""

    values: Mapping[Test, float]
    gate: float | None = None


def adjusted(lists: Mapping[str, Sequence[Entry]]) -> dict[str, tuple[Entry, ...]]:
    """The lists with `p_adjusted`, `adjustment`, `tests` (how many the family holds) and `adjusted_note` (why
    the adjusted p disagrees with the interval, else None) in every entry that has a p.

    A secondary p is null where a primary one of its criterion could not be computed: the planned order of
    tests was not begun.
    """
    couples = _couples(lists)
    tests: dict[Key, dict[Test, float]] = {}
    broken: set[str] = set()
    for name, entry in _open(lists):
        p = entry.own["p"]
        if p is not None:
            tests.setdefault(_key(name, entry), {}).setdefault(_test(name, entry, couples), p)
        elif entry.family == "primary":
            broken.add(entry.criterion)
    families = _families(tests)
    result: dict[str, tuple[Entry, ...]] = {}
    for name in LISTS:
        done = []
        for entry in lists[name]:
            if _waits(entry):
                family = families.get(_key(name, entry), Family({}))
                started = entry.family != "secondary" or entry.criterion not in broken
                value = family.values.get(_test(name, entry, couples)) if started else None
                own: dict[str, Any] = {
                    "p_adjusted": value if entry.own["p"] is not None else None,
                    "adjustment": "benjamini-hochberg" if entry.family == "exploratory" else "holm",
                    "tests": len(family.values),
                }
                entry = replace(entry, own={**entry.own, **own})
                entry = _explained(entry, family.gate, started)
            elif "p_adjusted" in entry.own:
                entry = _explained(entry, None, True)
            done.append(entry)
        result[name] = tuple(done)
    return result


def _explained(entry: Entry, gate: float | None, started: bool) -> Entry:
    """With a note where p alone rejects, as its interval does, and the adjusted p does not."""
    p, value, tests = (entry.own[key] for key in ("p", "p_adjusted", "tests"))
    note: dict[str, Any] | None = None
    alpha = 1 - entry.level
    if p is not None and not started:
        note = {"code": "primary_missing", "params": {"tests": tests}}
    elif p is not None and value is not None and p <= alpha < value:
        note = {"code": "several_tests", "params": {"tests": tests, "alpha": alpha}}
        if gate is not None and gate > alpha:
            note = {"code": "behind_primary", "params": {**note["params"], "primary_p": gate}}
    return replace(entry, own={**entry.own, "adjusted_note": note})


def _waits(entry: Entry) -> bool:
    return "p" in entry.own and "p_adjusted" not in entry.own


def _open(lists: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[str, Entry]]:
    return ((name, entry) for name in LISTS for entry in lists[name] if _waits(entry))


def _families(tests: Mapping[Key, Mapping[Test, float]]) -> dict[Key, Family]:
    found = {}
    for key, family in tests.items():
        if key[1] != "secondary":
            adjust = benjamini_hochberg if key[1] == "exploratory" else holm
            found[key] = Family(dict(zip(family, adjust(list(family.values())), strict=True)))
    for key, family in tests.items():
        if key[1] == "secondary":
            first = found.get((key[0], "primary", None), Family({})).values.values()
            values = behind(list(first), holm(list(family.values())))
            found[key] = Family(dict(zip(family, values, strict=True)), max(first, default=None))
    return found


def _key(name: str, entry: Entry) -> Key:
    return _quantity(name, entry), entry.family, entry.language if entry.family == "secondary" else None


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
