"""Best-of-k share: on how many items a system is the best of the k candidates, up to MOST_SYSTEMS of them.

Chance is 1/k.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.messages import Message, message
from analysis.stats.abilities.davidson import MOST_SYSTEMS
from analysis.stats.cells import ScoreCells
from analysis.stats.estimate import Estimate, check_level, text_of
from analysis.stats.intervals import clopper_pearson, exact_method
from analysis.stats.labels import Coded, Label, Places
from analysis.stats.linear import NOISE, Floats, without_noise
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw, percentile_limits
from analysis.stats.scope import Scope

BOOTSTRAP = message("bootstrap_raters_scenes")


@dataclass(frozen=True, eq=False)
class Points:
    """Points per rater x item x candidate, 0 where `judged` (rater x item) is false."""

    values: Floats
    judged: Floats
    n: int

    def shares(self, raters: Floats | None = None, items: Floats | None = None) -> Floats:
        """Per replicate and candidate the share of items on which it is best; ties are split."""
        r, o, k = self.values.shape
        raters = np.ones((1, r)) if raters is None else raters
        items = np.ones((1, o)) if items is None else items
        weight = raters @ self.judged
        means = (raters @ self.values.reshape(r, o * k)).reshape(-1, o, k) / np.where(weight > 0, weight, 1)[
            ..., None
        ]
        best = means >= means.max(axis=2, keepdims=True) - 1e-12
        won = best / best.sum(axis=2, keepdims=True)
        counted = items * (self.judged.sum(axis=0) > 0)
        return np.asarray(np.einsum("bo,bok->bk", counted, won) / counted.sum(axis=1, keepdims=True))


def best_by_scores(cells: ScoreCells, language: str | None, plan: Plan, draw: Draw) -> Iterator[Entry]:
    """By mean score. Human systems are left out."""
    candidates = [code for code in cells.present if cells.names.systems[code] not in plan.human]
    if not 2 <= len(candidates) <= MOST_SYSTEMS:
        return
    shape = (len(cells.names.raters), len(cells.names.items), len(candidates))
    values, seen = np.zeros(shape), np.zeros(shape)
    for at, code in enumerate(candidates):
        own = cells.cells_of(code)
        values[cells.rater[own], cells.item[own], at] = cells.score[own]
        seen[cells.rater[own], cells.item[own], at] = 1
    n = int(cells.n[np.isin(cells.system, candidates)].sum())
    points = _points(values, seen, n)
    names = [cells.names.systems[code] for code in candidates]
    extra = {"context": cells.context}
    yield from _entries(points, names, cells.criterion, language, plan, draw, "scores", seen, extra)


def best_by_votes(scope: Scope, draw: Draw) -> Iterator[Entry]:
    """By wins among the candidates, a tie half a win to each. Human systems are left out."""
    candidates, cells = scope.machines, scope.cells
    if not 2 <= len(candidates) <= MOST_SYSTEMS:
        return
    position = np.full(len(scope.names.systems), -1)
    position[list(candidates)] = np.arange(len(candidates))
    inside = (position[cells.left] >= 0) & (position[cells.right] >= 0)
    shape = (len(scope.names.raters), len(scope.names.items), len(candidates))
    values, seen = np.zeros(shape), np.zeros(shape)
    ties = cells.ties[inside] / 2
    for side, wins in ((cells.left, cells.left_wins), (cells.right, cells.right_wins)):
        place = (cells.rater[inside], cells.item[inside], position[side[inside]])
        np.add.at(values, place, wins[inside] + ties)
        seen[place] = 1
    points = _points(values, seen, int(cells.n[inside].sum()))
    names = [scope.name(code) for code in candidates]
    yield from _entries(points, names, scope.criterion, scope.language, scope.plan, draw, "votes", seen, {})


def _points(values: Floats, seen: Floats, n: int) -> Points | None:
    """None unless on every item with any candidate all of them were judged by the same raters."""
    if not seen.any() or (seen != seen[:, :, :1]).any():
        return None
    return Points(values, seen[:, :, 0], n)


def _limits(share: float, replicates: Floats, smaller: int, level: float) -> tuple[float, float, Message]:
    """Limits and their method. Best everywhere, best nowhere, or no spread at all shows no error: then exact
    limits with n = min(raters, scenes)."""
    limits = percentile_limits(replicates, level)
    if limits is not None and limits[1] - limits[0] > NOISE and NOISE < share < 1 - NOISE:
        return *limits, BOOTSTRAP
    exact = clopper_pearson(share * smaller, smaller, level)
    return *exact, exact_method("item")


def _entries(
    points: Points | None,
    names: list[str],
    criterion: str,
    language: str | None,
    plan: Plan,
    draw: Draw,
    by: str,
    seen: Floats,
    extra: dict[str, str],
) -> Iterator[Entry]:
    any_seen = seen.any(axis=2)
    raters, items = int(any_seen.any(axis=1).sum()), int(any_seen.any(axis=0).sum())
    k = len(names)
    shares = replicates = None
    if points is not None:
        shares = points.shares()[0]
        if raters > 1 and items > 1:
            replicates = points.shares(draw.rater_weights, draw.item_weights)
    for at, name in enumerate(names):
        low, high, method, reason = None, None, BOOTSTRAP, None
        if shares is None:
            reason = message("unequal_candidates", k=k)
        elif replicates is None:
            reason = message("one_rater_or_scene")
        else:
            low, high, method = _limits(float(shares[at]), replicates[:, at], min(raters, items), plan.level)
        yield Entry(
            criterion=criterion,
            estimate=float(shares[at]) if shares is not None else None,
            low=low,
            high=high,
            level=plan.level,
            method=method,
            n=points.n if points else 0,
            raters=raters,
            items=items,
            language=language,
            family=plan.family(criterion, name),
            reason=reason,
            own={
                "system": name,
                "k": k,
                "chance": 1 / k,
                "by": by,
                "with_human": False,
                "numerator": float(shares[at] * items) if shares is not None else None,
                "denominator": items if shares is not None else None,
                "bias": without_noise(float(replicates[:, at].mean() - shares[at]))
                if replicates is not None and shares is not None
                else None,
                **extra,
            },
        )


class BestOfK:
    """The method that judgments and scores share."""

    _systems: Coded
    _places: Places

    def best_of_k(
        self, leave_out: Sequence[Label] = (), *, replicates: int = 2000, seed: int = 1, level: float = 0.95
    ) -> Mapping[Label, Estimate]:
        """Return for each system the share of items on which it is the best of the k candidates.

        The best has the most wins of judgments, or the highest mean score.

        Parameters
        ----------
        leave_out : sequence of labels
            Systems that are no candidates, such as people. ValueError if fewer than two are left.

        Returns
        -------
        Mapping of label to Estimate
            Shares from 0 to 1; chance is 1/k, and ties are split. None unless the same raters judged all k of
            every item. Limits: bootstrap (`replicates`, `seed`) over raters and items, exponential weights,
            percentiles; best everywhere or nowhere Clopper-Pearson with n = min(raters, items). `detail`:
            numerator, denominator, k, chance, bias.
        """
        check_level(level)
        out = tuple(self._systems.names[self._systems.code(label)] for label in leave_out)
        plan = Plan(human=out, systems=self._systems.names, replicates=replicates, level=level)
        draw = Draw(seed, replicates, self._places.raters.names, self._places.items.names)
        return _estimates_by_label(self._best_of_k_entries(plan, draw), self._systems)

    def _best_of_k_entries(self, plan: Plan, draw: Draw) -> Iterator[Entry]:
        """Return the entries of the report; judgments and scores each have their own."""
        raise NotImplementedError


def _estimates_by_label(entries: Iterable[Entry], systems: Coded) -> Mapping[Label, Estimate]:
    """Return the entries by the label of their system."""
    label_of = dict(zip(systems.names, systems.labels, strict=True))
    result = {
        label_of[entry.own["system"]]: Estimate(
            estimate=entry.estimate,
            low=entry.low,
            high=entry.high,
            level=entry.level,
            method=str(entry.method),
            n=entry.n,
            raters=entry.raters,
            items=entry.items,
            reason=text_of(entry.reason),
            detail={key: entry.own[key] for key in ("numerator", "denominator", "k", "chance", "bias")},
        )
        for entry in entries
    }
    if not result:
        raise ValueError("there are fewer than two candidates. Fix: leave out fewer systems.")
    return result
