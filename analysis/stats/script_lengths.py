"""How long the scripts of each system are: length is part of what a system does, and may be what is liked."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.messages import message, steps
from analysis.stats.cells import Names
from analysis.stats.coded_columns import coded, codes, numbers
from analysis.stats.intervals import critical
from analysis.stats.linear import Floats, Ints, distinct
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.scope import script_columns

CRITERION = "length"
UNITS = {"en": "words", "zh": "characters"}
METHOD = steps(message("script_mean"), message("t"))
ONE_SCRIPT = message("one_script")
NO_LENGTH = message("lengths_unknown")
SAME = message("no_variation")


def unit_of(language: str | None) -> str | None:
    """What lengths of a language count; None where that is not known."""
    return UNITS.get((language or "").split("-")[0].lower())


@dataclass(frozen=True, eq=False)
class Scripts:
    """Every different script of the judgments once; `length` is NaN where it is not known."""

    system: Ints
    item: Ints
    length: Floats


def scripts(rows: pd.DataFrame, names: Names) -> Scripts:
    """Every script of judgments or scores. One is told by system, item and its own name, where that is
    given."""
    keys, lengths = [], []
    item, own = codes(rows["item"], names.items), dict[str, int]()
    found = {script: coded(rows[script.script]) for script in script_columns(rows)}
    for _, texts in found.values():
        for text in texts:
            own.setdefault(text, len(own))
    for script, (code, texts) in found.items():
        name = np.array([own[text] for text in texts], dtype=np.int64)
        system = codes(rows[script.system], names.systems)
        at = name[code] if name.size else code.astype(np.int64)
        keys.append((system * len(names.items) + item) * max(1, len(own)) + at)
        lengths.append(np.nan_to_num(numbers(rows[script.length])))
    at, places = pd.factorize(np.concatenate(keys), sort=True)
    longest = np.zeros(places.size)
    np.maximum.at(longest, at, np.concatenate(lengths))
    place = places // max(1, len(own))
    longest[longest <= 0] = np.nan
    return Scripts(place // len(names.items), place % len(names.items), longest)


def length_entries(rows: pd.DataFrame, language: str | None, names: Names, plan: Plan) -> Iterator[Entry]:
    """One entry a system from the used judgments or scores of one language, where any length is known.

    Over scripts, not over readings: how often a script was read says nothing of its system.
    """
    found = scripts(rows, names)
    if not np.isfinite(found.length).any():
        return
    for code in np.unique(found.system).tolist():
        yield _entry(found, code, language, names, plan)


def _entry(found: Scripts, code: int, language: str | None, names: Names, plan: Plan) -> Entry:
    at = np.flatnonzero(found.system == code)
    known = at[np.isfinite(found.length[at])]
    values = np.sort(found.length[known])
    n = values.size
    mean = float(values.sum() / n) if n else None
    sd = float(np.std(values, ddof=1)) if n > 1 else None
    low, high, reason = None, None, SAME
    if mean is None:
        reason = NO_LENGTH
    elif sd is None:
        reason = ONE_SCRIPT
    elif sd > 0:
        reach = critical(plan.level, n - 1) * sd / float(np.sqrt(n))
        low, high = mean - reach, mean + reach
    series = names.item_series[found.item[known]]
    return Entry(
        criterion=CRITERION,
        estimate=mean,
        low=low,
        high=high,
        level=plan.level,
        method=METHOD,
        n=n,
        raters=0,
        items=distinct(found.item[known]),
        language=language,
        series=distinct(series) if n and (series >= 0).all() else None,
        cluster="script",
        reason=reason if low is None else None,
        own={
            "system": names.systems[code],
            "unit": unit_of(language),
            "scripts": int(at.size),
            "median": float(np.median(values)) if n else None,
            "sd": sd,
        },
    )
