"""Which stored reports the staff may reach: those of their teams' studies that two people have unblinded."""

from django.http import Http404, HttpRequest

from analysis.models import Report, ReportLink
from analysis.tables.frames import require_readable
from annotations.models import Study
from annotations.staff.access import study_or_404


def unblinded_or_refused(request: HttpRequest, slug: str, role: str | None = None) -> Study:
    """The study, as `study_or_404` finds it; raises frames.Sealed where its results may not be read."""
    study = study_or_404(request, slug, role)
    require_readable(study, report_only=True)
    return study


def newest(study: Study, *states: str) -> Report | None:
    """The latest report in one of these states, or in any."""
    reports = study.reports.all()
    return (reports.filter(state__in=states) if states else reports).first()


def get_computed_report_or_404(study: Study, code: str) -> Report:
    """A report of the study that has been computed."""
    found = study.reports.filter(code=code, state=Report.State.DONE).first()
    if found is None:
        raise Http404
    return found


def report_link_or_404(study: Study, code: str) -> ReportLink:
    """A public link to a report of the study."""
    links = ReportLink.objects.filter(report__study=study, code=code).select_related("report__study")
    found = links.first()
    if found is None:
        raise Http404
    return found
