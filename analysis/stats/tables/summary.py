"""What `check` says of tables that can be analysed: what is in them, what is used, what they cannot tell."""

from collections.abc import Iterator, Mapping
from itertools import combinations, islice

import pandas as pd

from analysis.messages import counts_by_sentence
from analysis.stats.faults import counted, quote
from analysis.stats.tables import Source, Tables

MOST_NAMES, MOST_PAIRS = 8, 3
UNBALANCED = 0.1  # a system that stands left in less or more than half by more than this
COUNTED: Mapping[str, tuple[str, ...]] = {
    "raters": ("rater",),
    "items": ("item",),
    "series": ("series",),
    "languages": ("language",),
    "criteria": ("criterion",),
    "systems": ("system", "left_system", "right_system"),
}
NEEDED: Mapping[str, Mapping[str, str]] = {
    "judgments": {
        "series": "no results by series, and no interval that allows for series",
        "language": "all rows count as one language",
        "position": "no drift over a rater's work",
        "strength": "no mean strength of preference",
        "seconds": "no time that raters took",
        "left_length": "no length bias, and no error marks per 1,000 words or characters",
        "guess_left": "no word on how well the blinding held",
        "knew_left": "no check without scripts that a rater knew",
    },
    "scores": {
        "series": "no results by series, and no interval that allows for series",
        "language": "all rows count as one language",
    },
    "marks": {},
}


def summary(tables: Tables) -> Iterator[str]:
    """Lines of text: each table, then what concerns them together."""
    frames = {"judgments": tables.judgments, "scores": tables.scores, "marks": tables.marks}
    for source in tables.sources:
        yield from _of_table(source, frames[source.table])
    if tables.judgments is not None and len(tables.judgments):
        yield from _of_pairs(tables.judgments)


def _of_table(source: Source, frame: pd.DataFrame | None) -> Iterator[str]:
    yield f"{source.name}: {counted(source.rows, 'row')}, {source.used:,} used"
    for why, count in counts_by_sentence(source.left_out).items():
        yield _line("left out", f"{count:,}  {why}")
    if frame is None:
        return
    for what, columns in COUNTED.items():
        names = sorted(set().union(*(_names(frame[column]) for column in columns if column in frame)))
        if names:
            yield _line(what, f"{len(names):,}  {_listed(names)}")
    for column, lost in NEEDED[source.table].items():
        if len(frame) and (frame[column] == "").all():
            yield _line("not given", f"{column}: {lost}")


def _of_pairs(frame: pd.DataFrame) -> Iterator[str]:
    """Pairs of systems that never met, and systems that stand too often on one side; by criterion."""
    for criterion in sorted(frame["criterion"].unique()):
        rows = frame.loc[frame["criterion"] == criterion, ["left_system", "right_system"]]
        counts = rows.groupby(["left_system", "right_system"], observed=True).size()
        sides: dict[str, list[int]] = {}
        met: set[frozenset[str]] = set()
        for (left, right), count in counts.items():
            met.add(frozenset((left, right)))
            sides.setdefault(left, [0, 0])[0] += int(count)
            sides.setdefault(right, [0, 0])[1] += int(count)
        names = sorted(sides)
        if unmet := len(names) * (len(names) - 1) // 2 - len(met):
            apart = (pair for pair in combinations(names, 2) if frozenset(pair) not in met)
            some = ", ".join(f"{quote(one)} and {quote(two)}" for one, two in islice(apart, MOST_PAIRS))
            more = " and others" if unmet > MOST_PAIRS else ""
            yield _line(
                "never met", f"{counted(unmet, 'pair')} of systems on {quote(criterion)}: {some}{more}"
            )
        shares = {name: left / (left + right) for name, (left, right) in sides.items()}
        uneven = [name for name in names if abs(shares[name] - 0.5) > UNBALANCED]
        if uneven:
            listed = [f"{quote(name)} {100 * shares[name]:.0f} % left" for name in uneven[:MOST_NAMES]]
            more = f" and {len(uneven) - MOST_NAMES:,} more" if len(uneven) > MOST_NAMES else ""
            yield _line("sides", f"uneven on {quote(criterion)}: {', '.join(listed)}{more}")


def _names(values: pd.Series) -> set[str]:
    return set(values.unique()) - {""}


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(quote, names[:MOST_NAMES])) + more


def _line(what: str, listed: str) -> str:
    return f"  {what:<10} {' '.join(listed.splitlines())}"
