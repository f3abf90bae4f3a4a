"""Two teams on one site: what of /generation/ crosses from team to team."""

import ast
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from evalsite.core.errors import InputErrors
from evalsite.core.models import Membership, Role, Team, User, only_team
from generation.briefs.files import brief_yaml
from generation.briefs.services import SlugTaken, write_brief
from generation.management.console import briefs_of
from generation.models import Brief, Job, Run, Script, Series, System, Upload
from generation.pipelines import find_system
from generation.runs.choices import brief_choices, choices, last_address
from generation.runs.queries import runs_in_the_way
from generation.runs.services import plan_run, store_pipelines
from generation.script_metrics.queries import ScriptFilter, system_rows
from generation.services import store_briefs, store_system
from generation.systems.editing import EXAMPLE, add_system, read_text
from generation.uploads import services as uploads
from tests.factories import add_script, person
from tests.generation.two_teams import WORD, brief_of, build_site

pytestmark = pytest.mark.django_db


def test_a_row_of_another_team_is_as_unknown_as_none():
    site = build_site()
    client = site.people["second owner"]
    for route in ("generation/briefs/<slug:brief>/", "generation/<slug:code>/"):
        addresses = site.address(route), site.address(route, brief="no-such-brief", code="nosuchrun")
        there, none = (_without_token(client.get(each).content.decode(), each) for each in addresses)
        assert there == none


def _without_token(html: str, address: str) -> str:
    return re.sub(r'value="\w{64}"', "", html).replace(address, "")


def test_filters_and_searches_find_nothing_of_another_team():
    site = build_site()
    client = site.people["second owner"]
    for address in (
        f"/generation/?q={WORD}",
        "/generation/briefs/?series=depot-line",
        f"/generation/briefs/?q={WORD}",
        "/generation/systems/file/direct/preview/?brief=depot-one",
        f"/generation/scripts/?q={WORD}",
        f"/generation/systems/?q={WORD}",
        "/generation/briefs/new/?from=depot-one",
        "/generation/briefs/new/?series=depot-line",
        "/generation/new/?briefs=brief:depot-one&systems=stored:depot-writer",
        "/generation/systems/new/?from=stored:depot-writer",
        f"/generation/fitness/?run={site.values['']['code']}&series=depot-line",
        "/generation/fitness/human/",
    ):
        answer = client.get(address)
        body = answer.content.decode().replace(f'value="{WORD}"', "")
        assert WORD not in body.replace(address, ""), address
        assert "Marguerite" not in body, address
        assert answer.status_code in (200, 404), address


VIEWS = [
    *(f"generation/{part}/{name}.py" for part, name in (
        ("briefs", "views"), ("briefs", "series_views"), ("briefs", "pages"), ("runs", "views"),
        ("runs", "new_views"), ("systems", "views"), ("systems", "pages"), ("uploads", "views"),
        ("uploads", "script_views"), ("uploads", "new_upload"), ("script_metrics", "views"),
        *((name, "api") for name in ("briefs", "runs", "systems", "uploads")),
    )),
    *(str(path) for path in sorted(Path("generation/training_data/pages").glob("*.py"))),
]  # fmt: skip
OWNED = {
    "Series", "Brief", "System", "Run", "Upload", "Source", "Work", "Intake", "Dataset", "TrainedModel",
}  # fmt: skip
ALLOWED = {
    # Whether a slug that was typed is another team's is all that is asked.
    ("generation/training_data/pages/intake_views.py", "Series"),
    # Rows whose keys come from rows that the page has already.
    ("generation/training_data/pages/corpus_pages.py", "Dataset"),
    ("generation/training_data/pages/synthesis_pages.py", "Dataset"),
    ("generation/training_data/pages/synthesis_pages.py", "Run"),
    ("generation/uploads/script_views.py", "Source"),
    ("generation/uploads/script_views.py", "Upload"),
}


def test_pages_get_rows_through_the_access_functions_alone():
    """A view that asks a model's manager would see all teams. Rows below one that is known are no matter."""
    root, found = Path(__file__).resolve().parents[2], set()
    for name in VIEWS:
        for node in ast.walk(ast.parse((root / name).read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager"):
                found.add((name, ast.unparse(node.value)))
    assert found, "the names of the files are wrong"
    assert {each for each in found if each[1] in OWNED} == ALLOWED


# What is written


@pytest.fixture
def second(db) -> int:
    only_team()
    store_briefs([brief_of("depot-one", "depot-line", "The Depot")])
    return Team.objects.create(slug="second", name="Second").pk


@pytest.fixture
def stranger_owner(second, client) -> Client:
    user = person("sam")
    Membership.objects.create(user=user, team_id=second, role=Role.OWNER)
    client.force_login(user)
    return client


def fields(**other: Any) -> dict[str, Any]:
    return {
        "series_title": "Mine", "series_slug": "mine", "series_language": "en", "order": 1, "slug": "mine-1",
        "outline": "Sam waits.", "target_length": 60, "name-0": "Sam", "profile-0": "Waits.", **other,
    }  # fmt: skip


def test_new_rows_join_the_current_team(stranger_owner, second):
    assert stranger_owner.post(reverse("generation-brief-new"), fields()).status_code == 303
    assert Series.objects.get(slug="mine").team_id == second
    answer = stranger_owner.post(
        reverse("generation-scripts-new"),
        {"file": SimpleUploadedFile("a.fountain", b"INT. A - DAY\n\nSAM\nYes.\n")},
    )
    assert answer.status_code == 303
    assert Upload.objects.get().team_id == second
    answer = stranger_owner.post(
        reverse("generation-new-run"),
        {"step": "start", "systems": "file:fake-direct", "briefs": "brief:mine-1", "samples": 1, "seed": 1},
    )
    assert answer.status_code == 303
    assert Run.objects.get().team_id == second
    assert System.objects.get(slug="fake-direct").team_id is None, "what ships is for all teams"


def test_a_brief_cannot_join_or_change_what_another_team_has(stranger_owner, second):
    before = Brief.objects.get().content()
    new = reverse("generation-brief-new")
    for given in (
        {"series_slug": "depot-line", "series_title": "The Depot"},
        {"slug": "depot-one"},
        {"slug": "depot-one", "expected": Brief.objects.get().digest},
        {"series": "depot-line"},
    ):
        answer = stranger_owner.post(new, fields(**given))
        assert answer.status_code in (409, 422), given
        assert "The Depot<" not in answer.content.decode()
    preview = stranger_owner.post(new, fields(series="", preview="1"))
    assert preview.status_code == 200
    taken = brief_of("depot-one", "mine", "Mine")
    with pytest.raises(InputErrors, match=r"depot-one is taken on this site\."):
        store_briefs([taken], team=second)
    with pytest.raises((InputErrors, SlugTaken)):
        write_brief(spec=taken, expected=Brief.objects.get().digest, by="sam", team=second)
    with pytest.raises(InputErrors, match=r"depot-line is taken on this site\.") as refused:
        store_briefs([brief_of("mine-1", "depot-line", "Another Title")], team=second)
    assert "The Depot" not in str(refused.value)
    assert Brief.objects.get().content() == before


def test_loading_files_for_one_team_leaves_the_other_as_it_was(second, tmp_path):
    brief = Brief.objects.get()
    path = tmp_path / "one.yaml"
    path.write_text(brief_yaml({**brief.content(), "outline": "Otherwise."}, []))
    with pytest.raises(CommandError, match="several teams") as unnamed:
        call_command("load_briefs", str(path))
    assert "--team" in str(unnamed.value)
    with pytest.raises(CommandError, match=rf"{path}:1:1: error: .*taken on this site"):
        call_command("load_briefs", str(path), team="second")
    with pytest.raises(CommandError, match="no team nowhere"):
        call_command("load_briefs", str(path), team="nowhere")
    assert Brief.objects.get().outline == brief.outline
    call_command("load_briefs", str(path), team="team")
    assert Brief.objects.get().outline == "Otherwise."
    with pytest.raises(InputErrors) as refused:
        briefs_of(["depot-one"], second)
    assert "available: none" in str(refused.value)


def test_a_run_uses_rows_of_one_team(stranger_owner, second):
    first = Team.objects.exclude(pk=second).get().pk
    foreign = Brief.objects.select_related("series").get()
    own = store_briefs([brief_of("pier-one", "pier-line", "The Pier")], team=second)[0].brief
    spec = find_system("fake-direct")
    for team, briefs in ((None, [own, foreign]), (second, [foreign])):
        with pytest.raises(InputErrors, match="nothing here has the slug depot-one"):
            plan_run(specs=[spec], briefs=briefs, team=team, wake=False)
    add_system(spec=_named(spec, "depot-writer"), team=first)
    with pytest.raises(InputErrors, match=r"depot-writer is taken on this site\."):
        plan_run(specs=[_named(spec, "depot-writer")], briefs=[own], wake=False)
    given = {
        "step": "start",
        "systems": "file:fake-direct",
        "briefs": "brief:depot-one",
        "samples": 1,
        "seed": 1,
    }
    page = reverse("generation-new-run")
    assert stranger_owner.post(page, given).status_code == 422
    given |= {"systems": "stored:depot-writer", "briefs": "series:pier-line"}
    assert stranger_owner.post(page, given).status_code == 422
    assert Run.objects.count() == 0
    assert [each.slug for each in brief_choices(second)] == ["pier-line"]
    assert "depot-writer" not in {each.spec.slug for each in choices(second)}
    assert "depot-writer" in {each.spec.slug for each in choices(first)}


def _named(spec: Any, slug: str) -> Any:
    return replace(spec, slug=slug)


def test_the_last_address_is_that_of_the_own_team(second):
    brief = Brief.objects.select_related("series").get()
    plan_run(
        specs=[find_system("direct")], briefs=[brief], base_url="https://secret.example.com/v1", wake=False
    )
    assert last_address(brief.series.team_id) == "https://secret.example.com/v1"
    assert last_address(second) == ""


def test_slugs_of_systems_are_taken_for_all_teams_and_shadow_nothing(stranger_owner, second):
    first = Team.objects.exclude(pk=second).get().pk
    spec = find_system("fake-direct")
    add_system(spec=_named(spec, "depot-writer"), team=first)
    answer = stranger_owner.post(
        reverse("generation-system-new"), {"text": EXAMPLE.replace("my-system", "depot-writer")}
    )
    assert answer.status_code == 422
    assert "is taken" in answer.content.decode()
    with pytest.raises(InputErrors, match="taken"):
        store_system(slug="depot-writer", name="x", kind=System.Kind.PIPELINE, spec=spec, team=second)
    with pytest.raises(InputErrors, match="taken"):
        store_system(slug="depot-writer", name="x", kind=System.Kind.PIPELINE, spec=spec)
    other = _named(find_system("plan-then-write"), "direct")
    with pytest.raises(InputErrors, match="included system"):
        store_pipelines([other], team=second)
    with pytest.raises(InputErrors, match="taken"):
        read_text(EXAMPLE.replace("my-system", "direct"), second)
    assert System.objects.get(slug="depot-writer").team_id == first


def test_an_upload_names_briefs_of_its_own_team(stranger_owner, second):
    content = b"INT. DEPOT - NIGHT\n\nMARGUERITE\nYou came back.\n"
    first = uploads.receive(
        content=content, name="a.fountain", team=Brief.objects.get().series.team_id
    ).upload
    own = uploads.receive(content=content, name="a.fountain", team=second)
    assert not own.known, "an equal file of another team is not taken up"
    code = own.upload.code
    page = stranger_owner.get(reverse("generation-upload-scenes", args=[code]))
    assert "depot-one" not in page.content.decode()
    assert stranger_owner.post(page.request["PATH_INFO"], {"scene-1": "depot-one"}).status_code == 400
    uploads.save_scene_briefs(own.upload, {1: "depot-one"})
    uploads.save_metadata(own.upload, {"system": "human", "writer": "w07"})
    with pytest.raises(InputErrors, match="no scene has a brief"):
        uploads.import_upload(own.upload, by=User.objects.get(username="sam"))
    assert stranger_owner.get(reverse("generation-upload", args=[first.code])).status_code == 404


def test_measures_and_counts_are_of_the_own_team(stranger_owner, second):
    system = store_system(slug="human", name="human", kind=System.Kind.HUMAN)
    foreign = Brief.objects.get()
    add_script(brief=foreign, system=system, text="INT. A - DAY\n\nSAM\nYes.\n")
    assert system_rows(ScriptFilter((second,))) == []
    assert [row.scripts for row in system_rows(ScriptFilter((foreign.series.team_id,)))] == [1]
    assert (
        "human"
        not in stranger_owner.get(reverse("generation-upload-source", args=[_own_upload(second)])).context[
            "systems"
        ]
    )
    html = stranger_owner.get("/generation/").content.decode()
    assert "No briefs yet" in html
    assert "None yet. Upload Word" in html


def _own_upload(team: int) -> str:
    return uploads.receive(content=b"INT. A - DAY\n\nSAM\nNo.\n", name="b.fountain", team=team).upload.code


def test_a_run_waits_for_others_without_learning_which(second):
    first = Brief.objects.select_related("series").get()
    own = store_briefs([brief_of("pier-one", "pier-line", "The Pier")], team=second)[0].brief
    spec = find_system("direct")
    theirs = plan_run(specs=[spec], briefs=[first], base_url="https://api.example.com/v1", wake=False).run
    mine = plan_run(specs=[spec], briefs=[own], base_url="https://api.example.com/v1", wake=False).run
    busy = {"state": Job.State.CLAIMED, "leased_until": Now() + timedelta(hours=1), "model": "another"}
    theirs.jobs.update(**busy)
    found = runs_in_the_way(mine)
    assert found.busy
    assert found.codes == ()
    more = plan_run(specs=[spec], briefs=[own], seed=2, base_url="https://api.example.com/v1", wake=False).run
    more.jobs.update(**busy)
    assert runs_in_the_way(mine).codes == (more.code,)


def test_lists_and_new_rows_are_of_the_chosen_team_and_pages_of_any(second, client):
    first = Team.objects.exclude(pk=second).get().pk
    user = person("una")
    Membership.objects.create(user=user, team_id=first, role=Role.WATCHER)
    Membership.objects.create(user=user, team_id=second, role=Role.OWNER)
    client.force_login(user)
    for team, listed in ((first, True), (second, False)):
        session = client.session
        session["team"] = team
        session.save()
        assert ("depot-one" in client.get("/generation/briefs/").content.decode()) == listed
    assert client.get("/generation/briefs/depot-one/edit/").status_code == 404, "an owner, but elsewhere"
    html = client.get("/generation/briefs/depot-one/").content.decode()
    assert "Edit" not in html
    assert "Download YAML" not in html
    assert client.post(reverse("generation-brief-new"), fields(series="depot-line")).status_code == 422
    assert client.post(reverse("generation-brief-new"), fields()).status_code == 303
    assert Series.objects.get(slug="mine").team_id == second


def test_the_navigation_shows_what_one_can_open(second, client):
    shown = {}
    for role in Role.values:
        user = person(f"pat-{role}")
        Membership.objects.create(user=user, team_id=second, role=role)
        client.force_login(user)
        html = client.get("/notifications/").content.decode()
        shown[role] = ('href="/generation/"' in html, 'href="/generation/review/"' in html)
    assert shown == {
        Role.OWNER: (True, False),
        Role.RESEARCHER: (True, False),
        Role.WATCHER: (True, False),
        Role.REVIEWER: (False, True),
    }


def test_a_site_with_one_team_asks_for_none(client, en_brief):
    client.force_login(person("rae"))
    assert en_brief.slug in client.get("/generation/briefs/").content.decode()
    assert Script.objects.count() == 0
    call_command("load_systems", "fake-direct", verbosity=0)
    assert System.objects.get().team_id is None


def test_what_was_stored_before_the_second_team_is_the_first_ones(db):
    first, spec = only_team(), find_system("fake-direct")
    for each in (spec, _named(spec, "depot-writer")):
        store_system(slug=each.slug, name="x", kind=System.Kind.PIPELINE, spec=each)
    store_system(slug="dsr", name="Ours", kind=System.Kind.IMPORTED)
    for slug, kind in (("human", System.Kind.HUMAN), ("my-data-scenes", System.Kind.RECIPE)):
        store_system(slug=slug, name=slug, kind=kind)
    Team.objects.create(slug="second", name="Second")
    assert dict(System.objects.values_list("slug", "team")) == {
        "fake-direct": None, "human": None, "depot-writer": first, "dsr": first, "my-data-scenes": first,
    }  # fmt: skip
    store_system(slug="late", name="late", kind=System.Kind.IMPORTED)
    Team.objects.create(slug="third", name="Third")
    assert System.objects.get(slug="late").team_id is None, "the operator has loaded it for all"
