"""Attention as entries of the report: one a rater, with the signs that were raised and what they rest on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.messages import Message, Warn, message
from analysis.stats.attention import Attention, Thresholds, attention
from analysis.stats.cells import Names
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.sections.attention_pairs import judged_alone, judged_pairs
from analysis.stats.sections.breakdown import leading
from analysis.stats.tables import Tables
from analysis.stats.values import is_any, used_names

CRITERION = "attention"
REASON = message("descriptive_attention")


@dataclass(frozen=True, eq=False)
class Attended:
    """The signs of the raters, whose names are in the order of the codes; `items` counts their scenes."""

    raters: tuple[str, ...]
    found: Attention
    items: dict[str, int]

    @property
    def flagged(self) -> frozenset[str]:
        return frozenset(self.raters[code] for code in self.found.flagged.tolist())


def attend(tables: Tables, names: Names, plan: Plan) -> Attended | None:
    """Of the pairs that were judged, else of scripts that were scored alone; None where there is neither."""
    made = tables.made
    criterion = leading(plan, tables.criteria())
    limits = Thresholds.of(plan.attention)
    alone = made is None or not len(made) or criterion is None
    if alone:
        made = _alone(tables)
    if made is None or not len(made):
        return None
    there = used_names(made["rater"])
    raters = tuple(name for name in names.raters if name in there)
    if alone or criterion is None:
        pairs = judged_alone(made, raters, limits)
    else:
        pairs = judged_pairs(tables, plan, criterion, raters, limits)
    places = made[["rater", "item"]].drop_duplicates()
    items = {str(name): int(n) for name, n in places["rater"].value_counts().items()}
    return Attended(raters, attention(pairs, len(raters), limits), items)


def _alone(tables: Tables) -> pd.DataFrame | None:
    scores = tables.scores
    return None if scores is None else scores[is_any(scores["context"], "single")]


def attention_entries(attended: Attended, plan: Plan) -> Iterator[Entry]:
    """One entry a rater over all languages; its estimate is the number of signs raised."""
    found, method = attended.found, _method(plan)
    for code, name in enumerate(attended.raters):
        if not found.pairs[code]:
            continue
        yield Entry(
            criterion=CRITERION,
            estimate=float(len(found.raised(code))),
            low=None,
            high=None,
            level=plan.level,
            method=method,
            n=int(found.pairs[code]),
            raters=1,
            items=int(attended.items[name]),
            family="exploratory",
            reason=REASON,
            own={
                "rater": name,
                "flags": found.raised(code),
                "untold": found.untold(code),
                **_fast_and_unread(found, code),
                **_sides(found, code),
                **_answers(found, code),
            },
        )


def _method(plan: Plan) -> Message:
    limits = Thresholds.of(plan.attention)
    return message(
        f"attention_{'shipped' if plan.attention is None else 'planned'}",
        words=limits.words_per_minute,
        characters=limits.characters_per_minute,
        fast=100 * limits.fast_share,
        share=100 * limits.share_read,
        unread=100 * limits.unread_share,
        p=limits.side_p,
        side_odds=limits.side_odds,
        same=100 * limits.same_score,
        checks=100 * limits.checks,
        odds=limits.random_odds,
    )


def _fast_and_unread(found: Attention, code: int) -> dict[str, float | int | None]:
    return {
        "timed": int(found.timed[code]),
        "fast_share": _share(found.fast[code], found.timed[code]),
        "seen": int(found.seen[code]),
        "unread_share": _share(found.unread[code], found.seen[code]),
    }


def _sides(found: Attention, code: int) -> dict[str, float | int | None]:
    return {
        "decided": int(found.decided[code]),
        "left_share": _share(found.left[code], found.decided[code]),
        "side_p": _told(found.side_p[code]),
        "longest_run": int(found.run[code]) or None,
        "run_p": _told(found.run_p[code]),
        "side_odds": _told(found.side_odds[code]),
        "same_score": _share(found.same[code], found.scored[code]),
    }


def _answers(found: Attention, code: int) -> dict[str, float | int | None]:
    return {
        "checks": int(found.checks[code]),
        "checks_wrong": _share(found.wrong[code], found.checks[code]),
        "repeats": int(found.repeats[code]),
        "repeats_alike": _share(found.alike[code], found.repeats[code]),
        "answers": int(found.asked[code]),
        "answers_along": _share(found.along[code], found.asked[code]),
        "with_others": _told(found.with_others[code]),
        "random_odds": _told(found.odds[code]),
    }


def _share(part: np.int64, of: np.int64) -> float | None:
    return float(part / of) if of else None


def _told(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def flagged_warning(attended: Attended) -> Iterator[Warn]:
    """Says how many were pointed out, and that they are in every number."""
    n, of = len(attended.flagged), len(attended.raters)
    if n:
        yield Warn(message("careless_raters", n=n, of=of))
