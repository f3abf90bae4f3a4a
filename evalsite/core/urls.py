"""Staff's way in, and how pages look."""

from django.urls import path

from evalsite.core import views

urlpatterns = [
    path("staff/login/", views.staff_login, name="staff-login"),
    path("staff/logout/", views.staff_logout, name="staff-logout"),
    path("staff/enter/", views.staff_enter, name="staff-enter"),
    path("display/", views.set_display, name="display"),
]
