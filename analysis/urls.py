"""Addresses of results, below /studies/."""

from django.urls import path

from analysis import report_link_views, views
from analysis.cases import views as case_views

urlpatterns = [
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
