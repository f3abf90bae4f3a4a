"""The signs of attention in the report: tables as judged pairs, and one entry per rater."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.messages import Message, Warn, message
from analysis.stats.attention.signs import (
    LEAST_SIDED,
    Attention,
    Judged,
    Thresholds,
    attention,
)
from analysis.stats.cells import Names
from analysis.stats.coded_columns import coded, codes, is_any, numbers, used_names
from analysis.stats.linear import Floats, Ints
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.script_lengths import unit_of
from analysis.stats.tables import Tables
from analysis.stats.win_rates import leading_criterion

KEY = ("study", "rater", "item", "kind", "position", "left_system", "right_system", "reading")
USED = (
    *KEY, "criterion", "choice", "language", "seconds", "read_left_s", "read_right_s", "share_read_left",
    "share_read_right", "left_length", "right_length",
)  # fmt: skip
CRITERION = "attention"
REASON = message("descriptive_attention")


def judged_pairs(
    tables: Tables, plan: Plan, criterion: str, raters: Sequence[str], limits: Thresholds
) -> Judged:
    """Every pair that one of `raters` judged on the leading `criterion`, of kinds main, check, repeat and
    same; without practice, and without what an exclusion took away."""
    frames = [tables.made, tables.checks, tables.repeats, tables.same]
    parts = [_rows_of_raters(frame, raters) for frame in frames if frame is not None and len(frame)]
    # All have the categories of one table, so that they stay categories.
    every = pd.concat([part[list(USED)] for part in parts], ignore_index=True) if parts[1:] else parts[0]
    leads = is_any(every["criterion"], criterion)
    rows = every if leads.all() else every[leads].reset_index(drop=True)
    rater = codes(rows["rater"], raters)
    sign = _choice_sign(rows["choice"])
    main, repeat = is_any(rows["kind"], "main"), is_any(rows["kind"], "repeat")
    unit, vote = _units(rows, sign)
    return Judged(
        rater=rater,
        sign=sign,
        order=numbers(rows["position"]),
        rate=_reading_rate(rows, limits),
        share=_mean_share(rows),
        unit=np.full(len(rows), -1),
        known=_known_answers(rows, plan.known_worse),
        again=_repeated_answers(rater, unit, vote, main, repeat),
        score=np.full(len(rows), np.nan),
    )


def judged_alone(scores: pd.DataFrame, raters: Sequence[str], limits: Thresholds) -> Judged:
    """Every script that one of `raters` scored with none beside it."""
    rows = _rows_of_raters(scores, raters).reset_index(drop=True)
    unknown = np.full(len(rows), np.nan)
    script, _ = pd.factorize(pd.MultiIndex.from_frame(rows[["item", "system"]].astype(str)))
    share = numbers(rows["share_read"])
    came = numbers(rows["length"]) * np.where(np.isfinite(share), share, 1.0)
    return Judged(
        rater=codes(rows["rater"], raters),
        sign=np.zeros(len(rows), dtype=np.int64),
        order=numbers(rows["position"]),
        rate=_per_minute(came, numbers(rows["read_s"]), rows, limits),
        share=share,
        unit=script.astype(np.int64),
        known=unknown,
        again=unknown,
        score=numbers(rows["score"]),
    )


def _rows_of_raters(frame: pd.DataFrame, raters: Sequence[str]) -> pd.DataFrame:
    known = is_any(frame["rater"], *raters)
    return frame if known.all() else frame[known]


def _choice_sign(choice: pd.Series) -> Ints:
    return is_any(choice, "left").astype(np.int64) - is_any(choice, "right")


def _reading_rate(rows: pd.DataFrame, limits: Thresholds) -> Floats:
    """What came into view per minute of visible time, over what is too fast; infinite where no time at all
    went by. The page's whole time is used where a script has none."""
    sides = [numbers(rows[f"read_{side}_s"]) for side in ("left", "right")]
    read = np.where(np.isfinite(sides[0]) | np.isfinite(sides[1]), np.nansum(sides, axis=0), np.nan)
    came = np.zeros(len(rows))
    for side in ("left", "right"):
        share = numbers(rows[f"share_read_{side}"])
        came = came + numbers(rows[f"{side}_length"]) * np.where(np.isfinite(share), share, 1.0)
    return _per_minute(came, read, rows, limits)


def _per_minute(came: Floats, read: Floats, rows: pd.DataFrame, limits: Thresholds) -> Floats:
    """`came` words or characters in `read` seconds, over what is too fast in the language."""
    seconds = np.where(read > 0, read, numbers(rows["seconds"]))
    seconds = np.where(np.isfinite(seconds), seconds, read)
    found, names = coded(rows["language"])
    most = {"words": limits.words_per_minute, "characters": limits.characters_per_minute}
    per_minute = np.array([most.get(unit_of(name) or "", np.nan) for name in names] + [np.nan])[found]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(came > 0, came * 60 / (seconds * per_minute), np.nan)


def _mean_share(rows: pd.DataFrame) -> Floats:
    return (numbers(rows["share_read_left"]) + numbers(rows["share_read_right"])) / 2


def _units(rows: pd.DataFrame, sign: Ints) -> tuple[Ints, Ints]:
    """A code of scene and two systems, and the sign as seen from the one whose name comes first."""
    left, names = coded(rows["left_system"])
    right, more = coded(rows["right_system"])
    all_names = sorted({*names, *more})
    of = {name: at for at, name in enumerate(all_names)}
    left = np.array([of[name] for name in names], dtype=np.int64)[left] if len(rows) else left
    right = np.array([of[name] for name in more], dtype=np.int64)[right] if len(rows) else right
    item, k = coded(rows["item"])[0].astype(np.int64), len(all_names)
    unit = (item * k + np.minimum(left, right)) * k + np.maximum(left, right)
    return unit, np.where(left <= right, sign, -sign)


def _known_answers(rows: pd.DataFrame, worse: Sequence[str]) -> Floats:
    """1 where the better script of a check was preferred, -1 where the worse, 0 for tie and neither."""
    left, right = (is_any(rows[f"{side}_system"], *worse) for side in ("left", "right"))
    check = is_any(rows["kind"], "check") & (left != right)
    return np.where(check, np.where(left, -1, 1) * _choice_sign(rows["choice"]), np.nan)


def _repeated_answers(rater: Ints, unit: Ints, vote: Ints, main: np.ndarray, repeat: np.ndarray) -> Floats:
    """1 where a repeated pair was decided as before, -1 where otherwise, 0 where either was left open; NaN
    for what is no repeat, or repeats nothing or several things."""
    again = np.full(len(rater), np.nan)
    if not repeat.any():
        return again
    before: dict[tuple[int, int], list[int]] = {}
    wanted = set(zip(rater[repeat].tolist(), unit[repeat].tolist(), strict=True))
    for one, two, said in zip(rater[main].tolist(), unit[main].tolist(), vote[main].tolist(), strict=True):
        if (one, two) in wanted:
            before.setdefault((one, two), []).append(said)
    for row in np.flatnonzero(repeat).tolist():
        first = before.get((int(rater[row]), int(unit[row])), [])
        if len(first) == 1:
            again[row] = first[0] * vote[row]
    return again


@dataclass(frozen=True, eq=False)
class SignsByRater:
    """The signs of the raters, whose names are in the order of the codes; `items` counts their scenes."""

    raters: tuple[str, ...]
    found: Attention
    items: dict[str, int]

    @property
    def flagged(self) -> frozenset[str]:
        return frozenset(self.raters[code] for code in self.found.flagged.tolist())


def find_signs(tables: Tables, names: Names, plan: Plan) -> SignsByRater | None:
    """Of the pairs that were judged, else of scripts that were scored alone; None where there is neither."""
    made = tables.made
    criterion = leading_criterion(plan, tables.criteria())
    limits = Thresholds.of(plan.attention)
    alone = made is None or not len(made) or criterion is None
    if alone:
        made = scored_alone(tables)
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
    return SignsByRater(raters, attention(pairs, len(raters), limits), items)


def scored_alone(tables: Tables) -> pd.DataFrame | None:
    """The used scores of scripts that were read alone."""
    scores = tables.scores
    return None if scores is None else scores[is_any(scores["context"], "single")]


def attention_entries(attended: SignsByRater, plan: Plan) -> Iterator[Entry]:
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
                "untold": found.undetermined(code),
                "timed": int(found.timed[code]),
                "fast_share": _share(found.fast[code], found.timed[code]),
                "seen": int(found.seen[code]),
                "unread_share": _share(found.unread[code], found.seen[code]),
                "decided": int(found.decided[code]),
                "left_share": _share(found.left[code], found.decided[code]),
                "side_p": _finite(found.side_p[code]),
                "longest_run": int(found.run[code]) or None,
                "run_p": _finite(found.run_p[code]),
                "same_score": _share(found.same[code], found.scored[code]),
                "checks": int(found.checks[code]),
                "checks_wrong": _share(found.wrong[code], found.checks[code]),
                "repeats": int(found.repeats[code]),
                "repeats_alike": _share(found.alike[code], found.repeats[code]),
                "random_odds": _finite(found.odds[code]),
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
        sided=LEAST_SIDED,
        same=100 * limits.same_score,
        checks=100 * limits.checks,
        odds=limits.random_odds,
    )


def _share(part: np.int64, of: np.int64) -> float | None:
    return float(part / of) if of else None


def _finite(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def flagged_warning(attended: SignsByRater) -> Iterator[Warn]:
    """Says how many were pointed out, and that they are in every number."""
    n, of = len(attended.flagged), len(attended.raters)
    if n:
        yield Warn(message("careless_raters", n=n, of=of))
