"""Who may not have read, or not have judged: rules with thresholds from the plan. They point out, and exclude
nobody.

Each sign is None where what it needs was not asked or measured:

fast      what came into view was there too short a time to be read, in more than a share of the pairs
unread    less than a share of the scripts came into view, in more than a share of the pairs
one_side  decided for one side more often, or longer in a row, than a fair coin would (exact), or in each of
          at least `LEAST_SIDED` pairs; of scripts scored alone: one score for more than a share of them
checks    the damaged script preferred in more than a share of two or more pairs with a known answer
random    of scripts scored alone: the scores go with the others' means as little as random scores

How far a rater of pairs agrees with others is taste as much as care, so it is no sign.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import special

from analysis.stats.coded_columns import sums
from analysis.stats.linear import Floats, Ints

LEAST_PAIRS = 3
"""Timed or seen pairs, below which nothing is said of them."""
LEAST_CHECKS = 2
LEAST_SCORED = 6
"""Scripts scored alone, below which one score for all says nothing."""
LEAST_SIDED = 8
"""Decided pairs, below which nothing is said of one side: a fair coin gives one side of eight once in 128."""
LEAST_COMPARED = 8
"""Scripts that others scored too, below which scores are not compared with theirs."""
ALIKE_SPREAD = 0.2
"""How raters differ in going with the others' scores: sd of Fisher's z."""
FAIR = (0.3, 0.7)
"""Where the raters' median share of the left side lies beyond, sides were not balanced: nothing is said."""
LEAST_RATERS = 5
"""For such a median."""
LONGEST_EXACT = 2000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a sign counts. `plan.attention` may give any of them; these are the shipped ones.

    `words_per_minute`, `characters_per_minute` (English, Chinese): a pair of which more came into view per
    minute of visible time was too fast; `fast_share`: in more than this share of pairs. `share_read`: a pair
    of which less came into view was not read; `unread_share`: in more than this share of pairs. `side_p`: of
    the exact tests of one side; `same_score`: of scripts that stood alone in more than this share one score
    was given. `checks`: in more than this share the damaged script was preferred. `random_odds`: how many
    times likelier random scores are. `without_flagged`: whether results without those who are pointed out are
    a planned check.
    """

    words_per_minute: float = 700
    characters_per_minute: float = 1200
    fast_share: float = 0.5
    share_read: float = 0.5
    unread_share: float = 0.5
    side_p: float = 0.001
    same_score: float = 0.8
    checks: float = 0.5
    random_odds: float = 3.0
    without_flagged: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> "Thresholds":
        """The thresholds of a plan. Plans of earlier versions also have `side_odds`, which is not used."""
        return cls(**{name: value for name, value in (given or {}).items() if name != "side_odds"})


@dataclass(frozen=True, eq=False)
class Judged:
    """Every pair that a rater judged, one element each, with what was measured and answered (NaN: was not).

    `sign` is 1 for left, -1 for right, 0 for tie and neither, on the leading criterion. `order` is the place
    in the rater's sequence. `rate` is words or characters in view per minute over the threshold of the
    language: above 1 is too fast. `share` is the mean share of the two scripts that came into view. `unit`
    is NaN for pairs; `known` is 1 where the better script of a check was preferred, -1 where the worse;
    `again` 1 where a repeated pair was decided as before, -1 where otherwise; both are 0 where undecided.
    Where scripts stood alone each of them is an element, without sides, `unit` is the script, and `score` is
    what it was given (NaN for pairs).
    """

    rater: Ints
    sign: Ints
    order: Floats
    rate: Floats
    share: Floats
    unit: Ints
    known: Floats
    again: Floats
    score: Floats


@dataclass(frozen=True, eq=False)
class Attention:
    """Per rater what the signs rest on, and the flags: 1 raised, 0 not, NaN where it cannot be told."""

    pairs: Ints
    timed: Ints
    fast: Ints
    seen: Ints
    unread: Ints
    decided: Ints
    left: Ints
    side_p: Floats
    run: Ints
    run_p: Floats
    scored: Ints
    same: Ints
    checks: Ints
    wrong: Ints
    repeats: Ints
    alike: Ints
    odds: Floats
    flags: Mapping[str, Floats]

    def raised(self, rater: int) -> list[str]:
        return [name for name, flag in self.flags.items() if flag[rater] == 1]

    def undetermined(self, rater: int) -> list[str]:
        return [name for name, flag in self.flags.items() if np.isnan(flag[rater])]

    @property
    def flagged(self) -> Ints:
        """Codes of raters with a flag."""
        return np.flatnonzero(np.stack([flag == 1 for flag in self.flags.values()]).any(axis=0))


def attention(judged: Judged, raters: int, limits: Thresholds) -> Attention:
    """The signs of each of `raters` raters, by their codes."""

    def count(rows: np.ndarray) -> Ints:
        return np.bincount(judged.rater[rows], minlength=raters)

    pairs = count(np.ones(len(judged.rater), dtype=bool))
    timed, seen = np.isfinite(judged.rate), np.isfinite(judged.share)
    fast, unread = timed & (judged.rate > 1), seen & (judged.share < limits.share_read)
    decided, left = count(judged.sign != 0), count(judged.sign == 1)
    run = _longest_runs(judged, raters)
    tossed = zip(decided.tolist(), run.tolist(), strict=True)
    side_p = _side_p(left, decided)
    run_p = np.array([run_chance(n, most) if most else np.nan for n, most in tossed])
    odds, sided = score_odds(judged, raters), decided >= LEAST_SIDED
    if not _balanced(left, decided):
        side_p, run_p, sided = np.full(raters, np.nan), np.full(raters, np.nan), np.zeros(raters, dtype=bool)
    checked, wrong = count(np.isfinite(judged.known)), count(judged.known == -1)
    scored, same = _same_scores(judged, raters)
    flags = {
        "fast": _exceeds(count(fast), count(timed), limits.fast_share),
        "unread": _exceeds(count(unread), count(seen), limits.unread_share),
    }
    if scored.any():
        flags["one_side"] = _exceeds(same, scored, limits.same_score, LEAST_SCORED)
        flags["random"] = np.where(np.isfinite(odds), odds >= limits.random_odds, np.nan)
    else:
        always = (decided == pairs) & ((left == 0) | (left == decided))
        by_chance = np.fmin(side_p, run_p) < limits.side_p
        flags["one_side"] = np.where(sided, by_chance | always, np.nan)
        flags["checks"] = np.where(checked >= LEAST_CHECKS, wrong > limits.checks * checked, np.nan)
    return Attention(
        pairs=pairs,
        timed=count(timed),
        fast=count(fast),
        seen=count(seen),
        unread=count(unread),
        decided=decided,
        left=left,
        side_p=side_p,
        run=run,
        run_p=run_p,
        scored=scored,
        same=same,
        checks=checked,
        wrong=wrong,
        repeats=count(np.isfinite(judged.again)),
        alike=count(judged.again == 1),
        odds=odds,
        flags=flags,
    )


def _exceeds(of: Ints, known: Ints, share: float, least: int = LEAST_PAIRS) -> Floats:
    return np.where(known >= least, of > share * known, np.nan)


def _same_scores(judged: Judged, raters: int) -> tuple[Ints, Ints]:
    """Per rater the scripts that were scored alone, and how many of them have the most frequent score."""
    rows = np.isfinite(judged.score)
    scored, same = np.bincount(judged.rater[rows], minlength=raters), np.zeros(raters, dtype=np.int64)
    given, times = np.unique(np.stack([judged.rater[rows], judged.score[rows]]), axis=1, return_counts=True)
    np.maximum.at(same, given[0].astype(np.int64), times)
    return scored, same


def score_odds(judged: Judged, raters: int) -> Floats:
    """Per rater how many times likelier the scores are as random ones than as those of a rater like the
    others, NaN where nothing tells: Fisher's z of the correlation with the others' mean scores, normal about
    0, or about the raters' median with sd `ALIKE_SPREAD` on top."""
    rows = np.flatnonzero(np.isfinite(judged.score) & (judged.unit >= 0))
    unit, rater, score = judged.unit[rows], judged.rater[rows], judged.score[rows]
    others = np.bincount(unit)[unit] - 1
    theirs = (np.bincount(unit, score)[unit] - score) / np.maximum(others, 1)
    rows = np.flatnonzero(others > 0)
    rater, values = rater[rows], np.stack([score[rows], theirs[rows]])
    n = np.bincount(rater, minlength=raters)
    for one in values:
        one -= (sums(rater, one, raters) / np.maximum(n, 1))[rater]
    both, mine, rest = (sums(rater, values[a] * values[b], raters) for a, b in ((0, 1), (0, 0), (1, 1)))
    known = (n >= LEAST_COMPARED) & (mine > 0) & (rest > 0)
    if not known.any():
        return np.full(raters, np.nan)
    correlation = both / np.sqrt(np.where(known, mine * rest, 1.0))
    z = np.arctanh(np.clip(np.where(known, correlation, 0.0), -0.999, 0.999))
    error = 1 / np.maximum(n - 3, 1)
    wide = error + ALIKE_SPREAD**2
    apart = z - np.median(z[known])
    log_odds = (apart**2 / wide - z**2 / error + np.log(wide / error)) / 2
    return np.where(known, np.exp(np.clip(log_odds, -50.0, 50.0)), np.nan)


def _balanced(left: Ints, decided: Ints) -> bool:
    """Whether the sides were balanced, as far as the raters' shares tell."""
    some = decided > 0
    if some.sum() < LEAST_RATERS:
        return True
    return FAIR[0] <= float(np.median(left[some] / decided[some])) <= FAIR[1]


def _side_p(left: Ints, decided: Ints) -> Floats:
    """Two-sided p of an exact binomial test against one half; NaN where nothing was decided."""
    p = np.minimum(1.0, 2 * special.bdtr(np.minimum(left, decided - left), decided, 0.5))
    return np.where(decided > 0, p, np.nan)


def _longest_runs(judged: Judged, raters: int) -> Ints:
    """Per rater the most decisions in a row for one side; 0 where the order is not known."""
    rows = np.flatnonzero((judged.sign != 0) & np.isfinite(judged.order))
    rows = rows[np.lexsort((judged.order[rows], judged.rater[rows]))]
    longest = np.zeros(raters, dtype=np.int64)
    if not rows.size:
        return longest
    rater, sign = judged.rater[rows], judged.sign[rows]
    begins = np.flatnonzero(np.r_[True, (rater[1:] != rater[:-1]) | (sign[1:] != sign[:-1])])
    np.maximum.at(longest, rater[begins], np.diff(np.r_[begins, len(rows)]))
    return longest


@lru_cache(maxsize=4096)
def run_chance(n: int, run: int) -> float:
    """The chance that n tosses of a fair coin have a run of `run` or more alike.

    Exact (a run of r alike among n is one of r - 1 repetitions among n - 1); beyond 2,000 tosses the union
    bound, which is above it.

    >>> round(run_chance(10, 5), 6)  # 222 of the 1,024 sequences
    0.216797
    """
    if run <= 1:
        return 1.0
    if run > n:
        return 0.0
    length = run - 1
    if n > LONGEST_EXACT:
        return min(1.0, (n - run + 1) * 0.5**length)
    # without[k]: no run of `length` repetitions among the first k.
    without = [1.0] * (n)
    for k in range(length, n):
        if k == length:
            without[k] = 1 - 0.5**length
        else:
            without[k] = without[k - 1] - 0.5 ** (length + 1) * without[k - length - 1]
    return float(1 - without[n - 1])
