"""How good each rater is, where nobody knows the right answer. It describes; it excludes nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.stats.calls.agreement import OUTCOMES
from analysis.stats.calls.labels import Label, Labels, coded, same_length
from analysis.stats.dawid_skene import rater_quality
from analysis.stats.majority import leave_one_out_points


@dataclass(frozen=True, slots=True, repr=False)
class RaterQuality:
    """What Dawid and Skene's model says: `shares` of the true classes, per rater the chance of giving the
    true class (`accuracy`) and its `errors`, true class to class given."""

    shares: Mapping[Label, float]
    accuracy: Mapping[Label, float]
    errors: Mapping[Label, Mapping[Label, Mapping[Label, float]]]

    def __repr__(self) -> str:
        """Shares and accuracy; the errors are a table for each rater."""
        shares = ", ".join(f"{label} {share:.3f}" for label, share in self.shares.items())
        accuracy = ", ".join(f"{rater} {share:.3f}" for rater, share in self.accuracy.items())
        return f"<RaterQuality shares: {shares}; accuracy: {accuracy}; more in .errors>"


def dawid_skene(value: Labels, unit: Labels, rater: Labels, *, both_ways: bool = False) -> RaterQuality:
    """How good each rater is where nobody knows the answer, by the EM algorithm of Dawid and Skene (1979).

    The arrays have one element a value; a rater may have several for one unit. It takes raters as
    independent given the truth, and taste for error: it describes, and excludes nobody. `both_ways` takes the
    values of `outcomes` (win, tie, loss) and counts each half as it is and half from the side of the other
    system. Raises ValueError for a missing label or arrays of different lengths.

    >>> from analysis.stats import long_form
    >>> table = [["x", "x", "y"], ["y", "y", "y"], ["x", "x", "x"], ["y", "y", "x"], ["x", "x", "x"]]
    >>> quality = dawid_skene(*long_form(table))
    >>> [round(quality.accuracy[rater], 2) for rater in (0, 1, 2)]
    [1.0, 1.0, 0.6]
    """
    words = coded(value, "value", known=OUTCOMES if both_ways else None)
    units, raters = coded(unit, "unit"), coded(rater, "rater")
    same_length(value=words.codes, unit=units.codes, rater=raters.codes)
    given = np.eye(len(words.labels))[words.codes]
    found = rater_quality(units.codes, raters.codes, given, both_ways=both_ways)
    accuracy = found.accuracy
    classes = words.labels
    return RaterQuality(
        shares={label: float(found.shares[at]) for at, label in enumerate(classes)},
        accuracy={label: float(accuracy[at]) for at, label in enumerate(raters.labels)},
        errors={
            label: {
                true: {told: float(found.errors[at, i, j]) for j, told in enumerate(classes)}
                for i, true in enumerate(classes)
            }
            for at, label in enumerate(raters.labels)
        },
    )


def leave_one_out(value: Labels, unit: Labels, rater: Labels) -> Mapping[Label, float | None]:
    """Per rater the share of values that agree with the majority of the others on the same unit, 0 to 1.

    Where the majority is tied each of its values counts its part. None for a rater who shares no unit. Raises
    ValueError for a missing label or arrays of different lengths.

    >>> leave_one_out(["x", "x", "y", "y"], ["s", "s", "s", "t"], [1, 2, 3, 3])
    {1: 0.5, 2: 0.5, 3: 0.0}
    """
    words, units, raters = coded(value, "value"), coded(unit, "unit"), coded(rater, "rater")
    same_length(value=words.codes, unit=units.codes, rater=raters.codes)
    given = np.eye(len(words.labels))[words.codes]
    points, shared = leave_one_out_points(units.codes, raters.codes, given, len(raters.labels))
    return {
        label: float(points[at] / shared[at]) if shared[at] else None
        for at, label in enumerate(raters.labels)
    }
