"""A model that was trained on imported scenes, registered as its card would have it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from generation.models import Run, System
from generation.pipelines import SystemSpec, find_system
from generation.services import store_system
from generation.training_data.models import Candidate, Dataset, Example, Scene, TrainedModel


def train_on(
    scenes: Sequence[Scene],
    *,
    split: str = "train",
    slug: str = "dsr-novel-0a1b2c3d",
    name: str = "dsr-novel",
    base: str = "",
    base_weights: str = "",
    card: Mapping[str, Any] | None = None,
) -> TrainedModel:
    """A dataset whose examples are some scenes, and a model trained on it. Its digest is its slug; `card` is
    what its card tells beside its base."""
    run = Run.objects.create(kind=Run.Kind.SYNTHESIZE, frozen_settings={}, digest=slug)
    dataset = Dataset.objects.create(
        slug="sample",
        version=Dataset.objects.count() + 1,
        digest=slug,
        run=run,
        recipe={},
        funnel=[],
        card="",
    )
    add_examples(dataset, scenes, split)
    return TrainedModel.objects.create(
        slug=slug,
        name=name,
        digest=slug,
        dataset=dataset,
        variant="dsr",
        card={"base_model": base, "base_weights": base_weights, **(card or {})},
    )


def add_examples(dataset: Dataset, scenes: Sequence[Scene], split: str) -> None:
    for scene in scenes:
        candidate = Candidate.objects.create(run=dataset.run, scene=scene)
        Example.objects.create(
            dataset=dataset, candidate=candidate, scene=scene, split=split, digest=scene.digest
        )


def spec_with(model: str, slug: str = "quillon", *, shipped: str = "dsr", **first: str) -> SystemSpec:
    """A shipped system under another slug, its first stage answered by a trained model; `first` changes what
    else that stage says."""
    spec = find_system(shipped)
    stages = (replace(spec.stages[0], trained_model=model, **first), *spec.stages[1:])
    return replace(spec, slug=slug, stages=stages)


def system_with(model: str, slug: str = "quillon", **first: str) -> System:
    spec = spec_with(model, slug, **first)
    return store_system(slug=slug, name=slug, kind=System.Kind.PIPELINE, spec=spec)
