"""Benchmarks: each module but `run` has a `main()` that measures and returns results."""
