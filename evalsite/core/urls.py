"""Display settings, the current team, notifications, help."""

from django.urls import path

from evalsite.core import help_views, notification_views, team_views, views

urlpatterns = [
    path("display/", views.set_display, name="display"),
    path("team/", team_views.switch_team, name="team-switch"),
    path("notifications/", notification_views.notification_list, name="notifications"),
    path("notifications/read/", notification_views.mark_all_read, name="notifications-read"),
    path("notifications/<int:key>/", notification_views.open_notification, name="notification-open"),
    path("help/", help_views.help_index, name="help"),
    path("help/images/<path:path>", help_views.help_image, name="help-image"),
    path("help/<str:page>/", help_views.help_page, name="help-page"),
]
