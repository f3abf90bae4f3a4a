"""Whole site: what was judged, agreed to and logged cannot be changed or removed, by whatever route."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.desk.services import allow_training, give_consent
from annotations.models import (
    Amendment,
    AnswerRevision,
    Assignment,
    Consent,
    Entry,
    ExclusionEvent,
    Guess,
    Judgment,
    Rater,
    RaterStatement,
    Score,
    Study,
)
from annotations.staff.studies import exclusions
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent, TimeStamp, User
from generation.models import Attempt, Job, Run, Script, Series, StageOutput
from generation.training_data.datasets.lineage import series_of
from generation.training_data.models import (
    Candidate,
    Dataset,
    DatasetProfile,
    Example,
    JobSource,
    Person,
    ProfileReview,
    Review,
    Scene,
    TrainedModel,
    Work,
)
from tests.factories import fill, make_study, person
from tests.snapshots import restore_or_make

pytestmark = pytest.mark.django_db

# Table -> whether rows may be removed (with the draft that they belong to), and a column that is guarded.
GUARDED = {
    "annotations_judgment": (False, "choice"),
    "annotations_score": (False, "value"),
    "annotations_consent": (False, "text"),
    "annotations_amendment": (True, "text"),
    "annotations_entry": (True, "html"),
    "annotations_guess": (False, "origin"),
    "annotations_answerrevision": (False, "number"),
    "annotations_raterstatement": (True, "about"),
    "annotations_exclusionevent": (False, "reason"),
    "annotations_sealedentry": (False, "system_slug"),
    "annotations_sealeddraw": (False, "nonce"),
    "core_auditevent": (False, "verb"),
    "core_timestamp": (False, "digest"),
    "generation_script": (True, "text"),
    "generation_stageoutput": (True, "text"),
    "training_data_scene": (True, "text"),
    "training_data_review": (False, "decision"),
    "training_data_profilereview": (False, "decision"),
    "training_data_datasetprofile": (False, "review_id"),
    "training_data_dataset": (False, "card"),
    "training_data_example": (False, "split"),
    "training_data_trainedmodel": (False, "name"),
}
MODELS = {
    "annotations_judgment": Judgment,
    "annotations_score": Score,
    "annotations_consent": Consent,
    "annotations_amendment": Amendment,
    "annotations_entry": Entry,
    "annotations_guess": Guess,
    "annotations_answerrevision": AnswerRevision,
    "annotations_raterstatement": RaterStatement,
    "annotations_exclusionevent": ExclusionEvent,
    "annotations_sealedentry": SealedEntry,
    "annotations_sealeddraw": SealedDraw,
    "core_auditevent": AuditEvent,
    "core_timestamp": TimeStamp,
    "generation_script": Script,
    "generation_stageoutput": StageOutput,
    "training_data_scene": Scene,
    "training_data_review": Review,
    "training_data_profilereview": ProfileReview,
    "training_data_datasetprofile": DatasetProfile,
    "training_data_dataset": Dataset,
    "training_data_example": Example,
    "training_data_trainedmodel": TrainedModel,
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with rows in every guarded table."""
    user = person("una", key=1_000_000)
    return Study.objects.get(pk=restore_or_make("every guarded table", lambda: _make_rows(tmp_path, user)))


def _make_rows(folder: Path, user: User) -> int:
    study = make_study(folder, state="open")
    fill(study, raters=1)
    rater = Rater.objects.get(study=study)
    give_consent(rater=rater, language="en", training_use=False)
    allow_training(rater=rater, allowed=True)
    Amendment.objects.create(study=study, who="una", text="One more exclusion rule.")
    held = Assignment.objects.filter(rater=rater)[0]
    exclusions.set_excluded(assignment=held, excluded=True, by="una", reason="a phone rang")
    Guess.objects.create(assignment=Assignment.objects.filter(rater=rater)[0], side="left", origin="human")
    AnswerRevision.objects.create(
        assignment=Assignment.objects.filter(rater=rater)[0], number=1, submitted_at=database_now()
    )
    TimeStamp.objects.create(sequence=1, digest="0" * 64, reply=b"")
    _stage_output(Script.objects.all()[0])
    _example(Script.objects.all()[0], user)
    assert all(model.objects.exists() for model in MODELS.values())
    return study.pk


def _stage_output(script: Script) -> None:
    run = Run.objects.create(frozen_settings={}, digest="0" * 64)
    job = Job.objects.create(run=run, system=script.system, brief=script.brief)
    attempt = Attempt.objects.create(
        job=job, run=run, stage="write", number=1, prompt_digest="0" * 64, request={}
    )
    StageOutput.objects.create(
        job=job, stage="write", attempt=attempt, text=script.text, digest=script.digest,
        model_asked="m", model_answered="m", sampling={}, finish_reason="stop",
    )  # fmt: skip


def _example(script: Script, reviewer: User) -> None:
    series = script.brief.series
    run = Run.objects.create(kind=Run.Kind.SYNTHESIZE, frozen_settings={}, digest="1" * 64)
    work = Work.objects.create(slug="ferry", series=series, title="Ferry", language=series.language)
    scene = Scene.objects.create(work=work, number=1, text="INT. FERRY - DAY", digest="2" * 64, length=3)
    candidate = Candidate.objects.create(run=run, scene=scene)
    Review.objects.create(candidate=candidate, reviewer=reviewer, decision=Review.Decision.ACCEPT)
    dataset = Dataset.objects.create(
        slug="scenes", version=1, digest="3" * 64, run=run, recipe={}, funnel=[], card="# Scenes"
    )
    Example.objects.create(
        dataset=dataset, candidate=candidate, scene=scene, split=Example.Split.TRAIN, digest="4" * 64
    )
    job = Job.objects.create(
        run=run, system=script.system, subject={"kind": "person", "name": "ferry/Ada", "language": "en"}
    )
    person = Person.objects.create(series=series, name="Ada", language="en")
    JobSource.objects.create(job=job, person=person)
    changed = ProfileReview.objects.create(job=job, reviewer=reviewer, decision=Review.Decision.EDIT)
    DatasetProfile.objects.create(dataset=dataset, review=changed)
    TrainedModel.objects.create(
        slug="novel-5", name="novel", digest="5" * 64, dataset=dataset, variant="dsr", card={}
    )


def execute(query: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query)


@pytest.mark.parametrize("table", GUARDED)
def test_no_row_changes(study: Study, table: str) -> None:
    _, column = GUARDED[table]
    number = column in ("value", "review_id", "number")
    value = "1" if number else "'left'"
    with pytest.raises(IntegrityError, match="append-only"):
        execute(f"UPDATE {table} SET {column} = {value}")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        MODELS[table].objects.update(**{column: 1 if number else "left"})


@pytest.mark.parametrize("table", [table for table, (removable, _) in GUARDED.items() if not removable])
def test_no_row_goes(study: Study, table: str) -> None:
    # Rows that others point to are kept by those as well, so each table is asked by itself.
    with pytest.raises(IntegrityError, match="append-only"):
        execute(f"DELETE FROM {table}")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        MODELS[table].objects.all()._raw_delete(using="default")


@pytest.mark.parametrize("table", GUARDED)
def test_no_table_is_emptied(db: None, table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only: TRUNCATE"):
        execute(f"TRUNCATE {table} CASCADE")


def test_every_guard_is_in_the_list(study: Study) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname LIKE '%_append_only' AND tgenabled = 'O'"
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == set(GUARDED)


def test_settings_of_a_run_stay_once_a_dataset_stands_on_them(study: Study) -> None:
    run = Run.objects.get(kind=Run.Kind.SYNTHESIZE)
    free = Run.objects.create(frozen_settings={"seed": 1}, digest="6" * 64)
    for change in (
        "frozen_settings = jsonb_set(frozen_settings, '{seed}', '2')",
        "digest = '7'",
        "kind = 'generate'",
    ):
        execute(f"UPDATE generation_run SET {change} WHERE id = {free.pk}")
        with pytest.raises(IntegrityError, match="a dataset stands on its settings"):
            execute(f"UPDATE generation_run SET {change} WHERE id = {run.pk}")
    run.frozen_settings["addresses"] = {"annotator": "http://127.0.0.1:8002/v1"}
    run.state = Run.State.DONE
    run.save()
    run.refresh_from_db()
    assert run.frozen_settings["addresses"], "a server may move"


def test_a_series_that_is_called_otherwise_now_is_still_one_that_was_trained_on(study: Study) -> None:
    dataset = Dataset.objects.get()
    series = Example.objects.get().scene.work.series
    Series.objects.filter(pk=series.pk).update(slug="called-otherwise", title="Called otherwise")
    assert series_of([dataset.pk]) == {dataset.pk: ["called-otherwise"]}


def test_a_study_with_judgments_cannot_be_removed(study: Study) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).delete()
    assert Judgment.objects.filter(assignment__rater__study=study).exists()
