"""A rater's addresses. Fixed ones come before the secret, which is 43 letters long."""

from django.urls import path, re_path

from annotations.desk import closing_views, judging_views, rater_views
from annotations.mailing import link_requests

urlpatterns = [
    path("go/", rater_views.desk, name="rater-desk"),
    path("go/consent/", rater_views.consent, name="rater-consent"),
    path("go/profile/", rater_views.profile, name="rater-profile"),
    path("go/instructions/", rater_views.instructions, name="rater-instructions"),
    path("go/pause/", rater_views.paused_page, name="rater-pause"),
    path("go/change/", judging_views.change_last, name="rater-change"),
    path("go/break/", rater_views.break_page, name="rater-break"),
    path("go/guess/", closing_views.guess, name="rater-guess"),
    path("go/debriefing/", closing_views.debriefing, name="rater-debriefing"),
    path("go/done/", closing_views.done, name="rater-done"),
    path("go/statement/", closing_views.statement, name="rater-statement"),
    path("go/statement.pdf", closing_views.statement_file, name="rater-statement-file"),
    path("go/withdraw/", rater_views.withdraw, name="rater-withdraw"),
    path("new-link/", link_requests.new_link, name="rater-new-link"),
    path("a/<slug:code>/", judging_views.assignment, name="assignment"),
    path("a/<slug:code>/answer/", judging_views.answer, name="assignment-answer"),
    path("a/<slug:code>/change/", judging_views.change, name="assignment-change"),
    path("a/<slug:code>/skip/", judging_views.skip, name="assignment-skip"),
    path("a/<slug:code>/print.pdf", judging_views.print_file, name="assignment-print"),
    path("a/<slug:code>/practised/", rater_views.practice_feedback, name="rater-practised"),
    path("a/<slug:code>/guess/", closing_views.guess_pair, name="rater-guess-pair"),
    path("from/<slug:door>/", rater_views.shared, name="rater-shared"),
    re_path(r"^(?P<secret>[A-Za-z0-9_-]{3,200})/$", rater_views.enter, name="rater-enter"),
]
