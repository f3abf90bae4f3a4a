"""Statistics: the examples in the docstrings of the array interface and in docs/statistics.md, run."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from analysis import stats

REPOSITORY = Path(__file__).resolve().parents[3]
# Shown in the documentation, or by the example of what uses them.
WITHOUT = {"analyse", "load_schema", "logits_of", "read_tables", "tables_from_frames", "two_way_covariance"}
OBJECTS = {"ErrorMarks", "Judgments", "Ratings", "Scores"}
FUNCTIONS = {name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))} - WITHOUT


@pytest.mark.parametrize("name", sorted(FUNCTIONS | OBJECTS))
def test_the_examples_of(name):
    """Methods go on with the object that the example of their class makes."""
    part = getattr(stats, name)
    names = dict(vars(import_module(part.__module__)))
    examples = doctest.DocTestFinder(exclude_empty=False).find(part, name, globs=names)
    runner = doctest.DocTestRunner(verbose=False)
    for example in sorted(examples, key=lambda example: example.name.count(".")):
        if not example.name.rpartition(".")[2].startswith("_"):
            assert example.examples, f"{example.name}: give it an example"
            example.globs = names
            runner.run(example, clear_globs=False)
    assert runner.failures == 0


def test_the_examples_of_the_documentation(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    section = (
        (REPOSITORY / "docs" / "statistics.md")
        .read_text()
        .split("## Use the statistics in a notebook")[1]
        .split("\n## ")[0]
    )
    example = doctest.DocTestParser().get_doctest(section, {}, "docs/statistics.md", None, None)
    assert len(example.examples) > 5
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example)
    assert runner.failures == 0
