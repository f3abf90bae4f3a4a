"""Addresses. /r/ is for raters, /shared/ for readers of a shared report, everything else for staff."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from annotations.staff.raters.mail_views import decide_notice
from annotations.staff.studies.views import home
from evalsite import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("language/", set_language, name="set_language"),
    path("", include("evalsite.core.urls")),
    path("", include("evalsite.accounts.urls")),
    path("team/webhooks/", include("evalsite.webhooks.urls")),
    path("", include("evalsite.api.urls")),
    path("notifications/mails/<slug:code>/", decide_notice, name="notification-mail"),
    path("", home, name="home"),
    path("r/", include("annotations.urls")),
    path("", include("annotations.staff.urls")),
    path("", include("analysis.urls")),
    path("generation/", include("generation.training_data.urls")),
    path("", include("generation.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "evalsite.core.views.bad_request"
handler403 = "evalsite.core.views.forbidden"
handler404 = "evalsite.core.views.not_found"
handler500 = "evalsite.core.views.server_error"
