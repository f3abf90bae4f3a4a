"""What was found in a draft's texts, and what is said of it with the systems hidden."""

from django.db import transaction
from django.db.models import QuerySet

from annotations.models import LeakFinding, Study
from annotations.services.errors import WrongState
from evalsite.core.clock import database_now
from evalsite.core.models import record


def findings(study: Study) -> QuerySet[LeakFinding]:
    """What the last look through the texts found; nothing in it says whose script it is."""
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
