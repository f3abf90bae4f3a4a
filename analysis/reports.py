"""Stored reports: asked for by a person or by unblinding, built by a worker, the same bytes as the command line's."""

from datetime import timedelta

from django.db import transaction

from analysis import exports, frames
from analysis.models import Report, ReportFile
from analysis.stats import PlanError, TableError, analyse, tables_from_frames
from analysis.stats.files import report_files
from annotations.models import Study
from evalsite.core.clock import database_now
from evalsite.core.models import User, record
from evalsite.core.wake import wake_on_commit

MEDIA_TYPES = {
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}
SEED, REPLICATES = 1, 2000
# A report that a worker began and did not end within this time is begun again.
STUCK = timedelta(minutes=15)


def compute(study: Study, *, seed: int = SEED, replicates: int = REPLICATES) -> dict[str, bytes]:
    """The files of a study's report by name: `report.json`, `report.md`, `report.html`, `plots/*.svg`.

    Goes through the bytes of the exported tables, so that whoever exports them and runs the command line gets the same
    numbers. Raises frames.Sealed before unblinding, TableError or PlanError where the data cannot be analysed.
    """
    tables = {name: frames.TABLES[name](study) for name in exports.ANALYSED}
    contents = {name: exports.csv_bytes(frame) for name, frame in tables.items()}
    used = {name: frame for name, frame in tables.items() if name == "judgments" or len(frame)}
    checked = tables_from_frames(
        **used, names={name: f"{name}.csv" for name in used}, digests=exports.digests(contents)
    )
    report = analyse(checked, exports.plan_of(study), seed=seed, replicates=replicates)
    return report_files(report)


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
    record(who=by.get_username() if by else "system", verb="ask for report", about=study.slug, report=report.code)
    wake_on_commit("analysis.build_report", report.code)
    return report


def ensure_final(study_slug: str) -> None:
    """Ask for the final report unless there is one."""
    study = Study.objects.get(slug=study_slug)
    if not study.is_sealed and not study.reports.filter(kind=Report.Kind.FINAL).exists():
        request(study=study, by=None)


def build(code: str) -> None:
    """Compute a report that waits and store its files. Run twice, the second does nothing."""
    taken = Report.objects.filter(code=code, state=Report.State.WAITING).update(state=Report.State.RUNNING)
    if not taken:
        return
    report = Report.objects.select_related("study").get(code=code)
    try:
        files = compute(report.study, **report.parameters)
    except (TableError, PlanError, frames.Sealed) as error:
        _end(report, Report.State.FAILED, reason=str(error))
        return
    store(report, files)


@transaction.atomic
def store(report: Report, files: dict[str, bytes]) -> None:
    """Keep the files of a report and call it done."""
    ReportFile.objects.filter(report=report).delete()
    ReportFile.objects.bulk_create(
        ReportFile(report=report, name=name, media_type=_media_type(name), content=content)
        for name, content in sorted(files.items())
    )
    report.results = exports.loads(files["report.json"])
    report.data_digest = exports.data_digest(report.results)
    _end(report, Report.State.DONE)


def _end(report: Report, state: str, reason: str = "") -> None:
    report.state, report.reason, report.done_at = state, reason, database_now()
    report.save()


def _media_type(name: str) -> str:
    return MEDIA_TYPES[name[name.rindex(".") :]]


def sweep() -> None:
    """Send again what still waits, begin again what a killed worker left, and report what was unblinded without one."""
    stuck = database_now() - STUCK
    Report.objects.filter(state=Report.State.RUNNING, created_at__lt=stuck).update(state=Report.State.WAITING)
    with transaction.atomic():
        for code in Report.objects.filter(state=Report.State.WAITING).values_list("code", flat=True):
            wake_on_commit("analysis.build_report", code)
    for study in Study.objects.filter(state=Study.State.UNBLINDED).exclude(reports__kind=Report.Kind.FINAL):
        ensure_final(study.slug)
