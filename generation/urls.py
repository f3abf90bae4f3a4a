"""The staff's addresses of generation."""

from django.urls import path

from generation import views

urlpatterns = [
    path("", views.overview, name="generation"),
    path("<slug:code>/", views.run_page, name="generation-run"),
    path("<slug:code>/pause/", views.move, {"verb": "pause"}, name="generation-pause"),
    path("<slug:code>/go-on/", views.move, {"verb": "go-on"}, name="generation-go-on"),
    path("<slug:code>/cancel/", views.move, {"verb": "cancel"}, name="generation-cancel"),
    path("<slug:code>/retry/", views.move, {"verb": "retry"}, name="generation-retry"),
]
