"""From a system to what it was trained on: its stages' models, their datasets, the series, works and scenes.

    trained_series(spec)        # {"salt-road": ["sample@1"]}: no brief of these may be judged with it
    trainings(spec)             # stage by stage: model, dataset, series
    unregistered(spec)          # faults: stages that name a model which nobody has registered, or hide one
    unknown_adapters(spec)      # adapters of which nobody knows what they were trained on

A model that was trained on top of another registered one has learned what that one has. Scenes of the test
split were held back from training and choosing, so they do not count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from generation.datasets import lineage
from generation.faults import Fault
from generation.models import Dataset, Example, TrainedModel
from generation.pipelines import StageSpec, SystemSpec

FAKE = "fake"
SEEN = (Example.Split.TRAIN, Example.Split.VALIDATION)


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """A stage whose model was trained here. `series` are slugs; `dataset` is None where a model's card names
    none."""

    stage: str
    model: TrainedModel
    series: tuple[str, ...]

    @property
    def dataset(self) -> Dataset | None:
        return self.model.dataset


@dataclass(frozen=True, slots=True)
class TrainedWork:
    """A work in a dataset: what it is, and how many of its scenes are in which split."""

    slug: str
    title: str
    series: str
    language: str
    train: int
    validation: int


def trainings(spec: SystemSpec) -> list[TrainedOn]:
    """The trained models of a system, by stage, each followed by the registered models that it was trained
    on top of; those that nobody has registered are left out."""
    if not any(stage.trained_model for stage in spec.stages):
        return []
    known = lineage.registered()
    chains = {stage.name: lineage.chain_of(stage.trained_model, known) for stage in spec.stages}
    wanted = {slug for chain in chains.values() for slug in chain}
    models = {
        each.slug: each for each in TrainedModel.objects.filter(slug__in=wanted).select_related("dataset")
    }
    series = series_of([each.dataset_id for each in models.values() if each.dataset_id is not None])
    return [
        TrainedOn(stage, models[slug], tuple(series.get(models[slug].dataset_id or 0, ())))
        for stage, chain in chains.items()
        for slug in chain
    ]


def series_of(datasets: Iterable[int]) -> dict[int, list[str]]:
    """The series (slugs) that each of some datasets (keys) was trained or chosen on."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Example.objects.filter(dataset__in=set(datasets), split__in=SEEN).order_by()
    pairs = rows.values_list("dataset", "scene__work__series__slug").distinct()
    for dataset, slug in sorted(pairs):
        found[dataset].append(slug)
    return found


def trained_series(spec: SystemSpec) -> dict[str, list[str]]:
    """The series that a system was trained on, each with the names of the datasets."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in trainings(spec):
        for slug in each.series:
            found[slug].add(str(each.dataset))
    return {slug: sorted(names) for slug, names in sorted(found.items())}


def trained_scenes(spec: SystemSpec) -> QuerySet[Example]:
    """The examples that a system was trained or chosen on."""
    datasets = {each.model.dataset_id for each in trainings(spec)} - {None}
    return Example.objects.filter(dataset__in=datasets, split__in=SEEN)


def works_of(dataset: Dataset) -> list[TrainedWork]:
    """The works that a model was trained on, in story order, with how many scenes of each."""
    rows = Example.objects.filter(dataset=dataset, split__in=SEEN).order_by()
    fields = ("slug", "title", "series__slug", "series__language", "order")
    counted = rows.values_list(*(f"scene__work__{field}" for field in fields), "split").annotate(
        n=Count("pk")
    )
    found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for *work, split, count in counted:
        found[tuple(work)][split] = count
    ordered = sorted(found.items(), key=lambda each: (each[0][2], each[0][4], each[0][0]))
    return [
        TrainedWork(slug, title, series, language, splits.get("train", 0), splits.get("validation", 0))
        for (slug, title, series, language, _order), splits in ordered
    ]


def unregistered(spec: SystemSpec) -> list[Fault]:
    """Stages that name a trained model which is not registered, so that nobody could tell what it was trained
    on; and stages that ask for a registered one by its name alone."""
    known = lineage.registered()
    found = [_unnamed(spec, stage, named, known) for stage in spec.stages for named in _asked(stage)]
    return [fault for fault in found if fault is not None] + [
        Fault(
            spec.slug,
            1,
            1,
            f"stage {stage.name} names trained model {stage.trained_model}, which is not registered.",
            "register its card with `manage.py register_model CARD.json`, or mend trained_model.",
        )
        for stage in spec.stages
        if stage.trained_model and stage.trained_model not in known
    ]


def _asked(stage: StageSpec) -> list[str]:
    return [each for each in dict.fromkeys((stage.adapter, stage.model)) if each]


def _unnamed(
    spec: SystemSpec, stage: StageSpec, named: str, known: Mapping[str, lineage.Registered]
) -> Fault | None:
    """Where a server is asked for what is called like a registered model, and `trained_model` does not name
    it."""
    called = lineage.called(named, known)
    if not called or set(called) & set(lineage.chain_of(stage.trained_model, known)):
        return None
    message = f"stage {stage.name} asks for {named}, which is the name of a model that was trained here."
    mend = f"say which one it is, as in `trained_model: {called[-1]}`, or ask for another name."
    return Fault(spec.slug, 1, 1, message, mend)


def unknown_adapters(spec: SystemSpec) -> list[tuple[str, str]]:
    """Stages whose adapter nobody has registered: (stage, adapter). Canned answers come from no adapter."""
    return [
        (stage.name, stage.adapter)
        for stage in spec.stages
        if stage.adapter and not stage.trained_model and spec.backend_of(stage).kind != FAKE
    ]


def lines_of(spec: SystemSpec) -> list[dict[str, Any]]:
    """What a system was trained on as plain data, a line for each stage: down to the numbers of scenes."""
    return [
        {
            "kind": "trained model",
            "stage": each.stage,
            "model": each.model.slug,
            "name": each.model.name,
            "weights": each.model.digest,
            "variant": each.model.variant,
            "dataset": str(each.dataset) if each.dataset else "",
            "dataset_digest": each.dataset.digest if each.dataset else "",
            "run": each.dataset.run.code if each.dataset else "",
            "series": list(each.series),
            "works": scene_numbers(each.dataset) if each.dataset else [],
        }
        for each in trainings(spec)
    ]


def scene_numbers(dataset: Dataset) -> list[dict[str, Any]]:
    rows = Example.objects.filter(dataset=dataset, split__in=SEEN)
    rows = rows.order_by("scene__work__series__slug", "scene__work__order", "scene__number")
    found: dict[str, dict[str, Any]] = {}
    fields = ("scene__work__slug", "scene__work__digest", "scene__number", "split")
    for slug, digest, number, split in rows.values_list(*fields).iterator(2000):
        work = found.setdefault(slug, {"work": slug, "digest": digest, "train": [], "validation": []})
        work[split].append(number)
    return list(found.values())
