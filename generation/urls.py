"""The staff's addresses of generation."""

from django.urls import path

from generation import system_views, views

urlpatterns = [
    path("", views.overview, name="generation"),
    path("systems/", system_views.systems, name="generation-systems"),
    path("systems/<slug:source>/<slug:slug>/", system_views.system_page, name="generation-system"),
    path("systems/<slug:source>/<slug:slug>/preview/", system_views.preview_page, name="generation-preview"),
    path(
        "<slug:code>/<slug:brief>/<slug:system>/<int:sample>/",
        system_views.history,
        name="generation-history",
    ),
    path(
        "<slug:code>/<slug:brief>/<slug:system>/<int:sample>/history.jsonl",
        system_views.history_lines,
        name="generation-history-lines",
    ),
    path("<slug:code>/", views.run_page, name="generation-run"),
    path("<slug:code>/pause/", views.move, {"verb": "pause"}, name="generation-pause"),
    path("<slug:code>/go-on/", views.move, {"verb": "go-on"}, name="generation-go-on"),
    path("<slug:code>/cancel/", views.move, {"verb": "cancel"}, name="generation-cancel"),
    path("<slug:code>/retry/", views.move, {"verb": "retry"}, name="generation-retry"),
]
