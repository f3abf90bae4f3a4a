"""The API's addresses: version 1, its schema, and a page that lists it."""

from django.urls import path

from analysis import api, api_docs
from annotations.staff import api as studies

urlpatterns = [
    path("v1/studies/", studies.StudyList.as_view(), name="api-studies"),
    path("v1/studies/<slug:slug>/", studies.StudyDetail.as_view(), name="api-study"),
    path("v1/studies/<slug:slug>/watch/", studies.WatchView.as_view(), name="api-watch"),
    path("v1/studies/<slug:slug>/raters/", studies.RaterList.as_view(), name="api-raters"),
    path("v1/studies/<slug:slug>/reports/", api.ReportList.as_view(), name="api-reports"),
    path("v1/studies/<slug:slug>/reports/<slug:code>/", api.ReportDetail.as_view(), name="api-report"),
    path("v1/studies/<slug:slug>/tables/", api.TableList.as_view(), name="api-tables"),
    path("v1/studies/<slug:slug>/tables/<slug:name>/", api.TableRows.as_view(), name="api-table"),
    path("schema/", api_docs.schema, name="api-schema"),
    path("docs/", api_docs.docs, name="api-docs"),
]
