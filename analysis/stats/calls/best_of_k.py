"""On how many items a system is the best of k candidates."""

from collections.abc import Iterable, Mapping, Sequence

from analysis.stats.calls.labels import Label, Labels, Numbers
from analysis.stats.calls.result import Estimate, check_level, text_of
from analysis.stats.calls.rows import judged, scored
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw
from analysis.stats.sections.best_of_k import best_by_scores, best_by_votes


def best_of_k_by_scores(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    leave_out: Sequence[Label] = (),
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Mapping[Label, Estimate]:
    """Per system the share of items on which its mean score is the best of the k candidates; ties are split.

    Chance is 1/k, and the share depends on who else was in the race. `leave_out` names those who are not
    candidates, such as people. Limits: bootstrap over raters and items, exponential weights, percentiles;
    best everywhere or nowhere Clopper-Pearson with n = min(R, O). None with a reason unless all k of every
    item were scored by the same raters. `detail`: numerator, denominator, k, chance, bias.

    Raises UnknownLabel for a system left out that is not known, ValueError for fewer than two candidates.

    >>> scores, systems = [7, 9, 6, 8, 9, 5, 7, 6], ["a", "b"] * 4
    >>> best = best_of_k_by_scores(scores, systems, [1, 1, 2, 2] * 2, ["s"] * 4 + ["t"] * 4)
    >>> best["a"].estimate, best["a"].detail["chance"]
    (0.5, 0.5)
    """
    check_level(level)
    rows = scored(score, system, rater, item)
    out = tuple(rows.systems.names[rows.systems.code(label)] for label in leave_out)
    plan = Plan(human=out, systems=rows.systems.names, replicates=replicates, level=level)
    draw = Draw(seed, replicates, rows.raters.names, rows.items.names)
    entries = best_by_scores(rows.cells, None, plan, draw)
    return _named(entries, rows.systems.names, rows.systems.labels)


def best_of_k_by_votes(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    leave_out: Sequence[Label] = (),
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Mapping[Label, Estimate]:
    """As `best_of_k_by_scores`, by wins among the candidates, a tie half a win to each.

    Arrays and errors raised as of `win_rate`.

    >>> choice = ["left", "right", "left", "left"]
    >>> best = best_of_k_by_votes(["a", "b"] * 2, ["b", "a"] * 2, choice, [1, 2] * 2, ["s", "s", "t", "t"])
    >>> best["a"].estimate
    0.75
    """
    check_level(level)
    rows = judged(left_system, right_system, choice, rater, item)
    out = [rows.systems.labels[rows.systems.code(label)] for label in leave_out]
    scope = rows.scope(out)
    plan = Plan(human=scope.plan.human, systems=rows.systems.names, replicates=replicates, level=level)
    draw = Draw(seed, replicates, rows.raters.names, rows.items.names)
    entries = best_by_votes(type(scope)("", None, rows.cells, plan), draw)
    return _named(entries, rows.systems.names, rows.systems.labels)


def _named(
    entries: Iterable[Entry], names: Sequence[str], labels: Sequence[Label]
) -> Mapping[Label, Estimate]:
    label_of = dict(zip(names, labels, strict=True))
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
        raise ValueError("best of k needs two candidates or more")
    return result
