"""What the pages of trained models show: the card in plain words, how its losses went, who writes with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import Role
from generation.access import needs, shown_teams, team_key
from generation.models import System
from generation.systems.pages import SystemRow, stored
from generation.training_data.access import model_or_404, rows_in
from generation.training_data.datasets.lineage import trainings, works_of
from generation.training_data.models import Example, TrainedModel

HIGH = 100.0
"""The height of a chart in units of its own; its width is in steps."""
Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Loss:
    """How a loss went, by (step, loss). `line` is that as points of a chart, from its upper edge down."""

    key: str
    name: str
    steps: tuple[Point, ...]
    line: str

    @property
    def first(self) -> Point:
        return self.steps[0]

    @property
    def last(self) -> Point:
        return self.steps[-1]

    @property
    def least(self) -> Point:
        return min(self.steps, key=lambda each: each[1])


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of a training on one chart, which goes from `low` to `high` and from step 0 to `steps`."""

    each: tuple[Loss, ...]
    low: float
    high: float
    steps: int


def losses_of(model: TrainedModel) -> Losses:
    names = {"train": _("Training loss"), "validation": _("Loss on held-out series")}
    told = model.card.get("losses") or {}
    found = {key: [(int(step), float(loss)) for step, loss in told.get(key) or ()] for key in names}
    places = [place for steps in found.values() for place in steps]
    low = min((loss for _step, loss in places), default=0.0)
    high = max((loss for _step, loss in places), default=0.0)
    lines = tuple(
        Loss(key, name, tuple(found[key]), " ".join(_point(each, low, high) for each in found[key]))
        for key, name in names.items()
        if found[key]
    )
    return Losses(lines, low, high, max((step for step, _loss in places), default=0))


def _point(place: Point, low: float, high: float) -> str:
    step, loss = place
    return f"{step},{HIGH * (high - loss) / ((high - low) or 1.0):.2f}"


def model_shown(model: TrainedModel) -> dict[str, Any]:
    """All that a model's page shows."""
    card = model.card
    return {
        "row": model,
        "losses": losses_of(model),
        "works": works_of(model.dataset) if model.dataset else [],
        "systems": asking_for(model),
        "examples": [_learned(split, told) for split, told in (card.get("examples") or {}).items() if told],
        "settings": list(_flat(card.get("settings") or {})),
        "versions": list(_flat(card.get("versions") or {})),
    }


def _learned(split: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """How much of a split was used, and how many examples were left out whole."""
    left_out = sum((told.get("left_out_too_long") or {}).values())
    return {
        "label": dict(Example.Split.choices).get(split, split),
        "examples": told.get("examples", 0),
        "tokens": told.get("tokens", 0),
        "left_out": left_out,
    }


def asking_for(model: TrainedModel) -> list[SystemRow]:
    """The stored systems a stage of which this model answers, or may: it lies beneath the one that is asked
    for, or is called so too."""
    return [
        row
        for row in stored(rows_in(System, [team_key(model)]).order_by("slug"))
        if any(each.model.pk == model.pk for each in trainings(row.spec, [team_key(model)]))
    ]


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Values within values as pairs, `lora.r` and 16."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, bool):
            yield before + name, _("yes") if value else _("no")
        elif isinstance(value, list):
            yield before + name, pgettext("in a list", ", ").join(map(str, value)) or "–"
        else:
            yield before + name, "–" if value in (None, "") else str(value)


ROWS_A_PAGE = 50


@never_cache
@require_safe
@needs(Role.WATCHER)
def models(request: HttpRequest) -> HttpResponse:
    rows = rows_in(TrainedModel, shown_teams(request)).select_related("dataset").order_by("-registered_at")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"rows": page, "shown": [(row, losses_of(row)) for row in page]}
    return render(request, "training_data/datasets/models.html", context)


@never_cache
@require_safe
@staff_required
def model(request: HttpRequest, model: str) -> HttpResponse:
    row = model_or_404(request, model)
    return render(request, "training_data/datasets/model.html", model_shown(row))
