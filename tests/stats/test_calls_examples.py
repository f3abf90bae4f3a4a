"""The examples in the docstrings of single calls, run."""

import doctest
import inspect
from importlib import import_module

import pytest

from analysis import stats

# Known from elsewhere, or with an example in the documentation of the package.
WITHOUT = {
    "analyse",
    "read_tables",
    "tables_from_frames",
    "load_schema",
    "two_way_covariance",
}
CALLS = sorted(
    name for name in stats.__all__ if inspect.isfunction(getattr(stats, name)) and name not in WITHOUT
)


@pytest.mark.parametrize("name", CALLS)
def test_the_example_of(name):
    call = getattr(stats, name)
    globals_of = dict(vars(import_module(call.__module__)))
    tests = doctest.DocTestFinder(recurse=False).find(call, name, globs=globals_of)
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test)
    assert runner.summarize(verbose=False).attempted > 0, "give it an example"
    assert runner.failures == 0
