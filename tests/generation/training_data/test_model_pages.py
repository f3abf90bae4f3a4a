"""The pages of trained models: the card in plain words, and the ways from it to data and systems."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from generation.training_data.models import Scene, TrainedModel
from generation.training_data.pages.model_pages import losses_of
from tests.generation.training_data.material import store_works
from tests.generation.training_data.test_dataset_pages import text
from tests.generation.training_data.trained_models import system_with, train_on

pytestmark = pytest.mark.django_db

CARD = {
    "base_model": "/srv/models/base",
    "settings": {"lora": {"r": 8, "rslora": False}, "data": {}},
    "versions": {"trl": "1"},
    "losses": {"train": [[3, 2.5], [9, 1.25]], "validation": [[0, 3.0], [6, 2.0], [9, 2.25]]},
    "examples": {
        "train": {"examples": 24, "tokens": 61921, "left_out_too_long": {"night-clinic": 1}},
        "validation": {"examples": 8, "tokens": 21772, "left_out_too_long": {}},
    },
}


@pytest.fixture
def model() -> TrainedModel:
    scenes = list(Scene.objects.filter(work=store_works()[0]))
    return train_on(scenes, name="dsr-novel", slug="dsr-novel-0a1b2c3d", card=CARD)


def test_a_model_has_a_page_with_its_losses_its_data_and_its_systems(
    model: TrainedModel, researcher: Client
) -> None:
    system_with(model.slug, "quillon")
    system_with("", "other", adapter="other-novel")
    shown = text(researcher.get(reverse("generation-model", args=[model.slug])))
    assert "3.000 at the start, 2.250 after step 9" in shown
    assert "(lowest: 2.000 after step 6)" in shown
    assert "24 examples" in shown
    assert "(1 left out: too long)" in shown
    assert reverse("generation-dataset", args=["sample", model.dataset.version]) in shown
    assert reverse("generation-work", args=[model.dataset.examples.first().scene.work.slug]) in shown
    assert reverse("generation-system", args=["stored", "quillon"]) in shown
    assert reverse("generation-system", args=["stored", "other"]) not in shown
    assert ">lora.r</dt>" in shown
    assert "{" not in shown.partition("<main")[2].partition("</main>")[0], "no value of a program"


def test_what_leads_to_a_model_leads_to_its_page(model: TrainedModel, researcher: Client) -> None:
    system_with(model.slug, "quillon")
    address = f'href="{reverse("generation-model", args=[model.slug])}"'
    listed = text(researcher.get(reverse("generation-models")))
    assert address in listed
    assert "2.500 → 1.250" in re.sub(r"\s+", " ", listed)
    assert address in text(researcher.get(reverse("generation-system", args=["stored", "quillon"])))
    assert researcher.get(reverse("generation-model", args=["none"])).status_code == 404


def test_a_model_of_which_nothing_more_is_told_has_a_page_too(researcher: Client) -> None:
    model = TrainedModel.objects.create(slug="m-1", name="m", digest="1", variant="dsr", card={"losses": {}})
    shown = text(researcher.get(reverse("generation-model", args=["m-1"])))
    assert "names no dataset on this site" in shown
    assert "trained_model: m-1" in shown
    assert losses_of(model).each == ()


def test_a_chart_goes_from_the_highest_loss_down_to_the_least(model: TrainedModel) -> None:
    losses = losses_of(model)
    assert (losses.low, losses.high, losses.steps) == (1.25, 3.0, 9)
    train, validation = losses.each
    assert validation.line == "0,0.00 6,57.14 9,42.86"
    assert train.line == "3,28.57 9,100.00"
