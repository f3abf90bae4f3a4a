"""Adjusted p values: Holm, Benjamini and Hochberg, and which tests of a report make a family.

Primary tests are adjusted by Holm, over all languages. Secondary tests are the declared contrasts, each
tested once: pooled, where the plan pools languages, else in each language, which then has a family of its
own. They are adjusted by Holm behind the primary ones. Exploratory tests of one quantity, over all languages,
criteria and lists, are adjusted by Benjamini and Hochberg's method.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.stats.report import LISTS, Entry

Test = Hashable
FamilyKey = tuple[str, str, str | None]  # quantity, role, and the language of secondary tests
PREFERENCE = "win_rate"
ORDER_AND_LENGTH = ("position", "length", "late", "first", "after")  # terms of covariates


def holm(p: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm's (1979) step-down method, in the same order.

    It controls the chance of any false positive. Raises ValueError for a p outside 0 to 1.

    >>> [round(value, 3) for value in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = _checked(p)
    if len(values) < 2:  # nothing to adjust, and nothing to import for it
        return [float(value) for value in values]
    from statsmodels.stats.multitest import multipletests  # takes seconds to import

    return [float(value) for value in multipletests(values, method="holm")[1]]


def adjust_behind(first: Sequence[float], p: Sequence[float]) -> list[float]:
    """Adjusted p of tests that are looked at only once all of `first` (adjusted) have rejected.

    The serial gatekeeper of Westfall and Krishen (2001): no false positive in both families together, at the
    promised chance.
    """
    gate = max(first, default=0.0)
    return [max(gate, value) for value in p]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Return p values adjusted by Benjamini and Hochberg's (1995) step-up method, in the same order.

    It controls the share of false positives among the positives. Raises ValueError for a p outside 0 to 1.

    >>> [round(value, 3) for value in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    values = _checked(p)
    if len(values) < 2:
        return [float(value) for value in values]
    from scipy.stats import false_discovery_control  # takes a second to import

    return [float(value) for value in false_discovery_control(values, method="bh")]


def _checked(p: Sequence[float]) -> np.ndarray:
    values = np.asarray(p, dtype=float)
    wrong = ~((values >= 0) & (values <= 1))
    if wrong.any():
        raise ValueError(f"p: {values[wrong][0]} is not a p value: it lies from 0 to 1")
    return values


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
    tests: dict[FamilyKey, dict[Test, float]] = {}
    broken: set[str] = set()
    for name, entry in _entries_to_adjust(lists):
        p = entry.own["p"]
        if p is not None:
            tests.setdefault(_family_of(name, entry), {}).setdefault(_test_of(name, entry, couples), p)
        elif entry.family == "primary":
            broken.add(entry.criterion)
    families = _families(tests)
    result: dict[str, tuple[Entry, ...]] = {}
    for name in LISTS:
        done = []
        for entry in lists[name]:
            if _needs_adjusting(entry):
                family = families.get(_family_of(name, entry), Family({}))
                started = entry.family != "secondary" or entry.criterion not in broken
                value = family.values.get(_test_of(name, entry, couples)) if started else None
                own: dict[str, Any] = {
                    "p_adjusted": value if entry.own["p"] is not None else None,
                    "adjustment": "benjamini-hochberg" if entry.family == "exploratory" else "holm",
                    "tests": len(family.values),
                }
                entry = replace(entry, own={**entry.own, **own})
                entry = _with_note(entry, family.gate, started)
            elif "p_adjusted" in entry.own:
                entry = _with_note(entry, None, True)
            done.append(entry)
        result[name] = tuple(done)
    return result


def _with_note(entry: Entry, gate: float | None, started: bool) -> Entry:
    """With a note where p alone rejects, as its interval does, and the adjusted p does not."""
    p, value, tests = (entry.own[key] for key in ("p", "p_adjusted", "tests"))
    note: dict[str, Any] | None = None
    alpha = 1 - entry.level
    if entry.own.get("rule"):  # p is of the change, the interval is of the result
        pass
    elif p is not None and not started:
        note = {"code": "primary_missing", "params": {"tests": tests}}
    elif p is not None and value is not None and p <= alpha < value:
        note = {"code": "several_tests", "params": {"tests": tests, "alpha": alpha}}
        if gate is not None and gate > alpha:
            note = {"code": "behind_primary", "params": {**note["params"], "primary_p": gate}}
    return replace(entry, own={**entry.own, "adjusted_note": note})


def _needs_adjusting(entry: Entry) -> bool:
    return "p" in entry.own and "p_adjusted" not in entry.own


def _entries_to_adjust(lists: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[str, Entry]]:
    return ((name, entry) for name in LISTS for entry in lists[name] if _needs_adjusting(entry))


def _families(tests: Mapping[FamilyKey, Mapping[Test, float]]) -> dict[FamilyKey, Family]:
    found = {}
    for key, family in tests.items():
        if key[1] != "secondary":
            adjust = benjamini_hochberg if key[1] == "exploratory" else holm
            found[key] = Family(dict(zip(family, adjust(list(family.values())), strict=True)))
    for key, family in tests.items():
        if key[1] == "secondary":
            first = found.get((key[0], "primary", None), Family({})).values.values()
            values = adjust_behind(list(first), holm(list(family.values())))
            found[key] = Family(dict(zip(family, values, strict=True)), max(first, default=None))
    return found


def _family_of(name: str, entry: Entry) -> FamilyKey:
    return _quantity(name, entry), entry.family, entry.language if entry.family == "secondary" else None


def _quantity(name: str, entry: Entry) -> str:
    """What a test is about: tests of one quantity share a family."""
    if name == "win_rates":
        return PREFERENCE
    if name == "covariates":  # a family of their own, so that the many series hide no bias
        term = entry.own["term"]
        return f"{name} {'order and length' if term in ORDER_AND_LENGTH else term}"
    if name == "sensitivity":
        return f"{name} {entry.own['rule']}"
    own: Mapping[str, Any] = entry.own
    return str(own["of"] if name == "differences" else own["measure"])


def _couples(lists: Mapping[str, Sequence[Entry]]) -> set[tuple[str, str | None]]:
    """Criteria and languages in which just two systems met."""
    met: dict[tuple[str, str | None], set[str]] = {}
    for entry in lists["win_rates"]:
        met.setdefault((entry.criterion, entry.language), set()).add(str(entry.own["system"]))
    return {place for place, systems in met.items() if len(systems) == 2}


def _test_of(name: str, entry: Entry, couples: set[tuple[str, str | None]]) -> Test:
    """A over B and B over A are one test; of two systems so are win rate and difference of win rates."""
    kind = name
    if entry.own.get("of") == PREFERENCE and (entry.criterion, entry.language) in couples:
        kind = "win_rates"
    names = sorted(
        str(entry.own[key]) for key in ("system", "opponent", "other", "scope") if key in entry.own
    )
    parts = (str(entry.own.get(key)) for key in ("by", "name", "term", "rule"))
    return kind, entry.criterion, entry.language, str(entry.own.get("context")), tuple(names), *parts
