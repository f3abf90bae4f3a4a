"""What freezing makes besides the compared scripts: texts and pairings of practice, checks and `same`.

A damaged script is an entry like any other. What stands sealed beside its code is `check:cut` in the place of
a system, `check:original` beside the script that it was made from: nothing on the page or in the tables of
entries tells which is which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from annotations.blinding.frozen_digest import PairingKey, pairing_key
from annotations.design import SeatPlan, SlotPlan
from annotations.design.extra_pairs import ORIGINAL
from annotations.models import Entry, Pairing, Study, StudyBrief
from annotations.spec.draft_errors import draft_error
from annotations.spec.study_texts import brief_for_raters, series_name_map, typeset_for_raters
from annotations.spec.values import StudySpec
from annotations.spec.warmup_pairs import ExtraScripts, WarmupScript
from evalsite.core.codes import entry_code
from evalsite.core.digests import json_digest, text_digest
from evalsite.core.errors import InputError, InputErrors
from generation.blinding import is_sealed
from generation.models import Script
from generation.screenplay import Script as Parsed
from generation.screenplay import measure, render_html
from generation.screenplay.damage import TooShort, damage_by_name
from generation.screenplay.page_count import count_pages

SECOND = ", second sample"
Text = tuple[str, str, int]
"""A brief, what stands in the place of a system, and which variant of the damage."""


@dataclass(frozen=True, slots=True)
class SealContent:
    """What is sealed of an entry; freezing alone writes it."""

    code: str
    system: str
    digest: str
    sample: int


@dataclass(slots=True)
class NewRows:
    """What is stored in the end, by what it is."""

    entries: dict[Text, Entry] = field(default_factory=dict)
    to_seal: list[SealContent] = field(default_factory=list)
    pairings: dict[PairingKey, Pairing] = field(default_factory=dict)

    def add(self, brief: StudyBrief, text: Text, parsed: Parsed, script: Script) -> None:
        """An entry and its seal. The digest sealed is that of the script, or of the text that damage made."""
        code, html = entry_code(), render_html(parsed)
        damaged = ":" in text[1] and not text[1].endswith(f":{ORIGINAL}")
        self.entries[text] = Entry(
            study_brief=brief,
            code=code,
            html=html,
            text=parsed.text,
            length=measure(parsed).length,
            digest=json_digest([code, parsed.text, html]),
            pages=asdict(count_pages(html, parsed.language)),
        )
        digest = text_digest(parsed.text) if damaged else script.digest
        self.to_seal.append(SealContent(code, text[1].removesuffix(SECOND), digest, script.sample))


def warmup_brief_rows(study: Study, spec: StudySpec, more: ExtraScripts) -> list[StudyBrief]:
    """Rows for the briefs of practice and checks, not saved."""
    return [
        StudyBrief(
            study=study,
            slug=slug,
            series_slug=each.brief.series.slug,
            language=each.brief.language,
            order=each.brief.order,
            content=brief_for_raters(each.brief, series_name_map(spec, each.brief.series.slug)),
            role=each.role,
        )
        for slug, each in sorted(more.warmup.items())
    ]


def add_extra_entries(
    made: NewRows,
    study: Study,
    spec: StudySpec,
    briefs: Mapping[str, StudyBrief],
    more: ExtraScripts,
    plans: Sequence[SeatPlan],
) -> None:
    """Entries and pairings for the slots that are not main ones. Raises `InputErrors` where a script of
    practice or checks cannot be damaged as the study says."""
    faults: list[InputError] = []
    slots = [slot for plan in plans for slot in (*plan.practice, *plan.slots) if slot.kind != "main"]
    for slot in sorted({pairing_key(slot): slot for slot in slots}.values(), key=pairing_key):
        if slot.kind == "repeat":
            first, second = (made.entries[slot.brief, name, 0] for name in (slot.first, slot.second))
            what: dict[str, Any] = {}
        elif slot.kind == "same":
            first, second = _two_samples(made, study, spec, briefs, more, slot)
            what = {}
        else:
            try:
                first, second, what = _known_worse(made, study, spec, briefs, more.warmup[slot.brief], slot)
            except TooShort as error:
                sealed = is_sealed(slot.brief, more.warmup[slot.brief].script.system.slug)
                why = _("it is too short") if sealed else str(error)  # a length could tell whose text it is
                kind = slot.second.partition(":")[2]
                at = f"{study.slug}/{slot.brief}"
                faults.append(draft_error(at, "damage", brief=slot.brief, kind=kind, why=why))
                continue
        made.pairings[pairing_key(slot)] = Pairing(
            study_brief=briefs[slot.brief],
            first=first,
            second=second,
            kind=slot.kind,
            worse="second" if what else "",
            damage=what,
        )
    if faults:
        raise InputErrors(faults)


def _two_samples(
    made: NewRows,
    study: Study,
    spec: StudySpec,
    briefs: Mapping[str, StudyBrief],
    more: ExtraScripts,
    slot: SlotPlan,
) -> tuple[Entry, Entry]:
    text = (slot.brief, f"{slot.first}{SECOND}", 0)
    if text not in made.entries:
        script, brief = more.second[slot.brief, slot.first], briefs[slot.brief]
        made.add(brief, text, typeset_for_raters(script, series_name_map(spec, brief.series_slug)), script)
    return made.entries[slot.brief, slot.first, 0], made.entries[text]


def _known_worse(
    made: NewRows,
    study: Study,
    spec: StudySpec,
    briefs: Mapping[str, StudyBrief],
    outside: WarmupScript,
    slot: SlotPlan,
) -> tuple[Entry, Entry, dict[str, Any]]:
    brief = briefs[slot.brief]
    parsed = typeset_for_raters(outside.script, series_name_map(spec, brief.series_slug))
    kind = slot.second.partition(":")[2]
    damaged, what = damage_by_name(parsed, kind, f"{study.seed} {slot.brief} {slot.variant}")
    whole, worse = (slot.brief, slot.first, 0), (slot.brief, slot.second, slot.variant)
    for text, shown in ((whole, parsed), (worse, damaged)):
        if text not in made.entries:
            made.add(brief, text, shown, outside.script)
    return made.entries[whole], made.entries[worse], what.as_json()
