"""Training data: what is held back for a study reaches no prompt of others, no profile and no dataset."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from annotations.staff.studies.loading import load_study
from evalsite.core.errors import InputErrors
from generation.models import Run
from generation.runs.worker import Worker
from generation.training_data.datasets.building import build
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.datasets.steps import candidates_at
from generation.training_data.models import Candidate
from generation.training_data.synthesis.choosing import works_of
from generation.training_data.synthesis.job_contents import contents
from generation.training_data.synthesis.planning import plan_synthesis
from generation.training_data.synthesis.recipe import Recipe
from tests.factories import write_study
from tests.generation.training_data.finished import unread_recipe
from tests.generation.training_data.test_kept_apart import LONG, corpus

pytestmark = pytest.mark.django_db
SECRET = "stairwell"


def own_scene(number: int, thing: str, *names: str) -> str:
    said = "\n\n".join(f"{name}\nMine alone, all of the {thing}, number {number}." for name in names)
    return f"INT. CELLAR {number} - DAY\n\n{LONG.replace('nails', thing)}\n\n{said}\n\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study's file, not loaded; the script by people for its brief is the second of three scenes."""
    path = write_study(tmp_path / "s", briefs=1)
    script = (path.parent / "scripts" / "scene-en-1" / "people.fountain").read_text()
    assert SECRET in script.casefold()
    before, after = own_scene(1, "bottles", "ORLA", "BRAM"), own_scene(3, "corks", "BRAM")
    corpus(tmp_path / "c", "elsewhere", f"{before}{script}\n\n{after}")
    return path


def recipe() -> Recipe:
    found = unread_recipe()
    return replace(found, filter=replace(found.filter, length={"en": (1, 5000), "zh": (1, 5000)}))


def planned() -> Run:
    return plan_synthesis(recipe=recipe(), works=works_of([]), wake=False).run


def shown_to(run: Run) -> dict[str, str]:
    """What prompts show of other scenes, by job."""
    jobs = list(run.jobs.select_related("source__scene__work__series", "source__person__series", "system"))
    found = contents(run, jobs)
    keys = ("earlier", "later", "scenes")
    return {
        job.about: "".join(each["text"] for key in keys for each in found[job.pk].get(key, ())).casefold()
        for job in jobs
    }


def fallen(run: Run, step: str) -> Collection[tuple[int, str]]:
    rows = candidates_at(run, step).values_list("scene__number", "key")
    return set(rows)


def test_no_prompt_and_no_profile_shows_a_scene_that_is_held_back(study: Path) -> None:
    free = planned()
    assert any(SECRET in text for text in shown_to(free).values())
    digest = free.digest
    free.delete()
    load_study(study)
    run = planned()
    assert run.digest == digest, "what stands in studies is no part of it"
    shown = shown_to(run)
    assert [about for about, text in shown.items() if SECRET in text] == []
    assert any("bottles" in text for about, text in shown.items() if about.endswith("/3")), (
        "the rest is shown"
    )
    Worker(run).work(seconds=60)
    filter_run(run)
    assert fallen(run, "reserved") == {(2, "reserved")}
    assert Candidate.objects.filter(run=run).exclude(dropped_at="reserved").count() == 2


def test_what_was_made_before_a_study_was_loaded_falls_with_its_scene(study: Path) -> None:
    run = planned()
    Worker(run).work(seconds=60)
    assert not any(step.step == "reserved" and step.rejected for step in filter_run(run).steps)
    load_study(study)
    filter_run(run)
    # The third scene's prompts showed the second one; the first one's brief holds the profile of Orla.
    assert fallen(run, "reserved") == {(1, "retold"), (2, "reserved"), (3, "retold")}
    with pytest.raises(InputErrors, match="no example passes the filter"):
        build(run, "sample")
