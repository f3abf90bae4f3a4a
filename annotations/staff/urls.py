"""The staff's addresses of studies."""

from django.urls import path

from annotations.staff import (
    edit_study_views,
    findings_views,
    manage_views,
    new_study_views,
    pay_views,
    preview_views,
    unblind_views,
)
from annotations.staff import views as staff_views

urlpatterns = [
    path("", staff_views.study_list, name="study-list"),
    path("new/", new_study_views.new, name="study-new"),
    path("new/unsaved/", new_study_views.unsaved, name="study-new-unsaved"),
    path("new/file/", new_study_views.study_file, name="study-new-file"),
    path("<slug:slug>/", staff_views.study_page, name="study-page"),
    path("<slug:slug>/preview/", preview_views.page, name="study-preview"),
    path("<slug:slug>/preview/<path:rest>", preview_views.page, name="study-preview-page"),
    path("<slug:slug>/freeze/", staff_views.freeze, name="study-freeze"),
    path("<slug:slug>/freeze/live/", staff_views.freezing_live, name="study-freeze-live"),
    path("<slug:slug>/warnings/", staff_views.warnings_accept, name="study-warnings"),
    path(
        "<slug:slug>/warnings/<int:number>/reopen/", staff_views.warning_reopen, name="study-warning-reopen"
    ),
    path("<slug:slug>/edit/", edit_study_views.edit, name="study-edit"),
    path("<slug:slug>/edit/unsaved/", edit_study_views.unsaved, name="study-edit-unsaved"),
    path("<slug:slug>/duplicate/", manage_views.duplicate, name="study-duplicate"),
    path("<slug:slug>/rename/", manage_views.rename, name="study-rename"),
    path("<slug:slug>/archive/", manage_views.archive, name="study-archive"),
    path("<slug:slug>/restore/", manage_views.restore, name="study-restore"),
    path("<slug:slug>/delete/", manage_views.delete, name="study-delete"),
    path("<slug:slug>/thaw/", staff_views.thaw, name="study-thaw"),
    path("<slug:slug>/open/", staff_views.move, {"verb": "open"}, name="study-open"),
    path("<slug:slug>/pause/", staff_views.move, {"verb": "pause"}, name="study-pause"),
    path("<slug:slug>/close/", staff_views.close, name="study-close"),
    path("<slug:slug>/unblind/", unblind_views.unblind, name="study-unblind"),
    path("<slug:slug>/enrol/", staff_views.enrol, name="study-enrol"),
    path("<slug:slug>/raters/<slug:code>/link/", staff_views.rater_link, name="study-rater-link"),
    path("<slug:slug>/raters/<slug:code>/leave/", staff_views.rater_leave, name="study-rater-leave"),
    path("<slug:slug>/findings/", findings_views.findings_overview, name="study-findings"),
    path("<slug:slug>/findings/look/", findings_views.start_scan, name="study-findings-look"),
    path("<slug:slug>/findings/live/", findings_views.scan_status, name="study-findings-live"),
    path("<slug:slug>/findings/texts/", findings_views.texts_page, name="study-findings-texts"),
    path(
        "<slug:slug>/findings/scripts/<slug:brief>/<int:number>/",
        findings_views.script_page,
        name="study-findings-script",
    ),
    path(
        "<slug:slug>/findings/scripts/<slug:brief>/<int:number>/reject/",
        findings_views.reject,
        name="study-findings-reject",
    ),
    path("<slug:slug>/findings/rejected/<slug:code>/back/", findings_views.take_back, name="study-take-back"),
    path("<slug:slug>/findings/<slug:code>/", findings_views.accept, name="study-finding"),
    path("<slug:slug>/findings/<slug:code>/reopen/", findings_views.reopen, name="study-finding-reopen"),
    path("<slug:slug>/pay/", pay_views.pay, name="study-pay"),
    path("<slug:slug>/pay.csv", pay_views.pay_table, name="study-pay-table"),
    path("<slug:slug>/amend/", staff_views.amend, name="study-amend"),
]
