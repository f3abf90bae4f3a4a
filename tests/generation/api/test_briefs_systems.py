"""/api/v1/ briefs, series and systems."""

from pathlib import Path

import yaml

from evalsite.core.models import AuditEvent
from generation.models import Brief, System
from generation.services import store_system
from generation.systems.editing import EXAMPLE
from tests.factories import add_script

BRIEFS = sorted((Path(__file__).resolve().parents[3] / "examples/briefs/en").glob("*.yaml"))
SCENE = "INT. DEPOT - NIGHT\n\nMARGUERITE\nYou came back.\n\nRain on the roof of the depot.\n"


def brief(slug: str = "depot-one", **fields: object) -> dict[str, object]:
    return {
        "slug": slug,
        "series": {"slug": "depot-line", "title": "The Depot"},
        "language": "en",
        "order": 1,
        "target_length": 60,
        "outline": "Marguerite comes back.",
        "characters": [{"name": "Marguerite", "profile": "Waits."}],
    } | fields


def test_briefs_are_stored_as_data_listed_and_read(owner, watcher):
    answer = owner.post("briefs/", {"briefs": [brief(), brief("depot-two", order=2)]})
    assert answer.status_code == 201
    assert [(each["slug"], each["outcome"]) for each in answer.json()["briefs"]] == [
        ("depot-one", "created"),
        ("depot-two", "created"),
    ]
    again = owner.post("briefs/", {"briefs": [brief(), brief("depot-two", order=3)]})
    assert again.status_code == 200
    assert [each["outcome"] for each in again.json()["briefs"]] == ["unchanged", "changed"]

    listed = watcher.get("briefs/", series="depot-line").json()["results"]
    assert [each["slug"] for each in listed] == ["depot-two", "depot-one"]
    assert watcher.get("briefs/", language="zh").json()["results"] == []
    one = watcher.get("briefs/depot-one/").json()
    assert one["series"] == {"slug": "depot-line", "title": "The Depot"}
    assert one["characters"] == [{"name": "Marguerite", "profile": "Waits."}]
    assert (one["scripts"], one["digest"]) == (0, Brief.objects.get(slug="depot-one").digest)
    series = watcher.get("series/").json()["results"]
    assert [(each["slug"], each["briefs"], each["names"]) for each in series] == [("depot-line", 2, [])]
    assert watcher.get("series/depot-line/").json() == series[0]
    assert AuditEvent.objects.filter(verb="load brief (created)", who="team-owner-0").count() == 2


def test_files_of_load_briefs_are_taken_as_they_are(owner):
    text = "\n---\n".join(path.read_text() for path in BRIEFS)
    answer = owner.post("briefs/", text, kind="application/yaml")
    assert answer.status_code == 201
    assert [each["slug"] for each in answer.json()["briefs"]] == [
        yaml.safe_load(path.read_text())["slug"] for path in BRIEFS
    ]
    assert (
        owner.post("briefs/", {"file": BRIEFS[0].read_text()}).json()["briefs"][0]["outcome"] == "unchanged"
    )


def test_a_fault_in_a_file_has_its_line_and_nothing_is_stored(owner):
    text = yaml.safe_dump(brief(), sort_keys=False) + "---\n" + yaml.safe_dump(brief("b", order=0))
    answer = owner.post("briefs/", text, kind="application/yaml")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    (fault,) = answer.json()["errors"]
    assert text.splitlines()[fault["line"] - 1].startswith("order: 0")
    assert (fault["path"], fault["what"], fault["fix"]) == ("file", "order is 0.", "use 1 to 10000.")
    assert not Brief.objects.exists()


def test_faults_in_data_name_the_brief_and_the_field(owner):
    answer = owner.post("briefs/", {"briefs": [brief(), brief("x", language="fr"), 5]})
    assert answer.status_code == 422
    assert [(each["path"], each["what"]) for each in answer.json()["errors"]] == [
        ("briefs.1", "language is fr."),
        ("briefs.2", "the brief must be a mapping of fields."),
    ]
    for body in ({}, {"briefs": []}, {"briefs": [brief()], "file": "a"}, [], {"file": ""}):
        assert owner.post("briefs/", body).status_code == 422, body
    assert owner.post("briefs/", "{", kind="application/json").status_code == 400
    assert owner.post("briefs/", "a: [", kind="application/yaml").json()["errors"][0]["line"] == 1


def test_a_brief_with_scripts_does_not_change(owner):
    owner.post("briefs/", {"briefs": [brief()]})
    system = store_system(slug="rival", name="rival", kind=System.Kind.IMPORTED)
    add_script(brief=Brief.objects.get(), system=system, text=SCENE)
    answer = owner.post("briefs/", {"briefs": [brief(order=2)]})
    assert answer.status_code == 422
    assert "scripts were written for it" in answer.json()["errors"][0]["what"]
    assert owner.get("briefs/depot-one/").json()["scripts"] == 1


def test_lists_take_a_fixed_number_of_queries(owner, django_assert_num_queries, db):
    counts = []
    for size in (2, 12):
        owner.post("briefs/", {"briefs": [brief(f"b-{n}", order=n + 1) for n in range(size)]})
        for path in ("briefs/", "series/", "systems/"):
            store_system(slug=f"s-{size}-{path[0:2]}", name="s", kind=System.Kind.PIPELINE)
            with django_assert_num_queries(10, exact=False) as queries:
                assert owner.get(path).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


def test_systems_are_stored_by_the_rules_of_the_page(owner, researcher, watcher):
    text = EXAMPLE.replace("my-system", "depot-writer")
    slug = yaml.safe_load(text)["slug"]
    answer = owner.post("systems/", text, kind="application/yaml")
    assert answer.status_code == 201, answer.json()
    assert answer["Location"] == f"http://testserver/api/v1/systems/{slug}/"
    assert owner.post("systems/", {"file": text}).status_code == 200  # the same once more
    listed = watcher.get("systems/", kind="pipeline").json()["results"]
    assert [(each["slug"], each["shared"], each["scripts"]) for each in listed] == [(slug, False, 0)]
    assert [stage["name"] for stage in listed[0]["stages"]]
    assert watcher.get(f"systems/{slug}/").json()["file"] == ""
    stored = researcher.get(f"systems/{slug}/").json()["file"]
    assert yaml.safe_load(stored)["slug"] == slug

    other = text.replace(f"slug: {slug}", f"slug: {slug}-v2")
    version = owner.post("systems/", {"file": other, "version_of": slug})
    assert (version.status_code, version.json()["family"]) == (201, slug)
    changed = owner.post("systems/", {"file": text.replace("name:", "tries: 2\nname:", 1)})
    assert changed.status_code == 422
    assert "is taken" in changed.json()["errors"][0]["what"]
    assert owner.post("systems/", {"file": other, "version_of": "nobody"}).json()["errors"][0]["path"] == (
        "version_of"
    )


def test_what_only_the_operator_may_set_is_refused_with_its_line(owner):
    text = EXAMPLE.replace("backend:", "backend:\n  key_env: SECRET_KEY", 1)
    answer = owner.post("systems/", {"file": text})
    assert answer.status_code == 422
    assert any("key_env" in each["what"] for each in answer.json()["errors"])
    assert not System.objects.exists()


def test_included_systems_are_listed_with_their_stages(watcher):
    listed = watcher.get("included-systems/").json()["results"]
    assert {"dsr", "direct"} <= {each["slug"] for each in listed}
    assert all(each["stages"] and each["languages"] for each in listed)
