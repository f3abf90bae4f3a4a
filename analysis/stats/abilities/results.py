"""Results of the fit: `Worths` for notebooks, and the lists of the report that rest on abilities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from analysis.messages import Message, Warn, message
from analysis.stats.abilities.fit import Abilities, fit_abilities, rank_limits
from analysis.stats.cells import Cells
from analysis.stats.estimate import Estimate, check_cluster, check_level, estimate_of, not_computed
from analysis.stats.labels import Label
from analysis.stats.linear import Linear, combine
from analysis.stats.quantities import PRIOR_ONLY, Quantity
from analysis.stats.scope import Scope

DAVIDSON_METHOD = "Davidson maximum likelihood"
METHOD = message("davidson")
NO_ORDER = message("sides_fixed")
NO_TIE = message("no_tie")


@dataclass(frozen=True, slots=True, repr=False)
class Worths:
    """The abilities of all systems that were judged. It is frozen.

    Attributes
    ----------
    worths : Mapping of label to Estimate
        Natural log of each system's worth in Davidson's model, centred on 0 over the systems.
    tie, order : Estimate
        Log of the tie term, and log advantage of the left side. Each has no number but a reason where the
        data do not determine it.
    ranks : Mapping of label to (int, int) or None
        First and last rank that a system can have. All of them hold together at the level.
    prior : float or None
        Wins added each way to every pair that met: 0 unless the likelihood separates.
    loglik : float or None
        Log likelihood at the maximum.
    level, cluster
        As given.
    reason : str or None
        Why nothing could be fitted.
    """

    worths: Mapping[Label, Estimate]
    tie: Estimate
    order: Estimate
    ranks: Mapping[Label, tuple[int, int] | None]
    prior: float | None
    loglik: float | None
    level: float
    cluster: str
    reason: str | None = None
    _fitted: Abilities | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """Show a line for each system, the best first, then the terms that all share."""
        if self.reason is not None:
            return f"<Worths not computed: {self.reason}>"
        first = next(iter(self.worths.values()))
        return "\n".join(
            [
                f"Worths: natural logs, 0 their mean, {first.method}",
                *(self._line(system) for system in self.order_of_merit),
                f"log of the tie term: {self.tie}",
                f"log advantage of the left side: {self.order}",
                *first.warnings,
            ]
        )

    def _line(self, system: Label) -> str:
        worth, ranks = self.worths[system], self.ranks[system]
        limits = worth.limits_text(".3f")
        rank = "" if ranks is None else f", rank {' to '.join(map(str, sorted(set(ranks))))}"
        width = max(len(str(name)) for name in self.worths)
        return f"  {system!s:{width}}  {worth.estimate:.3f} ({100 * self.level:g}%: {limits}){rank}"

    @property
    def order_of_merit(self) -> tuple[Label, ...]:
        """Systems, the best first."""
        known = {label: worth.estimate for label, worth in self.worths.items() if worth.estimate is not None}
        return tuple(sorted(known, key=lambda label: (-known[label], str(label))))

    def difference(self, system: Label, other: Label) -> Estimate:
        """Return the log worth of one system minus that of another; `p` tests 0. Raises KeyError for a
        system that was not judged."""
        one, two = self.worths[system].linear, self.worths[other].linear
        if not isinstance(one, Linear) or not isinstance(two, Linear):
            return not_computed(
                self.reason or "", level=self.level, cluster=self.cluster, method=DAVIDSON_METHOD
            )
        gap = combine((1, -1), (one, two), n=one.n)
        found = estimate_of(gap, level=self.level, cluster=self.cluster, null=0.0, method=DAVIDSON_METHOD)
        assert self._fitted is not None
        places = list(self.worths)
        return _with_open_ends(found, self._fitted.open_ends(places.index(system), places.index(other)))

    def differences(self) -> Mapping[tuple[Label, Label], Estimate]:
        """Return the difference of every two systems, once each."""
        return {pair: self.difference(*pair) for pair in combinations(self.worths, 2)}


def _with_open_ends(found: Estimate, ends: tuple[bool, bool]) -> Estimate:
    """The estimate without the limits on those sides (low, high) where only the prior bounds it."""
    if found.low is None or not any(ends):
        return found
    low, high = (None if gone else limit for gone, limit in zip(ends, (found.low, found.high), strict=True))
    return replace(found, low=low, high=high, reason=str(PRIOR_ONLY))


def fit_worths(cells: Cells, labels: tuple[Label, ...], *, cluster: str, level: float, seed: int) -> Worths:
    """Fit the model to counted judgments; `labels` are those of the codes of systems."""
    check_level(level)
    check_cluster(cluster)
    fitted = fit_abilities(cells)
    if isinstance(fitted, Message):
        none = not_computed(fitted, level=level, cluster=cluster, method=DAVIDSON_METHOD)
        judged = dict.fromkeys(labels[code] for code in sorted({*cells.left.tolist(), *cells.right.tolist()}))
        return Worths(
            dict.fromkeys(judged, none), none, none, judged, None, None, level, cluster, str(fitted)
        )
    limits = rank_limits(fitted, cluster, level, seed, "")
    systems = [labels[code] for code in fitted.systems]

    def term(value: Linear | None, reason: str) -> Estimate:
        if value is None:
            return not_computed(reason, level=level, cluster=cluster, method=DAVIDSON_METHOD)
        return estimate_of(value, level=level, cluster=cluster, null=0.0, method=DAVIDSON_METHOD)

    return Worths(
        worths={
            label: _with_open_ends(
                estimate_of(worth, level=level, cluster=cluster, method=DAVIDSON_METHOD), fitted.open_ends(at)
            )
            for at, (label, worth) in enumerate(zip(systems, fitted.worths, strict=True))
        },
        tie=term(fitted.tie, "no judgment was a tie"),
        order=term(fitted.order, "the sides did not change"),
        ranks={label: limits[at] if limits else None for at, label in enumerate(systems)},
        prior=fitted.prior,
        loglik=fitted.loglik,
        level=level,
        cluster=cluster,
        _fitted=fitted,
    )


def ability_quantities(scope: Scope, result: Abilities | Message, seed: int) -> Iterator[Quantity]:
    """The lists abilities, ability_model, differences, position_bias and length_bias of one scope."""
    yield from _ability_quantities(scope, result, seed)
    yield from _model_quantities(scope, result)
    yield from _difference_quantities(scope, result)
    order, reason = _or_reason(result, "order", NO_ORDER)
    yield _quantity(
        scope, "position_bias", {"scope": "all", "measure": "order_term"}, order, reason, null=0.0
    )
    if np.isfinite(scope.cells.log_length).any():
        slope, reason = _or_reason(fit_abilities(scope.cells, length=True), "length", message("no_lengths"))
        yield _quantity(scope, "length_bias", {"measure": "slope"}, slope, reason, null=0.0)


def prior_warning(scope: Scope, result: Abilities | Message) -> Iterator[Warn]:
    if not isinstance(result, Message) and result.prior:
        yield Warn(message("ability_prior", wins=float(result.prior)), scope.places)


def _ability_quantities(scope: Scope, result: Abilities | Message, seed: int) -> Iterator[Quantity]:
    if isinstance(result, Message):
        none = dict.fromkeys(("log_worth", "rank_low", "rank_high"))
        for code in scope.present:
            yield _quantity(scope, "abilities", {"system": scope.name(code)}, None, result, extra=none)
        return
    ranks = rank_limits(result, scope.plan.item_cluster, scope.plan.level, seed, scope.where)
    for at, (code, worth) in enumerate(zip(result.systems, result.worths, strict=True)):
        low, high = ranks[at] if ranks else (None, None)
        extra = {"log_worth": worth.value, "rank_low": low, "rank_high": high}
        name = scope.name(code)
        quantity = _quantity(
            scope, "abilities", {"system": name}, worth, None, extra=extra, family=(name, None)
        )
        boot = scope.boot.worth(result, at) if scope.boot else None
        yield replace(quantity, replicates=boot, open_ends=result.open_ends(at))


def _model_quantities(scope: Scope, result: Abilities | Message) -> Iterator[Quantity]:
    for term, missing in (("tie", NO_TIE), ("order", NO_ORDER)):
        value, reason = _or_reason(result, term, missing)
        prior, loglik = (None, None) if isinstance(result, Message) else (result.prior, result.loglik)
        extra = {"prior": prior, "loglik": loglik}
        yield _quantity(scope, "ability_model", {"term": f"{term}_term"}, value, reason, extra=extra)


def _difference_quantities(scope: Scope, result: Abilities | Message) -> Iterator[Quantity]:
    if isinstance(result, Message):
        return
    names = [scope.name(code) for code in result.systems]
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            worths = (result.worths[i], result.worths[j])
            gap = combine((1, -1), worths, n=worths[0].n)
            keys = {"system": one, "other": names[j], "of": "ability"}
            quantity = _quantity(scope, "differences", keys, gap, None, null=0.0)
            yield replace(quantity, open_ends=result.open_ends(i, j))


def _or_reason(
    result: Abilities | Message, term: str, missing: Message
) -> tuple[Linear | None, Message | None]:
    if isinstance(result, Message):
        return None, result
    value: Linear | None = getattr(result, term)
    return value, None if value is not None else missing


def _family(scope: Scope, what: str, one: str | None, other: str | None) -> str:
    """Biases of side and length, and differences, are explored: the test of a contrast is that of its win
    rate."""
    if what in ("position_bias", "length_bias", "differences"):
        return "exploratory"
    return scope.plan.family(scope.criterion, one, other)


def _quantity(
    scope: Scope,
    what: str,
    keys: Mapping[str, Any],
    value: Linear | None,
    reason: Message | None,
    *,
    extra: Mapping[str, Any] | None = None,
    null: float | None = None,
    family: tuple[str | None, str | None] = (None, None),
) -> Quantity:
    return Quantity(
        what=what,
        criterion=scope.criterion,
        keys=keys,
        estimate=value,
        family=_family(scope, what, *family),
        null=null,
        reason=reason,
        method=METHOD,
        extra=extra or {},
        with_se=what in ("abilities", "ability_model"),
    )
