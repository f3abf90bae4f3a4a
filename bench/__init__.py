"""Benchmarks: `python -m bench.run` imports the named modules and prints what their `main()` returns."""

import os

TINY = "EVALSITE_BENCH_TINY"


def is_tiny() -> bool:
    """Whether benchmarks run at a tiny size, which shows that they work and measures nothing."""
    return bool(os.environ.get(TINY))


def size[T](full: T, tiny: T) -> T:
    return tiny if is_tiny() else full
