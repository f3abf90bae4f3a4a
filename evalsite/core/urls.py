"""Sign-in of staff, display settings, help."""

from django.urls import path

from evalsite.core import help_views, notification_views, views

urlpatterns = [
    path("staff/login/", views.staff_login, name="staff-login"),
    path("staff/logout/", views.staff_logout, name="staff-logout"),
    path("staff/enter/", views.staff_enter, name="staff-enter"),
    path("display/", views.set_display, name="display"),
    path("notifications/", notification_views.notification_list, name="notifications"),
    path("notifications/read/", notification_views.mark_all_read, name="notifications-read"),
    path("notifications/<int:key>/", notification_views.open_notification, name="notification-open"),
    path("help/", help_views.help_index, name="help"),
    path("help/images/<path:path>", help_views.help_image, name="help-image"),
    path("help/<str:page>/", help_views.help_page, name="help-page"),
]
