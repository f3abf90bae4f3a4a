"""Compare a frozen study with what was frozen: its plan, texts, sealed rows and draw.

Unblinding and every report start with this, so that a change in the database cannot reach a published number.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from annotations.blinding import study_draw
from annotations.blinding.frozen_digest import commitment, frozen_digest, pairing_key
from annotations.blinding.judgment_digests import check_digests
from annotations.design import SeatPlan, SlotPlan
from annotations.design.extra_pairs import ORIGINAL
from annotations.models import Entry, RevealedEntry, Slot, Study
from annotations.models.unblinding import Origin
from annotations.spec.study_texts import series_name_map, typeset_for_raters
from annotations.spec.values import StudySpec, from_json
from evalsite.core.digests import json_digest, text_digest
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import AuditEvent
from generation.models import Script


class FrozenStudyDiffers(InputErrors):
    """What is stored of a frozen study is not what was frozen."""


class _Cell(NamedTuple):
    """One slot, as drawn and as stored."""

    brief: str
    kind: str
    first: str
    second: str
    first_on_left: bool


_Place = tuple[int, str, int]
"""Seat, phase and position."""


def check_unblinded(study: Study) -> None:
    """Check an unblinded study.

    Raises
    ------
    FrozenStudyDiffers
        Names the entries and slots that differ. Nothing of the study may be reported then.
    """
    rows = RevealedEntry.objects.filter(entry__study_brief__study=study).select_related("entry")
    check_frozen(study, [row.origin for row in rows], study.draw_nonce)
    check_judgments(study)


def check_judgments(study: Study) -> None:
    """Compare what was submitted with the digests in the audit trail.

    Raises
    ------
    FrozenStudyDiffers
    """
    if changed := check_digests(study):
        raise FrozenStudyDiffers(changed)


def check_frozen(study: Study, origins: Iterable[Origin], nonce: str) -> None:
    """Check a frozen study against its digest.

    The messages name entries, seats and positions and no system, because the study may be sealed.

    Parameters
    ----------
    study : frozen, in whichever later state.
    origins : what each of its entries is, from the sealed rows or the revealed ones.
    nonce : the secret part of its draw.

    Raises
    ------
    FrozenStudyDiffers
    """
    if changed := _changed_plan(study):
        raise FrozenStudyDiffers(changed)
    by_entry = {origin.entry: origin for origin in origins}
    stored = {
        entry.code: entry
        for entry in Entry.objects.filter(study_brief__study=study).select_related("study_brief")
    }
    slots = {
        (slot.seat.number, slot.phase, slot.position): slot
        for slot in Slot.objects.filter(seat__study=study).select_related(
            "seat", "pairing__study_brief", "pairing__first", "pairing__second"
        )
    }
    draw = study_draw.draw_main_slots(study, nonce)
    seats = study_draw.draw_seats(study, draw, nonce)
    spec = from_json(study.spec)
    same = _digest(study, spec, stored, by_entry, slots, draw, seats, nonce) == study.frozen_digest
    found = _changed_entries(study, stored)
    if same:
        found += _changed_slots(study, slots, seats, by_entry)
    else:
        # The most telling reason first: a swapped system also moves every slot that shows its script.
        found += _changed_nonce(study, nonce) or _changed_origins(study, spec, stored, by_entry)
        found = found or _changed_script_texts(study, spec, stored, by_entry)
        found = found or _changed_slots(study, slots, seats, by_entry)
        found.append(_fault(study, "", _("the digest of the stored content differs from the frozen digest.")))
    if found:
        raise FrozenStudyDiffers(found)


def _fault(study: Study, row: str, message: str) -> InputError:
    remedy = _("restore the database from a backup made after freezing; don't publish results until then.")
    return InputError(f"{study.slug}/{row}" if row else study.slug, 1, 1, message, remedy)


def _digest(
    study: Study,
    spec: StudySpec,
    stored: Mapping[str, Entry],
    origins: Mapping[str, Origin],
    slots: Mapping[_Place, Slot],
    draw: tuple[SeatPlan, ...],
    seats: tuple[SeatPlan, ...],
    nonce: str,
) -> str:
    has_extras = not study_draw.study_extras_input(study, spec, list(study.briefs.all())).is_empty
    known_worse = {
        pairing_key(plan): [*pairing_key(plan), slots[place].pairing.worse, slots[place].pairing.damage]
        for place, plan in _drawn_places(seats)
        if place in slots and slots[place].pairing.worse
    }
    return frozen_digest(
        spec=study.spec_digest,
        entries=(entry.digest for entry in stored.values()),
        origins=origins.values(),
        draw=draw,
        nonce=nonce,
        seats=seats if has_extras else (),
        known_worse=known_worse.values(),
    )


def _drawn_places(seats: Iterable[SeatPlan]) -> Iterator[tuple[_Place, SlotPlan]]:
    for seat in seats:
        for phase, plans in ((Slot.Phase.PRACTICE, seat.practice), (Slot.Phase.MAIN, seat.slots)):
            for plan in plans:
                yield (seat.number, str(phase), plan.position), plan


def _changed_plan(study: Study) -> list[InputError]:
    if json_digest(study.spec) == study.spec_digest:
        return []
    return [_fault(study, "", _("the stored plan of the study was changed after freezing."))]


def _changed_nonce(study: Study, nonce: str) -> list[InputError]:
    freeze = AuditEvent.objects.filter(
        verb="freeze", about=study.slug, detail__digest=study.frozen_digest
    ).last()
    if freeze is None or freeze.detail.get("draw_commitment") == commitment(nonce):
        return []
    return [_fault(study, "", _("the nonce of the draw was changed after freezing."))]


def _changed_entries(study: Study, stored: Mapping[str, Entry]) -> list[InputError]:
    message = _("the text of entry {code} was changed after freezing.")
    return [
        _fault(study, entry.study_brief.slug, message.format(code=code))
        for code, entry in stored.items()
        if entry.digest != json_digest([code, entry.text, entry.html])
    ]


def _changed_origins(
    study: Study, spec: StudySpec, stored: Mapping[str, Entry], origins: Mapping[str, Origin]
) -> list[InputError]:
    """Rows that are lost, added, or pair a system with the script of another one."""
    lost = _("the sealed record of entry {code} is missing.")
    added = _("there is a sealed record for entry {code}, but the study has no such entry.")
    other = _("the sealed record of entry {code} links a system to a script that it didn't write.")
    found = [
        _fault(study, stored[code].study_brief.slug, lost.format(code=code))
        for code in stored.keys() - origins
    ]
    found += [_fault(study, "", added.format(code=code)) for code in origins.keys() - stored.keys()]
    for code in stored.keys() & origins.keys():
        entry, origin = stored[code], origins[code]
        if origin.script_digest not in _script_digests(spec, entry, origin.system):
            found.append(_fault(study, entry.study_brief.slug, other.format(code=code)))
    return found


def _script_digests(spec: StudySpec, entry: Entry, system: str) -> set[str | None]:
    """The digests that may be sealed beside a system for the brief of an entry."""
    brief, materials = entry.study_brief.slug, spec.materials
    _kind, is_outside, text = system.partition(":")
    if is_outside:
        original = materials.warmup[brief].script if brief in materials.warmup else None
        return {original if text == ORIGINAL else text_digest(entry.text)}
    return {materials.scripts.get(brief, {}).get(system), materials.second.get(brief, {}).get(system)} - {
        None
    }


def _changed_slots(
    study: Study, slots: Mapping[_Place, Slot], seats: Iterable[SeatPlan], origins: Mapping[str, Origin]
) -> list[InputError]:
    """Slots that are not where the draw puts them, systems included."""
    drawn = {
        place: _Cell(plan.brief, plan.kind, plan.first, plan.second, plan.first_on_left)
        for place, plan in _drawn_places(seats)
    }
    message = _("the slot at position {position} of seat {seat} is not the one that was drawn.")
    return [
        _fault(study, "", message.format(seat=place[0], position=place[2]))
        for place in sorted(drawn.keys() | slots.keys())
        if place not in drawn or place not in slots or drawn[place] != _stored_cell(slots[place], origins)
    ]


def _stored_cell(slot: Slot, origins: Mapping[str, Origin]) -> _Cell:
    pairing = slot.pairing
    first, second = (
        origins[entry.code].system if entry and entry.code in origins else ""
        for entry in (pairing.first, pairing.second)
    )
    return _Cell(pairing.study_brief.slug, pairing.kind, first, second, slot.first_on_left)


def _changed_script_texts(
    study: Study, spec: StudySpec, stored: Mapping[str, Entry], origins: Mapping[str, Origin]
) -> list[InputError]:
    """Entries whose text is not that of the script that the seal names: whole rows were swapped."""
    message = _("the sealed record of entry {code} points to a script with a different text.")
    scripts = {
        (script.brief.slug, script.digest): script
        for script in Script.objects.filter(
            digest__in=[origin.script_digest for origin in origins.values()]
        ).select_related("brief__series")
    }
    found = []
    for code, entry in stored.items():
        brief = entry.study_brief
        script = scripts.get((brief.slug, origins[code].script_digest))
        names = series_name_map(spec, brief.series_slug)
        if script is not None and typeset_for_raters(script, names).text != entry.text:
            found.append(_fault(study, brief.slug, message.format(code=code)))
    return found
