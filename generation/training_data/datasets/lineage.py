"""What registered models are called, and which of them was trained on top of which.

A card tells its base model by its weights where training found a card there too, and by the path or name that
training was given. A path is another registered model's where one of its last parts is its slug or its name,
or begins with it (`my-novel-full`); where several are called so, all of them count: too much is held against
a system rather than too little.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from evalsite.core.errors import InputError
from generation.extensions import Lineage
from generation.pipelines import StageSpec, SystemSpec, shipped_names
from generation.training_data.models import Dataset, Example, TrainedModel

MOST = 20
"""So many models one on top of the other are followed."""
PARTS = 3
_HASH = re.compile(r"-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Registered:
    slug: str
    name: str
    digest: str
    base: str
    base_weights: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.slug.casefold(), self.name.casefold(), _HASH.sub("", self.slug.casefold())})


def registered(teams: Collection[int] | None = None) -> dict[str, Registered]:
    """The registered models of some teams (keys), or of all, by slug, the oldest first."""
    models = TrainedModel.objects.order_by("registered_at", "pk")
    models = models if teams is None else models.filter(team__in=teams)
    rows = models.values_list("slug", "name", "digest", "card__base_model", "card__base_weights")
    return {
        slug: Registered(slug, name, digest, str(base or ""), str(weights or ""))
        for slug, name, digest, base, weights in rows
    }


def called(name: str, known: Mapping[str, Registered]) -> list[str]:
    """The slugs of the models that are called so, in whatever case."""
    return [each.slug for each in known.values() if name.casefold() in each.names]


def chain_of(slug: str, known: Mapping[str, Registered]) -> list[str]:
    """A model (its slug) and all that it was trained on top of, each once; empty where it is not known."""
    found: list[str] = []
    waiting = [slug]
    while waiting and len(found) < MOST:
        each = waiting.pop(0)
        if each in known and each not in found:
            found.append(each)
            waiting += [base for base in _below(known[each], known) if base != each]
    return found


def _below(model: Registered, known: Mapping[str, Registered]) -> list[str]:
    """What a model was trained on top of: the one of these weights, or else all that its path may mean."""
    if model.base_weights and (
        found := [each.slug for each in known.values() if each.digest == model.base_weights]
    ):
        return found
    parts = [part for part in re.split(r"[/\\]", model.base) if part][-PARTS:]
    return [base for part in parts for base in _called_in(part, known)]


def _called_in(part: str, known: Mapping[str, Registered]) -> list[str]:
    part = part.casefold()
    return [
        each.slug
        for each in known.values()
        if any(part == name or part.startswith(f"{name}-") for name in each.names)
    ]


FAKE = "fake"
MOST_SCENES = 2000
"""Of more scenes than these that a model learned from, a page links works alone."""
SEEN = (Example.Split.TRAIN, Example.Split.VALIDATION)


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """A stage whose model was trained here. `series` are slugs; `dataset` is None where a model's card names
    none. `called` is what the stage asks for, where that is another model than the one it names: one that is
    called so too, or lies beneath such a one, and may have answered."""

    stage: str
    model: TrainedModel
    series: tuple[str, ...]
    called: str = ""

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


def trainings(spec: SystemSpec, teams: Collection[int] | None = None) -> list[TrainedOn]:
    """The trained models of a system that some teams (keys), or any, have registered, by stage, each followed
    by the registered models that it was trained on top of, and then by those that are called so too; models
    that are not registered are left out."""
    if not any(stage.trained_model for stage in spec.stages):
        return []
    known = registered(teams)
    chains = [(stage.name, *each) for stage in spec.stages for each in _answering(spec, stage, known)]
    wanted = {slug for _stage, slug, _called in chains}
    models = {
        each.slug: each for each in TrainedModel.objects.filter(slug__in=wanted).select_related("dataset")
    }
    series = series_of([each.dataset_id for each in models.values() if each.dataset_id is not None])
    return [
        TrainedOn(stage, models[slug], tuple(series.get(models[slug].dataset_id or 0, ())), called)
        for stage, slug, called in chains
    ]


def _answering(
    spec: SystemSpec, stage: StageSpec, known: Mapping[str, Registered]
) -> Iterator[tuple[str, str]]:
    """The models that may answer for a stage which names one, each once: (slug, `called`)."""
    if not stage.trained_model:
        return
    found = dict.fromkeys(chain_of(stage.trained_model, known), "")
    for name in _asked(spec, stage):
        for model in called(name, known):
            for slug in chain_of(model, known):
                found.setdefault(slug, name)
    yield from found.items()


def series_of(datasets: Iterable[int]) -> dict[int, list[str]]:
    """The series (slugs) that each of some datasets (keys) was trained or chosen on."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Example.objects.filter(dataset__in=set(datasets), split__in=SEEN).order_by()
    pairs = rows.values_list("dataset", "scene__work__series__slug").distinct()
    for dataset, slug in sorted(pairs):
        found[dataset].append(slug)
    return found


def trained_series(spec: SystemSpec, teams: Collection[int] | None = None) -> dict[str, list[str]]:
    """The series that a system was trained on, each with the names of the datasets."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in trainings(spec, teams):
        for slug in each.series:
            found[slug].add(str(each.dataset))
    return {slug: sorted(names) for slug, names in sorted(found.items())}


def trained_scenes(spec: SystemSpec, teams: Collection[int] | None = None) -> QuerySet[Example]:
    """The examples that a system was trained or chosen on."""
    datasets = {each.model.dataset_id for each in trainings(spec, teams)} - {None}
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


def unregistered(spec: SystemSpec, teams: Collection[int] | None = None) -> list[InputError]:
    """Stages that name a trained model which is not registered, so that nobody could tell what it was trained
    on; stages that ask for a registered one by its name alone; and those that ask for another adapter than
    the one they name."""
    known = registered(teams)
    found: list[InputError] = []
    for stage in spec.stages:
        found += [_unnamed(spec, stage, named, known) for named in _hidden(spec, stage, known)]
        if stage.trained_model and stage.trained_model not in known:
            message = (
                f"stage {stage.name} names trained model {stage.trained_model}, which is not registered."
            )
            fix = "register its card with `manage.py register_model CARD.json`, or correct trained_model."
            found.append(InputError(spec.slug, 1, 1, message, fix))
        elif stage.trained_model and stage.adapter in _asked(spec, stage):
            found += _another(spec, stage, known[stage.trained_model])
    return found


def _asked(spec: SystemSpec, stage: StageSpec) -> list[str]:
    """What a server is asked for. Canned answers come from no model."""
    if spec.backend_of(stage).kind == FAKE:
        return []
    return [each for each in dict.fromkeys((stage.adapter, stage.model)) if each]


def _hidden(spec: SystemSpec, stage: StageSpec, known: Mapping[str, Registered]) -> list[str]:
    """What a stage asks for that is called like registered models, none of which it names."""
    named = set(chain_of(stage.trained_model, known))
    asked = [(name, called(name, known)) for name in _asked(spec, stage)]
    return [name for name, called in asked if called and not named & set(called)]


def _unnamed(spec: SystemSpec, stage: StageSpec, named: str, known: Mapping[str, Registered]) -> InputError:
    model = called(named, known)[-1]
    message = f"stage {stage.name} asks for {named}, which is the name of a model that was trained here."
    say = f"say which one it is, as in `trained_model: {model}`"
    if spec.slug in shipped_names():
        fix = (
            f"copy generation/systems/{spec.slug}.yaml, give the copy a slug of its own, and {say} below its "
            "adapter."
        )
    else:
        fix = f"{say}, or ask for another name."
    return InputError(spec.slug, 1, 1, message, fix)


def _another(spec: SystemSpec, stage: StageSpec, model: Registered) -> list[InputError]:
    """What a server answers for an adapter of another name is not the model that the stage names."""
    if stage.adapter.casefold() in model.names:
        return []
    message = f"stage {stage.name} asks for adapter {stage.adapter}, and {model.slug} is called {model.name}."
    fix = "serve it under that name or its slug and ask for that, or correct trained_model."
    return [InputError(spec.slug, 1, 1, message, fix)]


def unknown_adapters(spec: SystemSpec) -> list[tuple[str, str]]:
    """Stages whose adapter nobody has registered: (stage, adapter)."""
    return [
        (stage.name, stage.adapter)
        for stage in spec.stages
        if stage.adapter in _asked(spec, stage) and not stage.trained_model
    ]


def lines_of(spec: SystemSpec, teams: Collection[int] | None = None) -> list[dict[str, Any]]:
    """What a system was trained on as plain data, a line for each stage: down to the numbers of scenes."""
    return [
        {
            "kind": "trained model",
            "stage": each.stage,
            "model": each.model.slug,
            "name": each.model.name,
            "called": each.called,
            "weights": each.model.digest,
            "variant": each.model.variant,
            "dataset": str(each.dataset) if each.dataset else "",
            "dataset_digest": each.dataset.digest if each.dataset else "",
            "run": each.dataset.run.code if each.dataset else "",
            "series": list(each.series),
            "works": scene_numbers(each.dataset) if each.dataset else [],
        }
        for each in trainings(spec, teams)
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


def training_rows(spec: SystemSpec, teams: Collection[int] | None = None) -> list[dict[str, object]]:
    """What a system's models were trained on, by stage, down to works and how many scenes of each."""
    found: list[dict[str, object]] = []
    for each in trainings(spec, teams):
        works = works_of(each.dataset) if each.dataset else []
        scenes = sum(work.train + work.validation for work in works)
        numbers = _numbers(each.dataset) if each.dataset and scenes <= MOST_SCENES else {}
        rows = [(work, numbers.get(work.slug, [])) for work in works]
        found.append({"each": each, "works": rows, "scenes": scenes})
    return found


def _numbers(dataset: Dataset) -> dict[str, list[int]]:
    """The numbers of the scenes that were learned from, by work."""
    return {row["work"]: sorted(row["train"] + row["validation"]) for row in scene_numbers(dataset)}


class RegisteredModels(Lineage):
    """The models that are registered here, with their datasets."""

    template = "training_data/_trained.html"

    def faults(self, spec: SystemSpec, teams: Collection[int] | None = None) -> list[InputError]:
        return unregistered(spec, teams)

    def rows(self, spec: SystemSpec, teams: Collection[int] | None = None) -> list[dict[str, Any]]:
        return training_rows(spec, teams)

    def lines(self, spec: SystemSpec, teams: Collection[int] | None = None) -> list[dict[str, Any]]:
        return lines_of(spec, teams)
