"""Addresses of results, of public links to reports, of the planner and of the API with its schema."""

from django.urls import include, path

from analysis import api, api_schema
from analysis.cases import views as case_views
from analysis.planner import views as planner_views
from analysis.reports import report_link_views, views

results = [
    path("report.css", views.stylesheet, name="report-css"),
    path("report.js", views.script, name="report-js"),
    path("<slug:slug>/report/", views.report, name="study-report"),
    path("<slug:slug>/report/state/", views.report_state, name="study-report-state"),
    path("<slug:slug>/report/compute/", views.compute, name="study-report-compute"),
    path("<slug:slug>/report/codebook/", views.codebook, name="study-codebook"),
    path("<slug:slug>/report/codebook.csv", views.codebook_file, name="study-codebook-file"),
    path("<slug:slug>/report/links/", report_link_views.report_links, name="study-report-links"),
    path(
        "<slug:slug>/report/links/<slug:code>/end/", report_link_views.end_link, name="study-report-link-end"
    ),
    path("<slug:slug>/report/cases/", case_views.case_list, name="study-cases"),
    path("<slug:slug>/report/cases/passages/", case_views.passage_list, name="study-case-passages"),
    path("<slug:slug>/report/cases.jsonl", case_views.case_lines, name="study-case-lines"),
    path("<slug:slug>/report/cases/<slug:code>/", case_views.case_page, name="study-case"),
    path("<slug:slug>/report/cases/<slug:code>.html", case_views.case_file, name="study-case-file"),
    path("<slug:slug>/report/bundle.zip", views.bundle, name="study-bundle"),
    path("<slug:slug>/report/tables/<slug:name>.<slug:form>", views.table, name="study-table"),
    path(
        "<slug:slug>/report/<slug:code>/tables/<slug:name>.<slug:form>",
        views.download_table,
        name="study-report-taken",
    ),
    path("<slug:slug>/report/<slug:code>/full-pdf/", views.make_full_pdf, name="study-full-pdf"),
    path("<slug:slug>/report/<slug:code>/full-pdf/state/", views.full_pdf_state, name="study-full-pdf-state"),
    path("<slug:slug>/report/<slug:code>/files/<path:name>", views.report_file, name="study-report-file"),
]

shared = [
    path("<slug:secret>/", report_link_views.shared_start, name="shared-start"),
    path("<slug:secret>/<slug:lang>/", report_link_views.shared_report, name="shared-report"),
    path("<slug:secret>/<slug:lang>/files/<path:name>", report_link_views.shared_file, name="shared-file"),
    path(
        "<slug:secret>/<slug:lang>/tables/<slug:name>.<slug:form>",
        report_link_views.shared_table,
        name="shared-table",
    ),
]

planning = [
    path("", planner_views.planner, name="planner"),
    path("simulate/", planner_views.simulate, name="planner-simulate"),
    path("chart.svg", planner_views.chart, name="planner-chart"),
]

STUDY = "v1/studies/<slug:slug>/"
api_patterns = [
    path(f"{STUDY}reports/", api.ReportList.as_view(), name="api-reports"),
    path(f"{STUDY}reports/<slug:code>/", api.ReportDetail.as_view(), name="api-report"),
    path(
        f"{STUDY}reports/<slug:code>/files/<path:name>",
        api.ReportFileView.as_view(),
        name="api-report-file",
    ),
    path(f"{STUDY}tables/", api.TableList.as_view(), name="api-tables"),
    path(f"{STUDY}tables/<slug:name>/", api.TableRows.as_view(), name="api-table"),
    path(f"{STUDY}tables/<slug:name>.<slug:form>", api.TableFile.as_view(), name="api-table-file"),
    path("schema/", api_schema.schema, name="api-schema"),
    path("docs/", api_schema.docs, name="api-docs"),
]

urlpatterns = [
    path("studies/", include(results)),
    path("shared/", include(shared)),
    path("planning/", include(planning)),
    path("api/", include(api_patterns)),
]
