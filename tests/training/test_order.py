"""Training: what has to be made before what when a training begins; the libraries stand in by name alone."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generation.training import models, work
from generation.training.recipe import batches_of


def test_arguments_are_made_before_the_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """transformers 5: `is_fsdp_enabled()` and `is_deepspeed_zero3_enabled()`, which the loading of a model
    asks, are false until training arguments have been made."""
    made: list[str] = []

    def note(what: str) -> Any:
        return lambda *given, **named: made.append(what)

    for name, what in (
        ("datasets", {"Dataset": None}),
        ("transformers", {"set_seed": note("seed")}),
        ("trl", {"SFTTrainer": note("trainer")}),
    ):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(**what))
    monkeypatch.setattr(work, "arguments", note("arguments"))
    monkeypatch.setattr(models, "model_of", note("model"))
    monkeypatch.setattr(models, "adapter_of", note("adapter"))
    monkeypatch.setattr(work.Clock, "callback", note("callback"))
    recipe: Any = SimpleNamespace(training=SimpleNamespace(seed=1))
    batches = batches_of(8, 1, 1, "recipe.yaml")
    with pytest.raises(KeyError, match="train"):  # there is nothing to learn from here
        work._trainer(recipe, None, {}, batches, tmp_path)
    assert made == ["seed", "arguments", "model"]
