"""Compare a frozen study with what was frozen, and what was judged with what was assigned.

Unblinding and every report start with this, so that a change in the database cannot reach a published number.
`manage.py verify_study` runs it at any time.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from django.utils.translation import gettext as _

from annotations.blinding import frozen_content, recorded_steps, stored_rows, study_draw
from annotations.blinding.frozen_content import (
    Difference,
    FrozenBrief,
    FrozenEntry,
    FrozenSeat,
    FrozenSlot,
    FrozenStudy,
)
from annotations.blinding.frozen_digest import commitment
from annotations.blinding.judgment_digests import check_digests
from annotations.design.inputs import Origin
from annotations.models import Entry, RevealedEntry, Slot, Study, StudyBrief
from annotations.spec.study_texts import brief_for_raters, series_name_map, typeset_for_raters
from annotations.spec.values import StudySpec, from_json
from annotations.spec.warmup_pairs import second_samples
from evalsite.core.digests import json_digest, text_digest
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import last_detail
from generation.models import Brief, Script
from generation.screenplay import Script as Parsed
from generation.screenplay import measure, render_html
from generation.screenplay.damage import damage_by_name

ROW_CHECKS: tuple[Callable[[Study], Iterable[str]], ...] = (
    stored_rows.changed_plan_rows,
    stored_rows.changed_seat_events,
    stored_rows.changed_answers,
    stored_rows.changed_exclusions,
    stored_rows.changed_amendments,
    recorded_steps.erased_lines,
    recorded_steps.changed_state,
    recorded_steps.changed_times,
    recorded_steps.changed_unblinding,
    recorded_steps.changed_unblinders,
    recorded_steps.changed_raters,
)
"""Checks of what was stored after freezing: each returns sentences that name rows and no system."""


class FrozenStudyDiffers(InputErrors):
    """What is stored of a study is not what was frozen, or was changed without the platform."""


def check_unblinded(study: Study) -> None:
    """Check an unblinded study.

    Raises
    ------
    FrozenStudyDiffers
        Names the rows that differ. Nothing of the study may be reported then.
    """
    check_frozen(study, revealed_origins(study), study.draw_nonce)


def check_frozen(study: Study, origins: Iterable[Origin], nonce: str) -> None:
    """Check a frozen study against its digest, and its rows against each other and the audit trail.

    The messages name entries, seats, positions and raters and no system, because the study may be sealed.

    Parameters
    ----------
    study : frozen, in whichever later state.
    origins : what each of its entries is, from the sealed rows or the revealed ones.
    nonce : the secret part of its draw.

    Raises
    ------
    FrozenStudyDiffers
    """
    content = frozen_study(study, origins, nonce)
    found = _changed_texts(study)
    different = frozen_content.find_differences(
        content,
        changed_nonce=_is_other_nonce(study, nonce),
        compare_texts=lambda: _changed_scripts(study, content),
    )
    detail = last_detail(verb="freeze", about=study.slug)
    if detail.get("digest") != study.frozen_digest:
        # An attacker who changes every row can compute a digest that fits, but the trail has the old one.
        # Every version has recorded each freezing, so a missing line was removed, or the study renamed.
        different.append(Difference("trail" if detail else "unrecorded"))
    if _is_other_plan(study):
        different = [Difference("plan"), *(each for each in different if each.code != "plan")]
    faults = [
        _fault(study, each.brief, _(frozen_content.MESSAGES[each.code]).format(**each.params))
        for each in (*found, *different)
    ]
    if _has_plan(study):
        faults += [_fault(study, "", line) for check in ROW_CHECKS for line in check(study)]
    faults += check_digests(study)
    if faults:
        raise FrozenStudyDiffers(faults)


def revealed_origins(study: Study) -> list[Origin]:
    """What each entry of an unblinded study was."""
    rows = RevealedEntry.objects.filter(entry__study_brief__study=study).select_related("entry")
    return [row.origin for row in rows]


def frozen_study(study: Study, origins: Iterable[Origin], nonce: str) -> FrozenStudy:
    """Everything that freezing fixed, as it is stored now."""
    entries = Entry.objects.filter(study_brief__study=study).order_by("code")
    slots = Slot.objects.filter(seat__study=study).order_by("seat__number", "phase", "position")
    return FrozenStudy(
        slug=study.slug,
        spec=study.spec,
        spec_digest=study.spec_digest,
        frozen_digest=study.frozen_digest,
        seed=study.seed,
        nonce=nonce,
        briefs=[FrozenBrief(*study_draw.brief_facts(row)) for row in study.briefs.order_by("slug")],
        second=_second_samples(study),
        entries=[
            FrozenEntry(code, brief, digest, text_digest(text), length)
            for code, brief, digest, text, length in entries.values_list(
                "code", "study_brief__slug", "digest", "text", "length"
            ).iterator()
        ],
        sealed=sorted(origins, key=lambda origin: origin.entry),
        seats=[FrozenSeat(row.number, row.languages, row.criteria) for row in study.seats.order_by("number")],
        slots=[
            FrozenSlot(seat, phase, position, brief, kind, first, second or "", left, worse, damage)
            for seat, phase, position, brief, kind, first, second, left, worse, damage in slots.values_list(
                "seat__number",
                "phase",
                "position",
                "pairing__study_brief__slug",
                "pairing__kind",
                "pairing__first__code",
                "pairing__second__code",
                "first_on_left",
                "pairing__worse",
                "pairing__damage",
            ).iterator()
        ],
    )


def _second_samples(study: Study) -> list[tuple[str, str]]:
    if json_digest(study.spec) != study.spec_digest or not _has_plan(study):
        return []
    return sorted(second_samples(study, from_json(study.spec)))


def _has_plan(study: Study) -> bool:
    """Whether the stored plan can be read at all."""
    try:
        from_json(study.spec)
    except msgspec.ValidationError:
        return False
    return True


def _fault(study: Study, row: str, message: str) -> InputError:
    remedy = _("restore the database from a backup made after freezing; don't publish results until then.")
    return InputError(f"{study.slug}/{row}" if row else study.slug, 1, 1, message, remedy)


def _freeze_detail(study: Study) -> dict[str, str]:
    """What the audit trail says of the freeze; {} where it is another one."""
    detail = last_detail(verb="freeze", about=study.slug)
    return detail if detail.get("digest") == study.frozen_digest else {}


def _is_other_nonce(study: Study, nonce: str) -> bool:
    return _freeze_detail(study).get("draw_commitment", commitment(nonce)) != commitment(nonce)


def _is_other_plan(study: Study) -> bool:
    """Studies frozen before version 0.4 have no digest of the plan in the trail."""
    return _freeze_detail(study).get("plan_digest", study.spec_digest) != study.spec_digest


def _changed_texts(study: Study) -> list[Difference]:
    rows = Entry.objects.filter(study_brief__study=study).order_by("code")
    return [
        Difference("text", brief, {"code": code})
        for code, brief, text, html, digest in rows.values_list(
            "code", "study_brief__slug", "text", "html", "digest"
        ).iterator()
        if digest != json_digest([code, text, html])
    ]


def _changed_scripts(study: Study, content: FrozenStudy) -> list[Difference]:
    """Entries that are not the script that the seal names, other damage than was made, and changed briefs."""
    spec, entries = from_json(study.spec), _entries(study)
    shown = _shown_scripts(study, spec, content)
    found = []
    for code, script in shown.items():
        entry = entries[code]
        if (script.text, render_html(script)) != (entry.text, entry.html):
            found.append(Difference("swapped", entry.study_brief.slug, {"code": code}))
        elif measure(script).length != entry.length:
            found.append(Difference("length", entry.study_brief.slug, {"code": code}))
    return [*found, *_changed_briefs(study, spec)] or _changed_damage(study, content, spec, shown)


def _changed_briefs(study: Study, spec: StudySpec) -> list[Difference]:
    """Briefs that differ from the stored ones, where those are still the ones that were frozen."""
    digests = spec.materials.briefs | {slug: text.brief for slug, text in spec.materials.warmup.items()}
    stored = {
        row.slug: row
        for row in Brief.objects.filter(slug__in=list(digests)).select_related("series")
        if row.digest == digests[row.slug]
    }
    found = []
    for row in study.briefs.order_by("slug"):
        if (brief := stored.get(row.slug)) is None:
            continue
        names = series_name_map(spec, brief.series.slug)
        known = StudyBrief(
            slug=brief.slug,
            series_slug=brief.series.slug,
            language=brief.language,
            order=brief.order,
            content=brief_for_raters(brief, names),
            role=row.role,
        )
        if study_draw.brief_facts(known) != study_draw.brief_facts(row):
            found.append(Difference("brief", row.slug, {"slug": row.slug}))
    return found


def _changed_damage(
    study: Study, content: FrozenStudy, spec: StudySpec, shown: Mapping[str, Parsed]
) -> list[Difference]:
    slots = frozen_content.slots_by_place(content.slots)
    plans = frozen_content.draw_again(content).seats
    found: dict[str, Difference] = {}
    for place, plan in frozen_content.drawn_places(plans):
        slot = slots.get(place)
        if slot is None or ":" not in plan.second or slot.first not in shown:
            continue
        kind = plan.second.partition(":")[2]
        what = damage_by_name(shown[slot.first], kind, f"{study.seed} {plan.brief} {plan.variant}")[1]
        if (slot.worse, slot.damage) != ("second", what.as_json()):
            found[slot.second] = Difference("damage", plan.brief, {"code": slot.second})
    return list(found.values())


def _entries(study: Study) -> dict[str, Entry]:
    rows = Entry.objects.filter(study_brief__study=study).select_related("study_brief").order_by("code")
    return {entry.code: entry for entry in rows}


def _shown_scripts(study: Study, spec: StudySpec, content: FrozenStudy) -> dict[str, Parsed]:
    """By entry, the stored script that the seal names, as raters read it; damaged ones are not among them."""
    entries, origins = _entries(study), content.origins
    scripts = {
        (script.brief.slug, script.digest): script
        for script in Script.objects.filter(
            digest__in=[origin.script_digest for origin in content.sealed]
        ).select_related("brief__series")
    }
    found = {}
    for code, entry in entries.items():
        brief = entry.study_brief
        script = scripts.get((brief.slug, origins[code].script_digest)) if code in origins else None
        if script is not None:
            found[code] = typeset_for_raters(script, series_name_map(spec, brief.series_slug))
    return found
