"""The addresses of generation: pages of the staff, and the API of briefs, systems, scripts and runs."""

from django.urls import include, path

from evalsite.api.views import as_view_for_uploads
from generation.briefs import api as brief_api
from generation.briefs import series_views
from generation.briefs import views as brief_views
from generation.briefs.files import MOST_UPLOADED
from generation.runs import api as run_api
from generation.runs import new_views as new_run_views
from generation.runs import views as run_views
from generation.script_metrics import views as metrics_views
from generation.systems import api as system_api
from generation.systems import views as system_views
from generation.uploads import api as script_api
from generation.uploads import new_upload
from generation.uploads import script_views as upload_texts
from generation.uploads import views as upload_views

pages = [
    path("", run_views.overview, name="generation"),
    path("new/", new_run_views.new, name="generation-new-run"),
    path("briefs/", brief_views.briefs, name="generation-briefs"),
    path("briefs/new/", brief_views.new, name="generation-brief-new"),
    path("briefs/upload/", brief_views.upload, name="generation-brief-upload"),
    path("briefs/<slug:brief>/", brief_views.brief, name="generation-brief"),
    path("briefs/<slug:brief>/brief.yaml", brief_views.download, name="generation-brief-file"),
    path("briefs/<slug:brief>/edit/", brief_views.edit, name="generation-brief-edit"),
    path("briefs/<slug:brief>/delete/", brief_views.delete, name="generation-brief-delete"),
    path("series/", series_views.all_series, name="generation-series"),
    path("series/<slug:series>/", series_views.one_series, name="generation-one-series"),
    path("series/<slug:series>/title/", series_views.title, name="generation-series-title"),
    path("series/<slug:series>/names/", series_views.names, name="generation-series-names"),
    path("series/<slug:series>/delete/", series_views.delete, name="generation-series-delete"),
    path("fitness/", metrics_views.metrics_page, name="generation-script-metrics"),
    path("fitness/<slug:system>/", metrics_views.metrics_system, name="generation-script-metrics-system"),
    path("systems/", system_views.systems, name="generation-systems"),
    path("systems/new/", system_views.new_system, name="generation-system-new"),
    path(
        "systems/<slug:source>/<slug:slug>/system.yaml",
        system_views.system_file,
        name="generation-system-file",
    ),
    path("systems/<slug:source>/<slug:slug>/", system_views.system_page, name="generation-system"),
    path("systems/<slug:source>/<slug:slug>/preview/", system_views.preview_page, name="generation-preview"),
    path("scripts/", upload_views.scripts, name="generation-scripts"),
    path("scripts/new/", new_upload.new, name="generation-scripts-new"),
    path("scripts/uploads/<slug:code>/", upload_views.lines, name="generation-upload"),
    path("scripts/uploads/<slug:code>/types/", upload_views.line_types, name="generation-upload-types"),
    path("scripts/uploads/<slug:code>/scenes/", upload_views.scenes, name="generation-upload-scenes"),
    path("scripts/uploads/<slug:code>/source/", upload_views.source, name="generation-upload-source"),
    path("scripts/uploads/<slug:code>/check/", upload_views.check, name="generation-upload-check"),
    path("scripts/uploads/<slug:code>/drop/", upload_views.drop, name="generation-upload-drop"),
    path("scripts/texts/<int:key>/<slug:kind>/", upload_texts.text_file, name="generation-text-file"),
    path(
        "scripts/<slug:brief>/<slug:system>/<int:sample>/",
        upload_texts.script_page,
        name="generation-script",
    ),
    path(
        "scripts/<slug:brief>/<slug:system>/<int:sample>/<slug:kind>/",
        upload_texts.script_file,
        name="generation-script-file",
    ),
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
    path("<slug:code>/live/jobs/", run_views.live_jobs, name="generation-live-jobs"),
    path("<slug:code>/texts/", run_views.texts, name="generation-texts"),
    path("<slug:code>/name/", run_views.name, name="generation-run-name"),
    path("<slug:code>/limits/", run_views.limits, name="generation-limits"),
    *(
        path(f"<slug:code>/{verb}/", run_views.move, {"verb": verb}, name=f"generation-{verb}")
        for verb in run_views.VERBS
    ),
]

api = [
    path("v1/briefs/", brief_api.BriefList.as_view(), name="api-briefs"),
    path("v1/briefs/<slug:brief>/", brief_api.BriefDetail.as_view(), name="api-brief"),
    path("v1/series/", brief_api.SeriesList.as_view(), name="api-all-series"),
    path("v1/series/<slug:series>/", brief_api.SeriesDetail.as_view(), name="api-series"),
    path("v1/systems/", system_api.SystemList.as_view(), name="api-systems"),
    path("v1/systems/<slug:system>/", system_api.SystemDetail.as_view(), name="api-system"),
    path("v1/included-systems/", system_api.IncludedSystems.as_view(), name="api-included-systems"),
    path("v1/scripts/", as_view_for_uploads(script_api.ScriptList, MOST_UPLOADED), name="api-scripts"),
    path(
        "v1/scripts/<slug:brief>/<slug:system>/<int:sample>/",
        script_api.ScriptDetail.as_view(),
        name="api-script",
    ),
    path("v1/runs/", run_api.RunList.as_view(), name="api-runs"),
    path("v1/runs/<slug:code>/", run_api.RunDetail.as_view(), name="api-run"),
    *(
        path(f"v1/runs/<slug:code>/{verb}/", run_api.RunMove.as_view(verb=verb), name=f"api-run-{verb}")
        for verb in run_api.VERBS
    ),
    path("v1/runs/<slug:code>/limits/", run_api.RunLimits.as_view(), name="api-run-limits"),
]

urlpatterns = [path("generation/", include(pages)), path("api/", include(api))]
