"""Stored reports: asked for by people or by unblinding, built by a worker, the command line's very bytes."""

import logging

from django.db import transaction

from analysis.models import Report, ReportFile
from analysis.reports.full_pdfs import release_left, requeue_stale_pdfs, short_pdf_name, take_job
from analysis.reports.stored_reports import OTHERS, record_stored
from analysis.tables import exports, frames
from annotations.blinding.frozen_check import FrozenStudyDiffers, check_unblinded
from annotations.models import Study
from annotations.study_events import emit_study_event
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import Role, User, record
from evalsite.core.notifications import notify
from evalsite.core.teams import members_of
from evalsite.webhooks.models import EventType

MEDIA_TYPES = {
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
}
SEED, REPLICATES = 1, 2000

logger = logging.getLogger(__name__)


def compute(
    study: Study,
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    full_pdf: bool = False,
    full_markdown: bool = False,
) -> dict[str, bytes]:
    """The files of a study's report by name: `report.json`, `.md`, `.html`, `.pdf` and `plots/*.svg`.

    With `full_pdf` also `report-full.pdf`, with `full_markdown` `report-full.md`.

    Goes through the bytes of the exported tables, so that whoever exports them and runs the command line gets
    the same numbers. Raises frames.Sealed before unblinding, FrozenStudyDiffers where the stored study is not
    the one that was frozen, InputErrors on unfit data.
    """
    from analysis.render.report_files import report_files
    from analysis.stats import analyse, tables_from_frames

    frames.require_unblinded(study)
    check_unblinded(study)
    tables = exports.analysed_tables(study)
    contents = {name: exports.csv_bytes(frame) for name, frame in tables.items()}
    checked = tables_from_frames(
        **tables, names={name: f"{name}.csv" for name in tables}, digests=exports.digests(contents)
    )
    report = analyse(checked, exports.plan_of(study), seed=seed, replicates=replicates)
    return report_files(report, full_pdf=full_pdf, full_markdown=full_markdown)


@transaction.atomic
def request(*, study: Study, by: User | None, kind: str = Report.Kind.FINAL) -> Report:
    """Ask for a report of an unblinded study; one that waits or runs is returned instead of a second one."""
    frames.require_unblinded(study)
    Study.objects.select_for_update().get(pk=study.pk)
    under_way = study.reports.filter(state__in=[Report.State.WAITING, Report.State.RUNNING]).first()
    if under_way is not None:
        return under_way
    report = Report.objects.create(
        study=study, kind=kind, created_by=by, parameters={"seed": SEED, "replicates": REPLICATES}
    )
    who = by.get_username() if by else "system"
    record(who=who, verb="ask for report", about=study.slug, report=report.code)
    enqueue_on_commit("analysis.build_report", report.code)
    return report


@transaction.atomic
def ensure_final(study_slug: str) -> None:
    """Ask for the final report unless there is one. A worker, a sweep and a command may do so at once."""
    study = Study.objects.select_for_update().get(slug=study_slug)
    if not study.is_sealed and not study.reports.filter(kind=Report.Kind.FINAL).exists():
        request(study=study, by=None)


def build(code: str) -> None:
    """Compute a report that waits and store its files. Run twice, the second does nothing."""
    if take_job(Report.objects.filter(code=code)):
        _build_taken(code)


@transaction.atomic
def _build_taken(code: str) -> None:
    from analysis.stats import InputErrors

    # The row stays locked while the work lasts. A killed worker's connection ends and with it the lock, by
    # which `sweep` knows at once what was left behind, without a clock.
    report = Report.objects.select_for_update(of=("self",)).select_related("study").get(code=code)
    if report.state != Report.State.RUNNING:
        return
    try:
        with transaction.atomic():
            files = compute(report.study, **report.parameters)
            files |= _pdfs_in_other_languages(files)
    except (InputErrors, frames.Sealed, FrozenStudyDiffers) as error:
        _end(report, Report.State.FAILED, reason=str(error))
    except Exception as error:
        logger.exception("report %s of %s", code, report.study)
        _end(report, Report.State.FAILED, f"unexpected {type(error).__name__}; the worker's log has more")
    else:
        store(report, files)


def _pdfs_in_other_languages(files: dict[str, bytes]) -> dict[str, bytes]:
    """The short PDF in each language that `compute` does not write, so that web processes set none."""
    from analysis.render.report_files import pdf_files

    results = exports.loads(files["report.json"])
    found: dict[str, bytes] = {}
    for lang in OTHERS:
        found |= pdf_files(results, short_pdf_name(lang), lang=lang)
    return found


@transaction.atomic
def store(report: Report, files: dict[str, bytes]) -> None:
    """Keep the files of a report and call it done."""
    ReportFile.objects.filter(report=report).delete()
    ReportFile.objects.bulk_create(
        ReportFile(report=report, name=name, media_type=media_type(name), content=content)
        for name, content in sorted(files.items())
    )
    report.results = exports.loads(files["report.json"])
    report.data_digest = exports.data_digest(report.results)
    _end(report, Report.State.DONE)
    record_stored(report, files)
    readers = members_of(report.study.team, Role.WATCHER)
    if report.created_by is not None:
        readers = readers.filter(pk=report.created_by.pk)
    notify(readers, "report-ready", report.study.slug, key=report.code, title=report.study.title)
    emit_study_event(report.study, EventType.REPORT_READY, page="study-report", report=report.code)


def _end(report: Report, state: str, reason: str = "") -> None:
    report.state, report.reason, report.done_at = state, reason, database_now()
    report.save()


def media_type(name: str) -> str:
    """By the name of a file of a report."""
    return MEDIA_TYPES[name[name.rindex(".") :]]


def requeue_stale() -> int:
    """Enqueue every report that waits, that a killed worker left, or that an unblinded study lacks.

    The same for full PDFs.

    Returns how many reports were waiting.
    """
    with transaction.atomic():
        release_left(Report.objects.all())
        waiting = list(Report.objects.filter(state=Report.State.WAITING).values_list("code", flat=True))
        for code in waiting:
            enqueue_on_commit("analysis.build_report", code)
    for study in Study.objects.filter(state=Study.State.UNBLINDED).exclude(reports__kind=Report.Kind.FINAL):
        ensure_final(study.slug)
    requeue_stale_pdfs()
    return len(waiting)
