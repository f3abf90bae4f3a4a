"""How many raters and items a difference needs, and what a study of given sizes can show, in closed form.

A plan rests on simulated studies: `analysis.stats.power` and `python -m analysis.stats power`.
"""

from analysis.stats.power import (
    Asked,
    Closed,
    Components,
    Need,
    Question,
    Sizes,
    answer,
    closed_form,
    logits_of,
)


def study_power(difference: float, sizes: Sizes, components: Components, test: Asked = Asked()) -> Closed:
    """Return the chance that a study separates a win rate of 1/2 + `difference` from 1/2, and its error.

    `components` are standard deviations of the win rate (0 to 1) between raters, scenes and series, from a
    pilot or assumed. Raises ValueError for sizes or components that are not possible.

    >>> components = Components(raters=0.05, scenes=0.1, series=0.0, ties=0.15)
    >>> study = study_power(0.1, Sizes(raters=20, scenes=32), components)
    >>> round(study.error, 3), study.different > 0.3
    (0.049, True)
    """
    return closed_form(logits_of(components), sizes, difference, test)


def sample_size(question: Question) -> Need:
    """Return the fewest raters for a number of scenes, or scenes for a number of raters.

    The question has one value of raters or of scenes: else ValueError. The `sizes` of the result are None
    where no number is enough, with a `reason`: with too few scenes no number of raters is.

    >>> assumed = logits_of(Components(raters=0.05, scenes=0.1, series=0.0, ties=0.15))
    >>> need = sample_size(Question(0.15, assumed, scenes=(48,)))
    >>> need.raters is not None and need.chance >= 0.8
    True
    """
    if len(question.raters) + len(question.scenes) != 1:
        raise ValueError(
            "both or none of raters and scenes are given. Fix: give one of them, with one value."
        )
    return answer(question).needs[0]


def t_test_power(difference: float, error: float, df: float, *, level: float = 0.95) -> float:
    """Return the chance that a two-sided t test finds a difference with this standard error (noncentral t).

    Raises ValueError unless the error and the degrees of freedom are above 0.

    >>> round(t_test_power(1.0, (2 / 20) ** 0.5, 38), 4)  # two groups of 20, one standard deviation apart
    0.869
    """
    if not error > 0 or not df > 0:
        raise ValueError("the error or df is not above zero. Fix: give both above zero.")
    from statsmodels.stats.power import TTestPower  # takes seconds to import

    return float(TTestPower().power(difference / error, nobs=1, alpha=1 - level, df=df))
