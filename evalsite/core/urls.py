"""Display settings, the current team, notifications, help."""

from django.urls import path

from evalsite.core import views

urlpatterns = [
    path("display/", views.set_display, name="display"),
    path("team/", views.switch_team, name="team-switch"),
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/read/", views.mark_all_read, name="notifications-read"),
    path("notifications/<int:key>/", views.open_notification, name="notification-open"),
    path("help/", views.help_index, name="help"),
    path("help/images/<path:path>", views.help_image, name="help-image"),
    path("help/<str:page>/", views.help_page, name="help-page"),
]
