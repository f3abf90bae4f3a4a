"""How well the blinding held."""

import numpy as np

from analysis.stats.calls.labels import Label, Labels, coded, one_of, same_length
from analysis.stats.calls.result import Estimate, estimate_of
from analysis.stats.calls.rows import places
from analysis.stats.tables.columns import GUESSES


def blinding_share(
    guess: Labels,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    human: Label,
    of: Label | None = None,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """Share of decided guesses of origin that were right, 0 to 1, against a chance of 1/2 (`p`).

    The arrays have one element a guess (human, machine, unsure) of a script by `system`; `human` is the
    label (or a list of labels) of people, `of` picks one system. "Unsure" takes no part and is counted in
    `detail`. Limits: two-way cluster-robust, logit scale. Raises UnknownLabel for a guess or system that is
    not known.

    >>> share = blinding_share(["human", "machine", "unsure", "human"], ["h", "d", "d", "d"], [1, 1, 2, 2],
    ...                        ["s", "s", "t", "t"], human="h")
    >>> round(share.estimate, 4), share.n, share.detail
    (0.6667, 3, {'unsure': 1, 'chance': 0.5})
    """
    told, who, where = one_of(guess, "guess", GUESSES), coded(system, "system"), places(rater, item, series)
    same_length(guess=told, system=who.codes, rater=where.raters.codes)
    people = [who.code(label) for label in (human if isinstance(human, list | set) else [human])]
    mine = np.ones(len(told), dtype=bool) if of is None else who.codes == who.code(of)
    decided = mine & (told != "unsure")
    right = ((told == "human") == np.isin(who.codes, people)).astype(float)
    return estimate_of(
        where.mean(right, decided),
        scale="logit",
        level=level,
        cluster=cluster,
        null=0.5,
        reason=None if decided.any() else "nobody guessed an origin",
        detail={"unsure": int((mine & (told == "unsure")).sum()), "chance": 0.5},
    )
