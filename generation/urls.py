"""The staff's addresses of generation."""

from django.urls import path

from generation import run_views, system_views, views

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
    path("<slug:code>/", run_views.run_page, name="generation-run"),
    path("<slug:code>/live/", run_views.live, name="generation-live"),
    path("<slug:code>/texts/", run_views.texts, name="generation-texts"),
    path("<slug:code>/limits/", run_views.limits, name="generation-limits"),
    *(
        path(f"<slug:code>/{verb}/", run_views.move, {"verb": verb}, name=f"generation-{verb}")
        for verb in run_views.VERBS
    ),
]
