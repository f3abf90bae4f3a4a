"""The API's addresses: version 1, its schema, and a page that lists it."""

from django.urls import path

from analysis import api, api_docs
from annotations.staff import api as studies

STUDY = "v1/studies/<slug:slug>/"

urlpatterns = [
    path("v1/studies/", studies.StudyList.as_view(), name="api-studies"),
    path(STUDY, studies.StudyDetail.as_view(), name="api-study"),
    path(f"{STUDY}freeze/", studies.FreezingView.as_view(), name="api-freeze"),
    path(f"{STUDY}open/", studies.OpenView.as_view(), name="api-open"),
    path(f"{STUDY}pause/", studies.PauseView.as_view(), name="api-pause"),
    path(f"{STUDY}close/", studies.CloseView.as_view(), name="api-close"),
    path(f"{STUDY}findings/", studies.FindingList.as_view(), name="api-findings"),
    path(f"{STUDY}findings/accept/", studies.AcceptFindings.as_view(), name="api-findings-accept"),
    path(f"{STUDY}warnings/", studies.WarningList.as_view(), name="api-warnings"),
    path(f"{STUDY}watch/", studies.WatchView.as_view(), name="api-watch"),
    path(f"{STUDY}raters/", studies.RaterList.as_view(), name="api-raters"),
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
    path("schema/", api_docs.schema, name="api-schema"),
    path("docs/", api_docs.docs, name="api-docs"),
]
