"""The intervals hold what they promise, in studies whose truth is known by quadrature."""

import numpy as np
import pytest

from analysis.stats.intervals import interval
from analysis.stats.simulate import World, simulate_study
from analysis.stats.win_rates import win_rate

SEED = 20_260_301
STUDIES = 2000
SYSTEMS, QUALITIES = ("dsr", "direct", "human"), (0.5, -0.6, 0.8)
DSR, DIRECT, HUMAN = range(3)


def _covered(raters, items, studies, design="incomplete"):
    """Share of studies whose interval holds the truth: dsr over direct, and the parity of dsr with human."""
    world = World(QUALITIES)
    truth = [world.win_rate(DSR, DIRECT), 200 * world.win_rate(DSR, HUMAN)]
    hits = np.zeros(2)
    for study in range(studies):
        rng = np.random.default_rng([SEED, raters, items, study])
        cells = simulate_study(rng, raters, items, SYSTEMS, QUALITIES, design=design).cells()
        for at, (opponent, factor) in enumerate(((DIRECT, 1), (HUMAN, 200))):
            limits = interval(win_rate(cells, DSR, [opponent]).linear, "item", 0.95, "logit")
            hits[at] += factor * limits.low <= truth[at] <= factor * limits.high
    return hits / studies


@pytest.mark.slow
@pytest.mark.parametrize("design", ["incomplete", "crossed"])
@pytest.mark.parametrize(("raters", "items"), [(12, 40), (30, 60)])
def test_coverage_of_win_rate_and_parity(raters, items, design, capsys):
    win, parity = _covered(raters, items, STUDIES, design)
    with capsys.disabled():
        print(
            f"\ncoverage of nominal 95 %, {raters} raters x {items} items, {design}, {STUDIES} studies,"
            f" seed {SEED}: win rate {100 * win:.1f} %, parity {100 * parity:.1f} %"
        )
    assert 0.93 <= win <= 0.98
    assert 0.93 <= parity <= 0.98


def test_coverage_of_few_studies_is_not_far_off():
    # 200 studies: with a true coverage of 95 % the share lies below 88 % less than once in 10,000 times.
    assert (_covered(12, 40, 200) > 0.88).all()
