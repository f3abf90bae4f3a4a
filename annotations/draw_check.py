"""Whether the stored draw is the one that the seed gives and keeps its promises. Needs nothing sealed."""

from dataclasses import dataclass

from django.core.cache import cache

from annotations import freezing
from annotations.design import audit
from annotations.models import Slot, Study
from annotations.spec import from_json

Cell = tuple[int, int, str, bool]
"""Seat, position, brief, and whether the canonical first stands left."""

KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class DrawCheck:
    """`same`: every stored slot is where the seed puts it. `findings`: promises that are broken, in words."""

    same: bool
    slots: int
    findings: list[str]

    @property
    def holds(self) -> bool:
        return self.same and not self.findings


def check_draw(study: Study) -> DrawCheck | None:
    """Draw a frozen study again and compare; None for a draft, which has no draw yet."""
    if study.state == Study.State.DRAFT:
        return None
    key = f"draw-{study.frozen_digest}"
    kept = cache.get(key)
    if kept is None:
        kept = _draw_again(study)
        cache.set(key, kept, KEPT_SECONDS)
    again, findings = kept
    rows = Slot.objects.filter(seat__study=study).values_list(
        "seat__number", "position", "pairing__study_brief__slug", "first_on_left"
    )
    stored: set[Cell] = set(rows)
    return DrawCheck(stored == again, len(stored), findings)


def _draw_again(study: Study) -> tuple[set[Cell], list[str]]:
    spec = from_json(study.spec)
    given = freezing.design_of(spec, list(study.briefs.all()))
    plans = freezing.drawn(given, study.seed)
    cells = {
        (plan.number, slot.position, slot.brief, slot.first_on_left) for plan in plans for slot in plan.slots
    }
    return cells, audit(given, plans, raters_per_pairing=spec.design.raters_per_pairing)
