"""The corpus in the browser: lists, a scene beside its like, importing with a look first, deleting."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evalsite.core.models import AuditEvent
from generation.models import Run, Script
from generation.screenplay.formats import rows
from generation.training_data.corpus import intake as intakes
from generation.training_data.models import Intake, Scene, Work
from tests.factories import make_study, person
from tests.generation.training_data.test_corpus_import import scene
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
WORDS = " ".join(
    f"At step {at} she counts {at * at} boats and chalks the sum on the door." for at in range(9)
)
TOLD = {
    "series": "quay", "series_title": "The Quay", "language": "en", "rights": "train", "credit": "Ours.",
}  # fmt: skip


def stored(text: str, name: str = "1.fountain", **told: str) -> None:
    """A work that Mara has handed in and stored."""
    handed_in = intakes.receive(told={**TOLD, **told}, files=[(name, text.encode())], by=None)
    intakes.store(handed_in, by="mara")


def hand_in(client: Client, *files: tuple[str, str], **told: str):
    given = [SimpleUploadedFile(name, text.encode()) for name, text in files]
    return client.post("/generation/corpus/new/", {**TOLD, **told, "scripts": given})


def test_files_are_looked_at_first_and_then_stored(admin: Client) -> None:
    assert "import_corpus examples/corpus" in admin.get("/generation/corpus/").content.decode()
    two = scene(1, WORDS) + "INT. ROOM 2 - DAY\n\nNobody is here.\n\nBRAM\n\nHe goes.\n"
    answer = hand_in(
        admin, ("2-later.fountain", two), ("first.txt", scene(3, WORDS.replace("boats", "nets")))
    )
    assert answer.status_code == 303
    address = answer["Location"]
    page = admin.get(address).content.decode()
    assert (Work.objects.count(), "2-later.fountain" in page, "INT. ROOM 2 - DAY" in page) == (0, True, True)
    assert "Store 3 scenes" in page
    files = {file.file_name: file for file in Intake.objects.get().files.all()}
    assert {name: file.order for name, file in files.items()} == {"2-later.fountain": 2, "first.txt": 3}
    post = {}
    for place, file in enumerate(files.values(), start=1):
        post |= {f"f{file.pk}-title": f"Part {place}", f"f{file.pk}-order": 5}
    refused = admin.post(address, post)
    assert refused.status_code == 422
    assert "two works in position 5" in refused.content.decode()
    post[f"f{files['first.txt'].pk}-order"] = 1
    assert admin.post(address, post).status_code == 303
    assert list(Work.objects.values_list("slug", "title", "imported_by")) == [
        ("quay-1", "Part 2", "ada"), ("quay-5", "Part 1", "ada"),
    ]  # fmt: skip
    assert not Intake.objects.exists()
    page = admin.get("/generation/corpus/").content.decode()
    assert "The Quay" in page
    assert "Part 2" in page
    assert AuditEvent.objects.filter(verb="import work").count() == 2
    overview = admin.get("/generation/").content.decode()
    assert "Screenplays for training" in overview


def test_what_cannot_be_taken_is_told_line_by_line_and_nothing_is_stored(admin: Client) -> None:
    answer = hand_in(admin, ("1.fountain", scene(1, WORDS)), ("2.txt", "No script at all, only words.\n" * 9))
    page = admin.get(answer["Location"]).content.decode()
    assert "No scene headings found" in page
    assert "Store" not in page
    assert admin.post(answer["Location"], {}).status_code == 422
    assert Work.objects.count() == 0
    assert admin.post(answer["Location"] + "drop/").status_code == 303
    assert not Intake.objects.exists()
    for wrong in ({"series": "Not A Slug"}, {"series_title": ""}, {"credit": ""}, {"rights": "none"}):
        assert hand_in(admin, ("1.fountain", scene(1, WORDS)), **wrong).status_code == 400
    assert admin.post("/generation/corpus/new/", TOLD).status_code == 400
    assert not Intake.objects.exists()


def test_long_reading_shows_how_far_it_is(admin: Client, monkeypatch) -> None:
    answer = hand_in(admin, ("1.fountain", scene(1, WORDS)), ("2.fountain", scene(2, WORDS)))
    monkeypatch.setattr(intakes.read_some, "__defaults__", (0.0,))
    page = admin.get(answer["Location"])
    assert "1 of 2 files read." in page.content.decode()
    assert page.headers["Refresh"] == "1"
    assert "Store 2 scenes" in admin.get(answer["Location"]).content.decode()


def test_a_scene_stands_beside_its_like_and_a_work_goes_while_nothing_hangs_on_it(admin: Client) -> None:
    files = [("1.fountain", scene(1, WORDS)), ("2.fountain", scene(2, WORDS.replace("step 7", "step eight")))]
    intakes.store(intakes.receive(told=TOLD, files=[(n, t.encode()) for n, t in files], by=None), by="rae")
    page = admin.get("/generation/corpus/quay-2/1/").content.decode()
    assert "% identical" in page
    assert "/generation/corpus/quay-1/1/" in page
    assert page.count('class="script') >= 2
    assert "nearly identical to an earlier scene" in admin.get("/generation/corpus/quay-2/").content.decode()
    reader = signed_in(person("reader"))
    assert reader.get("/generation/corpus/quay-1/").status_code == 200
    assert {reader.get(f"/generation/corpus/{page}").status_code for page in ("new/", "quay-1/delete/")} == {
        404
    }
    run = Run.objects.create(
        kind=Run.Kind.SYNTHESIZE, frozen_settings={"corpus": {"works": {"quay-1": ""}}}, digest="0"
    )
    assert run.code in admin.get("/generation/corpus/quay-1/delete/").content.decode()
    admin.post("/generation/corpus/quay-1/delete/")
    admin.post("/generation/corpus/quay-2/delete/")
    assert list(Work.objects.values_list("slug", flat=True)) == ["quay-1"]


def test_a_scene_that_a_blind_study_uses_is_not_shown(admin: Client, tmp_path: Path) -> None:
    make_study(tmp_path, briefs=1)
    script = Script.objects.get(system__slug="people")
    stored(script.text + "\n" + scene(2, WORDS), series="pier-en", series_title="Longshore")
    same, other = Scene.objects.order_by("number")
    hidden = admin.get("/generation/corpus/pier-en-1/1/")
    assert hidden.status_code == 403
    assert "One more." not in hidden.content.decode()
    assert same.digest not in hidden.content.decode()
    assert admin.get(f"/generation/corpus/pier-en-1/{other.number}/").status_code == 200
    stored(script.text.replace("ORLA", "MARGIT"), series="elsewhere", series_title="Under another name")
    assert admin.get("/generation/corpus/elsewhere-1/1/").status_code == 403
    listed = admin.get("/generation/corpus/pier-en-1/").content.decode()
    assert "the scene or its series is used in a study" in listed


def test_the_title_page_proposes_the_title_and_silence_is_told(admin: Client) -> None:
    words = "雨打在铁皮顶上，灯影晃着，渡船一直没有来。" * 6
    silent = f"Title: 末班渡船\nAuthor: 某人\n\n内景 渡口 - 夜\n\n{words}\n\n内景 船舱 - 夜\n\n{words}\n"
    told = {"series": "last-ferry", "series_title": "末班渡船", "language": "zh"}
    page = admin.get(hand_in(admin, ("draft-3.fountain", silent), **told)["Location"]).content.decode()
    assert 'value="末班渡船"' in page
    assert "This file has no dialogue" in page
    assert "@小满" in page
    assert "all read without problems" not in page


def test_a_stored_work_is_replaced_only_where_that_is_confirmed(admin: Client) -> None:
    stored(scene(1, WORDS), "1-old.fountain")
    address = hand_in(admin, ("new.fountain", scene(2, WORDS.replace("boats", "nets"))))["Location"]
    file = Intake.objects.get().files.get()
    post = {f"f{file.pk}-title": "Anew", f"f{file.pk}-order": 1}
    refused = admin.post(address, post)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "1-old.fountain" in page
    assert 'name="replace"' in page
    assert "mara" in page
    assert Work.objects.get().title == "Old"
    assert admin.post(address, {**post, "replace": "yes"}).status_code == 303
    assert (Work.objects.get().title, Work.objects.get().file_name) == ("Anew", "new.fountain")
    assert AuditEvent.objects.filter(verb="replace work").count() == 1


def test_a_known_file_says_what_would_change_and_its_rights_are_confirmed_by_themselves(
    admin: Client,
) -> None:
    stored(scene(1, WORDS), "1-low-tide.fountain", genre="drama")
    told = {"credit": "mine", "rights": "redistribute"}
    address = hand_in(admin, ("other-name.fountain", scene(1, WORDS)), **told)["Location"]
    page = admin.get(address).content.decode()
    assert "Credit: Ours. → mine" in page
    assert "may be used for training → may be used for training and redistributed" in page
    assert "Genre: " not in page
    file = Intake.objects.get().files.get()
    assert (file.title, file.order) == ("Low tide", 1), "as it is stored"
    post = {f"f{file.pk}-title": "Low Tide", f"f{file.pk}-order": 1}
    refused = admin.post(address, post)
    assert refused.status_code == 422
    assert "is stored with the rights “train”" in refused.content.decode()
    assert 'name="rights"' in refused.content.decode()
    assert Work.objects.get().rights == "train"
    assert admin.post(address, {**post, "rights": "yes"}).status_code == 303
    work = Work.objects.get()
    assert (work.title, work.genre, work.rights) == ("Low Tide", "drama", "redistribute")


def test_scenes_that_repeat_stored_ones_are_told_before(admin: Client) -> None:
    stored(scene(1, WORDS))
    two = scene(2, WORDS) + scene(3, WORDS.replace("boats", "nets").replace("chalks the sum on", "bars"))
    page = admin.get(hand_in(admin, ("2.fountain", two))["Location"]).content.decode()
    assert "1 scene is nearly identical to a stored scene" in page


def test_a_file_that_is_too_long_keeps_what_was_typed(admin: Client, monkeypatch) -> None:
    monkeypatch.setattr("generation.uploads.new_upload.LARGEST", 100)
    answer = hand_in(admin, ("1.fountain", scene(1, WORDS)), credit="A long credit.")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "the file is larger than 100 bytes" in page.replace("The file", "the file")
    assert ("A long credit." in page, 'value="quay"' in page) == (True, True)
    assert ("This field is required" in page, "Choose a file first" in page) == (False, False)
    assert not Intake.objects.exists()


def test_files_that_cannot_be_taken_are_one_line_in_the_list(admin: Client) -> None:
    hand_in(admin, ("1.fountain", scene(1, WORDS)))
    address = hand_in(admin, ("2.txt", "No script at all, only words.\n" * 9))["Location"]
    admin.get(address)
    page = admin.get("/generation/corpus/").content.decode()
    assert page.count("a file can't be imported") == 1
    assert page.count("Uploaded, not stored yet") == 1
    assert f"{address}drop/" in page


def test_only_reading_writes_where_files_are_looked_at(admin: Client, monkeypatch) -> None:
    address = hand_in(admin, ("1.txt", "No script at all, only words.\n" * 9))["Location"]
    admin.get(address)
    with CaptureQueriesContext(connection) as asked:
        Intake.objects.update(told=Intake.objects.get().told | {"refused": False})  # whatever stands there
        admin.get(address)
    assert len([each for each in asked if each["sql"].startswith(("UPDATE", "INSERT"))]) == 1
    hand_in(admin, ("2.fountain", scene(1, WORDS)))
    good = Intake.objects.exclude(told__has_key="refused").get()
    admin.get(reverse("generation-corpus-intake", args=[good.code]))
    monkeypatch.setattr(rows, "VERSION", rows.VERSION + 1)
    admin.get(reverse("generation-corpus-intake", args=[good.code]))
    assert good.files.get().rows_version == rows.VERSION, "a reader that has changed reads anew"
