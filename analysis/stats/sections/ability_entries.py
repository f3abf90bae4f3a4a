"""Abilities, their differences, the order term and the length slope as quantities of the report."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.messages import Message, Warn, message
from analysis.stats.abilities import Abilities, abilities, rank_limits
from analysis.stats.linear import Linear, combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import Scope

METHOD = message("davidson")
NO_ORDER = message("sides_fixed")
NO_TIE = message("no_tie")


def fit_abilities(scope: Scope) -> Abilities | Message:
    """The fit of a scope, or the reason why there is none."""
    return abilities(scope.cells)


def ability_quantities(scope: Scope, result: Abilities | Message, seed: int) -> Iterator[Quantity]:
    """The lists abilities, ability_model, differences, position_bias and length_bias of one scope."""
    yield from _worths(scope, result, seed)
    yield from _model(scope, result)
    yield from _differences(scope, result)
    order, reason = _or_reason(result, "order", NO_ORDER)
    yield _quantity(
        scope, "position_bias", {"scope": "all", "measure": "order_term"}, order, reason, null=0.0
    )
    if np.isfinite(scope.cells.log_length).any():
        slope, reason = _or_reason(abilities(scope.cells, length=True), "length", message("no_lengths"))
        yield _quantity(scope, "length_bias", {"measure": "slope"}, slope, reason, null=0.0)


def prior_warning(scope: Scope, result: Abilities | Message) -> Iterator[Warn]:
    if not isinstance(result, Message) and result.prior:
        yield Warn(message("ability_prior", wins=float(result.prior)), scope.places)


def _worths(scope: Scope, result: Abilities | Message, seed: int) -> Iterator[Quantity]:
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
        yield replace(quantity, replicates=scope.boot.worth(result, at) if scope.boot else None)


def _model(scope: Scope, result: Abilities | Message) -> Iterator[Quantity]:
    for term, missing in (("tie", NO_TIE), ("order", NO_ORDER)):
        value, reason = _or_reason(result, term, missing)
        prior, loglik = (None, None) if isinstance(result, Message) else (result.prior, result.loglik)
        extra = {"prior": prior, "loglik": loglik}
        yield _quantity(scope, "ability_model", {"term": f"{term}_term"}, value, reason, extra=extra)


def _differences(scope: Scope, result: Abilities | Message) -> Iterator[Quantity]:
    if isinstance(result, Message):
        return
    names = [scope.name(code) for code in result.systems]
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            worths = (result.worths[i], result.worths[j])
            gap = combine((1, -1), worths, n=worths[0].n)
            keys = {"system": one, "other": names[j], "of": "ability"}
            yield _quantity(scope, "differences", keys, gap, None, null=0.0)


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
