"""Results over the API: reports and tables of unblinded studies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from analysis.access import unblinded_or_refused
from analysis.api_schema import RESULTS
from analysis.models import Report
from analysis.reports import services as reports
from analysis.reports import stored_reports
from analysis.reports.stored_reports import checked_results
from analysis.reports.views import MEDIA_TYPES, attachment, streamed_attachment
from analysis.tables import exports, frames
from annotations.blinding.frozen_check import FrozenStudyDiffers, check_unblinded
from annotations.models import Study
from evalsite.api.errors import Problem, conflict
from evalsite.api.idempotency import idempotent
from evalsite.api.pagination import PAGE_PARAMETERS, SequencePages, page_schema
from evalsite.api.views import ApiFile, ApiList, ApiRow, no_rows
from evalsite.core.models import Role, record
from evalsite.core.problems import input_faults


def unblinded(
    request: Request,
    slug: str,
    role: str | None = None,
    check: Callable[[Study], None] = frames.require_unblinded,
) -> Study:
    """The study, or 404; 403 with the reason where it is sealed."""
    try:
        study = unblinded_or_refused(request, slug, role)  # type: ignore[arg-type]
        check(study)
        return study
    except frames.Sealed as sealed:
        text = str(sealed)
        raise Problem(403, f"{text[:1].upper()}{text[1:]}.", code="sealed") from sealed


@contextmanager
def checked() -> Iterator[None]:
    """409 where what is stored is not what was frozen or computed."""
    try:
        yield
    except FrozenStudyDiffers as differs:
        detail = _("What is stored of this study was changed after freezing, so nothing of it is reported.")
        errors = input_faults(differs.errors)
        raise conflict(detail, code="changed_after_freezing", errors=errors) from differs


# Reports


class ReportParametersSerializer(serializers.Serializer[Any]):
    seed = serializers.IntegerField(required=False)
    replicates = serializers.IntegerField(required=False, help_text="Of the bootstrap.")


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report: what was asked, and how far it is."""

    parameters = ReportParametersSerializer()

    class Meta:
        model = Report
        fields = ["code", "kind", "state", "parameters", "data_digest", "reason", "created_at", "done_at"]


class ReportFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    media_type = serializers.CharField()
    url = serializers.URLField()


class ReportWithResults(ReportSerializer):
    """A report with its results and files."""

    results = serializers.SerializerMethodField(help_text="The content of report.json, or null.")
    files = serializers.SerializerMethodField(help_text="Files to download.")

    class Meta(ReportSerializer.Meta):
        fields = [*ReportSerializer.Meta.fields, "results", "files"]

    @extend_schema_field({"oneOf": [{"$ref": RESULTS}, {"type": "null"}]})
    def get_results(self, report: Report) -> dict[str, Any] | None:
        if report.state != Report.State.DONE:
            return None
        with checked():
            return checked_results(report)

    @extend_schema_field(ReportFileSerializer(many=True))
    def get_files(self, report: Report) -> list[dict[str, str]]:
        request: Request = self.context["request"]
        return [
            {
                "name": name,
                "media_type": media_type,
                "url": request.build_absolute_uri(
                    reverse("api-report-file", args=[report.study.slug, report.code, name])
                ),
            }
            for name, media_type in report.files.values_list("name", "media_type")
        ]


class ReportList(ApiList):
    """List the reports of an unblinded study, newest first."""

    scope = "results"
    serializer_class = ReportSerializer
    filterset_fields = ["state", "kind"]
    queryset = no_rows(Report)

    @extend_schema(operation_id="study_reports")
    def get(self, request: Request, slug: str) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Report]:
        return unblinded(self.request, self.kwargs["slug"]).reports.defer("results")

    @extend_schema(
        operation_id="study_report_compute", request=None, responses={202: ReportSerializer}, filters=False
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Compute a report: the final one while there is none, a rerun afterwards.

        Ask the address in `Location` until its state is `done` or `failed`. A report that waits or runs is
        returned instead of a second one.
        """
        study = unblinded(request, slug)
        final = study.reports.filter(kind=Report.Kind.FINAL, state=Report.State.DONE).exists()
        kind = Report.Kind.RERUN if final else Report.Kind.FINAL
        report = reports.request(study=study, by=request.user, kind=kind)  # type: ignore[arg-type]
        place = self.location("api-report", slug, report.code)
        return Response(ReportSerializer(report).data, status=202, headers=place)


def report_or_404(study: Study, code: str) -> Report:
    report = study.reports.filter(code=code).first()
    if report is None:
        raise NotFound(_("The study has no such report."))
    return report


class ReportDetail(ApiRow):
    """Return one report. `results` is the content of report.json."""

    scope = "results"
    problems = (409,)
    serializer_class = ReportWithResults

    @extend_schema(operation_id="study_report")
    def get(self, request: Request, slug: str, code: str) -> Response:
        report = report_or_404(unblinded(request, slug), code)
        return Response(ReportWithResults(report, context={"request": request}).data)


FILE_TYPES = sorted({media_type.partition(";")[0] for media_type in reports.MEDIA_TYPES.values()})


class ReportFileView(ApiFile):
    """Download one file of a report. Pages and charts in Chinese are rendered on request."""

    scope = "results"
    problems = (409,)

    @extend_schema(
        operation_id="study_report_file",
        responses={(200, media_type): OpenApiResponse(OpenApiTypes.BINARY) for media_type in FILE_TYPES}
        | {(200, "application/json"): OpenApiResponse({"$ref": RESULTS})},
    )
    def get(self, request: Request, slug: str, code: str, name: str) -> HttpResponseBase:
        report = report_or_404(unblinded(request, slug), code)
        if report.state != Report.State.DONE:
            raise NotFound(_("The report is not done yet."))
        with checked():
            content = stored_reports.stored_or_drawn(report, name)
        if content is None:
            raise NotFound(_("The report has no such file."))
        record(who=self.username, verb="download", about=slug, report=code, file=name)
        return attachment(content, name.rpartition("/")[2], reports.media_type(name))


# Tables


class TablesSerializer(serializers.Serializer[Any]):
    tables = serializers.ListField(child=serializers.CharField(), help_text="Names of tables.")


class TableList(ApiRow):
    """List the tables of an unblinded study. Tables are for researchers and owners of its team."""

    scope = "results"
    serializer_class = TablesSerializer

    @extend_schema(operation_id="study_tables")
    def get(self, request: Request, slug: str) -> Response:
        study = unblinded(request, slug, Role.RESEARCHER)
        return Response({"tables": list(frames.available_tables(study))})


def _table_of(request: Request, slug: str, name: str) -> Study:
    """The unblinded and unchanged study, if it has this table and its scripts are not withheld."""
    study = unblinded(request, slug, Role.RESEARCHER, check=frames.require_readable)
    names = frames.available_tables(study)
    if name not in names:
        known = {"name": name, "names": ", ".join(names)}
        raise NotFound(_("There is no table %(name)s. Tables: %(names)s.") % known)
    with checked():
        check_unblinded(study)
    return study


ROW = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "Text by column. docs/tables.md describes the columns.",
}


class TableRows(ApiRow):
    """Return the rows of a table as in the exported CSV, with all cells as text, in pages.

    To get a whole table, download it as a file instead.
    """

    scope = "results"
    problems = (409,)
    pagination_class = SequencePages  # type: ignore[assignment]

    @extend_schema(
        operation_id="study_table",
        parameters=PAGE_PARAMETERS,
        responses={200: page_schema({"type": "array", "items": ROW})},
    )
    def get(self, request: Request, slug: str, name: str) -> Response:
        study = _table_of(request, slug, name)
        pages = SequencePages()
        return pages.get_paginated_response(pages.paginate_queryset(frames.TABLES[name](study), request))


class TableFile(ApiFile):
    """Download a whole table: `csv`, `jsonl` or `parquet`. The rows are sent as they are made."""

    scope = "results"
    problems = (409,)

    @extend_schema(
        operation_id="study_table_file",
        parameters=[OpenApiParameter("form", str, OpenApiParameter.PATH, enum=exports.FORMATS)],
        responses={
            (200, media_type.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY)
            for media_type in MEDIA_TYPES.values()
        },
    )
    def get(self, request: Request, slug: str, name: str, form: str) -> HttpResponseBase:
        if form not in exports.FORMATS:
            known = {"form": form, "forms": ", ".join(exports.FORMATS)}
            raise NotFound(_("There is no format %(form)s. Formats: %(forms)s.") % known)
        study = _table_of(request, slug, name)
        record(who=self.username, verb="download", about=slug, file=f"{name}.{form}")
        return streamed_attachment(
            exports.table_chunks(study, name, form), f"{name}.{form}", MEDIA_TYPES[form]
        )
