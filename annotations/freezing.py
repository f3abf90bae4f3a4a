"""Freezing: texts, design, plan and draw are fixed, and the join of entries and systems is sealed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

import numpy as np
from django.db import transaction

from annotations import losses
from annotations.design import (
    BriefInput,
    DesignInput,
    SeatInput,
    SeatPlan,
    audit,
    draw,
    early_unevenness,
)
from annotations.findings.rejections import lacking
from annotations.findings.scanning import Key, rescan
from annotations.findings.texts import stored_briefs, stored_scripts
from annotations.models import Entry, Pairing, Seat, Slot, Study, StudyBrief
from annotations.sealed import SealedDraw, SealedEntry, commitment_nonce
from annotations.services.errors import WrongState
from annotations.shown import brief_shown, names_of, script_shown
from annotations.spec.inputs import seat_reads
from annotations.spec.values import StudySpec, from_json
from evalsite.core.clock import database_now
from evalsite.core.codes import entry_code
from evalsite.core.digests import json_digest
from evalsite.core.faults import Fault, Refused
from evalsite.core.models import record
from generation.models import Brief, Script
from generation.screenplay import measure, render_html

CHOOSING_SECONDS, MOST_NONCES = 1.5, 200


def freeze(*, study: Study, by: str, nonce: str | None = None) -> Study:
    """Freeze a draft. Raises WrongState; `Refused` where a finding is unresolved: findings are kept then.

    A `nonce` fixes the draw, which then is no secret: for a demonstration whose numbers are to be the same
    everywhere.
    """
    with transaction.atomic():
        # One transaction and one lock: what is frozen is what was looked through.
        study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        _expect_draft(study)
        spec = from_json(study.spec)
        briefs, scripts = stored_briefs(study, spec), stored_scripts(study, spec)
        rescan(study, spec, briefs, scripts)
        faults = [*_lacking(study, spec), *_unresolved(study)]
        if not faults:
            return _freeze(study, spec, briefs, scripts, by, nonce)
    # Raised here, so that the findings are kept.
    raise Refused(faults)


@transaction.atomic
def thaw(*, study: Study, by: str) -> Study:
    """Make a frozen study a draft again, while nobody is enrolled; its entries and draw are thrown away."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state != Study.State.FROZEN:
        raise WrongState(f"study {study.slug} is {study.state}: only a frozen one becomes a draft again")
    if study.raters.exists():
        raise WrongState(f"study {study.slug} has raters: it cannot become a draft again")
    Slot.objects.filter(seat__study=study).delete()
    study.seats.all().delete()
    Pairing.objects.filter(study_brief__study=study).delete()
    SealedEntry.objects.filter(study_slug=study.slug).delete()
    SealedDraw.objects.filter(study_slug=study.slug).delete()
    study.briefs.all().delete()
    before, study.frozen_digest, study.frozen_at, study.state = (
        study.frozen_digest,
        "",
        None,
        Study.State.DRAFT,
    )
    study.save(update_fields=["frozen_digest", "frozen_at", "state"])
    record(who=by, verb="make a draft again", about=study.slug, digest=before)
    return study


def design_of(spec: StudySpec, briefs: Sequence[StudyBrief]) -> DesignInput:
    """What the study's draw is made from, so that it can be made again."""
    return DesignInput(
        systems=tuple(system.slug for system in spec.systems),
        briefs=tuple(BriefInput(b.slug, b.language, b.series_slug, b.order) for b in briefs),
        seats=tuple(
            SeatInput(number, reads) for number, reads in enumerate(seat_reads(spec.design), start=1)
        ),
        criteria=tuple(criterion.slug for criterion in spec.criteria),
        scheme=spec.design.scheme,
        briefs_per_seat=spec.design.briefs_per_seat,
    )


def drawn(study: Study, nonce: str) -> tuple[SeatPlan, ...]:
    """The one draw of a frozen study with this nonce: from its design, its seed, and the nonce's SHA-256."""
    return _drawn(design_of(from_json(study.spec), list(study.briefs.all())), study.seed, nonce)


def _drawn(given: DesignInput, seed: int, nonce: str) -> tuple[SeatPlan, ...]:
    return draw(given, np.random.default_rng([seed, int(commitment(nonce), 16)]))


def commitment(nonce: str) -> str:
    """What stands for a nonce in the digest and the audit trail while the nonce is secret."""
    return sha256(nonce.encode()).hexdigest()


def _choose(given: DesignInput, seed: int) -> tuple[str, tuple[SeatPlan, ...]]:
    """A nonce by the system's chance, and its draw. Of a few, the one that is most even for the first comers.

    How many are tried depends on the clock; which one was kept is known only by the nonce itself.
    """
    best: tuple[int, str, tuple[SeatPlan, ...]] | None = None
    until = monotonic() + CHOOSING_SECONDS
    for _ in range(MOST_NONCES):
        nonce = commitment_nonce()
        plans = _drawn(given, seed, nonce)
        uneven = early_unevenness(given, plans)
        if best is None or uneven < best[0]:
            best = (uneven, nonce, plans)
        if best[0] == 0 or monotonic() > until:
            break
    assert best is not None
    return best[1], best[2]


def _expect_draft(study: Study) -> None:
    if study.state != Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is {study.state}: only a draft can be frozen")


# The freezing


@dataclass(frozen=True, slots=True)
class _Made:
    entries: dict[Key, Entry]
    sealed: list[SealedEntry]


def _freeze(
    study: Study,
    spec: StudySpec,
    stored: dict[str, Brief],
    scripts: dict[Key, Script],
    by: str,
    given_nonce: str | None,
) -> Study:
    briefs = _freeze_briefs(study, spec, stored)
    given = design_of(spec, list(briefs.values()))
    if given_nonce is None:
        nonce, plans = _choose(given, study.seed)
    else:
        nonce, plans = given_nonce, _drawn(given, study.seed, given_nonce)
    if broken := audit(given, plans, raters_per_pairing=spec.design.raters_per_pairing):
        raise Refused(
            [Fault(study.slug, 1, 1, f"the draw: {line}.", "change seats or briefs.") for line in broken]
        )
    SealedDraw.objects.create(study_slug=study.slug, nonce=nonce)
    made = _make_entries(study, spec, briefs, scripts)
    pairings = _make_pairings(spec, briefs, made)
    _make_seats(study, losses.shown(plans, losses.missing(spec)), pairings)
    study.frozen_digest = _digest(study, made, plans, nonce)
    study.state, study.frozen_at = Study.State.FROZEN, database_now()
    study.save(update_fields=["frozen_digest", "state", "frozen_at"])
    record(
        who=by,
        verb="freeze",
        about=study.slug,
        digest=study.frozen_digest,
        draw_commitment=commitment(nonce),
    )
    return study


def _unresolved(study: Study) -> list[Fault]:
    return [
        Fault(
            f"{study.slug}/{finding.brief_slug}",
            1,
            1,
            f"{'a text' if ':' in finding.brief_slug else 'a script'} holds what may tell its writer "
            f"({finding.kind}): {finding.excerpt}.",
            f"accept it or reject the script at {_page(study)}, or mend the file and load it again.",
        )
        for finding in study.findings.filter(cleared_at__isnull=True)
    ]


def _page(study: Study) -> str:
    """The address, on the site, of the page where findings are gone through."""
    return f"/studies/{study.slug}/findings/"


def _lacking(study: Study, spec: StudySpec) -> list[Fault]:
    """Scripts that were rejected and have no next sample, where the plan wants all of them; a study of which
    nothing would be left to show.
    """
    if all(len(scripts) < 2 for scripts in spec.materials.scripts.values()):
        message = "no brief has two scripts, so that nothing can be compared."
        return [Fault(study.slug, 1, 1, message, "generate or import more and load the study again.")]
    if spec.plan.missing_script != "refuse":
        return []
    return [
        Fault(
            f"{study.slug}/{brief}",
            1,
            1,
            f"{brief}: {count} script{'s are' if count > 1 else ' is'} missing, rejected without another.",
            f"generate or import more samples and look through all texts at {_page(study)}, or take it back.",
        )
        for brief, count in lacking(spec).items()
    ]


def _freeze_briefs(study: Study, spec: StudySpec, stored: dict[str, Brief]) -> dict[str, StudyBrief]:
    made = StudyBrief.objects.bulk_create(
        StudyBrief(
            study=study,
            slug=slug,
            series_slug=stored[slug].series.slug,
            language=stored[slug].language,
            order=stored[slug].order,
            content=brief_shown(stored[slug], names_of(spec, stored[slug].series.slug)),
        )
        for slug in sorted(stored)
    )
    return {brief.slug: brief for brief in made}


def _make_entries(
    study: Study, spec: StudySpec, briefs: dict[str, StudyBrief], scripts: dict[Key, Script]
) -> _Made:
    """Entries and their seals, each table in a drawn order of its own: no key tells a system.

    Text, HTML and length are those of the script as shown; the stored script stays as it was written, and the
    seal holds its digest.
    """
    entries, sealed = {}, []
    for (brief, system), script in scripts.items():
        parsed = script_shown(script, names_of(spec, briefs[brief].series_slug))
        code, html = entry_code(), render_html(parsed)
        entries[brief, system] = Entry(
            study_brief=briefs[brief],
            code=code,
            html=html,
            text=parsed.text,
            length=measure(parsed).length,
            digest=json_digest([code, parsed.text, html]),
        )
        sealed.append(
            SealedEntry(
                study_slug=study.slug,
                entry_code=code,
                system_slug=system,
                script_digest=script.digest,
                script_sample=script.sample,
            )
        )
    Entry.objects.bulk_create(_shuffled(list(entries.values())))
    SealedEntry.objects.bulk_create(_shuffled(sealed))
    return _Made(entries, sealed)


def _make_pairings(
    spec: StudySpec, briefs: dict[str, StudyBrief], made: _Made
) -> dict[tuple[str, str, str], Pairing]:
    systems = [system.slug for system in spec.systems]
    pairings = {
        (slug, first, second): Pairing(
            study_brief=brief, first=made.entries[slug, first], second=made.entries[slug, second]
        )
        for slug, brief in briefs.items()
        for place, first in enumerate(systems)
        for second in systems[place + 1 :]
        if (slug, first) in made.entries and (slug, second) in made.entries
    }
    Pairing.objects.bulk_create(_shuffled(list(pairings.values())))
    return pairings


def _shuffled[T](rows: list[T]) -> list[T]:
    random.SystemRandom().shuffle(rows)
    return rows


def _make_seats(
    study: Study, plans: Sequence[SeatPlan], pairings: dict[tuple[str, str, str], Pairing]
) -> None:
    seats = Seat.objects.bulk_create(
        Seat(study=study, number=plan.number, languages=list(plan.reads), criteria=list(plan.criteria))
        for plan in plans
    )
    Slot.objects.bulk_create(
        Slot(
            seat=seat,
            position=slot.position,
            pairing=pairings[slot.brief, slot.first, slot.second],
            first_on_left=slot.first_on_left,
        )
        for seat, plan in zip(seats, plans, strict=True)
        for slot in plan.slots
    )


def _digest(study: Study, made: _Made, plans: Sequence[SeatPlan], nonce: str) -> str:
    """The digest of all that freezing fixes: the study's value, every entry with what is sealed of it, the
    draw.

    The nonces keep it from being guessed open by trying which system wrote what; unblinding publishes them.
    """
    return json_digest(
        {
            "spec": study.spec_digest,
            "entries": sorted(entry.digest for entry in made.entries.values()),
            "sealed": sorted(
                json_digest(
                    [row.entry_code, row.system_slug, row.script_digest, row.script_sample, row.nonce]
                )
                for row in made.sealed
            ),
            "draw_commitment": commitment(nonce),
            "draw": [
                [
                    [plan.number, list(plan.reads), list(plan.criteria)],
                    [[s.position, s.brief, s.first, s.second, s.first_on_left] for s in plan.slots],
                ]
                for plan in plans
            ],
        }
    )
