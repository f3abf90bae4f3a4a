"""The staff's addresses of studies, as pages and in the API."""

from django.urls import include, path

from annotations.staff import api
from annotations.staff.findings import findings_views
from annotations.staff.preview import preview_views
from annotations.staff.raters import invite_views, mail_views, pay_views, raters_views
from annotations.staff.studies import manage_views, unblind_views
from annotations.staff.studies import views as staff_views
from annotations.staff.study_form import new_study_views

pages = [
    path("", staff_views.study_list, name="study-list"),
    path("new/", new_study_views.new, name="study-new"),
    path("new/unsaved/", new_study_views.unsaved, name="study-new-unsaved"),
    path("new/file/", new_study_views.study_file, name="study-new-file"),
    path("<slug:slug>/", staff_views.study_page, name="study-page"),
    path("<slug:slug>/watch/live/", staff_views.watch_live, name="study-watch-live"),
    path("<slug:slug>/preview/", preview_views.page, name="study-preview"),
    path("<slug:slug>/preview/<path:rest>", preview_views.page, name="study-preview-page"),
    path("<slug:slug>/freeze/", staff_views.freeze, name="study-freeze"),
    path("<slug:slug>/freeze/cancel/", staff_views.freeze_cancel, name="study-freeze-cancel"),
    path("<slug:slug>/freeze/live/", staff_views.freezing_live, name="study-freeze-live"),
    path("<slug:slug>/warnings/", staff_views.warnings_accept, name="study-warnings"),
    path(
        "<slug:slug>/warnings/<int:number>/reopen/", staff_views.warning_reopen, name="study-warning-reopen"
    ),
    path("<slug:slug>/edit/", manage_views.edit, name="study-edit"),
    path("<slug:slug>/edit/unsaved/", manage_views.unsaved, name="study-edit-unsaved"),
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
    path("<slug:slug>/raters/", raters_views.raters, name="study-raters"),
    path("<slug:slug>/raters/invite/", invite_views.invite, name="study-invite"),
    path("<slug:slug>/raters/bulk/", raters_views.bulk, name="study-raters-bulk"),
    path("<slug:slug>/raters/waiting/", raters_views.waiting, name="study-waiting"),
    path("<slug:slug>/raters/messages/", mail_views.message_settings, name="study-messages"),
    path("<slug:slug>/raters/messages/test/", mail_views.test_mail, name="study-test-mail"),
    path("<slug:slug>/raters/messages/<slug:kind>/", mail_views.message, name="study-message"),
    path("<slug:slug>/raters/mails/", mail_views.mails, name="study-mails"),
    path("<slug:slug>/raters/mails/live/", mail_views.mails_live, name="study-mails-live"),
    path("<slug:slug>/raters/mails/cancel/", mail_views.cancel, name="study-mails-cancel"),
    path("<slug:slug>/raters/mails/again/", mail_views.send_failed, name="study-mails-again"),
    path("<slug:slug>/raters/mails/<slug:code>/", mail_views.mailing, name="study-mailing"),
    path("<slug:slug>/raters/mails/<slug:code>/live/", mail_views.mailing_live, name="study-mailing-live"),
    path("<slug:slug>/raters/mails/<slug:code>/decide/", mail_views.decide, name="study-mail-decide"),
    path("<slug:slug>/raters/<slug:code>/", raters_views.rater, name="study-rater"),
    path("<slug:slug>/raters/<slug:code>/answers/<int:number>/", raters_views.answer, name="study-answer"),
    path("<slug:slug>/raters/<slug:code>/contact/", raters_views.contact, name="study-rater-contact"),
    path("<slug:slug>/raters/<slug:code>/erase/", raters_views.erase_contact, name="study-rater-erase"),
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

STUDY = "v1/studies/<slug:slug>/"
api_patterns = [
    path("v1/studies/", api.StudyList.as_view(), name="api-studies"),
    path(STUDY, api.StudyDetail.as_view(), name="api-study"),
    path(f"{STUDY}freeze/", api.FreezingView.as_view(), name="api-freeze"),
    path(f"{STUDY}open/", api.OpenView.as_view(), name="api-open"),
    path(f"{STUDY}pause/", api.PauseView.as_view(), name="api-pause"),
    path(f"{STUDY}close/", api.CloseView.as_view(), name="api-close"),
    path(f"{STUDY}findings/", api.FindingList.as_view(), name="api-findings"),
    path(f"{STUDY}findings/accept/", api.AcceptFindings.as_view(), name="api-findings-accept"),
    path(f"{STUDY}warnings/", api.WarningList.as_view(), name="api-warnings"),
    path(f"{STUDY}watch/", api.WatchView.as_view(), name="api-watch"),
    path(f"{STUDY}raters/", api.RaterList.as_view(), name="api-raters"),
]

urlpatterns = [path("studies/", include(pages)), path("api/", include(api_patterns))]
