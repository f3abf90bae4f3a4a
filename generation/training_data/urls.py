"""The staff's addresses of training data: below those of generation."""

from django.urls import path

from generation.training_data.pages import (
    corpus_views,
    dataset_views,
    intake_views,
    model_pages,
    profile_views,
    review_views,
    synthesis_views,
)

urlpatterns = [
    path("corpus/", corpus_views.corpus, name="generation-corpus"),
    path("corpus/new/", intake_views.new, name="generation-corpus-new"),
    path("corpus/new/<slug:code>/", intake_views.intake, name="generation-corpus-intake"),
    path("corpus/new/<slug:code>/drop/", intake_views.drop, name="generation-corpus-drop"),
    path("corpus/<slug:work>/", corpus_views.work, name="generation-work"),
    path("corpus/<slug:work>/delete/", corpus_views.delete, name="generation-work-delete"),
    path("corpus/<slug:work>/<int:number>/", corpus_views.scene, name="generation-scene"),
    path("synthesis/", synthesis_views.synthesis, name="generation-synthesis"),
    path("synthesis/new/", synthesis_views.new, name="generation-synthesis-new"),
    path("review/", review_views.queues, name="generation-reviews"),
    path("review/<slug:code>/", review_views.queue, name="generation-review"),
    path("review/<slug:code>/filter/", review_views.filter_again, name="generation-filter"),
    path("review/<slug:code>/build/", review_views.build, name="generation-build"),
    path("review/<slug:code>/profiles/", profile_views.profiles, name="generation-profiles"),
    path("review/<slug:code>/profiles/<int:job>/", profile_views.profile, name="generation-profile"),
    path("review/<slug:code>/dismiss/", review_views.dismiss_build, name="generation-dismiss"),
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
    path("models/", model_pages.models, name="generation-models"),
    path("models/<slug:model>/", model_pages.model, name="generation-model"),
    path("<slug:code>/jobs/<int:key>/", synthesis_views.job_page, name="generation-job"),
    path("<slug:code>/jobs/<int:key>/history.jsonl", synthesis_views.job_lines, name="generation-job-lines"),
]
