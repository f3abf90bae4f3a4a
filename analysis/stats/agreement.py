"""Agreement between raters, from counts per unit.

Krippendorff's alpha: Krippendorff (2011), Computing Krippendorff's alpha-reliability. AC1: Gwet (2008),
British Journal of Mathematical and Statistical Psychology 61:29-48. Raw agreement is the mean over units of
the share of agreeing pairs of judgments, the observed agreement of Fleiss (1971).
"""

from collections.abc import Callable

import numpy as np

from analysis.stats.linear import Floats, Ints

# Most numbers that one step of a bootstrap holds at once.
CHUNK = 4_000_000
Measure = Callable[[Floats, Ints, Floats | None], Floats]


def coincidences(counts: Floats) -> Floats:
    """Per unit its categories x categories matrix of paired values; units with one value add nothing."""
    made = counts.sum(axis=1)
    pairable = made >= 2
    outer = counts[:, :, None] * counts[:, None, :]
    index = np.arange(counts.shape[1])
    outer[:, index, index] -= counts
    return np.asarray(outer * (pairable / np.where(pairable, made - 1, 1))[:, None, None])


def by_item(values: Floats, item: Ints, size: int) -> Floats:
    """Sum the rows of `values` by item."""
    flat = values.reshape(len(values), -1)
    result = np.zeros((size, flat.shape[1]))
    np.add.at(result, item, flat)
    return result


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
    size = int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    k = counts.shape[1]
    pairs = by_item(coincidences(counts), item, size)
    step = max(1, CHUNK // (k * k))
    squares = 1.0 - np.eye(k) if distance is None else distance
    parts = [_alpha(weights[at : at + step] @ pairs, squares, ordinal) for at in range(0, len(weights), step)]
    return np.concatenate(parts)


def _alpha(flat: Floats, squares: Floats, ordinal: bool) -> Floats:
    k = len(squares)
    observed = flat.reshape(-1, k, k)
    margin = observed.sum(axis=2)
    total = margin.sum(axis=1)
    distance = _ordinal_distance(margin) if ordinal else np.broadcast_to(squares, observed.shape)
    disagreement = (observed * distance).sum(axis=(1, 2))
    expected = (margin[:, :, None] * margin[:, None, :] * distance).sum(axis=(1, 2))
    defined = expected > 1e-12
    return np.where(defined, 1 - (total - 1) * disagreement / np.where(defined, expected, 1), np.nan)


def _ordinal_distance(margin: Floats) -> Floats:
    """Squared number of values between two categories, half of the two themselves counted."""
    middle = np.cumsum(margin, axis=1) - margin / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)


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
    """Gwet's AC1 over the categories that are used at all."""
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
