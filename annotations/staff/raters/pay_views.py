"""What raters have earned, and who they are to the service that they came by: for owners of the team.

Numbers of pairs and sums; no choice, no script and no system, in whatever state the study is.
"""

import csv
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotations.desk import seats, services
from annotations.desk.services import Earnings
from annotations.models import ExternalId, Study
from annotations.spec import study_options
from annotations.staff.access import study_or_404
from evalsite.core.access import staff_required
from evalsite.core.models import Role, record
from evalsite.core.spreadsheets import safe_cell

RATERS_A_PAGE = 100
COLUMNS = (
    "study", "rater", "pairs", "per_pair", "sum", "currency", "first", "last", "finished_at",
    "provider", "participant", "provider_study", "provider_session", "practice_pairs", "per_practice_pair",
)  # fmt: skip


@never_cache
@require_safe
@staff_required
def pay(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.OWNER)
    raters = study.raters.select_related("external_id")
    page = Paginator(raters, RATERS_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "study": study,
        "rows": [(one, _external(one)) for one in services.study_earnings(study, list(page))],
        "page": page,
        "total": services.total_earnings(study),
        "practice_pay": study_options.practice_pay(study),
        "pay": study_options.pay_options(study),
        "shared": _shared_link(request, study),
        "completion": study_options.completion_options(study),
    }
    return render(request, "studies/pay.html", context)


def _external(one: Earnings) -> ExternalId | None:
    return getattr(one.rater, "external_id", None)


def _shared_link(request: HttpRequest, study: Study) -> str:
    """What is entered at Prolific as the study's address; empty where the study takes nobody from there."""
    if not study.spec.get("prolific"):
        return ""
    address = request.build_absolute_uri(reverse("rater-shared", args=[seats.shared_link_key(study)]))
    names = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")
    return f"{address}?" + "&".join(f"{name}={{{{%{name}%}}}}" for name in names)


@require_safe
@staff_required
def pay_table(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for the accounts, as CSV."""
    study = study_or_404(request, slug, Role.OWNER)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{study.slug}-pay.csv"'
    table = csv.writer(response)
    table.writerow(COLUMNS)
    for one in services.study_earnings(study):
        table.writerow(map(safe_cell, _row(study, one)))
    record(who=request.user.get_username(), verb="download", about=study.slug, file="pay.csv")
    return response


def _row(study: Study, one: Earnings) -> list[object]:
    who = _external(one)
    times = [moment.isoformat() if moment else "" for moment in (one.first, one.last, one.rater.finished_at)]
    ids = [who.provider, who.participant, who.study, who.session] if who else [""] * 4
    money = (f"{one.per_pair:.2f}", f"{one.sum:.2f}", one.currency)
    practice = (one.practice_pairs, f"{one.per_practice_pair:.2f}")
    return [study.slug, one.rater.code, one.pairs, *money, *times, *ids, *practice]
