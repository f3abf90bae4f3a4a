"""Freezing: texts, design, plan and draw are fixed, and the join of entries and systems is sealed."""

import random
from collections.abc import Callable
from time import thread_time

from django.db import transaction
from django.utils.translation import gettext as _
from msgspec.structs import replace

from annotations.blinding import unblinders
from annotations.blinding.frozen_digest import commitment, frozen_digest
from annotations.blinding.seal import SealedDraw, SealedEntry, random_nonce, void_seal
from annotations.blinding.seeded_draw import add_extras, extras_draw_input, main_draw_input, main_slots
from annotations.blinding.study_draw import brief_facts
from annotations.blinding.unblinder_changes import decline_waiting
from annotations.design import (
    DesignInput,
    ExtrasInput,
    SeatPlan,
    audit,
    audit_extras,
    early_unevenness,
)
from annotations.errors import WrongState
from annotations.findings.rejections import missing_scripts
from annotations.findings.review import findings
from annotations.findings.scanning import count_texts, rescan
from annotations.findings.warnings import drop_outdated_acceptances, few_series_errors, warning_errors
from annotations.freezing import training_overlap
from annotations.freezing.extra_entries import NewRows, SealContent, add_extra_entries
from annotations.freezing.study_rows import add_entries, add_pairings, store_briefs, store_seats
from annotations.models import Entry, Pairing, Rater, Slot, Study
from annotations.spec.draft_errors import draft_error
from annotations.spec.study_texts import (
    check_briefs_stored,
    check_scripts_stored,
    stored_briefs,
    stored_scripts,
)
from annotations.spec.values import AttentionSpec, ScriptKey, StudySpec, as_json, from_json
from annotations.spec.warmup_pairs import (
    find_check_giveaways,
    giveaways_detail,
    load_extra_scripts,
)
from evalsite.core.clock import database_now
from evalsite.core.codes import derived_code
from evalsite.core.deletion import delete_rows
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import record
from generation.models import Brief, Script

CHOOSING_CPU_SECONDS, MOST_NONCES = 3.0, 200


OnProgress = Callable[[str, int, int], None]
"""Gets a step of `STEPS`, and how many of how many texts it has done; 0 of 0 where it counts nothing."""
STEPS = ("checking", "formatting", "drawing", "storing")


def freeze(
    *,
    study: Study,
    by: str,
    nonce: str | None = None,
    warnings_block: bool = False,
    spec_digest: str | None = None,
    on_progress: OnProgress = lambda step, done, total: None,
    before_commit: Callable[[], None] = lambda: None,
) -> Study:
    """Freeze a draft. Raises WrongState, and `InputErrors` if a finding is open.

    With `warnings_block`, as for pages and commands, open warnings keep it from being frozen too, and so does
    a missing choice of unblinders.

    A `nonce` fixes the draw, which then is no secret: for a demonstration whose numbers are to be the same
    everywhere. A study whose raters are all simulated (`raters: simulated`) gets one from its slug and seed.

    With a `spec_digest`, only a draft that has it is frozen, and none that was saved after the request.

    `before_commit` is called last in the transaction; what it raises undoes the freezing.
    """
    with transaction.atomic():
        # One transaction and one lock: what is frozen is what was looked through.
        study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        _expect_draft(study)
        if spec_digest not in (None, study.spec_digest):
            raise InputErrors([draft_error(study.slug, "draft_changed")])
        spec = from_json(study.spec)
        briefs, scripts = stored_briefs(study, spec), stored_scripts(study, spec)
        texts = count_texts(spec, briefs, scripts)
        on_progress("checking", 0, texts)
        rescan(study, spec, briefs, scripts, lambda done: on_progress("checking", done, texts))
        faults = [
            *_lacking(study, spec),
            *few_series_errors(study, spec),
            *training_overlap.stored_faults(study, spec),
            *_unresolved(study),
            *(warning_errors(study, spec) if warnings_block else ()),
            *unblinders.find_faults(study, spec, required=warnings_block),
        ]
        if not faults:
            frozen = _freeze(study, spec, briefs, scripts, by, nonce, on_progress)
            before_commit()
            return frozen
    # Raised here, so that the findings are kept.
    raise InputErrors(faults)


def find_blockers(*, study: Study) -> list[InputError]:
    """What keeps a draft from being frozen now, besides findings and warnings. Changes nothing.

    Faults that only the draw can show are not among them.
    """
    spec, faults = from_json(study.spec), list[InputError]()
    for check in (check_briefs_stored, check_scripts_stored):
        try:
            check(study, spec)
        except InputErrors as refused:
            faults += refused.errors
    return [
        *faults,
        *_lacking(study, spec),
        *few_series_errors(study, spec),
        *training_overlap.stored_faults(study, spec),
        *unblinders.find_faults(study, spec, required=True),
    ]


@transaction.atomic
def thaw(*, study: Study, by: str) -> Study:
    """Make a frozen study a draft again, while no rater is enrolled; its entries and draw are thrown away.

    Sealed rows stay and become void."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state != Study.State.FROZEN:
        raise WrongState(f"study {study.slug} is {study.state}: only a frozen one becomes a draft again")
    if study.raters.exists():
        raise WrongState(f"study {study.slug} has raters: it cannot become a draft again")
    Slot.objects.filter(seat__study=study).delete()
    delete_rows(study.seats.all())
    Pairing.objects.filter(study_brief__study=study).delete()
    void_seal(study.slug)
    delete_rows(study.briefs.all())
    decline_waiting(study)
    before, study.frozen_digest, study.frozen_at, study.state = (
        study.frozen_digest,
        "",
        None,
        Study.State.DRAFT,
    )
    study.save(update_fields=["frozen_digest", "frozen_at", "state"])
    record(who=by, verb="make a draft again", about=study.slug, digest=before)
    return study


def _choose(
    spec: StudySpec, given: DesignInput, wanted: ExtrasInput, seed: int
) -> tuple[str, tuple[SeatPlan, ...]]:
    """A nonce by the system's chance, and its draw. Of a few, the one in which all extras have a place and
    that is most even for the first comers.

    How many are tried depends on the CPU time that they need, so a busy machine tries as many as an idle one.
    Which one was kept is known only by the nonce itself.
    """
    best: tuple[tuple[int, int], str, tuple[SeatPlan, ...]] | None = None
    until = thread_time() + CHOOSING_CPU_SECONDS
    for _attempt in range(MOST_NONCES):
        nonce = random_nonce()
        plans = main_slots(given, seed, nonce)
        lacks = 0
        if not wanted.is_empty:
            lacks = len(audit_extras(given, wanted, add_extras(spec, given, wanted, plans, seed, nonce)))
        cost = lacks, early_unevenness(given, plans)
        if best is None or cost < best[0]:
            best = (cost, nonce, plans)
        if best[0] == (0, 0) or thread_time() > until:
            break
    assert best is not None
    return best[1], best[2]


def _expect_draft(study: Study) -> None:
    if study.state != Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is {study.state}: only a draft can be frozen")


# The freezing


def _freeze(
    study: Study,
    spec: StudySpec,
    stored: dict[str, Brief],
    scripts: dict[ScriptKey, Script],
    by: str,
    given_nonce: str | None,
    on_progress: OnProgress,
) -> Study:
    spec = _with_unblinders(study, _with_thresholds(study, spec))
    more = load_extra_scripts(study, spec)
    briefs = store_briefs(study, spec, stored, more)
    made = NewRows()
    add_entries(made, spec, briefs, scripts, on_progress)
    on_progress("drawing", 0, 0)
    given = main_draw_input(spec, list(briefs.values()))
    wanted = extras_draw_input(spec, list(briefs.values()), more.second)
    if given_nonce is None and spec.raters == Rater.Kind.SIMULATED:
        given_nonce = derived_code(study.slug, str(study.seed), "draw", length=32)
    if given_nonce is None:
        nonce, plans = _choose(spec, given, wanted, study.seed)
    else:
        nonce, plans = given_nonce, main_slots(given, study.seed, given_nonce)
    seats = add_extras(spec, given, wanted, plans, study.seed, nonce)
    broken = audit(given, plans, raters_per_pairing=spec.design.raters_per_pairing)
    if broken := broken or ([] if wanted.is_empty else audit_extras(given, wanted, seats)):
        raise InputErrors([draft_error(study.slug, "draw", what=line) for line in broken])
    on_progress("storing", 0, 0)
    SealedDraw.objects.create(study_slug=study.slug, nonce=nonce)
    add_pairings(made, spec, briefs)
    add_extra_entries(made, study, spec, briefs, more, seats)
    # Each table in a drawn order of its own: no key tells a system.
    Entry.objects.bulk_create(_shuffled(list(made.entries.values())))
    sealed = _shuffled([_sealed(study, each) for each in made.to_seal])
    SealedEntry.objects.bulk_create(sealed)
    Pairing.objects.bulk_create(_shuffled(list(made.pairings.values())))
    store_seats(study, seats, made.pairings)
    study.frozen_digest = frozen_digest(
        spec=study.spec_digest,
        entries=(entry.digest for entry in made.entries.values()),
        origins=[row.origin for row in sealed],
        draw=plans,
        nonce=nonce,
        seats=[] if wanted.is_empty else seats,
        known_worse=[
            [*pair, pairing.worse, pairing.damage] for pair, pairing in made.pairings.items() if pairing.worse
        ],
        lengths=([entry.code, entry.length] for entry in made.entries.values()),
        briefs=(brief_facts(brief) for brief in briefs.values()),
    )
    drop_outdated_acceptances(study, spec, by)
    study.state, study.frozen_at = Study.State.FROZEN, database_now()
    study.save(update_fields=["spec", "spec_digest", "frozen_digest", "state", "frozen_at"])
    giveaways = giveaways_detail(find_check_giveaways(study, spec))
    record(
        who=by,
        verb="freeze",
        about=study.slug,
        digest=study.frozen_digest,
        plan_digest=study.spec_digest,
        draw_commitment=commitment(nonce),
        **({"unblinders": [each.name for each in spec.unblinders]} if spec.unblinders else {}),
        **({"draw": "from the seed"} if spec.raters else {}),
        **({"check_giveaways": giveaways} if giveaways else {}),
        **training_overlap.near_overlaps_detail(spec),
    )
    return study


def _with_thresholds(study: Study, spec: StudySpec) -> StudySpec:
    """With the thresholds of attention written out: another release may ship others."""
    if spec.plan.attention is None:
        plan = replace(spec.plan, attention=AttentionSpec())
        spec = replace(spec, plan=plan)
        study.spec, study.spec_digest = as_json(spec), spec.digest
    return spec


def _with_unblinders(study: Study, spec: StudySpec) -> StudySpec:
    """With the accounts of the unblinders, which become part of the digest."""
    if spec.unblinders:
        spec = unblinders.with_accounts(study, spec)
        study.spec, study.spec_digest = as_json(spec), spec.digest
    return spec


def _unresolved(study: Study) -> list[InputError]:
    return [
        draft_error(
            f"{study.slug}/{finding.brief_slug}",
            "open_finding",
            place=_("A text") if ":" in finding.brief_slug else _("A script"),
            kind=finding.kind,
            excerpt=finding.excerpt,
        )
        for finding in findings(study).filter(cleared_at__isnull=True)
    ]


def _lacking(study: Study, spec: StudySpec) -> list[InputError]:
    """Scripts that were rejected and have no next sample, where the plan wants all of them; a study of which
    nothing would be left to show.
    """
    if all(len(scripts) < 2 for scripts in spec.materials.scripts.values()):
        return [draft_error(study.slug, "no_pair")]
    if spec.plan.missing_script != "refuse":
        return []
    return [
        draft_error(f"{study.slug}/{brief}", "script_rejected", brief=brief, count=count)
        for brief, count in missing_scripts(spec).items()
    ]


def _sealed(study: Study, each: SealContent) -> SealedEntry:
    return SealedEntry(
        study_slug=study.slug,
        entry_code=each.code,
        system_slug=each.system,
        script_digest=each.digest,
        script_sample=each.sample,
    )


def _shuffled[T](rows: list[T]) -> list[T]:
    random.SystemRandom().shuffle(rows)
    return rows
