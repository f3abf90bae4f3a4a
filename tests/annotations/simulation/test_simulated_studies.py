"""Simulation: a study of simulated raters only, with the same draw and codes everywhere."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from annotations import freezing
from annotations.desk import services
from annotations.models import Rater, Slot, Study
from annotations.spec.values import from_json
from annotations.staff.studies.loading import load_study
from annotations.staff.study_form.new_study import study_file_values
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent, User
from tests.annotations.study_files import write_minimal
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(tmp_path: Path) -> Study:
    path = write_minimal(tmp_path)
    path.write_text(path.read_text() + "raters: simulated\n")
    return load_study(path).study


def drawn(study: Study) -> list[tuple[object, ...]]:
    slots = Slot.objects.filter(seat__study=study).order_by("seat__number", "phase", "position")
    return list(slots.values_list("seat__number", "position", "pairing__study_brief__slug", "first_on_left"))


def test_the_draw_and_the_codes_are_the_same_each_time(draft: Study) -> None:
    def enrolled() -> tuple[list[tuple[object, ...]], str]:
        study = freezing.freeze(study=draft, by="test")
        rater = services.enrol(study=study, languages=["en"], kind=Rater.Kind.SIMULATED).rater
        return drawn(study), rater.code

    first = enrolled()
    draft.raters.all().delete()
    draft.seats.update(rater=None)
    draft.refresh_from_db()
    freezing.thaw(study=draft, by="test")
    draft.refresh_from_db()
    assert enrolled() == first
    assert AuditEvent.objects.filter(verb="freeze", detail__draw="from the seed").count() == 2


def test_people_are_not_taken(draft: Study, client: Client) -> None:
    study = freezing.freeze(study=draft, by="test")
    with pytest.raises(services.SimulatedOnly, match="simulated raters only"):
        services.enrol(study=study, languages=["en"])
    client.force_login(person("rae", role=User.Role.RESEARCHER))
    answer = client.post(reverse("study-enrol", args=[study.slug]), {"languages": "en"}, follow=True)
    assert "so you can&#x27;t invite anyone" in answer.content.decode()
    assert not study.raters.exists()


def test_another_word_is_refused_and_the_file_gives_it_back(draft: Study, tmp_path: Path) -> None:
    assert study_file_values(from_json(draft.spec))["raters"] == "simulated"
    (tmp_path / "other").mkdir()
    path = write_minimal(tmp_path / "other")
    path.write_text(path.read_text() + "raters: people\n")
    with pytest.raises(InputErrors, match="simulated"):
        load_study(path)


def test_a_study_without_it_keeps_its_digest(tmp_path: Path) -> None:
    assert "raters" not in load_study(write_minimal(tmp_path)).study.spec
