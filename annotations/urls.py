"""A rater's addresses. Fixed ones come before the secret, which is 43 letters long."""

from django.urls import path, re_path

from annotations.views import judging, rater

urlpatterns = [
    path("go/", rater.desk, name="rater-desk"),
    path("go/consent/", rater.consent, name="rater-consent"),
    path("go/profile/", rater.profile, name="rater-profile"),
    path("go/instructions/", rater.instructions, name="rater-instructions"),
    path("go/pause/", rater.pause, name="rater-pause"),
    path("go/done/", rater.done, name="rater-done"),
    path("go/withdraw/", rater.withdraw, name="rater-withdraw"),
    path("a/<str:code>/", judging.assignment, name="assignment"),
    path("a/<str:code>/answer/", judging.answer, name="assignment-answer"),
    path("a/<str:code>/skip/", judging.skip, name="assignment-skip"),
    re_path(r"^(?P<secret>[A-Za-z0-9_-]{3,200})/$", rater.enter, name="rater-enter"),
]
