"""What was found in a draft's texts, and what is said of it with the systems hidden."""

from collections.abc import Callable, Collection
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import QuerySet

from annotations.findings.scanning import Key, keep, look_through, texts_in_all
from annotations.findings.texts import stored_briefs, stored_scripts
from annotations.models import LeakFinding, Look, Study
from annotations.services.errors import WrongState
from annotations.spec.values import StudySpec, from_json
from evalsite.core.clock import database_now
from evalsite.core.models import record
from evalsite.core.wake import wake_on_commit
from generation.models import Brief, Script

AT_ONCE = 80_000
"""Characters of scripts that are looked through while the asker waits, in a second or two."""
SILENT = timedelta(seconds=60)
"""A look that has not been heard of for so long may be asked for anew."""
TELL_EVERY_S = 0.5
TASK = "annotations.look_through"


def findings(study: Study) -> QuerySet[LeakFinding]:
    """What the last look through the texts found; nothing in it says whose script it is."""
    return study.findings.all()


def locked_draft(study: Study, doing: str) -> Study:
    """The study, held until the transaction ends. Raises WrongState unless it is a draft."""
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if study.state != Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is {study.state}: {doing} in a draft")
    return study


@transaction.atomic
def clear_finding(*, finding: LeakFinding, by: str, reason: str) -> LeakFinding:
    """Let a finding stand, with a reason that would be good for every system's script."""
    study = locked_draft(finding.study, "findings are cleared")
    if not reason.strip():
        raise WrongState("a finding is cleared with a reason")
    finding.cleared_by, finding.cleared_reason, finding.cleared_at = by, reason.strip(), database_now()
    finding.save(update_fields=["cleared_by", "cleared_reason", "cleared_at"])
    record(
        who=by, verb="clear finding", about=study.slug, finding=finding.code, kind=finding.kind, reason=reason
    )
    return finding


@transaction.atomic
def clear_alike(*, finding: LeakFinding, by: str, reason: str) -> int:
    """Let a finding and every other one with the same words stand, by one rule; how many those were."""
    study = locked_draft(finding.study, "findings are cleared")
    alike = study.findings.filter(kind=finding.kind, excerpt=finding.excerpt, cleared_at__isnull=True)
    return len([clear_finding(finding=one, by=by, reason=reason) for one in alike])


@transaction.atomic
def reopen_finding(*, finding: LeakFinding, by: str) -> LeakFinding:
    """Take back that a finding was let stand."""
    study = locked_draft(finding.study, "findings are opened again")
    finding.cleared_by, finding.cleared_reason, finding.cleared_at = "", "", None
    finding.save(update_fields=["cleared_by", "cleared_reason", "cleared_at"])
    record(who=by, verb="open finding again", about=study.slug, finding=finding.code, kind=finding.kind)
    return finding


# Looking through all texts


def texts_of(study: Study) -> tuple[StudySpec, dict[str, Brief], dict[Key, Script]]:
    """The draft's spec with the briefs and scripts that it names. Raises `InputErrors` where one has gone."""
    spec = from_json(study.spec)
    return spec, stored_briefs(study, spec), stored_scripts(study, spec)


def ask_to_look(*, study: Study, by: str) -> Look:
    """Look through all texts: at once where they are few, else by a worker.

    One look at a time. Raises WrongState, and `InputErrors` where a text has gone.
    """
    with transaction.atomic():
        study = locked_draft(study, "texts are looked through")
        spec, briefs, scripts = texts_of(study)
        look = Look.objects.filter(study=study).first() or Look(study=study)
        if look.pk and under_way(look):
            return look
        now = database_now()
        look.spec_digest, look.beat_at, look.ended_at = study.spec_digest, now, None
        look.done, look.total = 0, texts_in_all(spec, briefs, scripts)
        look.save()
        record(who=by, verb="look through texts", about=study.slug, digest=study.spec_digest)
        if sum(len(script.text) for script in scripts.values()) > AT_ONCE:
            wake_on_commit(TASK, study.slug)
            return look
    run_look(study.slug)
    look.refresh_from_db()
    return look


def run_look(slug: str) -> None:
    """The look itself; may run twice. A draft that changes meanwhile is looked through anew."""
    for _ in range(3):
        study = Study.objects.filter(slug=slug, state=Study.State.DRAFT).first()
        look = Look.objects.filter(study=study, ended_at__isnull=True).first() if study else None
        if study is None or look is None:
            return
        found = look_through(study, *texts_of(study), told=_beat(look))
        if _ended(study, look, found):
            return


def _ended(study: Study, look: Look, found: Collection[tuple[str, str, str, str]]) -> bool:
    """Keep what was found, if the draft is still the one that was looked through."""
    with transaction.atomic():
        now = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if now.state != Study.State.DRAFT:
            return True
        if now.spec_digest != study.spec_digest:
            return False
        keep(study, found)
        look.spec_digest, look.done, look.ended_at = study.spec_digest, look.total, database_now()
        look.beat_at = look.ended_at
        look.save()
        return True


def _beat(look: Look) -> Callable[[int], None]:
    """Writes down from time to time how far a look has come."""
    last = monotonic()

    def told(done: int) -> None:
        nonlocal last
        if monotonic() - last > TELL_EVERY_S:
            last = monotonic()
            Look.objects.filter(pk=look.pk).update(done=done, beat_at=database_now())

    return told


def under_way(look: Look | None) -> bool:
    return look is not None and look.ended_at is None and database_now() - look.beat_at < SILENT


def looked(study: Study) -> bool:
    """Whether the draft as it is now has been looked through."""
    look = Look.objects.filter(study=study).first()
    return look is not None and look.ended_at is not None and look.spec_digest == study.spec_digest
