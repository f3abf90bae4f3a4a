"""Undoing a freeze marks the sealed rows as void: they stay, once and for all, and nothing reads them."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from annotations import freezing
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.models import Study
from annotations.staff.studies import managing, study_states
from tests.factories import fill, make_study, unblind

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = make_study(tmp_path)
    freezing.thaw(study=study, by="test")
    study.refresh_from_db()
    return study


def void_rows() -> int:
    return sum(rows.exclude(voided_at=None).count() for rows in (SealedEntry.with_void, SealedDraw.with_void))


def test_the_rows_stay_and_are_void(study: Study) -> None:
    assert (SealedEntry.objects.count(), SealedDraw.objects.count(), void_rows()) == (0, 0, 10)


def test_freezing_again_writes_new_rows_and_all_goes_on(study: Study) -> None:
    study = freezing.freeze(study=study, by="test")
    assert (SealedEntry.objects.count(), SealedDraw.objects.count(), void_rows()) == (9, 1, 10)
    call_command("verify_study", study.slug, stdout=StringIO())
    study_states.transition(study=study, verb="open", by="test")
    fill(study, raters=1)
    unblind(study)
    call_command("verify_study", study.slug, stdout=StringIO())


def test_the_draft_can_be_deleted_and_made_anew(study: Study, tmp_path: Path) -> None:
    managing.delete_study(study=study, by="test")
    assert void_rows() == 10
    again = make_study(tmp_path)
    assert SealedEntry.objects.filter(study_slug=again.slug).count() == 9


@pytest.mark.parametrize("table", ["annotations_sealedentry", "annotations_sealeddraw"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET voided_at = NULL",
        "UPDATE {} SET voided_at = now()",
        "UPDATE {} SET study_slug = 'other'",
        "DELETE FROM {}",
    ],
)
def test_what_is_void_stays_void(study: Study, table: str, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement.format(table))
