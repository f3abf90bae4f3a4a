"""What was found in a draft's texts, and what people decide about it while the systems are hidden."""

from collections.abc import Callable, Collection
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Q, QuerySet

from annotations.errors import WrongState
from annotations.findings import scanning
from annotations.findings.scanning import count_texts, scan_texts, store_findings, texts_digest
from annotations.models import DraftScan, LeakFinding, Study
from annotations.spec.sealed_scripts import find_hidden_pairs
from annotations.spec.study_texts import count_characters, stored_briefs, stored_scripts
from annotations.spec.values import ScriptKey, StudySpec, from_json
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import record
from generation.models import Brief, Script

AT_ONCE = 80_000
"""Characters of scripts that are looked through while the asker waits, in a second or two."""
SILENT = timedelta(seconds=60)
"""After this time without a sign, a look may be requested again."""
TELL_EVERY_S = 0.5
TASK = "annotations.look_through"


def findings(study: Study) -> QuerySet[LeakFinding]:
    """What the last check of the texts found, without the texts that another blinded study hides.

    Hidden findings have no page, no count and no part in freezing: how many there are, or whether a word that
    a draft looks for is among them, could tell whose text it is. The study that
    sealed the texts has reviewed them.
    """
    # Findings of an earlier version of the draft could be of other systems than it has now.
    outdated = study.state == Study.State.DRAFT and not is_scanned(study)
    hidden = find_hidden_pairs(study, any_set=outdated)
    if not hidden:
        return study.findings.all()
    briefs, key = {brief for brief, _ in hidden}, scanning.text_keys(study)
    scripts = study.spec["materials"]["scripts"]
    used = ((brief, *each) for brief in briefs for each in scripts.get(brief, {}).items())
    readable = [key(digest) for brief, system, digest in used if (brief, system) not in hidden]
    extra = (f"{scanning.EXTRA_SCRIPT}{brief}:{what}" for brief in briefs for what in ("script", "second"))
    of_texts = Q(brief_slug__in=[*briefs, *extra]) & ~Q(text_digest__in=readable)
    return study.findings.exclude(of_texts | Q(brief_slug__startswith=scanning.ALL_SCRIPTS))


def locked_draft(study: Study, doing: str) -> Study:
    """Lock the study until the transaction ends. Raises WrongState unless it is a draft."""
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if study.state != Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is {study.state}: {doing} in a draft")
    return study


@transaction.atomic
def clear_finding(*, finding: LeakFinding, by: str, reason: str) -> LeakFinding:
    """Accept a finding, with a reason that would be good for every system's script."""
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
def clear_similar_findings(*, finding: LeakFinding, by: str, reason: str) -> int:
    """Accept a finding and all others with the same words; return how many those were."""
    study = locked_draft(finding.study, "findings are cleared")
    alike = findings(study).filter(kind=finding.kind, excerpt=finding.excerpt, cleared_at__isnull=True)
    return len([clear_finding(finding=one, by=by, reason=reason) for one in alike])


def accept_all(*, study: Study, by: str, reason: str) -> int:
    """Accept every open finding of a draft, after looking through texts that have changed since.

    Returns how many were accepted. Raises WrongState, and `InputErrors` where a text has gone.
    """
    if not reason.strip():
        raise WrongState("findings are accepted with a reason")
    if not is_scanned(study):
        request_scan(study=study, by=by)
        run_scan(study.slug)
    with transaction.atomic():
        study = locked_draft(study, "findings are accepted")
        open_findings = findings(study).filter(cleared_at__isnull=True).order_by("pk")
        return len([clear_finding(finding=one, by=by, reason=reason) for one in open_findings])


@transaction.atomic
def reopen_finding(*, finding: LeakFinding, by: str) -> LeakFinding:
    """Reopen a finding that was accepted."""
    study = locked_draft(finding.study, "findings are opened again")
    finding.cleared_by, finding.cleared_reason, finding.cleared_at = "", "", None
    finding.save(update_fields=["cleared_by", "cleared_reason", "cleared_at"])
    record(who=by, verb="open finding again", about=study.slug, finding=finding.code, kind=finding.kind)
    return finding


# Looking through all texts


def draft_texts(study: Study) -> tuple[StudySpec, dict[str, Brief], dict[ScriptKey, Script]]:
    """The draft's spec with the briefs and scripts that it names. Raises `InputErrors` where one has gone."""
    spec = from_json(study.spec)
    return spec, stored_briefs(study, spec), stored_scripts(study, spec)


def request_scan(*, study: Study, by: str) -> DraftScan:
    """Look through all texts: at once where they are few, else by a worker.

    One look at a time. Raises WrongState, and `InputErrors` where a text has gone.
    """
    with transaction.atomic():
        study = locked_draft(study, "texts are looked through")
        spec, briefs, scripts = draft_texts(study)
        look = DraftScan.objects.filter(study=study).first() or DraftScan(study=study)
        if look.pk and running_scan(look):
            return look
        now = database_now()
        look.spec_digest, look.beat_at, look.ended_at = study.spec_digest, now, None
        look.done, look.total = 0, count_texts(spec, briefs, scripts)
        look.save()
        record(who=by, verb="look through texts", about=study.slug, digest=study.spec_digest)
        if count_characters(spec) > AT_ONCE:
            enqueue_on_commit(TASK, study.slug)
            return look
    run_scan(study.slug)
    look.refresh_from_db()
    return look


def scan_if_large(*, study: Study, by: str) -> None:
    """Let a worker check the texts of a large draft ahead of time, so that freezing need not."""
    if count_characters(from_json(study.spec)) > AT_ONCE:
        request_scan(study=study, by=by)


def run_scan(slug: str) -> None:
    """The look itself; may run twice. A draft that changes meanwhile is scanned again."""
    for _ in range(3):
        study = Study.objects.filter(slug=slug, state=Study.State.DRAFT).first()
        look = DraftScan.objects.filter(study=study, ended_at__isnull=True).first() if study else None
        if study is None or look is None:
            return
        texts = draft_texts(study)
        found = scan_texts(study, *texts, on_progress=_beat(look))
        look.texts_digest = texts_digest(*texts)
        if _ended(study, look, found):
            return


def _ended(study: Study, look: DraftScan, found: Collection[tuple[str, str, str, str]]) -> bool:
    """Keep what was found, if the draft is still the one that was looked through."""
    with transaction.atomic():
        now = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if now.state != Study.State.DRAFT:
            return True
        if now.spec_digest != study.spec_digest:
            return False
        store_findings(study, found)
        look.spec_digest, look.done, look.ended_at = study.spec_digest, look.total, database_now()
        look.beat_at = look.ended_at
        look.save()
        return True


def _beat(look: DraftScan) -> Callable[[int], None]:
    """Writes down from time to time how far a look has come."""
    last = monotonic()

    def on_progress(done: int) -> None:
        nonlocal last
        if monotonic() - last > TELL_EVERY_S:
            last = monotonic()
            DraftScan.objects.filter(pk=look.pk).update(done=done, beat_at=database_now())

    return on_progress


def running_scan(look: DraftScan | None) -> bool:
    return look is not None and look.ended_at is None and database_now() - look.beat_at < SILENT


def is_scanned(study: Study) -> bool:
    """Whether the draft as it is now has been looked through."""
    look = DraftScan.objects.filter(study=study).first()
    return look is not None and look.ended_at is not None and look.spec_digest == study.spec_digest
