"""The API's addresses of briefs, series, systems, scripts and runs."""

from django.urls import path

from evalsite.api.views import as_view_for_uploads
from generation.briefs import api as briefs
from generation.briefs.files import MOST_UPLOADED
from generation.runs import api as runs
from generation.systems import api as systems
from generation.uploads import api as scripts

urlpatterns = [
    path("v1/briefs/", briefs.BriefList.as_view(), name="api-briefs"),
    path("v1/briefs/<slug:brief>/", briefs.BriefDetail.as_view(), name="api-brief"),
    path("v1/series/", briefs.SeriesList.as_view(), name="api-all-series"),
    path("v1/series/<slug:series>/", briefs.SeriesDetail.as_view(), name="api-series"),
    path("v1/systems/", systems.SystemList.as_view(), name="api-systems"),
    path("v1/systems/<slug:system>/", systems.SystemDetail.as_view(), name="api-system"),
    path("v1/included-systems/", systems.IncludedSystems.as_view(), name="api-included-systems"),
    path("v1/scripts/", as_view_for_uploads(scripts.ScriptList, MOST_UPLOADED), name="api-scripts"),
    path(
        "v1/scripts/<slug:brief>/<slug:system>/<int:sample>/",
        scripts.ScriptDetail.as_view(),
        name="api-script",
    ),
    path("v1/runs/", runs.RunList.as_view(), name="api-runs"),
    path("v1/runs/<slug:code>/", runs.RunDetail.as_view(), name="api-run"),
    *(
        path(f"v1/runs/<slug:code>/{verb}/", runs.RunMove.as_view(verb=verb), name=f"api-run-{verb}")
        for verb in runs.VERBS
    ),
    path("v1/runs/<slug:code>/limits/", runs.RunLimits.as_view(), name="api-run-limits"),
]
"""Below /api/."""
