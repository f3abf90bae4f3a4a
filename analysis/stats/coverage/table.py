"""Counting what held in many studies, and the counts as Markdown tables."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from analysis.stats.coverage.cases import Case, cases
from analysis.stats.resampling import named_generator

CHUNK = 50  # studies between two words of progress

TITLES = {
    "judgments": "Clustered by rater and item",
    "judgments-series": "8 series with an effect of 0.5, clustered by rater and series",
    "equals": "Equal systems: a rank interval is right only if it includes every rank",
    "scores": "Scores, clustered by rater and item",
    "scores-series": "Scores, 8 series with an effect of 0.5, clustered by rater and series",
    "few-series": "Win rate with 20 raters and 32 items of a few series",
    "pooled": "Win rate pooled over two languages, 20 items each, crossed",
    "errors": "Ratio of error marks to human scripts",
    "claims": "False claims: the true win rate is 0.1 from one half, exactly at the margin",
    "families": "False positives: equal systems, tests of win rates and their differences",
    "best-of-k": "Best of four by mean score, bootstrap",
}

Progress = Callable[[str, int], None]  # a case, and how many of its studies are done


@dataclass(frozen=True)
class Column:
    """How often each row of a case held in `studies` studies."""

    case: Case
    studies: int
    counts: dict[str, int]

    def share(self, row: str) -> float | None:
        return self.counts[row] / self.studies if row in self.counts else None


def count(name: str, studies: int, seed: int, first: int = 0) -> dict[str, int]:
    """How often each row of a case held in the studies numbered from `first`.

    A study depends on the seed, the case and its own number alone.
    """
    case, counts = cases()[name], dict[str, int]()
    for study in range(first, first + studies):
        for row, holds in case.study(named_generator(seed, "coverage", name, str(study))).items():
            counts[row] = counts.get(row, 0) + bool(holds)
    return counts


def run(
    names: Sequence[str], studies: int, seed: int, workers: int = 1, progress: Progress | None = None
) -> Iterator[Column]:
    """The columns of these cases, each as soon as it is there; `workers` processes share the studies."""
    starts = range(0, studies, CHUNK)
    sizes = [min(CHUNK, studies - first) for first in starts]
    pool = ProcessPoolExecutor(workers) if workers > 1 else None
    try:
        for name in names:
            work = partial(_chunk, name, seed)
            total: dict[str, int] = {}
            results = pool.map(work, starts, sizes) if pool else map(work, starts, sizes)
            for first, size, counts in zip(starts, sizes, results, strict=True):
                total = {row: total.get(row, 0) + number for row, number in counts.items()}
                if progress is not None:
                    progress(name, first + size)
            yield Column(cases()[name], studies, total)
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _chunk(name: str, seed: int, first: int, studies: int) -> dict[str, int]:
    return count(name, studies, seed, first)


def markdown(columns: Sequence[Column]) -> str:
    """A table per group of cases: rows are quantities, columns the cases, in percent of the studies."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        groups.setdefault(column.case.table, []).append(column)
    return "\n\n".join(_table(TITLES[name], group) for name, group in groups.items()) + "\n"


def _table(title: str, group: Sequence[Column]) -> str:
    if len(group) > 1 and all(len(column.counts) == 1 for column in group):
        # One number each: down the page rather than across it.
        [what] = {row for column in group for row in column.counts}
        lines: list[tuple[str, ...]] = [
            ("", what),
            *((column.case.column, _percent(column.share(what))) for column in group),
        ]
    else:
        rows = list(dict.fromkeys(row for column in group for row in column.counts))
        lines = [("", *(column.case.column for column in group))]
        lines += [(row, *(_percent(column.share(row)) for column in group)) for row in rows]
    head, *body = [f"| {' | '.join(line)} |" for line in lines]
    rule = "| --- |" + " ---: |" * (len(lines[0]) - 1)
    return "\n".join([f"**{title}**", "", head, rule, *body])


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
