"""Bradley and Terry's model with a tie as half a win to each: a check of abilities, on a scale of its own."""

import numpy as np

from analysis.messages import Message, message
from analysis.stats import davidson
from analysis.stats.cells import Cells


def half_win_worths(cells: Cells) -> dict[int, float] | Message:
    """Log worths by system, centred on 0; the reason where there are none.

    Bradley and Terry (1952), Biometrika 39:324-345. Sides take no part.
    """
    first, second = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    k = len(cells.names.systems)
    pairs, at = np.unique(first * k + second, return_inverse=True)
    turned = cells.left > cells.right
    won = np.where(turned, cells.right_wins, cells.left_wins) + cells.ties / 2
    wins = np.bincount(at, weights=won, minlength=pairs.size)
    losses = np.bincount(at, weights=cells.n - won, minlength=pairs.size)
    systems, places = np.unique(np.concatenate(np.divmod(pairs, k)), return_inverse=True)
    one, two = places[: pairs.size], places[pairs.size :]
    if not davidson.connected(systems.size, one, two):
        return message("separate_systems")
    design = np.zeros((pairs.size, systems.size))
    rows = np.arange(pairs.size)
    design[rows, one], design[rows, two] = 1.0, -1.0
    fitted = davidson.fit(design[:, :-1], davidson.Counts(wins, 0 * wins, losses))
    if fitted is None:
        return message("never_lost")
    worths = np.append(fitted.terms, 0.0)
    return dict(zip(systems.tolist(), (worths - worths.mean()).tolist(), strict=True))
