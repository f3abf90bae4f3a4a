"""Studies and raters by programs: from the study file to the links, with every conflict named."""

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.models import LeakFinding, Rater, Study
from evalsite.core.models import AuditEvent
from generation.models import Script
from tests import factories

pytestmark = pytest.mark.django_db
STUDIES = "/api/v1/studies/"
HARBOUR = f"{STUDIES}harbour/"


def study_file(slug: str = "quay", **changes: object) -> str:
    """A study over the briefs and scripts that `factories.make_study` has stored."""
    value: dict[str, object] = {
        "slug": slug,
        "title": {"en": "Quay scenes", "zh": "码头戏"},
        "question": {"en": "Which is better?", "zh": "哪个更好？"},
        "systems": [
            {"slug": name, "kind": "human" if name == "people" else "imported"} for name in factories.SYSTEMS
        ],
        "criteria": ["overall"],
        "seats": [{"reads": ["en"], "count": 6}],
        "design": {"raters_per_pairing": 2},
        "briefs": ["scene-en-1", "scene-en-2", "scene-en-3"],
        "plan": {"generalize_to": "these-series"},
    }
    return yaml.safe_dump(value | changes, allow_unicode=True, sort_keys=False)


@pytest.fixture
def texts(tmp_path):
    """A draft, whose briefs and scripts are stored."""
    return factories.make_study(tmp_path, state="draft")


def test_a_study_from_its_file_to_the_links_of_its_raters(program, lin, texts):
    made = program.post(STUDIES, study_file(), media_type="application/yaml")
    assert made.status_code == 201, made.json()
    assert made.json()["outcome"] == "created"
    assert made["Location"].endswith("/api/v1/studies/quay/")
    same = program.post(STUDIES, {"file": study_file()})
    assert (same.status_code, same.json()["outcome"]) == (200, "unchanged")
    changed = program.post(STUDIES, {"file": study_file(question={"en": "Which one?", "zh": "哪个？"})})
    assert (changed.json()["outcome"], changed.json()["changed"]) == (
        "updated",
        ["question.en", "question.zh"],
    )

    accepted = program.post(f"{STUDIES}quay/findings/accept/", {"reason": "every system has it"})
    assert accepted.status_code == 200, accepted.json()
    frozen = program.post(f"{STUDIES}quay/freeze/")
    assert (frozen.status_code, frozen.json()["state"]) == (202, "done"), frozen.json()
    assert program.get(frozen["Location"]).json() == frozen.json()

    invited = program.post(f"{STUDIES}quay/raters/", {"count": 2, "languages": ["en"]}).json()
    assert len({each["link"] for each in invited["raters"]}) == 2
    assert program.post(f"{STUDIES}quay/open/").json()["state"] == "open"
    assert Client().post(invited["raters"][0]["link"]).status_code in (302, 303)
    assert program.post(f"{STUDIES}quay/pause/").json()["state"] == "paused"
    assert program.post(f"{STUDIES}quay/open/").json()["state"] == "open"
    assert program.post(f"{STUDIES}quay/close/").json()["state"] == "closed"
    verbs = set(AuditEvent.objects.filter(about="quay", who="lin").values_list("verb", flat=True))
    assert {"load study (created)", "freeze", "open", "pause", "close", "enrol"} <= verbs


def test_a_frozen_study_refuses_another_file(program, tmp_path):
    factories.make_study(tmp_path, state="frozen")
    answer = program.post(STUDIES, study_file("harbour"), media_type="application/yaml")
    assert answer.status_code == 422
    assert "is frozen" in answer.json()["errors"][0]["what"]


def test_conflicts_of_states_are_409(program, texts):
    for verb in ("open", "pause", "close"):
        answer = program.post(f"{HARBOUR}{verb}/")
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state"), verb
    answer = program.post(f"{HARBOUR}raters/", {"count": 1, "languages": ["en"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_open_findings_block_freezing_and_are_listed(program, tmp_path):
    factories.make_study(tmp_path, state="draft", extra=" As an AI language model, I cannot.")
    blocked = program.post(f"{HARBOUR}freeze/")
    assert (blocked.status_code, blocked.json()["code"]) == (409, "blocked")
    assert {each["path"] for each in blocked.json()["errors"]} >= {"open_finding"}
    listed = program.get(f"{HARBOUR}findings/?open=true").json()["results"]
    assert listed
    assert not any(system in str(listed) for system in factories.SYSTEMS)
    assert program.post(f"{HARBOUR}findings/accept/", {}).status_code == 400
    done = program.post(f"{HARBOUR}findings/accept/", {"reason": "quoted on purpose"}).json()
    assert done["findings"] == len(listed)
    assert program.get(f"{HARBOUR}findings/?open=true").json()["results"] == []
    assert LeakFinding.objects.values_list("cleared_by", flat=True).distinct().get() == "lin"
    assert program.post(f"{HARBOUR}freeze/").json()["state"] == "done"


def test_a_text_that_is_gone_blocks_freezing(program, texts):
    Script.objects.filter(brief__slug="scene-en-1").delete()
    answer = program.post(f"{HARBOUR}freeze/")
    assert answer.status_code == 409
    assert all(each["what"] for each in answer.json()["errors"])


def test_a_watcher_changes_nothing(watcher, texts):
    assert watcher.get(HARBOUR).status_code == 200
    assert watcher.post(f"{HARBOUR}freeze/").status_code == 403  # the scope
    assert watcher.get(f"{HARBOUR}findings/").status_code == 404  # the role


def test_people_are_invited_with_names_and_addresses(program, tmp_path):
    factories.make_study(tmp_path, state="open")
    people = [{"name": "Ada", "email": "ada@example.org"}, {"name": "Bo", "languages": ["en"], "group": "b"}]
    answer = program.post(f"{HARBOUR}raters/", {"raters": people})
    assert answer.status_code == 201, answer.json()
    found = answer.json()
    assert [(each["name"], each["email"]) for each in found["raters"]] == [
        ("Ada", "ada@example.org"),
        ("Bo", ""),
    ]
    assert (found["waiting"], found["mails"]) == (0, 0)
    listed = program.get(f"{HARBOUR}raters/").json()["results"]
    assert [each["code"] for each in listed] == [each["code"] for each in found["raters"]]
    assert "Ada" not in str(listed)


def test_faults_of_an_invitation_are_all_named(program, tmp_path):
    factories.make_study(tmp_path, state="open")
    program.post(f"{HARBOUR}raters/", {"raters": [{"email": "ada@example.org"}]})
    people = [
        {"email": "ada@example.org"},
        {"email": "bo@example.org", "languages": ["zh"]},
        {"email": "BO@example.org"},
        {"email": "cy@example.org", "conflicts": ["no-series"]},
    ]
    answer = program.post(f"{HARBOUR}raters/", {"raters": people})
    assert answer.status_code == 422
    paths = [each["path"] for each in answer.json()["errors"]]
    assert paths == ["raters.0.email", "raters.1.languages", "raters.2.email", "raters.3.conflicts"]
    assert Rater.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"count": 1, "raters": [{"name": "A"}]}, {"raters": []}, {"count": 0}, {"raters": [{"email": "x"}]}],
)
def test_a_malformed_invitation_is_400(program, tmp_path, body):
    factories.make_study(tmp_path, state="open")
    assert program.post(f"{HARBOUR}raters/", body).status_code == 400


def test_too_few_seats_are_409_and_nobody_is_enrolled(program, tmp_path):
    factories.make_study(tmp_path, state="open")
    for body in ({"count": 7, "languages": ["en"]}, {"raters": [{"name": str(n)} for n in range(7)]}):
        answer = program.post(f"{HARBOUR}raters/", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_free_seat")
    assert Rater.objects.count() == 0
    waiting = program.post(
        f"{HARBOUR}raters/", {"raters": [{"name": str(n)} for n in range(7)], "wait": True}
    )
    assert (len(waiting.json()["raters"]), waiting.json()["waiting"]) == (6, 1)


def test_a_simulated_study_takes_simulated_raters(program, texts):
    file = study_file("mirror", raters="simulated")
    assert program.post(STUDIES, file, media_type="application/yaml").status_code == 201
    program.post(f"{STUDIES}mirror/findings/accept/", {"reason": "r"})
    assert program.post(f"{STUDIES}mirror/freeze/").json()["state"] == "done"
    for body in ({"count": 1}, {"raters": [{"name": "Ada"}]}):
        assert program.post(f"{STUDIES}mirror/raters/", body).json()["code"] == "simulated_only"
    made = program.post(f"{STUDIES}mirror/raters/", {"count": 2, "simulated": True})
    assert made.status_code == 201, made.json()
    listed = program.get(f"{STUDIES}mirror/raters/?kind=simulated").json()["results"]
    assert [each["state"] for each in listed] == ["consented", "consented"]


def test_lists_come_in_pages(program, tmp_path):
    factories.make_study(tmp_path, state="open")
    codes = [each["code"] for each in program.post(f"{HARBOUR}raters/", {"count": 5}).json()["raters"]]
    page, found = program.get(f"{HARBOUR}raters/?page_size=2").json(), []
    while True:
        found += [each["code"] for each in page["results"]]
        if page["next"] is None:
            break
        page = program.get(page["next"]).json()
    assert found == codes
    back = program.get(page["previous"]).json()["results"]
    assert [each["code"] for each in back] == codes[2:4]


def test_a_list_needs_the_same_queries_for_more_rows(program, tmp_path):
    first = factories.make_study(tmp_path / "a", slug="first", state="draft")

    def queries(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert program.get(path).status_code == 200
        return len(captured)

    one = queries(STUDIES)
    for n in range(4):
        Study.objects.create(
            slug=f"more-{n}", team_id=first.team_id, seed=1, spec=first.spec, title={}, question={}
        )
    assert queries(STUDIES) == one


def test_filters(program, tmp_path):
    factories.make_study(tmp_path, state="open")
    assert program.get(f"{STUDIES}?state=draft").json()["results"] == []
    assert len(program.get(f"{STUDIES}?state=open&archived=false").json()["results"]) == 1
    assert program.get(f"{STUDIES}?archived=true").json()["results"] == []
