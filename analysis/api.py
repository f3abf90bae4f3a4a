"""Results over the API: reports and tables of unblinded studies."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis import frames
from analysis.access import unblinded_or_refused
from analysis.models import Report
from analysis.stored_reports import checked_results
from annotations.blinding.frozen_check import FrozenStudyDiffers, check_unblinded
from annotations.models import Study
from evalsite.core.models import Role


def unblinded(request: Request, slug: str, role: str | None = None) -> Study:
    """The study, or 404; 403 with the reason where it is sealed."""
    try:
        return unblinded_or_refused(request, slug, role)  # type: ignore[arg-type]
    except frames.Sealed as sealed:
        raise PermissionDenied(f"{sealed}.") from sealed


class ChangedAfterFreezing(APIException):
    status_code = 409
    default_code = "changed_after_freezing"


class ReportSerializer(serializers.ModelSerializer[Report]):
    class Meta:
        model = Report
        fields = ["code", "kind", "state", "parameters", "data_digest", "reason", "created_at", "done_at"]


class ReportWithResults(ReportSerializer):
    class Meta(ReportSerializer.Meta):
        fields = [*ReportSerializer.Meta.fields, "results"]


class ReportList(APIView):
    """List the reports of an unblinded study, newest first."""

    @extend_schema(responses=ReportSerializer(many=True), operation_id="study_reports")
    def get(self, request: Request, slug: str) -> Response:
        return Response(ReportSerializer(unblinded(request, slug).reports.all(), many=True).data)


class ReportDetail(APIView):
    """Return one report. `results` is the content of report.json."""

    @extend_schema(responses=ReportWithResults, operation_id="study_report")
    def get(self, request: Request, slug: str, code: str) -> Response:
        report = unblinded(request, slug).reports.filter(code=code).first()
        if report is None:
            raise NotFound
        try:
            if report.state == Report.State.DONE:
                checked_results(report)
        except FrozenStudyDiffers as differs:
            raise ChangedAfterFreezing(differs.lines()) from differs
        return Response(ReportWithResults(report).data)


class TableList(APIView):
    """List the tables of an unblinded study. Tables are for researchers and owners of its team."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, operation_id="study_tables")
    def get(self, request: Request, slug: str) -> Response:
        return Response({"tables": list(frames.available_tables(unblinded(request, slug, Role.RESEARCHER)))})


class Rows(LimitOffsetPagination):
    default_limit = 100
    max_limit = 5000


class TableRows(APIView):
    """Return the rows of a table as in the exported CSV, with all cells as text.

    Page with `limit` and `offset`.
    """

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", OpenApiTypes.INT, description="Rows per page, at most 5000."),
            OpenApiParameter("offset", OpenApiTypes.INT),
        ],
        responses=OpenApiTypes.OBJECT,
        operation_id="study_table",
    )
    def get(self, request: Request, slug: str, name: str) -> Response:
        study = unblinded(request, slug, Role.RESEARCHER)
        if name not in frames.available_tables(study):
            raise NotFound(f"There is no table {name}: {', '.join(frames.available_tables(study))}.")
        try:
            check_unblinded(study)
        except FrozenStudyDiffers as differs:
            raise ChangedAfterFreezing(differs.lines()) from differs
        records: list[Any] = frames.TABLES[name](study).to_dict("records")
        pages = Rows()
        page = pages.paginate_queryset(records, request, view=self)  # type: ignore[arg-type]
        return pages.get_paginated_response(page)
