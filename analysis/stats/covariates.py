"""One logit model of the preferences with length, side, series and group of the rater. It is exploratory.

With L the script on the left and R the one on the right, of which L is preferred (1), neither is (1/2) or R
is (0), the log odds of L are

    a + w[L] - w[R] + b log(length of L / length of R) + h (s[series] + g[group of the rater])

h is 1 where L is by a machine and R by a person, -1 the other way round, else 0. So a is the advantage of the
left side. w is the worth of a system less that of the reference: the first human system, else the first one.
s says how much more a machine is preferred to people in one series than on average over the series, and g how
much more by one group of raters than by the reference group. In a comparison of two scripts of one scene, a
series or a rater has no other effect. Without human systems h is about the planned contrast or the only two
systems.

A tie is half a win, so that these are the estimating equations of a quasi-binomial model. Its covariance is
the two-way sandwich of `covariance.py`, with t of min(raters, items) - 1 degrees of freedom.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.messages import Message, message
from analysis.stats.abilities import davidson
from analysis.stats.cells import Cells
from analysis.stats.intervals import CLUSTERS, FEW
from analysis.stats.linear import Floats, Ints, Linear, distinct
from analysis.stats.quantities import Quantity
from analysis.stats.rater_groups import Grouping, joint_test
from analysis.stats.scope import Scope

MOST_ROWS = 100_000
SAME = 1e-9  # share of a column that the terms before it leave unexplained, below which it is one of them
METHOD = message("quasi_binomial")


@dataclass(frozen=True, eq=False)
class Term:
    """Columns of the design (cells x columns) that enter together, and the coefficients that they give.

    A coefficient has its keys and its weights on the columns. Columns without a
    coefficient come last.
    """

    columns: Floats
    coefficients: Sequence[tuple[Mapping[str, Any], Floats]]


def fit_logit(design: Floats, counts: davidson.Counts) -> davidson.Fit | None:
    """Fit the model to counted outcomes, a tie as half a win to each side. None if it has no maximum."""
    half = counts.ties / 2
    return davidson.fit(design, davidson.Counts(counts.left + half, 0 * half, counts.right + half))


def covariate_quantities(scope: Scope, groupings: Sequence[Grouping]) -> Iterator[Quantity]:
    """All coefficients of the model of one scope, or the reason why there is none.

    Terms that can't be separated from the terms before them are left out, with the reason.
    """
    cells = scope.cells
    rows = int(cells.n.sum())
    refused = _refused(scope, rows)
    if refused is not None:
        yield _quantity(scope, term_keys("model"), None, refused)
        return
    known = np.isfinite(cells.log_length)
    at = np.flatnonzero(known) if known.any() else np.arange(len(cells))
    fitted, left_out = _fit(scope, at, groupings)
    if isinstance(fitted, Message):
        yield _quantity(scope, term_keys("model"), None, fitted)
        return
    terms, fit = fitted
    total = int(cells.n[at].sum())
    start = 0
    for term in terms:
        columns = slice(start, start + term.columns.shape[1])
        start = columns.stop
        found = []
        for keys, weights in term.coefficients:
            value = float(weights @ fit.terms[columns])
            phi = fit.influence[:, columns] @ weights
            found.append(Linear(value, phi, cells.rater[at], cells.item[at], cells.series[at], total))
            yield _quantity(scope, keys, found[-1], None)
        if term.coefficients[0][0]["term"] == "series":
            yield _joint(scope, found)
    for keys, reason in left_out:
        yield _quantity(scope, keys, None, reason)


def _refused(scope: Scope, rows: int) -> Message | None:
    """Why no model is fitted, if none is."""
    cells, by = scope.cells, scope.plan.item_cluster
    if rows > MOST_ROWS:
        return message("too_many_rows", most=f"{MOST_ROWS:,}")
    if scope.many:
        return message("too_many_systems", most=davidson.MOST_SYSTEMS)
    if by == "series" and (cells.series < 0).any():
        return message("series_unknown")
    clusters = cells.series if by == "series" else cells.item
    if min(distinct(cells.rater), distinct(clusters)) < FEW:
        return message("few_clusters", least=FEW, clusters=CLUSTERS[by])
    if not davidson.connected(len(scope.present), *_places(scope, np.arange(len(cells)))):
        return message("separate_systems")
    return None


Fitted = tuple[list[Term], davidson.Fit]
LeftOut = list[tuple[Mapping[str, Any], Message]]


def _fit(scope: Scope, at: Ints, groupings: Sequence[Grouping]) -> tuple[Fitted | Message, LeftOut]:
    cells = scope.cells
    clusters = cells.series if scope.plan.item_cluster == "series" else cells.item
    room = min(distinct(cells.rater[at]), distinct(clusters[at])) - 2  # more terms than that have no error
    terms: list[Term] = []
    left_out: LeftOut = []
    design = np.zeros((at.size, 0))
    for keys, found in _terms(scope, at, groupings):
        reason = found if isinstance(found, Message) else None
        if isinstance(found, Term):
            wider = np.hstack([design, found.columns])
            if not independent(wider):
                reason = message("goes_with_others")
            elif wider.shape[1] > room:
                reason = message("many_terms")
            else:
                terms.append(found)
                design = wider
        if reason is not None:
            left_out.append((keys, reason))
    if not terms or terms[0].coefficients[0][0]["term"] != "system":
        return next(
            (reason for keys, reason in left_out if keys["term"] == "system"), message("many_terms")
        ), []
    counts = (cells.left_wins[at], cells.ties[at], cells.right_wins[at])
    fit = fit_logit(design, davidson.Counts(*(part.astype(float) for part in counts)))
    if fit is None:
        return message("no_maximum"), []
    return (terms, fit), left_out


def independent(design: Floats) -> bool:
    """Return whether no column is a sum of the others, up to rounding."""
    size = np.linalg.norm(design, axis=0)
    if not size.all():
        return False
    return int(np.linalg.matrix_rank(design / size, tol=SAME * np.sqrt(design.shape[1]))) == design.shape[1]


def _terms(
    scope: Scope, at: Ints, groupings: Sequence[Grouping]
) -> Iterator[tuple[Mapping[str, Any], Term | Message]]:
    """The terms in the order in which they enter, each with the keys that it has if it is left out."""
    cells = scope.cells
    yield term_keys("system"), _systems(scope, at)
    yield term_keys("position"), _one_column("position", np.ones(at.size), cells, at)
    length = cells.log_length[at]
    if np.isfinite(length).all() and at.size:
        yield term_keys("length"), _one_column("length", length, cells, at)
    else:
        yield term_keys("length"), message("no_lengths")
    sign = _direction(scope, at)
    yield _group_term(scope, at, sign, groupings)
    yield term_keys("series"), _series(scope, at, sign)


def _one_column(name: str, column: Floats, cells: Cells, at: Ints) -> Term | Message:
    if name == "position" and not _sides_change(cells, at):
        return message("sides_fixed")
    return Term(column[:, None], [(term_keys(name), np.ones(1))])


def _sides_change(cells: Cells, at: Ints) -> bool:
    """Whether some two systems met both ways round."""
    width = len(cells.names.systems)
    left, right = cells.left[at], cells.right[at]
    return bool(np.isin(left * width + right, right * width + left).any())


def _places(scope: Scope, at: Ints) -> tuple[Ints, Ints]:
    """The place among the present systems of who stood left and right."""
    present = np.array(scope.present)
    return np.searchsorted(present, scope.cells.left[at]), np.searchsorted(present, scope.cells.right[at])


def _systems(scope: Scope, at: Ints) -> Term:
    reference = scope.humans[0] if scope.humans else scope.present[0]
    others = [code for code in scope.present if code != reference]
    left, right = scope.cells.left[at], scope.cells.right[at]
    columns = np.stack([(left == code) * 1.0 - (right == code) for code in others], axis=1)
    name = scope.name(reference)
    keys = [term_keys("system", system=scope.name(code), opponent=name) for code in others]
    return Term(columns, list(zip(keys, np.eye(len(others)), strict=True)))


def _direction(scope: Scope, at: Ints) -> Floats | None:
    """1 where the side of interest is on the left and its opponent on the right, -1 the other way round, else
    0. None if no side is of interest."""
    ours, theirs = scope.machines, scope.humans
    if not (ours and theirs):
        planned = [pair for pair in scope.plan.contrasts if set(pair) <= set(map(scope.name, scope.present))]
        pair = planned[0] if planned else scope.present if len(scope.present) == 2 else None
        if pair is None:
            return None
        codes = [scope.names.systems.index(one) if isinstance(one, str) else one for one in pair]
        ours, theirs = (codes[0],), (codes[1],)
    left, right = scope.cells.left[at], scope.cells.right[at]
    forward = np.isin(left, ours) & np.isin(right, theirs)
    backward = np.isin(left, theirs) & np.isin(right, ours)
    return forward.astype(float) - backward.astype(float)


def _group_term(
    scope: Scope, at: Ints, sign: Floats | None, groupings: Sequence[Grouping]
) -> tuple[Mapping[str, Any], Term | Message]:
    """The first grouping against its largest group. Groups with fewer raters than an interval needs (FEW)
    share a column with raters of no group. It is not reported."""
    if not groupings:
        return term_keys("group"), message("no_profiles")
    grouping = groupings[0]
    keys = term_keys("group", by=grouping.by)
    if sign is None:
        return keys, message("no_sides_of_interest")
    reference = grouping.reference
    cells = scope.cells
    group = grouping.of[cells.rater[at]]
    large = [code for code in range(len(grouping.groups)) if distinct(cells.rater[at[group == code]]) >= FEW]
    if reference is None or grouping.groups.index(reference) not in large or len(large) < 2:
        return keys, message("one_group")
    rest = ~np.isin(group, large)
    large.remove(grouping.groups.index(reference))
    columns = [sign * (group == code) for code in large]
    if (sign * rest).any():
        columns.append(sign * rest)
    weights = np.eye(len(columns))
    names = [
        term_keys("group", by=grouping.by, name=grouping.groups[code], reference=reference) for code in large
    ]
    return keys, Term(np.stack(columns, axis=1), list(zip(names, weights, strict=False)))


def _series(scope: Scope, at: Ints, sign: Floats | None) -> Term | Message:
    """Effects that sum to zero over the series: all but the last have a column."""
    if scope.plan.item_cluster == "series":
        return message("series_are_clusters")
    if sign is None:
        return message("no_sides_of_interest")
    series = scope.cells.series[at]
    if (series < 0).any():
        return message("series_unknown")
    codes = np.unique(series)
    if codes.size < 2:
        return message("goes_with_others")
    last = series == codes[-1]
    columns = np.stack([sign * ((series == code) * 1.0 - last) for code in codes[:-1]], axis=1)
    weights = [*np.eye(codes.size - 1), -np.ones(codes.size - 1)]
    keys = [term_keys("series", name=scope.names.series[code]) for code in codes.tolist()]
    return Term(columns, list(zip(keys, weights, strict=True)))


def term_keys(
    term: str,
    *,
    system: str | None = None,
    opponent: str | None = None,
    by: str | None = None,
    name: str | None = None,
    reference: str | None = None,
    of: str = "win_rate",
) -> dict[str, Any]:
    """The keys of a coefficient; what does not apply is None. `of` is what the model is about."""
    keys = {"term": term, "system": system, "opponent": opponent, "by": by}
    return keys | {"name": name, "reference": reference, "of": of}


def _quantity(
    scope: Scope, keys: Mapping[str, Any], linear: Linear | None, reason: Message | None
) -> Quantity:
    return Quantity(
        what="covariates",
        criterion=scope.criterion,
        keys=keys,
        estimate=linear,
        null=None if keys["term"] == "series" else 0.0,
        reason=reason,
        method=METHOD,
        extra={"p": None} if keys["term"] == "series" else {},
        with_se=True,
        poolable=keys["term"] != "series",
        basis=None if linear else _no_value(scope.cells),
    )


def _joint(scope: Scope, effects: Sequence[Linear]) -> Quantity:
    """The F test of equal effects of all series, which sum to zero."""
    found = joint_test([effects], scope.plan.item_cluster)
    statistic, p = found or (None, None)
    return Quantity(
        what="covariates",
        criterion=scope.criterion,
        keys=term_keys("series"),
        estimate=None if statistic is None else replace(effects[0], value=statistic),
        no_interval=message("test_alone"),
        reason=message("covariance_singular") if found is None else None,
        method=message("series_joint"),
        extra={"p": p, "se": None},
        poolable=False,
        basis=effects[0],
    )


def _no_value(cells: Cells) -> Linear:
    """The size of the scope, for what has no value."""
    return Linear(0.0, np.zeros(len(cells)), cells.rater, cells.item, cells.series, int(cells.n.sum()))
