"""A run of synthesis that has come to its end, in about a second."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from generation.models import Run
from generation.runs.worker import Worker
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.models import Work
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.recipe import Recipe
from tests.generation.training_data.material import fake_recipe, store_works
from tests.snapshots import restore_or_make


def unread_recipe(**rules: object) -> Recipe:
    """The shipped recipe; nobody reads, and the judge drops nothing: canned marks follow from seeds."""
    recipe = fake_recipe()
    return replace(recipe, filter=replace(recipe.filter, share=0.0, marks={}, **rules))


def finished_run(
    works: Sequence[Work] | None = None, share: float = 0.0, *, filtered: bool = False, **rules: object
) -> Run:
    """The shipped recipe with another filter, done on the demonstration's scenes by canned answers.

    Done once on the works that are stored here for it, and filtered if that is asked for; later calls copy
    the rows back. A test that changes what models answer gives works, or other tests would get its rows.
    """
    if works is None:
        key = ("finished run", share, filtered, repr(sorted(rules.items())))
        return Run.objects.get(
            pk=restore_or_make(key, lambda: _done(store_works(), share, filtered, rules).pk)
        )
    return _done(works, share, filtered, rules)


def _done(works: Sequence[Work], share: float, filtered: bool, rules: Mapping[str, object]) -> Run:
    rules = {"marks": {}, **rules}  # canned marks follow from the seed, that is, from the prompts' words
    recipe = fake_recipe()
    recipe = replace(recipe, filter=replace(recipe.filter, share=share, **rules))
    run = plan_synthesis(recipe=recipe, works=works, wake=False).run
    Worker(run).work(seconds=60)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    if filtered:
        filter_run(run)
    return run
