"""Reading and checking a table of 1,000,000 judgments on one core, beside pandas' readers of the same file.

Ours checks every cell, finds rows that stand twice or contradict each other, and takes the SHA-256; pandas
reads, and no more. Each reader has a process of its own for its first reading and its peak memory; then all
of them read in turns in one process, and the best of several readings counts, so that a busy machine is as
unfair to one as to another.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import is_tiny, size
from bench.results import Result
from bench.statistics import ONE_THREAD, _write

ROUNDS, PROCESSES = size((6, 3), (1, 1))
PATIENCE_S = 300
OURS, FRAMES = "read_tables", "tables_from_frames"


def main() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        path = Path(folder) / "judgments.csv"
        first = {name: _first(path, name) for name in (OURS, *PANDAS)}
        best = _child(path, ";".join([OURS, FRAMES, *PANDAS]), ROUNDS)["cpu"]
    results = [Result(f"{name}: CPU, best of {ROUNDS}", 1000 * best[name], "ms") for name in PANDAS]
    fastest = min(PANDAS, key=lambda name: best[name])
    for name in (OURS, FRAMES):
        ratio = best[name] / best[fastest]
        results.append(Result(f"{name}: CPU, best of {ROUNDS}", 1000 * best[name], "ms", ratio, fastest))
    for what, key in (("first", "cpu"), ("first, with imports", "with imports")):
        soonest = min(PANDAS, key=lambda name: first[name][key])
        cpu = first[OURS][key]
        results.append(Result(f"{OURS}: CPU, {what}", 1000 * cpu, "ms", cpu / first[soonest][key], soonest))
    peak = first[OURS]["peak"]
    results.append(Result(f"{OURS}: peak", peak, "MiB", peak / first[fastest]["peak"], fastest))
    return results


def _first(path: Path, name: str) -> dict[str, Any]:
    """The first reading of a process, the best of several processes."""
    found = [_child(path, name, 1) for _ in range(PROCESSES)]
    return {
        "cpu": min(one["cpu"][name] for one in found),
        "with imports": min(one["with imports"] for one in found),
        "peak": min(one["peak"] for one in found),
    }


def _child(path: Path, names: str, rounds: int) -> dict[str, Any]:
    if is_tiny():
        return _measure(path, names.split(";"), rounds)
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading", str(path), names, str(rounds)],
        env={**os.environ, **ONE_THREAD},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _ours(path: Path) -> Callable[[], object]:
    from analysis.stats import read_tables

    return lambda: read_tables(path)


def _frames(path: Path) -> Callable[[], object]:
    import pandas as pd

    from analysis.stats import tables_from_frames

    frame = pd.read_csv(path)
    return lambda: tables_from_frames(frame, digests={"judgments": "0" * 64})


def _pandas(**options: Any) -> Callable[[Path], Callable[[], object]]:
    def reader(path: Path) -> Callable[[], object]:
        import pandas as pd

        return lambda: pd.read_csv(path, **options)

    return reader


PANDAS = {
    "pandas, c": _pandas(engine="c"),
    "pandas, pyarrow": _pandas(engine="pyarrow"),
    "pandas, pyarrow, its types": _pandas(engine="pyarrow", dtype_backend="pyarrow"),
}
READERS = {OURS: _ours, FRAMES: _frames, **PANDAS}


def _measure(path: Path, names: list[str], rounds: int) -> dict[str, Any]:
    """The least CPU time of each reader, all threads together, and the peak memory of this process; and the
    time from before the first reader's imports to its first table."""
    start, whole = time.process_time(), None
    ready = {name: READERS[name](path) for name in names}
    cpu = dict.fromkeys(names, float("inf"))
    for _ in range(rounds):
        for name, read in ready.items():
            begin = time.process_time()
            table = read()
            end = time.process_time()
            cpu[name] = min(cpu[name], end - begin)
            whole = end - start if whole is None else whole
            del table
    return {
        "cpu": cpu,
        "with imports": whole,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2].split(";"), int(sys.argv[3]))))
