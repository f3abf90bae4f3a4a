"""The staff's addresses of studies."""

from django.urls import path

from annotations import staff_views, unblind_views

urlpatterns = [
    path("", staff_views.study_list, name="study-list"),
    path("<slug:slug>/", staff_views.study_page, name="study-page"),
    path("<slug:slug>/freeze/", staff_views.freeze, name="study-freeze"),
    path("<slug:slug>/thaw/", staff_views.thaw, name="study-thaw"),
    path("<slug:slug>/open/", staff_views.move, {"verb": "open"}, name="study-open"),
    path("<slug:slug>/pause/", staff_views.move, {"verb": "pause"}, name="study-pause"),
    path("<slug:slug>/close/", staff_views.close, name="study-close"),
    path("<slug:slug>/unblind/", unblind_views.unblind, name="study-unblind"),
    path("<slug:slug>/enrol/", staff_views.enrol, name="study-enrol"),
    path("<slug:slug>/raters/<slug:code>/link/", staff_views.rater_link, name="study-rater-link"),
    path("<slug:slug>/raters/<slug:code>/leave/", staff_views.rater_leave, name="study-rater-leave"),
    path("<slug:slug>/findings/<slug:code>/", staff_views.clear_finding, name="study-finding"),
    path("<slug:slug>/amend/", staff_views.amend, name="study-amend"),
]
