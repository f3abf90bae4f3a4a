"""The analysis of 1,000,000 judgments on one core: CPU time and peak memory, beside other packages.

Every measurement is a child process of its own, bound to one core, so that its peak memory is its own and
nothing is warm. What two packages both compute has to agree, or the benchmark fails.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench import is_tiny, size
from bench.results import Result

ROWS, RATERS, ITEMS, SYSTEMS, CRITERIA = size((1_000_000, 50, 200, 10, 3), (6_000, 20, 20, 4, 3))
REPLICATES = size(2_000, 20)
SEED = 1
PATIENCE_S = 110
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "RAYON", "NUMEXPR")}


def main() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write(place)
        found = {name: _child(name, place) for name in TASKS}
    _agree(found)
    ours = found["abilities"]["cpu"]
    results = []
    for name, (title, other) in TASKS.items():
        cpu, peak = found[name]["cpu"], found[name]["peak"]
        ratio = (cpu / ours, "our abilities") if other else (None, "")
        results.append(Result(f"{title}: CPU", 1000 * cpu, "ms", *ratio))
        results.append(Result(f"{title}: peak", peak, "MiB"))
    return results


def _write(place: Path) -> None:
    """The same rows as codes of one criterion, and as a CSV of three."""
    rng = np.random.default_rng(SEED)
    quality = np.linspace(-1, 1, SYSTEMS)
    left = rng.integers(SYSTEMS, size=ROWS)
    right = (left + rng.integers(1, SYSTEMS, size=ROWS)) % SYSTEMS
    rater, item = rng.integers(RATERS, size=ROWS), rng.integers(ITEMS, size=ROWS)
    won = rng.random(ROWS) < 1 / (1 + np.exp(quality[right] - quality[left]))
    outcome = np.where(rng.random(ROWS) < 0.15, 0, np.where(won, 1, -1))
    np.savez(place / "codes.npz", rater=rater, item=item, left=left, right=right, outcome=outcome)
    _write_csv(place / "judgments.csv", rng, rater, item, left, right, outcome)


def _write_csv(path, rng, rater, item, left, right, outcome) -> None:
    import pandas as pd

    def named(prefix, codes):
        return pd.Categorical.from_codes(codes, [f"{prefix}-{at:03d}" for at in range(codes.max() + 1)])

    number = np.arange(ROWS)
    frame = pd.DataFrame(
        {
            "study": "bench",
            "assignment": number.astype(str),
            "item": named("item", item),
            "series": named("series", item // 10),
            "language": "en",
            "rater": named("rater", rater),
            "rater_kind": "person",
            "position": number // CRITERIA % 400 + 1,
            "criterion": named("criterion", number % CRITERIA),
            "left_system": named("system", left),
            "right_system": named("system", right),
            "choice": pd.Categorical.from_codes(outcome + 1, ["right", "tie", "left"]),
            "strength": rng.integers(1, 4, size=ROWS),
            "seconds": rng.integers(60, 900, size=ROWS),
            "left_length": rng.integers(700, 1500, size=ROWS),
            "right_length": rng.integers(700, 1500, size=ROWS),
            "kind": "main",
        }
    )
    frame.to_csv(path, index=False)


def _child(name: str, place: Path) -> dict:
    if is_tiny():
        return _measure(name, place)
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(
        [sys.executable, "-m", "bench.statistics", name, str(place)],
        env={**os.environ, **ONE_THREAD},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _agree(found: dict[str, dict]) -> None:
    """Where others compute the same number as we do, it is the same number."""
    for name, ours, within in (
        ("statsmodels", "half wins with sides", 1e-4),
        # The fewer the clusters, the more the corrections for their number differ.
        ("statsmodels", "half wins with sides, errors", size(2e-3, 5e-2)),
        ("choix", "decided rows", 1e-4),
        ("evalica", "half wins", 1e-3),
    ):
        mine, theirs = (np.array(found[task][ours]) for task in ("abilities", name))
        gap = float(np.abs(mine - theirs).max() / np.abs(mine).max())
        if not gap <= within:
            raise RuntimeError(f"{name} and ours differ by {gap:.2g} in {ours}: {theirs} and {mine}")


def _codes(place: Path) -> dict[str, np.ndarray]:
    with np.load(place / "codes.npz") as stored:
        return dict(stored)


def _cells(rows):
    from analysis.stats.cells import OUTCOMES, Names, count_codes

    texts = [tuple(f"{at:03d}" for at in range(size)) for size in (RATERS, ITEMS, SYSTEMS)]
    names = Names(*texts, (), np.full(ITEMS, -1))
    places = np.array([OUTCOMES.index(choice) for choice in ("right", "tie", "left")])
    codes = (rows[name] for name in ("rater", "item", "left", "right"))
    return count_codes(names, *codes, places[rows["outcome"] + 1])


def _report(place: Path) -> dict:
    from analysis.render.report_files import report_files
    from analysis.stats.analyse import analyse
    from analysis.stats.plan import Plan
    from analysis.stats.tables import read_tables

    tables = read_tables(place / "judgments.csv")
    plan = Plan.default(tables, primary="criterion-000", human=["system-000"])
    begin = time.process_time()
    report = analyse(tables, plan, seed=SEED, replicates=REPLICATES)
    for name, content in report_files(report).items():
        (place / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "out" / name).write_bytes(content)
    return {"cpu": time.process_time() - begin}


def _abilities(place: Path) -> dict:
    from analysis.stats.abilities.fit import fit_abilities, half_win_worths
    from analysis.stats.intervals import interval

    rows = _codes(place)
    begin = time.process_time()
    cells = _cells(rows)
    fitted = fit_abilities(cells)
    limits = [interval(worth, "item", 0.95) for worth in fitted.worths]
    cpu = time.process_time() - begin
    assert all(
        limit.low < worth.value < limit.high for limit, worth in zip(limits, fitted.worths, strict=True)
    )
    terms, errors = _half_wins_with_sides(cells)
    decided = replace(cells, ties=0 * cells.ties)
    return {
        "cpu": cpu,
        "half wins with sides": terms,
        "half wins with sides, errors": errors,
        "half wins": list(half_win_worths(cells).values()),
        "decided rows": list(half_win_worths(decided).values()),
    }


def _half_wins_with_sides(cells) -> tuple[list[float], list[float]]:
    """Worths of all systems but the last and the term of the left side, and their two-way errors."""
    from analysis.stats.abilities import davidson

    design = np.zeros((len(cells), SYSTEMS))
    rows = np.arange(len(cells))
    design[rows, cells.left] += 1
    design[rows, cells.right] -= 1
    design[:, -1] = 1
    half = cells.ties / 2
    fitted = davidson.fit(design, davidson.Counts(cells.left_wins + half, 0 * half, cells.right_wins + half))
    errors = np.sqrt(np.diag(fitted.covariance(cells.rater, cells.item)))
    return fitted.terms.tolist(), errors.tolist()


def _boot(place: Path):
    from analysis.stats.bootstrap import JudgmentBootstrap
    from analysis.stats.plan import Plan
    from analysis.stats.resampling import Draw

    cells = _cells(_codes(place))
    cells.pairs  # noqa: B018 - counted before the clock starts
    return cells, JudgmentBootstrap(
        cells, Plan(), Draw(SEED, REPLICATES, cells.names.raters, cells.names.items)
    )


def _boot_win_rates(place: Path) -> dict:
    from analysis.stats.resampling import percentile_limits

    _, boot = _boot(place)
    begin = time.process_time()
    for system in range(SYSTEMS):
        others = [other for other in range(SYSTEMS) if other != system]
        percentile_limits(boot.win_rate(system, others)(), 0.95)
    return {"cpu": time.process_time() - begin}


def _boot_abilities(place: Path) -> dict:
    from analysis.stats.abilities.fit import fit_abilities
    from analysis.stats.resampling import percentile_limits

    cells, boot = _boot(place)
    fitted = fit_abilities(cells)
    begin = time.process_time()
    for at in range(SYSTEMS):
        percentile_limits(boot.worth(fitted, at)(), 0.95)
    return {"cpu": time.process_time() - begin}


def _statsmodels(place: Path) -> dict:
    import statsmodels.api as sm

    rows = _codes(place)
    begin = time.process_time()
    at = np.arange(ROWS)
    design = np.zeros((ROWS, SYSTEMS))
    design[at, rows["left"]] += 1
    design[at, rows["right"]] -= 1
    design[:, -1] = 1
    model = sm.GLM((rows["outcome"] + 1) / 2, design, family=sm.families.Binomial())
    groups = np.column_stack([rows["rater"], rows["item"]])
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
    cpu = time.process_time() - begin
    return {
        "cpu": cpu,
        "half wins with sides": fitted.params.tolist(),
        "half wins with sides, errors": fitted.bse.tolist(),
    }


def _choix(place: Path) -> dict:
    import choix

    rows = _codes(place)
    begin = time.process_time()
    up, down = rows["outcome"] == 1, rows["outcome"] == -1
    winner = np.concatenate([rows["left"][up], rows["right"][down]])
    loser = np.concatenate([rows["right"][up], rows["left"][down]])
    data = list(zip(winner.tolist(), loser.tolist(), strict=True))
    worths = choix.ilsr_pairwise(SYSTEMS, data)
    cpu = time.process_time() - begin
    return {"cpu": cpu, "decided rows": (worths - worths.mean()).tolist()}


def _evalica(place: Path) -> dict:
    import evalica

    rows = _codes(place)
    begin = time.process_time()
    kinds = np.array([evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.X])
    found = evalica.bradley_terry(
        rows["left"].tolist(),
        rows["right"].tolist(),
        kinds[rows["outcome"] + 1].tolist(),
        tolerance=1e-9,
        limit=1000,
    )
    cpu = time.process_time() - begin
    worths = np.log(found.scores.sort_index().to_numpy())
    return {"cpu": cpu, "half wins": (worths - worths.mean()).tolist()}


# Of each task its title, and whether it is another package's, to be set against our abilities.
TASKS = {
    "report": ("whole report on 1M judgments", False),
    "abilities": ("abilities with two-way limits, 1M", False),
    "boot_win_rates": ("2,000 replicates of ten win rates", False),
    "boot_abilities": ("2,000 replicates of ten abilities", False),
    "statsmodels": ("statsmodels two-way GLM, 1M", True),
    "choix": ("choix, no limits, 1M", True),
    "evalica": ("evalica, no limits, 1M", True),
}


def _measure(name: str, place: Path) -> dict:
    found = globals()[f"_{name}"](place)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**found, "peak": peak}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))))
