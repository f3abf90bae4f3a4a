"""Who may not have read, or not have judged: rules with thresholds from the plan. They point out, and exclude
nobody.

Five signs, each told by itself, each None where what it needs was not asked or measured:

fast      what came into view was there too short a time to be read, in more than a share of the pairs
unread    less than a share of the two scripts came into view, in more than a share of the pairs
one_side  decided for one side more often, or longer in a row, than a fair coin would (exact)
checks    the damaged script preferred in more than a share of two or more pairs with a known answer
random    the decided answers look like tosses of a coin rather than like the others' answers

The last is a ratio of two likelihoods, so that both mistakes have a price. What tells: pairs with a known
answer, repeated pairs, and whether the other criteria and the scores of a pair go along with its choice; each
is a coin under the one hypothesis, and under the other a rate that differs from rater to rater about the
others' mean (beta-binomial). Agreement with others on the same pairs is taste as much as care: it counts only
beside such signs, never for more than `MOST_BY_VOTES`. Ties and "neither" say nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import special

from analysis.stats.attention_odds import Further, log_odds
from analysis.stats.linear import Floats, Ints
from analysis.stats.values import sums

FLAGS = ("fast", "unread", "one_side", "checks", "random")
LEAST_PAIRS = 3
"""Timed or seen pairs, below which nothing is said of them."""
LEAST_CHECKS = 2
LEAST_SCORED = 6
"""Scripts scored alone, below which one score for all says nothing."""
TOGETHER = 0.25
"""Of those who answer by chance, how many draw one side for a pair and have all else go along with it."""
LEAST_SIDED, LEAST_SIDED_ALONE = 4, 5
"""Decided pairs for the odds of one side: with further answers, and without."""
VOTES_PRIOR = 2.0
MOST_BY_VOTES = float(np.log(10.0))
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
    the exact tests of one side; `side_odds`: how many times likelier it is that one side is always taken;
    `same_score`: of scripts that stood alone in more than this share one score was given. `checks`: in more
    than this share the damaged script was preferred. `random_odds`: how many times likelier a coin is.
    `without_flagged`: whether results without those who are pointed out are a planned check.
    """

    words_per_minute: float = 700
    characters_per_minute: float = 1200
    fast_share: float = 0.5
    share_read: float = 0.5
    unread_share: float = 0.5
    side_p: float = 0.001
    side_odds: float = 12.0
    same_score: float = 0.8
    checks: float = 0.5
    random_odds: float = 3.0
    without_flagged: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> "Thresholds":
        return cls(**dict(given or {}))


NAMES = tuple(one.name for one in fields(Thresholds))


@dataclass(frozen=True, eq=False)
class Judged:
    """Every pair that a rater judged, one element each, with what was measured and answered (NaN: was not).

    `sign` is 1 for left, -1 for right, 0 for tie and neither, on the leading criterion. `order` is the place
    in the rater's sequence. `rate` is words or characters in view per minute over the threshold of the
    language: above 1 is too fast. `share` is the mean share of the two scripts that came into view. `unit`
    (-1 but for pairs of kind main) is the same for the same scene and systems, and `vote` the sign as seen
    from the first of the two systems. `known` is 1 where the better script of a check was preferred, -1 where
    the worse; `again` 1 where a repeated pair was decided as before, -1 where otherwise; both are 0 where
    undecided. `further` are the other answers about these pairs. Where scripts stood alone each of them is an
    element, without sides, and `score` is what it was given (NaN for pairs).
    """

    rater: Ints
    sign: Ints
    order: Floats
    rate: Floats
    share: Floats
    unit: Ints
    vote: Ints
    known: Floats
    again: Floats
    further: Further
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
    side_odds: Floats
    scored: Ints
    same: Ints
    checks: Ints
    wrong: Ints
    repeats: Ints
    alike: Ints
    asked: Ints
    along: Ints
    votes: Ints
    with_others: Floats
    odds: Floats
    flags: Mapping[str, Floats]

    def raised(self, rater: int) -> list[str]:
        return [name for name in FLAGS if self.flags[name][rater] == 1]

    def untold(self, rater: int) -> list[str]:
        return [name for name in FLAGS if np.isnan(self.flags[name][rater])]

    @property
    def flagged(self) -> Ints:
        """Codes of raters with a flag."""
        raised = np.stack([self.flags[name] == 1 for name in FLAGS]).any(axis=0)
        return np.flatnonzero(raised)


def attention(judged: Judged, raters: int, limits: Thresholds) -> Attention:
    """The signs of each of `raters` raters, by their codes."""

    def count(rows: np.ndarray) -> Ints:
        return np.bincount(judged.rater[rows], minlength=raters)

    timed, seen = np.isfinite(judged.rate), np.isfinite(judged.share)
    fast, unread = timed & (judged.rate > 1), seen & (judged.share < limits.share_read)
    decided, left = count(judged.sign != 0), count(judged.sign == 1)
    run = _longest_runs(judged, raters)
    tossed = zip(decided.tolist(), run.tolist(), strict=True)
    side_p = _side_p(left, decided)
    run_p = np.array([run_chance(n, most) if most else np.nan for n, most in tossed])
    odds, side_odds, votes, with_others = _odds(judged, raters)
    if not _balanced(left, decided):
        side_p, run_p = np.full(raters, np.nan), np.full(raters, np.nan)
        side_odds = np.full(raters, np.nan)
    checked, wrong = count(np.isfinite(judged.known)), count(judged.known == -1)
    one_side = np.where(
        np.isfinite(side_odds),
        (np.fmin(side_p, run_p) < limits.side_p) | (side_odds >= limits.side_odds),
        np.nan,
    )
    scored, same = _same_scores(judged, raters)
    made = [
        _over(count(fast), count(timed), limits.fast_share),
        _over(count(unread), count(seen), limits.unread_share),
        np.where(scored > 0, _over(same, scored, limits.same_score, LEAST_SCORED), one_side),
        np.where(checked >= LEAST_CHECKS, wrong > limits.checks * checked, np.nan),
        np.where(np.isfinite(odds), odds >= limits.random_odds, np.nan),
    ]
    return Attention(
        pairs=count(np.ones(len(judged.rater), dtype=bool)),
        timed=count(timed),
        fast=count(fast),
        seen=count(seen),
        unread=count(unread),
        decided=decided,
        left=left,
        side_p=side_p,
        run=run,
        run_p=run_p,
        side_odds=side_odds,
        scored=scored,
        same=same,
        checks=checked,
        wrong=wrong,
        repeats=count(np.isfinite(judged.again)),
        alike=count(judged.again == 1),
        asked=np.bincount(judged.further.rater, minlength=raters),
        along=np.bincount(judged.further.rater, judged.further.along, raters).astype(np.int64),
        votes=votes,
        with_others=with_others,
        odds=odds,
        flags=dict(zip(FLAGS, made, strict=True)),
    )


def _over(of: Ints, known: Ints, share: float, least: int = LEAST_PAIRS) -> Floats:
    return np.where(known >= least, of > share * known, np.nan)


def _same_scores(judged: Judged, raters: int) -> tuple[Ints, Ints]:
    """Per rater the scripts that were scored alone, and how many of them have the most frequent score."""
    rows = np.isfinite(judged.score)
    scored, same = np.bincount(judged.rater[rows], minlength=raters), np.zeros(raters, dtype=np.int64)
    given, times = np.unique(np.stack([judged.rater[rows], judged.score[rows]]), axis=1, return_counts=True)
    np.maximum.at(same, given[0].astype(np.int64), times)
    return scored, same


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


def _odds(judged: Judged, raters: int) -> tuple[Floats, Floats, Ints, Floats]:
    """Per rater how many times likelier the answers are as tosses of a coin than as those of somebody who
    judges, NaN where nothing tells; the same for always one side; of the decided main pairs those that others
    decided too, and how far these agree."""
    found = log_odds(raters, judged.rater, judged.sign, judged.known, judged.again, judged.further)
    by_votes, votes, agreed = _votes(judged, raters)
    tested = (np.nan_to_num(judged.known) != 0) | (np.nan_to_num(judged.again) != 0)
    sided = np.bincount(judged.rater, tested, raters) > 0
    answered = np.bincount(judged.further.rater, minlength=raters) > 0

    def in_all(log_odds: Floats) -> Floats:
        raised = np.where(log_odds > 0, np.minimum(by_votes, MOST_BY_VOTES), np.minimum(by_votes, 0.0))
        return log_odds + raised

    # Two kinds of chance: every answer by itself, or one side for a pair and the rest along with it.
    each, together = in_all(found.along + found.taught), in_all(found.taught)
    both = np.logaddexp(np.log1p(-TOGETHER) + each, np.log(TOGETHER) + together)
    random = np.where(sided & answered, both, np.where(answered, each, together))
    decided = np.bincount(judged.rater, judged.sign != 0, raters)
    sidable = decided >= np.where(answered, LEAST_SIDED, LEAST_SIDED_ALONE)
    return (
        np.where(sided | answered, np.exp(np.clip(random, -50.0, 50.0)), np.nan),
        np.where(sidable, np.exp(np.clip(found.side, -50.0, 50.0)), np.nan),
        votes,
        agreed,
    )


def _votes(judged: Judged, raters: int) -> tuple[Floats, Ints, Floats]:
    """Per rater the log odds of a coin over what the others decided on the same pair, how many decided pairs
    that is about, and how far the others agree with them (a mean share)."""
    rows = np.flatnonzero((judged.unit >= 0) & (judged.vote != 0))
    none = np.zeros(raters), np.zeros(raters, dtype=np.int64), np.full(raters, np.nan)
    if not rows.size:
        return none
    rater, vote = judged.rater[rows], judged.vote[rows]
    _, unit = np.unique(judged.unit[rows], return_inverse=True)
    place, mine = np.unique(unit * raters + rater, return_inverse=True)
    alike, others = np.zeros(len(rows)), np.zeros(len(rows))
    for sign in (1, -1):
        of = vote == sign
        total = np.bincount(unit, of)
        own = np.bincount(mine, of, len(place))
        left = total[unit] - own[mine]
        others += left
        alike += np.where(of, left, 0.0)
    shared = others > 0
    expected = (alike + VOTES_PRIOR / 2) / (others + VOTES_PRIOR)
    log_odds = np.where(shared, np.log(0.5) - np.log(expected), 0.0)
    count = np.bincount(rater, shared, raters)
    agreed = sums(rater, np.where(shared, alike / np.maximum(others, 1), 0.0), raters)
    share = np.where(count > 0, agreed / np.maximum(count, 1), np.nan)
    return sums(rater, log_odds, raters), count.astype(np.int64), share
