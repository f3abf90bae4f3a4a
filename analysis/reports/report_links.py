"""Public links to a report: made and ended by owners of the team, read by anyone who has the address."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from analysis.models import Report, ReportLink
from analysis.reports.stored_reports import checked_results
from analysis.tables.frames import require_unblinded
from annotations.models import Study
from evalsite.core.clock import database_now
from evalsite.core.codes import hash_secret, new_secret
from evalsite.core.models import User, record

MOST_DAYS = 366


@transaction.atomic
def create_report_link(*, report: Report, until: date, note: str, by: User) -> tuple[ReportLink, str]:
    """A link that is valid to the end of the day `until`, in UTC, and its secret, which is stored nowhere.

    Raises frames.Sealed before unblinding.
    """
    require_unblinded(report.study)
    secret = new_secret()
    link = ReportLink.objects.create(
        report=report,
        secret_hash=hash_secret(secret),
        note=note,
        created_by=by,
        expires_at=datetime.combine(until + timedelta(days=1), time(), UTC),
    )
    record(
        who=by.get_username(),
        verb="make report link",
        about=report.study.slug,
        report=report.code,
        link=link.code,
        until=until.isoformat(),
    )
    return link, secret


@transaction.atomic
def end_report_link(*, link: ReportLink, by: User) -> None:
    """End a link at once. Ending it twice does nothing."""
    ended = ReportLink.objects.filter(pk=link.pk, ended_at=None).update(ended_at=database_now())
    if ended:
        slug = link.report.study.slug
        record(who=by.get_username(), verb="end report link", about=slug, link=link.code)


def links_of(study: Study) -> QuerySet[ReportLink]:
    """All links to reports of a study, also those that have ended."""
    return ReportLink.objects.filter(report__study=study).select_related("report", "created_by")


def stored_results(code: str) -> dict[str, Any]:
    """What a computed report found."""
    return checked_results(Report.objects.get(code=code))


def find_report_link(secret: str) -> ReportLink | None:
    """The link with this secret, also if it has ended."""
    links = ReportLink.objects.select_related("report__study")
    return links.filter(secret_hash=hash_secret(secret)).first()
