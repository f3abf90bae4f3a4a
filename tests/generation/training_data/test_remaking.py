"""Training data: making a dataset again beside everything else that goes on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from evalsite.core.advisory_locks import advisory_lock
from generation.training_data.corpus.services import import_folder
from generation.training_data.datasets import comparing
from generation.training_data.datasets.building import build
from generation.training_data.datasets.comparing import remake
from generation.training_data.datasets.reviewing import decide
from generation.training_data.models import Candidate, Scene
from generation.training_data.synthesis.choosing import works_of
from tests.factories import person
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.test_datasets import folder_of


@pytest.mark.django_db
def test_a_scene_that_no_row_tells_of_is_looked_at_too(tmp_path: Path) -> None:
    """Its row has a key after those that stand, and none of what is tried stays."""
    folder = folder_of(tmp_path / "screenplays")
    import_folder(folder)
    run = finished_run(works=works_of([]))
    Scene.objects.filter(pk=run.jobs.filter(source__scene__isnull=False).first().source.scene_id).update(
        length=5
    )
    dataset = build(run, "small").dataset
    assert run.candidates.filter(dropped_at="usable").delete()[0] >= 1
    before = list(Candidate.objects.order_by("pk").values())
    assert not remake(dataset, folder)
    assert list(Candidate.objects.order_by("pk").values()) == before


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_others_decide_while_a_dataset_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their decisions stay, and change nothing in what the trial finds."""
    folder = folder_of(tmp_path / "screenplays")
    import_folder(folder)
    run = finished_run(works=works_of([]))
    dataset = build(run, "small").dataset
    una, candidate, kept = person("una"), run.candidates.order_by("pk").first(), comparing.made_of

    def meanwhile() -> None:
        with transaction.atomic(), connection.cursor() as other:
            other.execute("SET LOCAL lock_timeout = '2s'")
            advisory_lock(f"filter {run.pk}")
            decide(candidate=candidate, reviewer=una, decision="reject", reason="flat")
        connection.close()

    def made(*given: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(meanwhile).result()
        return kept(*given)

    monkeypatch.setattr(comparing, "made_of", made)
    assert not remake(dataset, folder)
    assert sorted(run.candidates.values_list("dropped_at", flat=True)) == ["", "", "", "", "", "people"]
