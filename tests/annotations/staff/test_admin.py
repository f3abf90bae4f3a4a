"""Staff: Django's admin shows only what is not sealed."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from annotations import models
from annotations.blinding.seal import SealedEntry
from annotations.desk import services
from annotations.models import Rater, Study
from annotations.staff import study_states
from evalsite.core.models import User
from generation.models import Script
from tests.factories import make_study, person

pytestmark = pytest.mark.django_db
SEALED = [
    models.Entry,
    models.Pairing,
    models.Slot,
    models.Assignment,
    models.Answer,
    models.AnswerChange,
    models.Judgment,
    models.Score,
    models.Mark,
    models.RevealedEntry,
    SealedEntry,
]
SHOWN = [
    models.Study,
    models.Rater,
    models.Consent,
    models.RaterStatement,
    models.SeatEvent,
    models.Amendment,
]


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(
        person("chief", role=User.Role.ADMIN), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def test_nothing_sealed_is_registered() -> None:
    registered = set(admin.site._registry)
    assert not registered & set(SEALED)
    assert registered & set(apps.get_app_config("annotations").get_models()) == set(SHOWN)


def test_no_admin_shows_or_searches_through_a_sealed_table() -> None:
    for model in SHOWN:
        shown = admin.site._registry[model]
        names = [*shown.list_display, *shown.list_filter, *shown.search_fields]
        assert not any("__" in str(name) for name in names)
        assert not {inline.model for inline in shown.inlines} & set(SEALED)


@pytest.mark.parametrize("model", SHOWN)
def test_lists_and_rows_are_shown(tmp_path: Path, chief: Client, model: type) -> None:
    study = make_study(tmp_path, state="open")
    enrolment = services.enrol(study=study, languages=["en"])
    services.give_consent(rater=enrolment.rater, language="en", training_use=False)
    services.allow_training(rater=enrolment.rater, allowed=True)
    study_states.amend(study=study, by="chief", text="One more seat group is not drawn.")
    name = model._meta.model_name  # type: ignore[attr-defined]
    assert chief.get(reverse(f"admin:annotations_{name}_changelist")).status_code == 200
    row = model.objects.first()  # type: ignore[attr-defined]
    page = chief.get(reverse(f"admin:annotations_{name}_change", args=[row.pk]))
    assert page.status_code == 200
    text = page.content.decode()
    assert enrolment.secret not in text
    assert Rater.objects.get().secret_hash not in text


def test_a_study_s_page_tells_no_script(tmp_path: Path, chief: Client) -> None:
    """The spec joins systems and digests of scripts; with a script's own page that would be the seal."""
    study = make_study(tmp_path)
    page = chief.get(reverse("admin:annotations_study_change", args=[study.pk])).content.decode()
    script = Script.objects.get(system__slug="quillon", brief__slug="scene-en-1")
    own = chief.get(reverse("admin:generation_script_change", args=[script.pk])).content.decode()
    for said in (page, own):
        assert script.digest[:12] not in said
        assert "quillon" not in said
        assert "One more." not in said


def test_studies_and_raters_are_not_changed_here(tmp_path: Path, chief: Client) -> None:
    study = make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"]).rater
    for path in (
        reverse("admin:annotations_study_change", args=[study.pk]),
        reverse("admin:annotations_study_add"),
        reverse("admin:annotations_study_delete", args=[study.pk]),
        reverse("admin:annotations_rater_change", args=[rater.pk]),
        reverse("admin:annotations_rater_delete", args=[rater.pk]),
    ):
        assert chief.post(path, {"state": "unblinded", "post": "yes"}).status_code == 403
    assert Study.objects.get().state == "open"
    assert Rater.objects.count() == 1
