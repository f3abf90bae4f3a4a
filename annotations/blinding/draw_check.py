"""Whether the stored draw keeps its promises, and, once unblinded, is the one that seed and nonce give.

Needs nothing sealed. While a study is sealed nobody can draw again: the nonce is part of the seal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.core.cache import cache
from django.db import transaction

from annotations.blinding import study_draw
from annotations.blinding.seeded_draw import main_draw_input
from annotations.design import SeatPlan, SlotPlan, audit, audit_blind, audit_extras, main_slots_only
from annotations.design.inputs import DesignInput
from annotations.models import RevealedEntry, Slot, Study
from annotations.spec import forfeits
from annotations.spec.values import from_json
from evalsite.core.enqueue import enqueue_on_commit

Cell = tuple[int, bool, SlotPlan]
"""Seat, whether for practice, and the slot."""

KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class DrawCheck:
    """`same`: every stored slot is where the draw puts it; None while that cannot be known.

    `findings`: promises that are broken, in words. While a study is sealed, sides per system pair cannot be
    counted: freezing has checked them. Of a study that lacks scripts the draw is looked at as it was made,
    before what cannot be shown was taken out.
    """

    same: bool | None
    slots: int
    findings: list[str]

    @property
    def holds(self) -> bool:
        return self.same is not False and not self.findings


LARGE = 5000
"""Slots of a study whose draw a worker checks, because it takes seconds."""
QUEUED_SECONDS = 60
"""How long page views do not queue the check again."""
TASK = "annotations.check_draw"


def draw_check_for_page(study: Study) -> DrawCheck | None:
    """As `check_draw`; of a large study what a worker found in the last hour, or None while it works."""
    if not Slot.objects.filter(seat__study=study)[LARGE:].exists():
        return check_draw(study)
    kept: DrawCheck | None = cache.get(_key(study))
    if kept is None and cache.add(f"{_key(study)}-queued", True, QUEUED_SECONDS):
        with transaction.atomic():
            enqueue_on_commit(TASK, study.slug)
    return kept


def store_draw_check(study: Study) -> None:
    """Check the draw of a large study for its page, unless that was done in the last hour."""
    if study.state != Study.State.DRAFT and cache.get(_key(study)) is None:
        cache.set(_key(study), check_draw(study), KEPT_SECONDS)


def _key(study: Study) -> str:
    return f"draw-check-{study.frozen_digest}-{study.is_sealed}"


def check_draw(study: Study) -> DrawCheck | None:
    """Look at a frozen study's slots, or draw an unblinded one again; None for a draft, which has no draw."""
    if study.state == Study.State.DRAFT:
        return None
    spec, briefs = from_json(study.spec), list(study.briefs.all())
    given, gone = main_draw_input(spec, briefs), forfeits.missing_scripts(spec)
    revealed = RevealedEntry.objects.filter(entry__study_brief__study=study)
    stored = _stored(study, dict(revealed.values_list("entry__code", "system_slug")))
    slots = sum(len(plan.slots) + len(plan.practice) for plan in stored)
    wanted = study_draw.study_extras_input(study, spec, briefs)
    around = [] if wanted.is_empty else audit_extras(given, wanted, stored)
    if study.is_sealed:
        return DrawCheck(None, slots, audit_blind(given, main_slots_only(stored), whole=not gone) + around)
    again, findings = _draw_again(study, given)
    cells = {cell for plan in stored for cell in _cells(plan)}
    return DrawCheck(cells == again, slots, findings + around)


def _stored(study: Study, systems: Mapping[str, str]) -> list[SeatPlan]:
    """The stored slots. While a study is sealed, codes of entries stand for systems, followed by the kind of
    damage where a script was damaged."""
    found: dict[tuple[int, str], list[SlotPlan]] = {}
    rows = Slot.objects.filter(seat__study=study).order_by("seat__number", "position")
    for number, phase, position, brief, first, second, left, kind, damage in rows.values_list(
        "seat__number",
        "phase",
        "position",
        "pairing__study_brief__slug",
        "pairing__first__code",
        "pairing__second__code",
        "first_on_left",
        "pairing__kind",
        "pairing__damage",
    ):
        worse = f"{second}:{damage['kind']}" if damage else second or ""
        slot = SlotPlan(position, brief, systems.get(first, first), systems.get(second, worse), left, kind)
        found.setdefault((number, phase), []).append(slot)
    return [
        SeatPlan(
            seat.number,
            tuple(seat.languages),
            tuple(found.get((seat.number, Slot.Phase.MAIN), ())),
            tuple(seat.criteria),
            tuple(found.get((seat.number, Slot.Phase.PRACTICE), ())),
        )
        for seat in study.seats.all()
    ]


def _cells(plan: SeatPlan) -> list[Cell]:
    return [
        (plan.number, practice, replace(slot, variant=0))
        for practice, slots in ((True, plan.practice), (False, plan.slots))
        for slot in slots
    ]


def _draw_again(study: Study, given: DesignInput) -> tuple[set[Cell], list[str]]:
    key = f"draw-3-{study.frozen_digest}-{study.draw_nonce}"
    kept = cache.get(key)
    if kept is None:
        plans = study_draw.draw_main_slots(study, study.draw_nonce)
        raters = study.spec["design"]["raters_per_pairing"]
        seats = study_draw.draw_seats(study, plans, study.draw_nonce)
        cells = {cell for plan in seats for cell in _cells(plan)}
        kept = cells, audit(given, plans, raters_per_pairing=raters)
        cache.set(key, kept, KEPT_SECONDS)
    return kept
