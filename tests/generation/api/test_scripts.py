"""/api/v1/scripts/: uploading files, listing and reading scripts, and what a blinded study hides of them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations import freezing
from annotations.staff.studies.loading import load_study
from evalsite.core.models import AuditEvent
from generation import blinding
from generation.models import Script, Source, System
from generation.services import store_briefs
from tests.factories import write_study
from tests.generation.api.test_briefs_systems import SCENE
from tests.generation.test_uploads import CHINESE, ENGLISH, word
from tests.generation.two_teams import brief_of

pytestmark = pytest.mark.django_db
HUMAN = {"system": "human", "human": "true", "writer": "w07"}


@pytest.fixture
def briefs(db):
    return [each.brief for each in store_briefs([
        brief_of("depot-one", "depot-line", "The Depot"),
        brief_of("depot-two", "depot-line", "The Depot"),
    ])]  # fmt: skip


def file(name: str, content: str | bytes = SCENE) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def test_files_named_after_their_briefs_are_stored_as_they_are(owner, watcher, briefs):
    text = "//! a note about the file\n" + SCENE
    files = [file("depot-one.fountain", text), file("depot-two.txt", SCENE.replace("Rain", "Hail"))]
    answer = owner.send("scripts/", {"files": files, "system": "rival", "name": "Rival", "rights": "show"})
    assert answer.status_code == 201, answer.json()
    first, second = answer.json()["scripts"]
    assert {key: first[key] for key in ("file", "brief", "sample", "outcome", "scenes", "warnings")} == {
        "file": "depot-one.fountain", "brief": "depot-one", "sample": 1, "outcome": "created", "scenes": 0,
        "warnings": [],
    }  # fmt: skip
    assert second["brief"] == "depot-two"
    assert Script.objects.get(brief=briefs[0]).text == SCENE
    system = System.objects.get(slug="rival")
    assert (system.kind, system.name) == ("imported", "Rival")
    assert AuditEvent.objects.filter(verb="import script", who="team-owner-0").count() == 2

    again = owner.send("scripts/", {"files": [file("depot-one.fountain", text)], "system": "rival"})
    assert (again.status_code, again.json()["scripts"][0]["outcome"]) == (200, "unchanged")
    for query, found in (({"brief": "depot-one"}, 1), ({"system": "rival"}, 2), ({"language": "zh"}, 0)):
        assert len(watcher.get("scripts/", **query).json()["results"]) == found
    (row,) = watcher.get("scripts/", brief="depot-one").json()["results"]
    assert (row["digest"], row["length"], row["sealed"]) == (first["digest"], 14, False)


def test_one_scene_of_a_word_file_with_its_provenance(owner, watcher, briefs):
    told = {"brief": "depot-one", "scene": "2", "origin": "aired", "version": "shooting", "knew": "all"}
    answer = owner.send("scripts/", {"files": [file("pilot.docx", word(ENGLISH))], **HUMAN, **told})
    assert answer.status_code == 201, answer.json()
    (stored,) = answer.json()["scripts"]
    assert stored["scenes"] == 2
    one = watcher.get("scripts/depot-one/human/1/").json()
    assert one["text"] == ENGLISH[ENGLISH.index("EXT.") :]
    assert one["writer"] == "w07"
    provenance = one["provenance"]
    assert (provenance["origin"], provenance["version"], provenance["knew"]) == ("aired", "shooting", "all")
    assert (provenance["file_name"], provenance["imported_by"]) == ("pilot.docx", "team-owner-0")
    assert AuditEvent.objects.filter(verb="read script", who="team-watcher-0").count() == 1
    assert watcher.get("scripts/depot-one/human/2/").status_code == 404


def test_warnings_of_the_reader_are_returned(owner, briefs):
    files = [file("depot-one.docx", word(CHINESE)), file("depot-two.txt", "She waits.\n")]
    answer = owner.send("scripts/", {"files": files, "system": "rival"})
    converted, plain = answer.json()["scripts"]
    assert converted["warnings"]
    assert {"line": 0, "message": "No scene heading"} in plain["warnings"]


def test_a_file_in_which_nobody_speaks_gets_a_warning(owner, briefs):
    silent = word("INT. DEPOT - DAY\n\nRain falls on the roof. The buses wait in the dark.")
    answer = owner.send("scripts/", {"files": [file("depot-one.docx", silent)], "system": "rival"})
    assert answer.status_code == 201, answer.json()
    (stored,) = answer.json()["scripts"]
    assert [each["message"] for each in stored["warnings"]] == ["Nobody speaks."]


def test_nothing_is_stored_if_one_file_is_wrong(owner, briefs):
    files = [
        file("depot-one.txt"),
        file("nobody.txt"),
        file("depot-two.pdf", b"no PDF"),
        file("depot-two.txt", " "),
    ]
    answer = owner.send("scripts/", {"files": files, "system": "rival"})
    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["errors"]] == [
        "depot-two.pdf",
        "depot-two.txt",
        "nobody.txt",
    ]
    assert not Script.objects.exists()
    assert not System.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "path"),
    [
        ({"system": "Not a slug"}, 400, "system"),
        ({"system": "rival", "writer": "Ada Lovelace"}, 400, "writer"),
        ({"system": "rival", "rights": "all"}, 400, "rights"),
        ({"system": "rival", "brief": "depot-one", "scene": "9"}, 422, "depot-one.txt"),
        ({"system": "rival", "files": []}, 400, "files"),
        ({"system": "rival", "brief": "depot-one", "files": 2}, 422, "brief"),
    ],
)
def test_fields_are_checked(owner, briefs, fields, status, path):
    if isinstance(count := fields.get("files"), int):
        fields = {**fields, "files": [file("depot-one.txt") for _ in range(count)]}
    answer = owner.send("scripts/", {"files": [file("depot-one.txt")], **fields})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (status, path)
    assert not Script.objects.exists()


def test_a_system_of_machines_takes_no_human_scripts(owner, briefs):
    owner.send("scripts/", {"files": [file("depot-one.txt")], "system": "rival"})
    answer = owner.send("scripts/", {"files": [file("depot-two.txt")], **HUMAN, "system": "rival"})
    assert answer.status_code == 422
    assert Script.objects.count() == 1


def test_large_bodies_are_refused_before_they_are_read(owner, briefs):
    headers = {**owner.headers, "Content-Length": "30000000"}
    answer = owner.client.post(
        "/api/v1/scripts/",
        b"x",
        "multipart/form-data; boundary=x",
        headers=headers,
        CONTENT_LENGTH="30000000",
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")
    big = owner.send("scripts/", {"files": [file("depot-one.txt", "a" * 3_000_000)], "system": "rival"})
    assert big.status_code == 422  # more than a text may have, less than a request may have


def test_an_upload_is_not_done_twice_for_one_key(owner, briefs):
    fields = {"system": "rival"}
    answers = [
        owner.client.post(
            "/api/v1/scripts/",
            {"files": [file("depot-one.txt")], **fields},
            headers={**owner.headers, "Idempotency-Key": "upload-1"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"


def test_sealed_scripts_have_no_text_and_no_length(owner, researcher, tmp_path):
    study = load_study(write_study(tmp_path)).study
    Script.objects.update(writer="w77")
    open_row = owner.get("scripts/", system="quillon", brief="scene-en-1").json()["results"][0]
    assert open_row["digest"]
    freezing.freeze(study=study, by="test")
    rows = researcher.get("scripts/").json()["results"]
    assert len(rows) == 9
    hidden = {"digest", "length", "writer", "created_at"}
    assert {row["sealed"] for row in rows} == {True}
    assert {row[key] for row in rows for key in hidden} == {None}
    answer = researcher.get("scripts/scene-en-1/quillon/1/")
    assert (answer.status_code, answer.json()["code"]) == (403, "sealed")
    told = str([rows, answer.json()])
    for script in Script.objects.all():
        assert script.digest not in told
        assert script.text not in told
    upload = owner.send("scripts/", {"files": [file("scene-en-1.txt")], "system": "quillon"})
    assert (upload.status_code, upload.json()["code"]) == (409, "sealed")
    assert Script.objects.count() == 9


def test_seals_are_asked_for_once_a_page(owner, briefs, django_assert_num_queries, monkeypatch):
    asked = []
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: asked.append(pairs) or set()])
    counts = []
    for number in range(2):
        files = [file("depot-one.txt", f"{SCENE}\nNumber {number}.\n"), file("depot-two.txt")]
        owner.send("scripts/", {"files": files, "system": f"rival-{number}"})
        asked.clear()
        with django_assert_num_queries(10, exact=False) as queries:
            assert owner.get("scripts/").status_code == 200
        counts.append((len(queries), len(asked)))
    assert counts[0] == counts[1]
    assert counts[0][1] == 1


def test_scripts_of_another_team_are_nowhere(owner, researcher, briefs, other):
    owner.send("scripts/", {"files": [file("depot-one.txt")], **HUMAN})
    assert researcher.send("scripts/", {"files": [file("depot-one.txt")], **HUMAN}).status_code == 404
    stranger = other()
    assert stranger.get("scripts/").json()["results"] == []
    assert stranger.get("scripts/depot-one/human/1/").status_code == 404
    answer = stranger.send("scripts/", {"files": [file("depot-one.txt")], **HUMAN})
    assert answer.status_code == 422
    assert Source.objects.count() == 1
