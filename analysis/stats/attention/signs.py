"""Who may not have read, or not have judged: rules with thresholds from the plan. They point out, and exclude
nobody.

Five signs, each told by itself, each None where what it needs was not asked or measured:

fast      what came into view was there too short a time to be read, in more than a share of the pairs
unread    less than a share of the two scripts came into view, in more than a share of the pairs
one_side  decided for one side more often, or longer in a row, than a fair coin would (exact)
checks    the damaged script preferred in more than a share of two or more pairs with a known answer
random    the decided answers look like tosses of a coin rather than like the others' answers; of scripts that
          were scored alone, the scores go with the others' means as little as random scores would

Of pairs the last is a ratio of two likelihoods, so that both mistakes have a price. What tells: pairs with a
known answer, repeated pairs, and whether the other criteria and the scores of a pair go along with its
choice; each is a coin under the one hypothesis, and under the other a rate that differs from rater to rater
about the others' mean (beta-binomial). Agreement with others on the same pairs is taste as much as care: it
counts only beside such signs, never for more than `MOST_BY_VOTES`. Ties and "neither" say nothing here.

Odds: under the hypothesis of judging, the further answers of a pair (other criteria, which script was scored
higher) mostly go the way of its choice: the more decided both are, the more so. The rate of each kind of
answer is taken from the other raters, weighed by how likely they judge themselves, so that several careless
raters do not hide one another. Raters differ about that rate (normal on the logit scale, sd `SPREAD`: some
have one impression for everything, others keep the questions apart), and now and then anybody slips: with
`SLIP` all answers of a pair are tosses of a coin, so that one wrong click does not count as four.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import special

from analysis.stats.coded_columns import sums
from analysis.stats.linear import Floats, Ints

FLAGS = ("fast", "unread", "one_side", "checks", "random")
LEAST_PAIRS = 3
"""Timed or seen pairs, below which nothing is said of them."""
LEAST_CHECKS = 2
LEAST_SCORED = 6
"""Scripts scored alone, below which one score for all says nothing."""
TOGETHER = 0.25
"""Of those who answer by chance, how many draw one side for a pair and have all else go along with it."""
LEAST_SIDED = 8
"""Decided pairs, below which nothing is said of one side: a fair coin gives one side of eight once in 128."""
LEAST_COMPARED = 8
"""Scripts that others scored too, below which scores are not compared with theirs."""
ALIKE_SPREAD = 0.2
"""How raters differ in going with the others' scores: sd of Fisher's z."""
VOTES_PRIOR = 2.0
MOST_BY_VOTES = float(np.log(10.0))
FAIR = (0.3, 0.7)
"""Where the raters' median share of the left side lies beyond, sides were not balanced: nothing is said."""
LEAST_RATERS = 5
"""For such a median."""
LONGEST_EXACT = 2000
MARGINS, SURENESSES = 7, 3
"""Kinds of further answers: of a criterion with strength unknown, 1, 2, 3 and of scores up to 1, up to 3,
more points of 12 apart; beside a choice of middling or unknown, slight, great strength."""
PRIOR_LOGITS = np.add.outer([1.7, 0.9, 1.9, 3.0, 0.7, 2.0, 3.2], [0.0, -0.8, 0.8]).ravel()
"""What is expected of each kind before others have answered: of 10 answers of the first kind 8.5 go along."""
PRIOR_ANSWERS = 10.0
LEAST_RATE, MOST_RATE = 0.55, 0.98
SPREAD = 0.5
SLIP = 0.03
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
LIKENESS = 10.0
"""How alike raters are at checks and repeats: the size of the sample that their common rate is worth for one
of them."""
PRIOR = {"checks": (9.0, 1.0), "repeats": (8.0, 2.0)}
"""Right and wrong answers that stand in for what few others have given."""
CARELESS = 0.1
"""How many raters are taken to be careless before anything is known of them."""
ROUNDS = 3
SIDED = 0.96
"""How often who always takes one side takes it; the rest is open as often as the other side."""
TIES = (1.5, 8.5)


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


@dataclass(frozen=True, eq=False)
class FurtherAnswers:
    """Further decided answers of decided pairs, one element each: whose, of which pair, of what kind
    (`margin * SURENESSES + sureness`), and whether it goes the way of the pair's choice."""

    rater: Ints
    pair: Ints
    kind: Ints
    along: np.ndarray


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
    element, without sides, `unit` is the script, and `score` is what it was given (NaN for pairs).
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
    further: FurtherAnswers
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

    def undetermined(self, rater: int) -> list[str]:
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
    odds, side_odds, votes, with_others = _random_and_side_odds(judged, raters)
    odds = np.where(np.isnan(odds), score_odds(judged, raters), odds)
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
        _exceeds(count(fast), count(timed), limits.fast_share),
        _exceeds(count(unread), count(seen), limits.unread_share),
        np.where(scored > 0, _exceeds(same, scored, limits.same_score, LEAST_SCORED), one_side),
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


def _random_and_side_odds(judged: Judged, raters: int) -> tuple[Floats, Floats, Ints, Floats]:
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
    sidable = decided >= LEAST_SIDED
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


@dataclass(frozen=True, eq=False)
class Odds:
    """Logarithms of ratios of likelihoods, per rater: of a coin over judging, by the further answers and by
    checks and repeats; of one side over judging."""

    along: Floats
    taught: Floats
    side: Floats


def log_odds(
    raters: int,
    pair_rater: Ints,
    sign: Ints,
    known: Floats,
    again: Floats,
    further: FurtherAnswers,
) -> Odds:
    """`pair_rater`, `sign`, `known` and `again` are those of `analysis.stats.attention.Judged`."""
    answers = np.bincount(further.rater, minlength=raters)
    checks, repeats = _count_by_rater(pair_rater, known, raters), _count_by_rater(pair_rater, again, raters)
    weight = np.ones(raters)
    found = None
    for _ in range(ROUNDS):
        judging = _judging(further, raters, len(sign), weight)
        taught = _coin_odds(*checks, "checks", weight) + _coin_odds(*repeats, "repeats", weight)
        along = answers * np.log(0.5) - judging
        side = _side_odds(raters, pair_rater, sign, further, weight) - judging
        found = Odds(along, taught, side)
        worst = np.maximum(along + taught, side)
        weight = special.expit(-(worst + special.logit(CARELESS)))
    assert found is not None
    return found


def _judging(further: FurtherAnswers, raters: int, pairs: int, weight: Floats) -> Floats:
    """Per rater the log likelihood of the further answers by judging."""
    logits = special.logit(_rates(further, raters, weight))[further.rater, further.kind]
    each = np.bincount(further.pair, minlength=pairs)
    who = np.zeros(pairs, dtype=np.int64)
    who[further.pair] = further.rater
    direction = np.where(further.along, 1.0, -1.0)
    total = np.empty((len(NODES), raters))
    for at, node in enumerate(NODES):
        said = special.log_expit(direction * np.maximum(logits + SPREAD * node, 0.0))
        of_pair = np.bincount(further.pair, said, pairs)
        slipped = np.logaddexp(np.log1p(-SLIP) + of_pair, np.log(SLIP) + each * np.log(0.5))
        total[at] = np.bincount(who, np.where(each > 0, slipped, 0.0), raters)
    return np.asarray(special.logsumexp(total.T + np.log(WEIGHTS / WEIGHTS.sum()), axis=1))


def _rates(further: FurtherAnswers, raters: int, weight: Floats) -> Floats:
    """The rate of going along, of each kind of answer, among the others of each rater."""
    kinds = MARGINS * SURENESSES
    place = further.rater * kinds + further.kind
    made = np.bincount(place, minlength=raters * kinds).reshape(raters, kinds) * weight[:, None]
    along = np.bincount(place, further.along, raters * kinds).reshape(raters, kinds) * weight[:, None]
    prior = special.expit(PRIOR_LOGITS)
    rate = (along.sum(axis=0) - along + PRIOR_ANSWERS * prior) / (made.sum(axis=0) - made + PRIOR_ANSWERS)
    return np.clip(rate, LEAST_RATE, MOST_RATE)


def _side_odds(raters: int, rater: Ints, sign: Ints, further: FurtherAnswers, weight: Floats) -> Floats:
    """Per rater the log likelihood of all answers where one side is always taken, over that of the choices
    alone by judging: a fair coin for the side, and as many left open as others leave."""
    made = np.bincount(rater, minlength=raters).astype(np.float64)
    open_ = np.bincount(rater, sign == 0, raters)
    rest = (weight * open_).sum() - weight * open_ + TIES[0]
    ties = rest / ((weight * made).sum() - weight * made + sum(TIES))
    off = (1 - SIDED) / 2
    fair = open_ * np.log(ties) + (made - open_) * np.log((1 - ties) / 2)
    chosen = sign[further.pair]
    sides = []
    for side in (1, -1):
        ours = np.bincount(rater, sign == side, raters)
        ours_too = np.bincount(further.rater, further.along == (chosen == side), raters)
        more = np.bincount(further.rater, minlength=raters) - ours_too
        sides.append(
            (ours + ours_too) * np.log(SIDED) + (made - ours) * np.log(off) + more * np.log(1 - SIDED)
        )
    return np.logaddexp(*sides) - np.log(2.0) - fair


def _count_by_rater(rater: Ints, sign: Floats, raters: int) -> tuple[Floats, Floats]:
    """Per rater the answers that are right, and all that were decided."""
    right = np.bincount(rater, sign == 1, raters)
    return right, right + np.bincount(rater, sign == -1, raters)


def _coin_odds(right: Floats, made: Floats, of: str, weight: Floats) -> Floats:
    """Log of the likelihood of a fair coin over that of a rate about the others' mean."""
    prior_right, prior_wrong = PRIOR[of]
    good, all_ = weight * right, weight * made
    mean = np.maximum(
        (good.sum() - good + prior_right) / (all_.sum() - all_ + prior_right + prior_wrong), 0.5
    )
    a, b = LIKENESS * mean, LIKENESS * (1 - mean)
    alike = special.betaln(right + a, made - right + b) - special.betaln(a, b)
    return np.asarray(made * np.log(0.5) - alike)
