"""What a study's page shows."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet

from annotations.blinding import judgment_digests
from annotations.blinding.draw_check import draw_check_for_page
from annotations.blinding.unblinders import named_unblinders, names_without_second_factor
from annotations.blinding.unblinding import hides_systems
from annotations.desk.seats import free_seats
from annotations.findings import review as findings
from annotations.findings import warnings
from annotations.freezing import training_overlap
from annotations.models import Study
from annotations.spec import forfeits
from annotations.spec.careless_raters import undetectable_carelessness
from annotations.spec.values import StudySpec, from_json
from annotations.spec.warmup_pairs import recorded_giveaways
from annotations.staff.access import waiting_request
from annotations.staff.forms import AmendmentForm, InviteForm
from annotations.staff.raters.rater_list import summarize
from annotations.staff.studies import monitoring
from annotations.staff.study_form.study_form_checks import find_text_gaps
from evalsite.core.models import AuditEvent
from evalsite.core.trail import VERBS_OF_GENERATION

EVENTS_SHOWN = 12
MOST_RENAMES = 50
State = Study.State
INVITES = (State.FROZEN, State.OPEN, State.PAUSED)


def watch_context(study: Study) -> dict[str, Any]:
    """What the progress part of the page shows."""
    watch = monitoring.study_figures(study)
    return {
        "watch": watch,
        "busiest": max((day.submitted for day in watch.days), default=0),
        "fewest": monitoring.FEWEST,
        "counted": watch.judgments // monitoring.FEWEST * monitoring.FEWEST,
    }


def page_context(study: Study, *, whole_trail: bool = False) -> dict[str, Any]:
    """The study as its page shows it, read anew."""
    study.refresh_from_db()
    events = trail_of(study)
    free, watching = free_seats(study), watch_context(study)
    watch = watching["watch"]
    return {
        "study": study,
        **watching,
        "done": watch.assignments["submitted"],
        "everything_done": watch.slots > 0 and watch.assignments["submitted"] >= watch.slots,
        "draw": draw_check_for_page(study),
        "draw_nonce": "" if hides_systems(study) else study.draw_nonce,
        "plan": study.spec.get("plan", {}),
        "rights": study.spec.get("rights", "show"),
        "unblinders": [each.name for each in named_unblinders(study)],
        "without_factor": names_without_second_factor(study),
        "design": study.spec.get("design", {}),
        "systems": study.spec.get("systems", []),
        "criteria": study.criteria.all(),
        "raters": summarize(study),
        "paid": bool(study.spec.get("pay") or study.spec.get("prolific")) and study.state != State.DRAFT,
        "free": free,
        "invites": study.state in INVITES and study.spec.get("raters") != "simulated",
        "has_free_seat": study.state in INVITES and any(free.values()),
        "invite": InviteForm(study),
        **_findings(study),
        **_materials(study),
        "amendments": study.amendments.select_related(
            "unblinder_change__requested_by", "unblinder_change__accepted_by"
        ),
        "amendment": AmendmentForm(),
        "waiting": waiting_request(study),
        "events": _without_digests(study, events if whole_trail else events[:EVENTS_SHOWN]),
        "more_events": 0 if whole_trail else max(0, events.count() - EVENTS_SHOWN),
    }


def _without_digests(study: Study, events: QuerySet[AuditEvent]) -> list[AuditEvent]:
    """Lines of the trail, while a study is blinded without digests of its file: the file names the system of
    each text, so guesses could be checked with them. The frozen digest contains secret codes."""
    lines = list(events)
    for event in lines if hides_systems(study) else ():
        gone = "plan_digest" if event.verb == "freeze" else "digest"
        event.detail.pop(gone, None)
    return lines


def _materials(study: Study) -> dict[str, Any]:
    """What became of texts that are not there or not as they were written; no brief and no system is told."""
    spec = from_json(study.spec)
    draft = study.state == State.DRAFT
    lost = draft and spec.plan.missing_script == "loss"
    repeats = training_overlap.find_repeats(spec) if draft else training_overlap.recorded_repeats(study)
    near = (
        training_overlap.find_near_overlaps(spec) if draft else training_overlap.recorded_near_overlaps(study)
    )
    return {
        "missing": len(forfeits.missing_scripts(spec)) if lost else 0,
        "names": list(spec.materials.names.items()),
        "undetectable_carelessness": [each.message for each in undetectable_carelessness(spec)],
        **_warnings(study, spec),
        "text_gaps": find_text_gaps(spec) if study.state in (State.DRAFT, State.FROZEN) else [],
        "training_repeats": [each.message for each in repeats],
        "near_overlaps": [each.message for each in near],
        "cluster": spec.plan.cluster,
    }


def _warnings(study: Study, spec: StudySpec) -> dict[str, Any]:
    """Warnings about a draft: open ones, and those that were accepted."""
    found = warnings.find_warnings(study, spec) if study.state == State.DRAFT else []
    accepted = warnings.current_acceptances(study, found)
    done = {warning for warning, _row in accepted}
    recorded = [] if study.state == State.DRAFT else [each.message for each in recorded_giveaways(study)]
    known = {warning.message for warning in done}
    return {
        "open_warnings": [each for each in found if each not in done],
        "accepted_warnings": accepted,
        "recorded_giveaways": [each for each in recorded if each not in known],
    }


def trail_of(study: Study) -> QuerySet[AuditEvent]:
    """The audit trail of a study, also under the slugs that it had before it was renamed.

    A former slug counts until the renaming only: another study may have it since. Briefs and runs may have
    the same slug, so what is done to them is left out.
    """
    since = study.created_at - timedelta(seconds=1)
    slug, until, which = study.slug, None, Q()
    for _time in range(MOST_RENAMES):
        which |= Q(about=slug, at__gte=since) & (Q(at__lte=until) if until else Q())
        renamed = AuditEvent.objects.filter(verb="rename study", about=slug, at__gte=since)
        last = (renamed.filter(at__lt=until) if until else renamed).order_by("at").last()
        if last is None:
            break
        slug, until = last.detail["former"], last.at
    # The hourly digests are for `verify_log`; on a page they would hide what people did.
    events = AuditEvent.objects.filter(which).exclude(verb__in=(judgment_digests.VERB, *VERBS_OF_GENERATION))
    return events.exclude(verb="download", detail__has_key="format")  # a script of a brief


def _findings(study: Study) -> dict[str, Any]:
    """Progress of the review of a draft's findings. Texts that changed since the check have none open."""
    rows = findings.findings(study)
    total, left = rows.count(), rows.filter(cleared_at__isnull=True).count()
    looked = findings.is_scanned(study)
    return {
        "findings_total": total,
        "findings_settled": total - left,
        "open_findings": left if looked else 0,
        "looked": looked,
        "rejected_count": study.rejections.count(),
    }
