"""Freezing: texts, design, plan and draw are fixed, and the join of entries and systems is sealed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from annotations.design import BriefInput, DesignInput, SeatInput, SeatPlan, audit, draw
from annotations.models import Entry, LeakFinding, Pairing, Seat, Slot, Study, StudyBrief
from annotations.sealed import SealedEntry
from annotations.services.errors import WrongState
from annotations.spec import StudySpec, from_json
from annotations.spec_file import seat_reads
from evalsite.core.clock import database_now
from evalsite.core.codes import entry_code
from evalsite.core.digests import json_digest
from evalsite.core.faults import Fault, Refused
from evalsite.core.models import record
from generation.leaks import scan
from generation.models import Brief, Script
from generation.screenplay import check_format, measure, parse, render_html

Key = tuple[str, str]
"""A brief's slug and a system's slug."""


def freeze(*, study: Study, by: str) -> Study:
    """Freeze a draft. Raises WrongState; `Refused` where a finding is unresolved: findings are kept then."""
    _scan(study)
    return _freeze(study, by)


def findings(study: Study) -> QuerySet[LeakFinding]:
    """What the last scan found; nothing in it says whose script it is."""
    return study.findings.all()


@transaction.atomic
def clear_finding(*, finding: LeakFinding, by: str, reason: str) -> LeakFinding:
    """Let a finding stand, with a reason that would be good for every system's script."""
    study = Study.objects.select_for_update(no_key=True).get(pk=finding.study_id)
    if study.state != Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is {study.state}: findings are cleared in a draft")
    if not reason.strip():
        raise WrongState("a finding is cleared with a reason")
    finding.cleared_by, finding.cleared_reason, finding.cleared_at = by, reason.strip(), database_now()
    finding.save(update_fields=["cleared_by", "cleared_reason", "cleared_at"])
    record(
        who=by, verb="clear finding", about=study.slug, finding=finding.code, kind=finding.kind, reason=reason
    )
    return finding


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


def drawn(given: DesignInput, seed: int) -> tuple[SeatPlan, ...]:
    """The one draw of this design and seed."""
    return draw(given, np.random.default_rng(seed))


# The scan


@transaction.atomic
def _scan(study: Study) -> None:
    """Look through every script; findings that are still there keep what was said about them."""
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    _expect_draft(study)
    spec = from_json(study.spec)
    kept = {(f.brief_slug, f.kind, f.excerpt, f.text_digest): f for f in study.findings.all()}
    fresh: dict[tuple[str, str, str, str], LeakFinding] = {}
    names = [name for system in spec.systems for name in (system.slug, *system.name.values())]
    scripts = _scripts(study, spec)
    titles = sorted({script.brief.series.title for script in scripts.values()})
    for (brief, _), script in scripts.items():
        blind = salted_hmac(f"finding {study.slug}", script.digest, algorithm="sha256").hexdigest()
        for kind, excerpt in _found_in(script, names, titles):
            key = (brief, kind, excerpt, blind)
            fresh[key] = LeakFinding(
                study=study, brief_slug=brief, kind=kind, excerpt=excerpt, text_digest=blind
            )
    gone = [finding.pk for key, finding in kept.items() if key not in fresh]
    study.findings.filter(pk__in=gone).delete()
    new = [finding for key, finding in fresh.items() if key not in kept]
    # The order of keys must not be the order of systems.
    random.SystemRandom().shuffle(new)
    LeakFinding.objects.bulk_create(new)


def _found_in(script: Script, names: Sequence[str], titles: Sequence[str]) -> list[tuple[str, str]]:
    parsed = parse(script.text, script.language)
    shown = "\n".join(element.text for element in parsed.elements if element.printed)
    found = [
        (finding.kind, finding.excerpt[:300])
        for finding in scan(script.text, script.language, system_names=names, series_titles=titles)
    ]
    found += [("layout", problem.message[:300]) for problem in check_format(parsed) if problem.serious]
    return found if shown else [*found, ("empty", "nothing of this script would be printed")]


def _scripts(study: Study, spec: StudySpec) -> dict[Key, Script]:
    """The scripts that the spec names by digest."""
    wanted = spec.materials.scripts
    rows = Script.objects.filter(
        brief__slug__in=list(wanted), system__slug__in=[system.slug for system in spec.systems]
    ).select_related("brief__series", "system")
    by_digest = {(row.brief.slug, row.system.slug, row.digest): row for row in rows}
    found: dict[Key, Script] = {}
    for brief, digests in wanted.items():
        for system, digest in digests.items():
            row = by_digest.get((brief, system, digest))
            if row is None:
                raise _refusal(
                    study, f"the script of {system} for {brief} is no longer stored.", "load it again."
                )
            found[brief, system] = row
    return found


def _refusal(study: Study, message: str, mend: str) -> Refused:
    return Refused([Fault(study.slug, 1, 1, message, mend)])


def _expect_draft(study: Study) -> None:
    if study.state != Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is {study.state}: only a draft can be frozen")


# The freezing


@dataclass(frozen=True, slots=True)
class _Made:
    entries: dict[Key, Entry]
    sealed: list[SealedEntry]


@transaction.atomic
def _freeze(study: Study, by: str) -> Study:
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    _expect_draft(study)
    spec = from_json(study.spec)
    _refuse_unresolved(study)
    scripts = _scripts(study, spec)
    briefs = _freeze_briefs(study, spec)
    given = design_of(spec, list(briefs.values()))
    plans = drawn(given, study.seed)
    if broken := audit(given, plans, raters_per_pairing=spec.design.raters_per_pairing):
        raise Refused(
            [Fault(study.slug, 1, 1, f"the draw: {line}.", "change seats or briefs.") for line in broken]
        )
    made = _make_entries(study, briefs, scripts)
    pairings = _make_pairings(spec, briefs, made)
    _make_seats(study, plans, pairings)
    study.frozen_digest = _digest(study, made, plans)
    study.state, study.frozen_at = Study.State.FROZEN, database_now()
    study.save(update_fields=["frozen_digest", "state", "frozen_at"])
    record(who=by, verb="freeze", about=study.slug, digest=study.frozen_digest)
    return study


def _refuse_unresolved(study: Study) -> None:
    waiting = study.findings.filter(cleared_at__isnull=True)
    faults = [
        Fault(
            f"{study.slug}/{finding.brief_slug}",
            1,
            1,
            f"a script holds what may tell its writer ({finding.kind}): {finding.excerpt}.",
            f"mend the script and load it again, or clear finding {finding.code} with a reason.",
        )
        for finding in waiting
    ]
    if faults:
        raise Refused(faults)


def _freeze_briefs(study: Study, spec: StudySpec) -> dict[str, StudyBrief]:
    rows = Brief.objects.filter(slug__in=list(spec.materials.briefs)).select_related("series")
    stored = {brief.slug: brief for brief in rows}
    for slug, digest in spec.materials.briefs.items():
        if slug not in stored or stored[slug].digest != digest:
            raise _refusal(study, f"brief {slug} has changed since the study was loaded.", "load it again.")
    made = StudyBrief.objects.bulk_create(
        StudyBrief(
            study=study,
            slug=slug,
            series_slug=stored[slug].series.slug,
            language=stored[slug].language,
            order=stored[slug].order,
            content=stored[slug].content(),
        )
        for slug in sorted(stored)
    )
    return {brief.slug: brief for brief in made}


def _make_entries(study: Study, briefs: dict[str, StudyBrief], scripts: dict[Key, Script]) -> _Made:
    """Entries and their seals, each table in a drawn order of its own: no key tells a system."""
    entries, sealed = {}, []
    for (brief, system), script in scripts.items():
        parsed = parse(script.text, script.language)
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


def _digest(study: Study, made: _Made, plans: Sequence[SeatPlan]) -> str:
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
            "draw": [
                [
                    [plan.number, list(plan.reads), list(plan.criteria)],
                    [[s.position, s.brief, s.first, s.second, s.first_on_left] for s in plan.slots],
                ]
                for plan in plans
            ],
        }
    )
