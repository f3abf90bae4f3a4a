"""Which of two systems one rater scored higher on one scene: comparisons that a study of scores holds too."""

import numpy as np

from analysis.stats.cells import OUTCOMES, Cells, count_codes
from analysis.stats.score_cells import ScoreCells

MOST = 20_000_000  # comparisons
ALIKE = 1e-9  # two means of the same scores may differ by rounding


def compared(cells: ScoreCells) -> Cells | None:
    """Every two systems that one rater scored on one scene, as counted judgments; None where there are too
    many.

    What a rater scored more than once counts by its mean, so that each pair is compared once.
    """
    size = np.bincount(cells.place) if cells.place.size else np.zeros(0, dtype=np.int64)
    if int((size * (size - 1) // 2).sum()) > MOST:
        return None
    # The cells of one rater and scene are neighbours: compare each with the next one, the one after, ...
    first = [np.zeros(0, dtype=np.int64)]
    second = [np.zeros(0, dtype=np.int64)]
    for step in range(1, int(size.max(initial=0))):
        at = np.flatnonzero(cells.place[:-step] == cells.place[step:])
        first.append(at)
        second.append(at + step)
    one, two = np.concatenate(first), np.concatenate(second)
    gap = cells.score[one] - cells.score[two]
    outcome = np.full(one.size, OUTCOMES.index("tie"))
    outcome[gap > ALIKE], outcome[gap < -ALIKE] = OUTCOMES.index("left"), OUTCOMES.index("right")
    return count_codes(
        cells.names, cells.rater[one], cells.item[one], cells.system[one], cells.system[two], outcome
    )
