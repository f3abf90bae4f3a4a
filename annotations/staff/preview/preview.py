"""A draft as a rater will see it: its rows for one page, in a transaction that is always rolled back.

`staged` draws a seat, renders the texts as freezing does, and puts a rater at one step. The rater's own views
then render the page. Nothing is stored, and no seal is written: no code leads from a script to its system.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from annotations.blinding.seeded_draw import add_extras, extras_draw_input, main_draw_input, main_slots
from annotations.design import BriefInput, SeatPlan, SlotPlan
from annotations.design.inputs import quotas
from annotations.desk import services
from annotations.desk.practice import conclude_practice, damaged_side, next_practice_slot
from annotations.desk.progress import mark_finished
from annotations.findings.rejections import missing_scripts
from annotations.findings.review import draft_texts
from annotations.freezing.extra_entries import SECOND, NewRows, Text, add_extra_entries
from annotations.freezing.study_rows import add_entries, add_pairings, store_briefs, store_seats
from annotations.models import (
    Assignment,
    Criterion,
    Entry,
    Judgment,
    Pairing,
    Rater,
    Seat,
    Sitting,
    Slot,
    Study,
    StudyBrief,
)
from annotations.spec.inputs import design_input
from annotations.spec.sealed_scripts import find_hidden_pairs
from annotations.spec.values import ScriptKey, SeatGroup, StudySpec, as_json, from_json
from annotations.spec.warmup_pairs import ExtraScripts, load_extra_scripts
from evalsite.core.clock import database_now
from evalsite.core.codes import hash_secret, random_code
from generation.models import Brief, Script
from generation.screenplay import parse, render_html

ENTRY, CONSENT, PROFILE, INSTRUCTIONS = "entry", "consent", "profile", "instructions"
PRACTICE, FEEDBACK, PAIR, GUESS_PAIR = "practice", "feedback", "pair", "guess-pair"
BREAK, GUESS, DEBRIEFING, DONE = "break", "guess", "debriefing", "done"
ORDER = (
    ENTRY,
    CONSENT,
    PROFILE,
    INSTRUCTIONS,
    PRACTICE,
    FEEDBACK,
    PAIR,
    GUESS_PAIR,
    BREAK,
    GUESS,
    DEBRIEFING,
    DONE,
)
UNSHOWN = {"html": "", "text": "", "length": 0, "digest": ""}
"""A script that no page of the preview shows."""


def hidden_text() -> str:
    """What a page has in place of a text that another blinded study hides (`find_hidden_pairs`)."""
    return _(
        "Another study that is still blinded uses this script. Its text is hidden until that study is "
        "unblinded."
    )


class NothingToShow(Exception):
    """No scene for this reader has the scripts it needs."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a preview's rows, the same for each page of a study."""

    secret: str
    practice: str
    pair: str


def preview_codes(study: Study) -> Codes:
    return Codes(f"preview-{study.pk}", f"practice-{study.pk}", f"pair-{study.pk}")


def most_tasks(spec: StudySpec, language: str) -> int:
    """How many pairs or scripts the longest seat has, of the seats that the preview shows in `language`."""
    rows = Brief.objects.filter(slug__in=list(spec.materials.briefs)).select_related("series")
    briefs = [BriefInput(each.slug, each.language, each.series.slug, each.order) for each in rows]
    systems = [system.slug for system in spec.systems]
    given = design_input(spec.design, briefs, systems, [criterion.slug for criterion in spec.criteria])
    shares, reads = quotas(given), set(seat_languages(spec, language))
    longest = max(sum(shares[seat.number].values()) for seat in given.seats if set(seat.reads) == reads)
    each = len(systems) if spec.design.is_single else 1
    more = spec.checks.per_seat if spec.checks else 0
    return longest * each + more + spec.design.repeat + spec.design.same


def has_break(spec: StudySpec, language: str) -> bool:
    """Whether a rater reaches a break: it comes in the middle of the work, not after the last pair."""
    sittings = spec.sittings
    return (
        sittings is not None and bool(sittings.break_minutes) and most_tasks(spec, language) > sittings.pairs
    )


def preview_steps(spec: StudySpec, language: str) -> list[str]:
    """The steps that raters of this study go through, in order, where they read `language`."""
    guess = spec.guess.when if spec.guess else ""
    absent = {
        PRACTICE: spec.practice is None,
        FEEDBACK: spec.practice is None,
        GUESS_PAIR: guess != "each",
        BREAK: not has_break(spec, language),
        GUESS: guess != "last",
        DEBRIEFING: not spec.debriefing,
    }
    return [step for step in ORDER if not absent.get(step)]


def seat_languages(spec: StudySpec, language: str) -> tuple[str, ...]:
    """Reading languages of the seat to preview: one that reads `language`, else any."""
    groups = [group.reads for group in spec.design.seats]
    matching = [reads for reads in groups if language in reads]
    return min(matching or groups, key=len)


def briefs_without_pair(spec: StudySpec, languages: Mapping[str, str], reads: Sequence[str]) -> list[str]:
    """Briefs that lack scripts, among those that a reader of these languages may get."""
    return [brief for brief in sorted(missing_scripts(spec)) if languages.get(brief) in reads]


@contextmanager
def staged(study: Study, step: str, language: str) -> Iterator[Rater]:
    """A rater of a copy of the draft who has reached `step`; everything is rolled back at the end.

    Raises `InputErrors` if a text has changed or gone since the study was loaded, and NothingToShow.
    """
    with transaction.atomic():
        try:
            yield _stage(study, step, language)
        finally:
            transaction.set_rollback(True)


def _stage(study: Study, step: str, language: str) -> Rater:
    hidden = find_hidden_pairs(study)  # before there is a copy, which would count as another study
    spec, briefs, scripts = draft_texts(study)
    more = load_extra_scripts(study, spec)
    copy = _copy(study, spec)
    rows = store_briefs(copy, spec, briefs, more)
    plan, shown = _draw_seat(copy, spec, rows, more, language)
    wanted = None if step == GUESS else {(shown.brief, shown.first), (shown.brief, shown.second)}
    _store_seat(copy, spec, rows, scripts, more, plan, wanted, hidden)
    rater = Rater.objects.create(
        study=copy, secret_hash=hash_secret(preview_codes(study).secret), languages=sorted(plan.reads)
    )
    Seat.objects.filter(study=copy).update(rater=rater)
    _bring_to(rater, step, language, shown.position, preview_codes(study))
    rater.refresh_from_db()
    return rater


def _copy(study: Study, spec: StudySpec) -> Study:
    copy = Study.objects.create(
        team_id=study.team_id,
        slug=f"preview-{random_code()}".lower(),
        title=study.title,
        question=study.question,
        spec=as_json(spec),
        spec_digest=study.spec_digest,
        frozen_digest="preview",
        seed=study.seed,
    )
    criteria = list(study.criteria.all())
    for criterion in criteria:
        criterion.pk, criterion.study = None, copy
    Criterion.objects.bulk_create(criteria)
    copy.state = Study.State.OPEN
    copy.save(update_fields=["state"])
    return copy


def _draw_seat(
    copy: Study, spec: StudySpec, rows: Mapping[str, StudyBrief], more: ExtraScripts, language: str
) -> tuple[SeatPlan, SlotPlan]:
    """A seat of a draw by chance, and the slot in it that is shown: the first with two stored scripts.

    Only one seat is drawn, which is fast in a study of any size. All are drawn where that seat has nothing to
    show, because few briefs have their scripts.
    """
    reads = seat_languages(spec, language)
    one_seat = msgspec.structs.replace(spec.design, seats=(SeatGroup(reads=reads, count=1),))
    for design in (one_seat, spec.design):
        for plan in _draw(msgspec.structs.replace(spec, design=design), copy.seed, rows, more):
            slots = [slot for slot in plan.slots if slot.kind == "main" and _is_there(spec, slot)]
            in_language = [slot for slot in slots if rows[slot.brief].language == language]
            if slots and set(plan.reads) == set(reads):
                return plan, (in_language or slots)[0]
    raise NothingToShow


def _draw(spec: StudySpec, seed: int, rows: Mapping[str, StudyBrief], more: ExtraScripts) -> list[SeatPlan]:
    """All seats of a draw by chance, in any order."""
    briefs = list(rows.values())
    given = main_draw_input(spec, briefs)
    wanted = extras_draw_input(spec, briefs, more.second)
    nonce = random_code()
    plans = list(add_extras(spec, given, wanted, main_slots(given, seed, nonce), seed, nonce))
    random.SystemRandom().shuffle(plans)
    return plans


def _is_there(spec: StudySpec, slot: SlotPlan) -> bool:
    there = spec.materials.scripts.get(slot.brief, {})
    return slot.first in there and (not slot.second or slot.second in there)


def _store_seat(
    copy: Study,
    spec: StudySpec,
    rows: Mapping[str, StudyBrief],
    scripts: Mapping[ScriptKey, Script],
    more: ExtraScripts,
    plan: SeatPlan,
    wanted: Collection[ScriptKey] | None,
    hidden: Collection[ScriptKey],
) -> None:
    """The seat with its pairings. Only the scripts in `wanted` are rendered (None: all), which saves most of
    the time."""
    made = NewRows()
    in_seat = {
        (slot.brief, system)
        for slot in plan.slots
        if slot.kind in ("main", "repeat", "same")
        for system in (slot.first, slot.second)
        if system
    }
    rendered = {key for key in in_seat if key in scripts and (wanted is None or key in wanted)}
    add_entries(made, spec, rows, {key: scripts[key] for key in sorted(rendered)})
    for brief, system in sorted(in_seat - rendered):
        text: Text = (brief, system, 0)
        made.entries[text] = Entry(study_brief=rows[brief], **UNSHOWN)
    add_pairings(made, spec, rows)
    add_extra_entries(made, copy, spec, rows, more, [plan])
    outside = {brief for brief, _system in hidden} & spec.materials.warmup.keys()
    for (brief, system, _variant), entry in made.entries.items():
        if brief in outside or (brief, system.removesuffix(SECOND)) in hidden:
            sentence = parse(hidden_text(), rows[brief].language)
            entry.html, entry.text, entry.length, entry.pages = render_html(sentence), sentence.text, 0, None
    Entry.objects.bulk_create(made.entries.values())
    Pairing.objects.bulk_create(made.pairings.values())
    store_seats(copy, [plan], made.pairings)


# The rater's way to a step


def _bring_to(rater: Rater, step: str, language: str, shown: int, codes: Codes) -> None:
    """Do what a rater has done before `step`."""
    at = ORDER.index(step)
    if at >= ORDER.index(PROFILE):
        services.give_consent(rater=rater, language=language, training_use=False)
    now = database_now()
    if at >= ORDER.index(INSTRUCTIONS):
        rater.profile = {"years": ""}
    if at >= ORDER.index(PRACTICE):
        rater.instructed_at = now
    if ORDER.index(PAIR) <= at <= ORDER.index(BREAK):
        rater.practised_at = now
    rater.save()
    slots = Slot.objects.filter(seat__rater=rater).select_related("pairing")
    main = list(slots.filter(phase=Slot.Phase.MAIN).order_by("position"))
    first = next(slot for slot in main if slot.position == shown)
    if step in (PRACTICE, FEEDBACK):
        practice = slots.filter(phase=Slot.Phase.PRACTICE).order_by("position")[0]
        _practise(rater, practice, codes.practice, ended=step == FEEDBACK)
    elif step == PAIR:
        _hold(rater, first, code=codes.pair)
    elif step == GUESS_PAIR:
        _submit(rater, [first], code=codes.pair)
    elif step == BREAK:
        pairs = from_json(rater.study.spec).sittings
        _submit(rater, main[: pairs.pairs] if pairs else [])
    elif at > ORDER.index(BREAK):
        _finish(rater, main, step)


def _hold(rater: Rater, slot: Slot, *, code: str = "", **fields: Any) -> Assignment:
    given = {"code": code} if code else {}
    now = fields.get("submitted_at") or database_now()
    return Assignment.objects.create(
        rater=rater, slot=slot, opened_at=now, leased_until=now, **given, **fields
    )


def _practise(rater: Rater, slot: Slot, code: str = "", *, ended: bool) -> None:
    """Hold a practice pair; `ended`: with the right answer sent."""
    if not ended:
        _hold(rater, slot, code=code)
        return
    now = database_now()
    sent = _hold(rater, slot, code=code, state=Assignment.State.PRACTISED, submitted_at=now)
    better = "right" if damaged_side(slot) == "left" else "left"
    primary = rater.study.criteria.filter(primary=True).first()
    if primary is not None:
        Judgment.objects.create(
            assignment=sent, criterion=primary, choice=better, first_choice=better, submitted_at=now
        )
        conclude_practice(rater, now)


def _submit(rater: Rater, slots: Sequence[Slot], *, code: str = "") -> None:
    now = database_now()
    sitting = Sitting.objects.create(rater=rater, number=1, started_at=now, last_seen_at=now)
    state = Assignment.State.SUBMITTED
    for slot in slots:
        _hold(rater, slot, code=code, state=state, submitted_at=now, sitting=sitting)


def _finish(rater: Rater, slots: Sequence[Slot], step: str) -> None:
    while practice := next_practice_slot(rater, rater.seat):
        _practise(rater, practice, ended=True)
    _submit(rater, slots)
    now = database_now()
    mark_finished(rater, now)
    rater.practised_at = now
    if ORDER.index(step) > ORDER.index(GUESS):
        rater.guessed_at = now
    if step == DONE:
        rater.debriefed_at = now
    rater.save()
