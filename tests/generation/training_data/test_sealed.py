"""Training data: no page, file or command shows a script that a study has sealed."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.urls import reverse

from annotations import freezing
from annotations.models import Study
from annotations.staff.studies.loading import load_study
from evalsite.core.models import AuditEvent, User
from generation.models import Attempt, Job, Run
from generation.training_data.corpus import intake as intakes
from generation.training_data.corpus.similar_scenes import hidden_scenes, plain_text
from generation.training_data.datasets.building import build
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.datasets.reviewing import queue_of
from generation.training_data.models import Candidate, Dataset, Intake, Scene, Work
from generation.training_data.synthesis.dependencies import hidden_jobs
from tests.factories import person, write_study
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.test_corpus_import import scene
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
TOLD = {
    "series": "quay", "series_title": "The Quay", "language": "en", "rights": "redistribute",
    "credit": "Ours.",
}  # fmt: skip
OTHERS = [
    " ".join(
        f"At step {at + 100 * n} she counts {at * at + n} boats and chalks the sum there." for at in range(9)
    )
    for n in range(2, 12)
]


@pytest.fixture(scope="module")
def sealed(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Run, str]]:
    """A run and a dataset (x@1) with a scene that a study has sealed since; and that scene's text.

    Made once; each test undoes what it does to it, and the end undoes all.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_sealed(tmp_path_factory.mktemp("study"))
        transaction.set_rollback(True)


def make_sealed(folder: Path) -> tuple[Run, str]:
    path = write_study(folder, briefs=1)
    text = (path.parent / "scripts" / "scene-en-1" / "people.fountain").read_text()
    whole = "\n".join([text, *(scene(n, words) for n, words in enumerate(OTHERS, start=2))])
    intakes.store(intakes.receive(told=TOLD, files=[("1.fountain", whole.encode())], by=None), by="rae")
    other = whole.replace("INT. ROOM 2 ", "INT. HALL ")
    intakes.receive(told={**TOLD, "series": "inlet"}, files=[("1.fountain", other.encode())], by=None)
    run = finished_run(works=list(Work.objects.all()), share=1.0, length={"en": (1, 5000), "zh": (1, 5000)})
    filter_run(run)
    build(run, "x", without_reviews=True)
    job = run.jobs.get(source__scene__number=1)
    Attempt.objects.filter(job=job).update(outcome="refused", reason=f"quoted: {sentences(text)[0]}")
    Candidate.objects.filter(scene__number=2).update(
        dropped_at="rules", reason={"code": "novel/copied", "params": {"line": sentences(text)[1]}}
    )
    freezing.freeze(study=load_study(path).study, by="test")
    return run, text


def everywhere(run: Run) -> list[str]:
    """Every address of corpus, synthesis, review, datasets and of the run itself."""
    steps, views = ("scenes", "written", "rules", "people"), ("generation-job", "generation-job-lines")
    found = [
        *(reverse(f"generation-{name}") for name in ("corpus", "corpus-new", "synthesis", "synthesis-new")),
        *(reverse(f"generation-{name}") for name in ("datasets", "models")),
        *(reverse(f"generation-{name}", args=[run.code]) for name in ("run", "live", "review", "texts")),
        *(reverse("generation-rejected", args=[run.code, step]) for step in steps),
        *(reverse("generation-candidate", args=[run.code, key]) for key in ids(Candidate)),
        *(reverse(name, args=[run.code, key]) for key in ids(Job) for name in views),
        *(reverse("generation-corpus-intake", args=[each.code]) for each in Intake.objects.all()),
    ]  # fmt: skip
    for work in Work.objects.all():
        found += [
            reverse("generation-work", args=[work.slug]),
            reverse("generation-work-delete", args=[work.slug]),
        ]
        found += [reverse("generation-scene", args=[work.slug, n + 1]) for n in range(work.scenes.count())]
    for each in Dataset.objects.all():
        names = ("dataset", "examples", "dataset-download")
        found += [reverse(f"generation-{name}", args=[each.slug, each.version]) for name in names]
        pages = range(1, each.examples.count() + 1)
        found += [
            reverse("generation-examples", args=[each.slug, each.version]) + f"?page={n}" for n in pages
        ]
    return found


def ids(model: type) -> list[int]:
    return list(model.objects.values_list("pk", flat=True))


def sentences(text: str) -> list[str]:
    """What tells the script: its sentences and headings of more than two words."""
    plain = (plain_text(each, "en") for each in re.split(r"[.?!\n]", text))
    return [each for each in plain if len(each.split()) > 2]


@pytest.mark.slow
def test_no_address_shows_a_sealed_scene_and_all_show_it_once_the_study_is_unblinded(sealed) -> None:
    run, text = sealed
    told = sentences(text)
    assert len(told) >= 3
    addresses = everywhere(run)
    assert len(addresses) > 60
    for who, part in (
        (signed_in(person("reader")), ""),
        (signed_in(person("root", role=User.Role.ADMIN)), "/corpus/"),
    ):
        for address in (each for each in addresses if part in each):
            answer = who.get(address)
            assert answer.status_code in (200, 302, 403, 404), address
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            shown = plain_text(re.sub(r"<[^>]+>", " ", body.decode("utf-8", "replace")), "en")
            assert [each for each in told if each in shown] == [], address
    posted = signed_in(person("tom")).post(
        reverse("generation-candidate", args=[run.code, Candidate.objects.get(scene__number=1).pk]),
        {"decision": "accept"},
    )
    assert posted.status_code == 403
    Study.objects.update(state=Study.State.UNBLINDED)
    reader = signed_in(person("una"))
    for address in (
        reverse("generation-scene", args=["quay-1", 1]),
        reverse("generation-job", args=[run.code, run.jobs.get(source__scene__number=1).pk]),
        reverse("generation-examples", args=["x", 1]),
        reverse("generation-candidate", args=[run.code, Candidate.objects.get(scene__number=1).pk]),
    ):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert "stairwell 1 night" in plain_text(answer.content.decode(), "en"), address
    assert reader.get(reverse("generation-dataset-download", args=["x", 1])).status_code == 200


@pytest.mark.slow
def test_what_stands_far_enough_is_shown_and_others_wait_with_a_reason(sealed) -> None:
    run, _text = sealed
    first = Scene.objects.get(number=1)
    assert hidden_scenes(list(Scene.objects.values_list("pk", flat=True))) == {first.pk}
    far = run.jobs.get(source__scene__number=10)
    near = run.jobs.get(source__scene__number=9)  # eight scenes before it are looked at
    assert far.pk not in hidden_jobs(run)
    assert {near.pk, run.jobs.get(source__person__name="ORLA").pk} <= hidden_jobs(run)
    reader = signed_in(person("reader"))
    assert reader.get(reverse("generation-job", args=[run.code, far.pk])).status_code == 200
    queue = queue_of(run, User.objects.get(username="reader"))
    assert queue.sealed == Candidate.objects.filter(job__in=hidden_jobs(run), dropped_at="").count() > 0
    assert Candidate.objects.get(scene=first).pk not in queue.waiting
    assert (
        "hidden because a blinded study"
        in reader.get(reverse("generation-review", args=[run.code])).content.decode()
    )
    refused = reader.get(reverse("generation-dataset-download", args=["x", 1]))
    assert refused.status_code == 403
    assert "--with-sealed" in refused.content.decode()


def test_an_export_with_a_sealed_scene_needs_an_admin_on_the_console_and_is_recorded(
    sealed, tmp_path
) -> None:
    with pytest.raises(CommandError, match="unblind the study first"):
        call_command("dataset", "export", "x", "--out", str(tmp_path / "out"), "--with-texts")
    assert not (tmp_path / "out").exists()
    said = io.StringIO()
    call_command("dataset", "export", "x", "--out", str(tmp_path / "out"), "--with-sealed", stdout=said)
    assert "let nobody read the folder" in said.getvalue()
    event = AuditEvent.objects.get(verb="export sealed scripts")
    assert event.about == "x@1"
    assert event.detail["examples"] > 0
