"""Addresses of public links to reports, below /shared/."""

from django.urls import path

from analysis import report_link_views as views

urlpatterns = [
    path("<slug:secret>/", views.shared_start, name="shared-start"),
    path("<slug:secret>/<slug:lang>/", views.shared_report, name="shared-report"),
    path("<slug:secret>/<slug:lang>/files/<path:name>", views.shared_file, name="shared-file"),
    path("<slug:secret>/<slug:lang>/tables/<slug:name>.<slug:form>", views.shared_table, name="shared-table"),
]
