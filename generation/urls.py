"""The staff's addresses of generation."""

from django.urls import path

from generation import system_views, views
from generation.briefs import series_views
from generation.briefs import views as brief_views
from generation.corpus import intake_views
from generation.corpus import views as corpus_views
from generation.datasets import model_views, profile_views, review_views
from generation.datasets import views as dataset_views
from generation.runs import new_views as new_run_views
from generation.runs import views as run_views
from generation.script_metrics import views as metrics_views
from generation.synthesis import job_views
from generation.synthesis import views as synthesis_views
from generation.uploads import texts as upload_texts
from generation.uploads import upload as new_upload
from generation.uploads import views as upload_views

urlpatterns = [
    path("", views.overview, name="generation"),
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
    path("corpus/", corpus_views.corpus, name="generation-corpus"),
    path("corpus/new/", intake_views.new, name="generation-corpus-new"),
    path("corpus/new/<slug:code>/", intake_views.intake, name="generation-corpus-intake"),
    path("corpus/new/<slug:code>/drop/", intake_views.drop, name="generation-corpus-drop"),
    path("corpus/<slug:work>/", corpus_views.work, name="generation-work"),
    path("corpus/<slug:work>/delete/", corpus_views.delete, name="generation-work-delete"),
    path("corpus/<slug:work>/<int:number>/", corpus_views.scene, name="generation-scene"),
    path("synthesis/", synthesis_views.synthesis, name="generation-synthesis"),
    path("synthesis/new/", synthesis_views.new, name="generation-synthesis-new"),
    path("review/<slug:code>/", review_views.queue, name="generation-review"),
    path("review/<slug:code>/filter/", review_views.filter_again, name="generation-filter"),
    path("review/<slug:code>/build/", review_views.build, name="generation-build"),
    path("review/<slug:code>/profiles/", profile_views.profiles, name="generation-profiles"),
    path("review/<slug:code>/profiles/<int:job>/", profile_views.profile, name="generation-profile"),
    path("review/<slug:code>/put-away/", review_views.dismiss_build, name="generation-dismiss"),
    path("review/<slug:code>/rejected/<slug:step>/", review_views.rejected, name="generation-rejected"),
    path("review/<slug:code>/<int:candidate>/", review_views.candidate, name="generation-candidate"),
    path("datasets/", dataset_views.datasets, name="generation-datasets"),
    path("datasets/<slug:dataset>/<int:version>/", dataset_views.dataset, name="generation-dataset"),
    path(
        "datasets/<slug:dataset>/<int:version>/examples/",
        dataset_views.examples,
        name="generation-examples",
    ),
    path(
        "datasets/<slug:dataset>/<int:version>/download/",
        dataset_views.download,
        name="generation-dataset-download",
    ),
    path("models/", model_views.models, name="generation-models"),
    path("models/<slug:model>/", model_views.model, name="generation-model"),
    path("fitness/", metrics_views.metrics_page, name="generation-script-metrics"),
    path("fitness/<slug:system>/", metrics_views.metrics_system, name="generation-script-metrics-system"),
    path("systems/", system_views.systems, name="generation-systems"),
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
    path("<slug:code>/jobs/<int:key>/", job_views.job_page, name="generation-job"),
    path("<slug:code>/jobs/<int:key>/history.jsonl", job_views.job_lines, name="generation-job-lines"),
    path("<slug:code>/", run_views.run_page, name="generation-run"),
    path("<slug:code>/live/", run_views.live, name="generation-live"),
    path("<slug:code>/live/jobs/", run_views.live_jobs, name="generation-live-jobs"),
    path("<slug:code>/texts/", run_views.texts, name="generation-texts"),
    path("<slug:code>/limits/", run_views.limits, name="generation-limits"),
    *(
        path(f"<slug:code>/{verb}/", run_views.move, {"verb": verb}, name=f"generation-{verb}")
        for verb in run_views.VERBS
    ),
]
