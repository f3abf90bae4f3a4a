"""Agreement between raters, from counts per unit.

Krippendorff's alpha: Krippendorff (2011), Computing Krippendorff's alpha-reliability. AC1: Gwet (2008),
British Journal of Mathematical and Statistical Psychology 61:29-48. Raw agreement is the mean over units of
the share of agreeing pairs of judgments, the observed agreement of Fleiss (1971).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.stats.linear import Floats, Ints

# Most numbers that one step of a bootstrap holds at once.
CHUNK = 4_000_000
Measure = Callable[[Floats, Ints, Floats | None], Floats]


def by_item(values: Floats, item: Ints, size: int) -> Floats:
    """Sum the rows of `values` by item."""
    return np.stack([np.bincount(item, weights=column, minlength=size) for column in values.T], axis=1)


def alpha(
    counts: Floats,
    item: Ints,
    weights: Floats | None = None,
    *,
    ordinal: bool = False,
    distance: Floats | None = None,
) -> Floats:
    """Krippendorff's alpha of units x categories counts, categories in order.

    `weights` (replicates x items) gives one alpha a replicate, else a single one. `distance` (categories x
    categories) holds the squared differences of another metric. NaN where it is not defined: no unit with
    two values, or only one category ever used.
    """
    made = counts.sum(axis=1)
    counts, item, made = counts[made >= 2], item[made >= 2], made[made >= 2]
    size = int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    step = max(1, CHUNK // max(1, *counts.shape))
    parts = (weights[at : at + step] for at in range(0, len(weights), step))
    squares = None if ordinal else 1.0 - np.eye(counts.shape[1]) if distance is None else distance
    return np.concatenate([_alpha(part, counts, item, made, squares) for part in parts])


def _alpha(weights: Floats, counts: Floats, item: Ints, made: Floats, squares: Floats | None) -> Floats:
    """`squares` are the squared differences of categories; None for the ordinal ones, which depend on how
    often each category was used."""
    margin = weights @ by_item(counts, item, weights.shape[1])
    total = margin.sum(axis=1)
    if squares is None:
        # The difference of two categories is that of their mean ranks. The sum of squared differences of
        # values is 2 (n x sum of squares - square of the sum), ranks counted from their mean.
        rank = np.cumsum(margin, axis=1) - margin / 2
        rank -= ((margin * rank).sum(axis=1) / np.where(total > 0, total, 1))[:, None]
        within = made * (rank**2 @ counts.T) - (rank @ counts.T) ** 2
        observed = 2 * (weights[:, item] * within / (made - 1)).sum(axis=1)
        expected = 2 * (total * (margin * rank**2).sum(axis=1) - (margin * rank).sum(axis=1) ** 2)
    else:
        within = ((counts @ squares) * counts).sum(axis=1) / (made - 1)
        observed = weights @ np.bincount(item, weights=within, minlength=weights.shape[1])
        expected = ((margin @ squares) * margin).sum(axis=1)
    defined = expected > 1e-12
    return np.where(defined, 1 - (total - 1) * observed / np.where(defined, expected, 1), np.nan)


def raw_agreement(counts: Floats, item: Ints, weights: Floats | None = None) -> Floats:
    """Mean over units of the share of agreeing pairs of values."""
    size = int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    made = counts.sum(axis=1)
    pairable = made >= 2
    share = (counts * (counts - 1)).sum(axis=1) / np.where(pairable, made * (made - 1), 1)
    sums = np.bincount(item, weights=np.where(pairable, share, 0.0), minlength=size)
    units = np.bincount(item, weights=pairable, minlength=size)
    total = weights @ units
    return np.where(total > 0, weights @ sums / np.where(total > 0, total, 1), np.nan)


def ac1(counts: Floats, item: Ints, weights: Floats | None = None) -> Floats:
    """Gwet's AC1 over the categories that are used at all. A unit with one value tells of the prevalence
    alone (Gwet 2014, Handbook of Inter-Rater Reliability)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    k = counts.shape[1]
    agreed = raw_agreement(counts, item, weights)
    if k < 2:
        return np.full_like(agreed, np.nan)
    size = int(item.max()) + 1
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    made = counts.sum(axis=1, keepdims=True)
    shares = by_item(counts / made, item, size)
    units = np.bincount(item, minlength=size)
    prevalence = (weights @ shares) / (weights @ units)[:, None]
    chance = (prevalence * (1 - prevalence)).sum(axis=1) / (k - 1)
    return np.asarray((agreed - chance) / (1 - chance))


@dataclass(frozen=True, eq=False)
class Nominal:
    """Agreement in several groups of units at once: each replicates x groups, NaN where not defined."""

    alpha_nominal: Floats
    raw: Floats
    ac1: Floats


def nominal_by_group(
    counts: Floats,
    item: Ints,
    group: Ints,
    groups: int,
    weights: Floats | None = None,
    own: Floats | None = None,
    both_ways: bool = False,
) -> Nominal:
    """`alpha`, `raw_agreement` and `ac1` of each group of units.

    With `both_ways` every value counts half as it is and half as its mirror image (the categories in reverse
    order), so that it does not matter from which side it was written down.

    `counts` are units x categories, one in all for each rater; `weights` are replicates x items. `own` is per
    unit the sum over its raters of their squared shares of the categories, where some judged it more than
    once: nobody agrees with himself or herself. A unit with one value tells of the prevalence in AC1 alone.
    """
    k, size = counts.shape[1], int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    made = counts.sum(axis=1)
    alike = (counts**2).sum(axis=1) - (made if own is None else own)  # pairs of two raters
    pairable = made > 1.5
    others = np.where(pairable, made - 1, 1)
    columns = [
        np.where(pairable, made * others - alike, 0) / others,
        np.where(pairable, alike, 0) / (made * others),
        pairable.astype(float),
        np.ones_like(made),
        *(counts * pairable[:, None]).T,
        *(counts / made[:, None]).T,
    ]
    place = item * groups + group
    by_place = (np.bincount(place, weights=column, minlength=size * groups) for column in columns)
    table = np.stack([sums.reshape(size, groups) for sums in by_place])
    used = (table[4 + k :].sum(axis=1) > 0).sum(axis=0)
    apart, same, units, every, *rest = weights @ table
    margin, share = np.stack(rest[:k]), np.stack(rest[k:])
    if both_ways:  # within a unit as many values agree as before
        margin, share = (margin + margin[::-1]) / 2, (share + share[::-1]) / 2
        used = ((table[4 + k :] + table[4 + k :][::-1]).sum(axis=1) > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # what is not defined is NaN below
        total = margin.sum(axis=0)
        expected = total**2 - (margin**2).sum(axis=0)
        alphas = np.where(expected > 1e-12, 1 - (total - 1) * apart / expected, np.nan)
        raw = same / units
        prevalence = share / every
        chance = (prevalence * (1 - prevalence)).sum(axis=0) / (used - 1)
        first = np.where(used > 1, (raw - chance) / (1 - chance), np.nan)
    return Nominal(alphas, raw, first)
