"""What a program sends and the API does not know is refused by name, not ignored."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evalsite.core.models import Role, Team, only_team
from tests import factories
from tests.api.conftest import Program, program_of
from tests.api.test_problems import check

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def owner(db) -> Program:
    return program_of(factories.member("olga", Team.objects.get(pk=only_team()), Role.OWNER))


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("studies/", "archived, cursor, page_size, state"),
        ("scripts/", "brief, cursor, language, page_size, series, system"),
        ("runs/", "cursor, kind, page_size, state"),
        ("included-systems/", "cursor, page_size"),
    ],
)
def test_an_unknown_filter(program, path, known):
    (fault,) = check(program.get(f"{API}/{path}?page_size=5&stat=open"), 400, "invalid")["errors"]
    assert fault["path"] == "stat"
    assert fault["what"].endswith(f"{known}.")
    assert program.get(f"{API}/{path}?page_size=5&cursor=&format=json").status_code == 200


def test_an_impossible_value_of_a_filter(program, draft):
    for path, name, known in (
        ("studies/?state=opened", "state", "draft, frozen, open, paused, closed, unblinded"),
        ("runs/?state=opened", "state", "active, paused, cancelled, done"),
        (f"studies/{draft.slug}/findings/?open=1", "open", "true, false"),
        ("studies/?archived=no", "archived", "true, false"),
    ):
        (fault,) = check(program.get(f"{API}/{path}"), 400, "invalid")["errors"]
        assert fault["path"] == name
        assert known in fault["what"]
    assert program.get(f"{API}/studies/{draft.slug}/findings/?open=True").status_code == 200


@pytest.fixture
def draft(tmp_path):
    return factories.make_study(tmp_path, state="draft")


def test_an_unknown_field(owner, draft):
    raters = {"raters": [{"name": "Ada"}, {"name": "Bo", "mail": "bo@example.org"}], "sent": True}
    run = {"systems": ["fake-direct"], "briefs": ["scene-en-1"], "sample": 2}
    for path, body, names in (
        ("runs/", run, ["sample"]),
        ("briefs/", {"file": "slug: quay", "dry_run": True}, ["dry_run"]),
        (f"studies/{draft.slug}/raters/", raters, ["sent"]),
        (f"studies/{draft.slug}/raters/", {"raters": raters["raters"]}, ["raters.1.mail"]),
        (f"studies/{draft.slug}/findings/accept/", {"reason": "x", "kind": "y"}, ["kind"]),
    ):
        faults = check(owner.post(f"{API}/{path}", body), 400, "invalid")["errors"]
        assert [each["path"] for each in faults] == names
    assert "samples" in check(owner.post(f"{API}/runs/", run), 400)["errors"][0]["what"]


def test_an_unknown_field_whose_name_is_no_text(owner):
    body = rb'{"systems": ["fake-direct"], "\ud800": 1}'
    (fault,) = check(owner.post(f"{API}/runs/", body), 400, "invalid")["errors"]
    assert fault["path"] == "?"


def test_an_impossible_choice_names_the_possible_ones(owner):
    file = SimpleUploadedFile("scene-en-1.txt", b"INT. PIER - DAY\n")
    answer = Client().post(
        f"{API}/scripts/",
        {"system": "rival", "rights": "all", "files": file},
        headers={"Authorization": f"Bearer {owner.secret}"},
    )
    (fault,) = check(answer, 400, "invalid")["errors"]
    assert fault["path"] == "rights"
    assert "show, redistribute" in fault["what"]
