"""The rows of a study as raters meet it: briefs, entries, pairings and seats.

Freezing stores them for good, the preview of a draft for one page."""

from collections.abc import Callable, Mapping, Sequence

from annotations.blinding.frozen_digest import PairingKey, pairing_key
from annotations.design import SeatPlan
from annotations.freezing.extra_entries import NewRows, warmup_brief_rows
from annotations.models import Pairing, Seat, Slot, Study, StudyBrief
from annotations.spec.study_texts import brief_for_raters, series_name_map, typeset_for_raters
from annotations.spec.values import ScriptKey, StudySpec
from annotations.spec.warmup_pairs import ExtraScripts
from generation.models import Brief, Script


def store_briefs(
    study: Study, spec: StudySpec, stored: Mapping[str, Brief], more: ExtraScripts
) -> dict[str, StudyBrief]:
    """Store the study's briefs with those of practice and checks, as raters read them."""
    rows = [
        StudyBrief(
            study=study,
            slug=slug,
            series_slug=stored[slug].series.slug,
            language=stored[slug].language,
            order=stored[slug].order,
            content=brief_for_raters(stored[slug], series_name_map(spec, stored[slug].series.slug)),
        )
        for slug in sorted(stored)
    ]
    made = StudyBrief.objects.bulk_create([*rows, *warmup_brief_rows(study, spec, more)])
    return {brief.slug: brief for brief in made}


def add_entries(
    made: NewRows,
    spec: StudySpec,
    briefs: Mapping[str, StudyBrief],
    scripts: Mapping[ScriptKey, Script],
    on_progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> None:
    """Text, HTML and length are those of the script as shown; the stored script stays as it was written, and
    the seal holds its digest.
    """
    for done, ((brief, system), script) in enumerate(scripts.items()):
        on_progress("formatting", done, len(scripts))
        parsed = typeset_for_raters(script, series_name_map(spec, briefs[brief].series_slug))
        made.add(briefs[brief], (brief, system, 0), parsed, script)


def add_pairings(made: NewRows, spec: StudySpec, briefs: Mapping[str, StudyBrief]) -> None:
    """All pairs of a brief's scripts, or each script alone."""
    systems = [system.slug for system in spec.systems]
    for slug, brief in briefs.items():
        there = [system for system in systems if (slug, system, 0) in made.entries]
        pairs = [(first, second) for place, first in enumerate(there) for second in there[place + 1 :]]
        for first, second in [(each, "") for each in there] if spec.design.is_single else pairs:
            made.pairings[slug, first, second, "main", 0] = Pairing(
                study_brief=brief,
                first=made.entries[slug, first, 0],
                second=made.entries[slug, second, 0] if second else None,
            )


def store_seats(study: Study, plans: Sequence[SeatPlan], pairings: Mapping[PairingKey, Pairing]) -> None:
    """Store the seats of a draw with their slots."""
    seats = Seat.objects.bulk_create(
        Seat(study=study, number=plan.number, languages=list(plan.reads), criteria=list(plan.criteria))
        for plan in plans
    )
    Slot.objects.bulk_create(
        Slot(
            seat=seat,
            phase=phase,
            position=slot.position,
            pairing=pairings[pairing_key(slot)],
            first_on_left=slot.first_on_left,
        )
        for seat, plan in zip(seats, plans, strict=True)
        for phase, slots in ((Slot.Phase.PRACTICE, plan.practice), (Slot.Phase.MAIN, plan.slots))
        for slot in slots
    )
