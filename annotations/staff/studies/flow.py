"""Who and what came how far in a study that is over, and how its scripts came about."""

from collections import Counter, defaultdict

from django.db.models import Count, Q

from annotations.models import Assignment, Pairing, Rater, Rejection, RevealedEntry, Slot, Study
from annotations.staff.studies.monitoring import assignments_after_new_link, excluded_rater_kinds
from generation.models import Script
from generation.runs.queries import script_facts

State = Assignment.State
# What ended without a judgment or a word: given back, run out, or open when the study closed.
LEFT = (State.EXPIRED, State.RELEASED, State.OPEN)
ENDS = (State.SUBMITTED, State.SKIPPED)


def flow_counts(study: Study) -> dict[str, int]:
    """Counts by step, of the raters that enter estimates: people where people judged.

    invited, consented, withdrawn, passed_practice (where there is practice) and relinked count raters; others
    assignments but for those of practice: assigned is the sum of submitted, late, skipped and expired, and
    excluded and after_new_link are parts of these. relinked and after_new_link are there if staff issued a
    new link to a rater.
    """
    raters = Rater.objects.filter(study=study).exclude(kind__in=excluded_rater_kinds(study))
    people = raters.aggregate(
        invited=Count("pk", distinct=True),
        consented=Count("pk", filter=Q(consents__isnull=False), distinct=True),
        withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False), distinct=True),
    )
    if study.spec.get("practice"):
        people["passed_practice"] = raters.filter(practised_at__isnull=False).count()
    assignments = Assignment.objects.filter(rater__in=raters, slot__phase=Slot.Phase.MAIN)
    work = assignments.aggregate(
        assigned=Count("pk"),
        submitted=Count("pk", filter=Q(state=State.SUBMITTED)),
        late=Count("pk", filter=Q(state=State.LATE)),
        skipped=Count("pk", filter=Q(state=State.SKIPPED)),
        expired=Count("pk", filter=Q(state__in=LEFT)),
        excluded=Count("pk", filter=~Q(excluded="")),
    )
    if relinked := raters.filter(relinked_at__isnull=False).count():
        people["relinked"] = relinked
        work["after_new_link"] = assignments.filter(pk__in=assignments_after_new_link(study)).count()
    return {**people, **work}


def scripts_by_system(study: Study) -> dict[str, dict[str, int]]:
    """How the compared scripts of each system came about (`runs.queries.script_facts`); empty while
    sealed. Second samples are not compared with others."""
    digests: dict[str, set[str]] = defaultdict(set)
    second = Pairing.objects.filter(study_brief__study=study, kind=Pairing.Kind.SAME).values("second")
    revealed = RevealedEntry.objects.filter(entry__study_brief__in=study.main_briefs)
    for system, digest in revealed.exclude(entry__in=second).values_list("system_slug", "script_digest"):
        digests[system].add(digest)
    briefs = list(study.main_briefs.values_list("slug", flat=True))
    rejected = Counter(system for _row, system in rejected_scripts(study)) if digests else Counter()
    found = {}
    for system in sorted({*digests, *rejected}):
        found[system] = script_facts(system, digests[system], briefs)
        if rejected:  # all systems, or none where nothing was rejected: a zero says that staff looked
            found[system]["rejected"] = rejected[system]
    return found


def missing_by_system(study: Study) -> dict[str, dict[str, int]]:
    """Drawn cells of each system's scripts, those submitted or skipped, and those without an answer; empty if
    sealed. Seats of raters that enter no estimate don't count."""
    slots = Slot.objects.filter(seat__study=study, phase=Slot.Phase.MAIN, pairing__kind=Pairing.Kind.MAIN)
    slots = slots.exclude(seat__rater__kind__in=excluded_rater_kinds(study)).order_by()
    ends = {str(end): Count("assignments", filter=Q(assignments__state=end)) for end in ENDS}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for system in ("pairing__first__revealed__system_slug", "pairing__second__revealed__system_slug"):
        rows = slots.exclude(**{system: None}).values(system)
        for row in rows.annotate(assigned=Count("pk", distinct=True), **ends):
            found[row.pop(system)].update(row)
    return {name: {**n, "missing": n["assigned"] - n["submitted"]} for name, n in sorted(found.items())}


def rejected_scripts(study: Study) -> list[tuple[Rejection, str]]:
    """What the draft has rejected, with the system of each; empty while sealed."""
    if study.is_sealed:
        return []
    rows = list(study.rejections.all())
    systems = {system["slug"] for system in study.spec["systems"]}
    owners = Script.objects.filter(
        digest__in=[row.script_digest for row in rows], system__slug__in=systems
    ).values_list("brief__slug", "digest", "system__slug")
    known = {(brief, digest): system for brief, digest, system in owners}
    return [(row, known.get((row.brief_slug, row.script_digest), "")) for row in rows]
