"""A dataset made of the sample corpus by the project's own line, its people being quick to accept."""

from pathlib import Path

from evalsite.local.paths import REPOSITORY
from generation.models import Run
from generation.runs.worker import Worker
from generation.training_data.corpus.services import import_folder
from generation.training_data.datasets.building import build
from generation.training_data.datasets.exporting import Exported, export
from generation.training_data.models import Dataset, Work
from generation.training_data.synthesis.planning import plan_synthesis
from tests.generation.training_data.material import fake_recipe

CORPUS = REPOSITORY / "examples" / "corpus"


def make_dataset() -> Dataset:
    """Imported, synthesised on canned answers, filtered and built."""
    import_folder(CORPUS)
    run = plan_synthesis(recipe=fake_recipe(), works=list(Work.objects.all()), wake=False).run
    Worker(run).work(seconds=120)
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.jobs.exclude(state="done").values_list("error", flat=True)[:3]
    return build(run, "sample", without_reviews=True).dataset


def export_dataset(dataset: Dataset, folder: Path) -> Exported:
    return export(dataset, folder, with_texts=True)
