"""How many raters and items a difference needs, and what a study of given sizes can show, in closed form."""

from analysis.stats.power import Asked, Closed, Components, Logits, Need, Question, Sizes, answer, logits_of
from analysis.stats.power import closed_form as closed

__all__ = ["sample_size", "study_power", "t_test_power"]


def study_power(
    difference: float,
    *,
    raters: int,
    items: int,
    sd_raters: float,
    sd_items: float,
    sd_series: float = 0.0,
    series: int | None = None,
    ties: float = 0.15,
    systems: int = 2,
    design: str = "incomplete",
    per_pairing: int = 3,
    claim: str = "different",
    margin: float | None = None,
    level: float = 0.95,
) -> Closed:
    """The chance that a study tells a win rate of 1/2 + `difference` from 1/2, its error and half-width.

    `sd_raters`, `sd_items` and `sd_series` are standard deviations of the win rate (0 to 1) between raters,
    items and series, from a pilot or assumed; `ties` the share of ties. `design`: incomplete (`per_pairing`
    raters for each pairing of an item) or crossed. `claim`: different, non-inferior or equivalent, the last
    two with a `margin`. A planning figure: a plan rests on simulating the study. Raises ValueError for sizes
    or components that cannot be.

    >>> study = study_power(0.1, raters=20, items=32, sd_raters=0.05, sd_items=0.1)
    >>> round(study.error, 3), study.different > 0.3
    (0.049, True)
    """
    sizes = Sizes(raters, items, series, systems, design, per_pairing)
    assumed = _assumed(sd_raters, sd_items, sd_series, ties)
    return closed(assumed, sizes, difference, Asked(claim, margin, level))


def sample_size(
    difference: float,
    *,
    raters: int | None = None,
    items: int | None = None,
    sd_raters: float,
    sd_items: float,
    sd_series: float = 0.0,
    series: int | None = None,
    ties: float = 0.15,
    systems: int = 2,
    design: str = "incomplete",
    per_pairing: int = 3,
    claim: str = "different",
    margin: float | None = None,
    level: float = 0.95,
    power: float = 0.8,
) -> Need:
    """The fewest raters for a number of items, or items for a number of raters, that give the chance `power`.

    Give one of `raters` and `items`; everything else as of `study_power`. The `sizes` of the result are
    None where no number does, with its `reason`: with too few items no number of raters is enough. Raises
    ValueError.

    >>> need = sample_size(0.15, items=48, sd_raters=0.05, sd_items=0.1)
    >>> need.raters is not None and need.chance >= 0.8
    True
    """
    if (raters is None) == (items is None):
        raise ValueError("give the number of raters or that of items: the other one is looked for")
    question = Question(
        difference,
        _assumed(sd_raters, sd_items, sd_series, ties),
        raters=() if raters is None else (raters,),
        scenes=() if items is None else (items,),
        series=() if series is None else (series,),
        systems=systems,
        design=design,
        per_pairing=per_pairing,
        test=Asked(claim, margin, level),
        wanted=power,
    )
    return answer(question).needs[0]


def t_test_power(difference: float, error: float, df: float, *, level: float = 0.95) -> float:
    """The chance that a two-sided t test finds a difference with this standard error (noncentral t).

    >>> round(t_test_power(1.0, (2 / 20) ** 0.5, 38), 4)  # two groups of 20, one standard deviation apart
    0.869
    """
    if not error > 0 or not df > 0:
        raise ValueError("give an error and degrees of freedom above zero")
    from statsmodels.stats.power import TTestPower  # takes seconds to import

    return float(TTestPower().power(difference / error, nobs=1, alpha=1 - level, df=df))


def _assumed(raters: float, items: float, series: float, ties: float) -> Logits:
    return logits_of(Components(raters=raters, scenes=items, series=series, ties=ties))
