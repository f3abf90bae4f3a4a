"""A rater's addresses. Fixed ones come before the secret, which is 43 letters long."""

from django.urls import path, re_path

from annotations.views import ending, judging, practice, rater, recruiting

urlpatterns = [
    path("go/", rater.desk, name="rater-desk"),
    path("go/consent/", rater.consent, name="rater-consent"),
    path("go/profile/", rater.profile, name="rater-profile"),
    path("go/instructions/", rater.instructions, name="rater-instructions"),
    path("go/pause/", rater.pause, name="rater-pause"),
    path("go/break/", rater.rest, name="rater-break"),
    path("go/guess/", ending.guess, name="rater-guess"),
    path("go/debriefing/", ending.debriefing, name="rater-debriefing"),
    path("go/done/", ending.done, name="rater-done"),
    path("go/statement/", ending.statement, name="rater-statement"),
    path("go/statement.pdf", ending.statement_file, name="rater-statement-file"),
    path("go/withdraw/", rater.withdraw, name="rater-withdraw"),
    path("a/<slug:code>/", judging.assignment, name="assignment"),
    path("a/<slug:code>/answer/", judging.answer, name="assignment-answer"),
    path("a/<slug:code>/skip/", judging.skip, name="assignment-skip"),
    path("a/<slug:code>/print.pdf", judging.print_file, name="assignment-print"),
    path("a/<slug:code>/practised/", practice.practised, name="rater-practised"),
    path("a/<slug:code>/guess/", ending.guess_pair, name="rater-guess-pair"),
    path("from/<slug:door>/", recruiting.shared, name="rater-shared"),
    re_path(r"^(?P<secret>[A-Za-z0-9_-]{3,200})/$", rater.enter, name="rater-enter"),
]
