"""How much likelier a rater's answers are by chance, or always for one side, than by judging. Pure.

Under the hypothesis of judging, the further answers of a pair (other criteria, which script was scored
higher) mostly go the way of its choice: the more decided both are, the more so. The rate of each kind of
answer is taken from the other raters, weighed by how likely they judge themselves, so that several careless
raters do not hide one another. Raters differ about that rate (normal on the logit scale, sd `SPREAD`: some
have one impression for everything, others keep the questions apart), and now and then anybody slips: with
`SLIP` all answers of a pair are tosses of a coin, so that one wrong click does not count as four.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.stats.linear import Floats, Ints

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


@dataclass(frozen=True, eq=False)
class Further:
    """Further decided answers of decided pairs, one element each: whose, of which pair, of what kind
    (`margin * SURENESSES + sureness`), and whether it goes the way of the pair's choice."""

    rater: Ints
    pair: Ints
    kind: Ints
    along: np.ndarray


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
    further: Further,
) -> Odds:
    """`pair_rater`, `sign`, `known` and `again` are those of `analysis.stats.attention.Judged`."""
    answers = np.bincount(further.rater, minlength=raters)
    checks, repeats = _counted(pair_rater, known, raters), _counted(pair_rater, again, raters)
    weight = np.ones(raters)
    found = None
    for _ in range(ROUNDS):
        judging = _judging(further, raters, len(sign), weight)
        taught = _coin_odds(*checks, "checks", weight) + _coin_odds(*repeats, "repeats", weight)
        along = answers * np.log(0.5) - judging
        side = _sided(raters, pair_rater, sign, further, weight) - judging
        found = Odds(along, taught, side)
        worst = np.maximum(along + taught, side)
        weight = special.expit(-(worst + special.logit(CARELESS)))
    assert found is not None
    return found


def _judging(further: Further, raters: int, pairs: int, weight: Floats) -> Floats:
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


def _rates(further: Further, raters: int, weight: Floats) -> Floats:
    """The rate of going along, of each kind of answer, among the others of each rater."""
    kinds = MARGINS * SURENESSES
    place = further.rater * kinds + further.kind
    made = np.bincount(place, minlength=raters * kinds).reshape(raters, kinds) * weight[:, None]
    along = np.bincount(place, further.along, raters * kinds).reshape(raters, kinds) * weight[:, None]
    prior = special.expit(PRIOR_LOGITS)
    rate = (along.sum(axis=0) - along + PRIOR_ANSWERS * prior) / (made.sum(axis=0) - made + PRIOR_ANSWERS)
    return np.clip(rate, LEAST_RATE, MOST_RATE)


def _sided(raters: int, rater: Ints, sign: Ints, further: Further, weight: Floats) -> Floats:
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


def _counted(rater: Ints, sign: Floats, raters: int) -> tuple[Floats, Floats]:
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
