"""Briefs for a study from finished scenes, and that nothing is trained on these from then on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from evalsite.core.errors import InputErrors
from evalsite.core.models import only_team
from generation.models import Brief, Run, Script
from generation.runs.worker import Worker
from generation.training_data.corpus.services import import_folder
from generation.training_data.datasets.building import build
from generation.training_data.datasets.filtering import filtering_of
from generation.training_data.models import Work
from generation.training_data.pages.synthesis_pages import recipes
from generation.training_data.synthesis.briefs import KNEW, store_reconstructed
from generation.training_data.synthesis.choosing import RESERVED, choose, works_of
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.recipe import recipe_of_record
from tests.generation.training_data.material import EXAMPLES, fake_recipe

pytestmark = pytest.mark.django_db
CORPUS = EXAMPLES / "paper-study" / "corpus"
WRITERS = {"drawn-lots": "w01", "below-pitch": "w02", "stocktaking": "w03", "open-air-feast": "w04"}


@pytest.fixture(scope="module")
def works(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Work]]:
    """Imported once; each test undoes what it does, and the end undoes all."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield works_of(import_folder(CORPUS).slugs)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def run(works: list[Work], django_db_blocker: Any) -> Run:
    """Briefs of the first work, of which training could use every scene until then."""
    with django_db_blocker.unblock():
        assert not any(scene.left_out for scene in choose(works, fake_recipe().filter))
        return reconstructed(works[:1])


def reconstructed(works: list[Work], seed: int = 2510) -> Run:
    run = plan_synthesis(recipe=fake_recipe().for_briefs(), works=works, seed=seed, wake=False).run
    Worker(run).work(seconds=120)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    return run


@pytest.mark.slow
def test_each_scene_gets_a_brief_and_is_a_script_by_its_writer(works: list[Work]) -> None:
    run = reconstructed(works)
    stored = store_reconstructed(run, writers=WRITERS)
    assert (len(stored.slugs), stored.briefs, stored.scripts) == (32, 32, 32)
    brief = Brief.objects.get(slug="below-pitch-1-5")
    assert brief.outline
    assert brief.previous_context
    assert {each["name"] for each in brief.characters} == {"DELIA", "TAM"}
    script = Script.objects.get(brief=brief)
    assert (script.system.slug, script.writer, brief.target_length) == ("human", "w02", script.length)
    assert script.text.startswith("INT. STORAGE UNIT, RING ROAD - EVENING")
    assert (script.source.origin, script.source.rights, script.source.knew) == (
        "unaired",
        "redistribute",
        KNEW,
    )

    again = store_reconstructed(run, writers=WRITERS)
    assert (again.slugs, again.briefs, again.scripts) == (stored.slugs, 0, 0)


def test_a_series_without_a_writer_is_refused(run: Run) -> None:
    with pytest.raises(InputErrors, match="the writer of this series is unknown"):
        store_reconstructed(run, writers={})
    assert not Brief.objects.exists()


def test_a_run_that_is_not_done_stores_nothing(works: list[Work]) -> None:
    run = plan_synthesis(recipe=fake_recipe().for_briefs(), works=works[:1], wake=False).run
    with pytest.raises(InputErrors, match="no brief could be made from it"):
        store_reconstructed(run, writers=WRITERS)


def test_nothing_is_trained_on_their_series_from_then_on(works: list[Work], run: Run) -> None:
    left_out = {scene.series: scene.left_out for scene in choose(works, fake_recipe().filter)}
    assert left_out == {work.series_id: RESERVED if work == works[0] else "" for work in works}

    assert filtering_of(run) is None
    assert run.frozen_settings["recipe"]["slug"] not in recipes(only_team())
    with pytest.raises(InputErrors, match="not training data"):
        build(run, "mine", without_reviews=True)
    assert recipe_of_record(run.frozen_settings).makes_briefs


def test_briefs_can_be_made_of_a_series_that_is_held_out_already(works: list[Work], run: Run) -> None:
    again = reconstructed(works[:1], seed=7)
    assert len(store_reconstructed(again, writers=WRITERS).slugs) == 8


def test_its_pages_offer_no_dataset(run: Run, admin: Client) -> None:
    for address in (
        reverse("generation-synthesis"),
        reverse("generation-synthesis-new"),
        reverse("generation-run", args=[run.code]),
    ):
        page = admin.get(address)
        assert page.status_code == 200
    assert reverse("generation-build", args=[run.code]) not in page.content.decode()
