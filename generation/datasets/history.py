"""From a system to what it was trained on: its stages' models, their datasets, the series, works and scenes.

    trained_series(spec)        # {"salt-road": ["sample@1"]}: no brief of these may be judged with it
    trainings(spec)             # stage by stage: model, dataset, series
    unregistered(spec)          # faults: stages that name a model which nobody has registered

Scenes of the test split were held back from training and choosing, so they do not count.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from generation.faults import Fault
from generation.models import Dataset, Example, TrainedModel
from generation.pipelines import SystemSpec

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
    """The trained models of a system, by stage; those that nobody has registered are left out."""
    wanted = {stage.trained_model for stage in spec.stages if stage.trained_model}
    if not wanted:
        return []
    models = {
        each.slug: each for each in TrainedModel.objects.filter(slug__in=wanted).select_related("dataset")
    }
    series = series_of([each.dataset_id for each in models.values() if each.dataset_id is not None])
    return [
        TrainedOn(stage.name, model, tuple(series.get(model.dataset_id or 0, ())))
        for stage in spec.stages
        if (model := models.get(stage.trained_model)) is not None
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
    """Stages that name a trained model which is not registered: nobody could tell what it was trained on."""
    wanted = {stage.trained_model for stage in spec.stages if stage.trained_model}
    known = (
        set(TrainedModel.objects.filter(slug__in=wanted).values_list("slug", flat=True)) if wanted else set()
    )
    return [
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
            "works": _scene_numbers(each.dataset) if each.dataset else [],
        }
        for each in trainings(spec)
    ]


def _scene_numbers(dataset: Dataset) -> list[dict[str, Any]]:
    rows = Example.objects.filter(dataset=dataset, split__in=SEEN)
    rows = rows.order_by("scene__work__series__slug", "scene__work__order", "scene__number")
    found: dict[str, dict[str, Any]] = {}
    fields = ("scene__work__slug", "scene__work__digest", "scene__number", "split")
    for slug, digest, number, split in rows.values_list(*fields).iterator(2000):
        work = found.setdefault(slug, {"work": slug, "digest": digest, "train": [], "validation": []})
        work[split].append(number)
    return list(found.values())
