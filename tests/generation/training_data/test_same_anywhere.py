"""Training data: digests of run and dataset depend on works, recipe and seed alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from django.db import transaction

from generation.models import Job, Series
from generation.training_data.corpus.cutting import WorkUpload, unified
from generation.training_data.corpus.folder import read_folder
from generation.training_data.corpus.services import import_works
from generation.training_data.datasets.building import build
from generation.training_data.models import Candidate, Person, Scene, Work
from generation.training_data.synthesis.choosing import choose, works_of
from generation.training_data.synthesis.corpus_index import build_corpus_index
from generation.training_data.synthesis.job_contents import contents
from generation.training_data.synthesis.recipe import FilterSpec
from tests.generation.training_data.finished import finished_run

pytestmark = pytest.mark.django_db
OWN = ("oar-1", "oar-2", "kiln-1")


def scene(place: str, what: str, *names: str) -> str:
    lines = " ".join(f"At step {n} of the {what} she counts {n * len(what)} nails again." for n in range(8))
    said = "\n\n".join(f"{name}\nThe {what} is still where it was, {place}." for name in names)
    return f"INT. {place.upper()} - DAY\n\n{lines}\n\n{said}\n\n"


FILES = {
    # Two spellings of one person, and a scene that comes again in the same and in another series.
    "oar-1": scene("boathouse", "keel", "@McRae", "OLAF") + scene("slip", "anchor", "OLAF", "@McRae"),
    "oar-2": scene("boathouse", "keel", "MCRAE", "OLAF") + scene("loft", "canvas sail", "OLAF", "MCRAE"),
    "kiln-1": scene("slip", "anchor", "OLAF", "VERA") + scene("yard", "brick oven", "VERA", "OLAF"),
    # Of other series and of the same one, imported beside these: all of it has likes among them.
    "ash-1": scene("boathouse", "keel", "VERA", "OLAF") + scene("yard", "brick oven", "VERA", "OLAF"),
    "oar-3": scene("loft", "canvas sail", "Mcrae", "OLAF") + scene("attic", "old trunk", "OLAF", "@mcRae"),
}


def folder_of(path: Path) -> Path:
    works = []
    for slug, text in FILES.items():
        series, _, order = slug.partition("-")
        (path / f"{slug}.fountain").write_text(text)
        works.append(
            {
                "file": f"{slug}.fountain", "series": {"slug": series, "title": series.title()}, "slug": slug,
                "title": slug, "order": int(order), "language": "en", "rights": "train", "genre": series,
                "credit": "invented here",
            }
        )  # fmt: skip
    (path / "corpus.yaml").write_text(yaml.safe_dump({"works": works}))
    return path


def take_in(folder: Path, slugs: Sequence[str]) -> None:
    """One import after the other, in this order."""
    specs = {spec.slug: spec for spec in read_folder(folder).works}
    for slug in slugs:
        import_works([WorkUpload.from_file(specs[slug])], by="rae")


def made_of(folder: Path, slugs: Sequence[str]) -> tuple[object, ...]:
    """What comes out in a database of its own: it is rolled back."""
    with transaction.atomic():
        take_in(folder, slugs)
        run = finished_run(works=works_of(OWN), alike=0.8, length={"en": (20, 2500), "zh": (100, 4000)})
        dataset = build(run, "sample").dataset
        people = sorted(Person.objects.filter(sources__job__run=run).values_list("series__slug", "name"))
        fell = sorted(
            Candidate.objects.filter(run=run).values_list("scene__work__slug", "scene__number", "dropped_at")
        )
        transaction.set_rollback(True)
    return run.digest, dataset.digest, people, fell


@pytest.mark.slow
def test_order_of_imports_and_foreign_works_change_nothing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    first = made_of(folder, OWN)
    assert first[2] == [("kiln", "OLAF"), ("kiln", "VERA"), ("oar", "McRae"), ("oar", "OLAF")]
    # By series, then by order: of two that are alike the later one falls.
    fell = {f"{work}/{number}": step for work, number, step in first[3]}
    assert [place for place, step in fell.items() if step == "alike"] == ["oar-1/2", "oar-2/1"]
    assert made_of(folder, OWN[::-1]) == first
    assert made_of(folder, ["oar-3", "ash-1", "oar-2", "kiln-1", "oar-1"]) == first
    assert made_of(folder, ["ash-1", *OWN, "oar-3"]) == first


@pytest.mark.slow
def test_what_decides_is_in_the_digest_of_a_run(tmp_path: Path) -> None:
    take_in(folder_of(tmp_path), OWN)
    digests = {build_corpus_index(works_of(OWN)).digest()}
    for change in (
        lambda: Scene.objects.filter(work__slug="kiln-1").update(signature=b""),
        lambda: Scene.objects.filter(work__slug="oar-2").update(speakers=["OLAF"]),
    ):
        with transaction.atomic():
            change()
            digests.add(build_corpus_index(works_of(OWN)).digest())
            transaction.set_rollback(True)
    assert len(digests) == 3
    with transaction.atomic():
        before = finished_run(works=works_of(OWN)).digest
        transaction.set_rollback(True)
    for change in (
        lambda: Work.objects.filter(slug="kiln-1").update(genre="comedy"),
        lambda: Series.objects.filter(slug="kiln").update(title="The Kiln"),
    ):
        change()
        with transaction.atomic():
            now = finished_run(works=works_of(OWN)).digest
            transaction.set_rollback(True)
        assert now != before, "genre decides balance, a title stands in prompts and briefs"
        before = now


def test_what_a_work_is_called_later_changes_no_run(tmp_path: Path) -> None:
    take_in(folder_of(tmp_path), OWN)
    run = finished_run(works=works_of(OWN))
    job = (
        Job.objects.select_related("source__scene__work__series")
        .filter(run=run, source__scene__work__slug="kiln-1")
        .first()
    )
    before = contents(run, [job])
    Work.objects.filter(slug="kiln-1").update(genre="comedy")
    Series.objects.filter(slug="kiln").update(title="The Kiln")
    again = Job.objects.select_related("source__scene__work__series").get(pk=job.pk)
    assert contents(run, [again]) == before


def test_names_of_a_series_have_one_spelling_the_first() -> None:
    assert unified([["McRae", "OLAF"], ["MCRAE"], ["Olaf", "VERA"]]) == [
        ("McRae", "OLAF"), ("McRae",), ("OLAF", "VERA"),
    ]  # fmt: skip
    assert unified([["老庞和小满"], ["小满"], ["老庞"]]) == [("老庞", "小满"), ("小满",), ("老庞",)]


def test_a_work_by_itself_is_left_out_for_its_own_repeats_alone(tmp_path: Path) -> None:
    take_in(folder_of(tmp_path), OWN)
    rules = FilterSpec(length={"en": (20, 2500), "zh": (100, 4000)})
    assert "alike" not in {each.left_out for each in choose(works_of(["oar-2"]), rules)}
    assert "alike" in {each.left_out for each in choose(works_of(OWN), rules)}
