"""Starting a run in the browser: what may be chosen, what is told before, the plan that the command makes."""

import re
import socket
import time
from dataclasses import replace

import pytest
from django.core.management import call_command

from evalsite.core.models import only_team
from generation.models import Run, System
from generation.pipelines import find_system
from generation.runs.choices import ask_servers, free_slug, last_address, try_systems
from generation.runs.parameter_check import trials_of, try_all
from generation.runs.services import store_pipelines
from generation.services import store_system
from tests.factories import add_script
from tests.forms import hidden_fields
from tests.generation.conftest import planned
from tests.generation.strict_servers import KEY, OpenAI

pytestmark = pytest.mark.django_db
ADDRESS = "/generation/new/"


def chosen(brief, server, *systems: str, **more: object) -> dict[str, object]:
    """What the form sends for systems of files at a server, or at an address."""
    given = {"systems": [f"file:{name}" for name in systems], "briefs": [f"series:{brief.series.slug}"]}
    address = getattr(server, "url", server) or ""
    return given | {"samples": "1", "seed": "1", "base_url": address, "step": "confirm"} | more


def test_estimate_then_confirm_plans_what_the_command_would(en_brief, admin, server, capsys):
    given = chosen(en_brief, server, "dsr", "direct", price_in="0.4", limit_tokens="900000")
    page = admin.post(ADDRESS, given | {"step": "confirm"})
    text = page.content.decode()
    assert page.status_code == 200
    assert Run.objects.count() == 0
    arguments = ["--system", "dsr", "direct", "--brief", en_brief.slug, "--price-in", "0.4"]
    call_command("generate", *arguments, "--estimate")
    tokens = re.findall(r"([\d,]+) in, ([\d,]+) out", capsys.readouterr().out)
    for sent, answered in tokens:
        assert f"<dd>{int(sent.replace(',', '')) + int(answered.replace(',', '')):,}</dd>" in text
    done = admin.post(ADDRESS, hidden_fields(text) | {"step": "start"})
    run = Run.objects.get()
    assert (done.status_code, done["Location"]) == (303, f"/generation/{run.code}/")
    assert (run.limit_tokens, run.created_by.username, run.jobs.count()) == (900_000, "ada", 2)
    call_command("generate", *arguments, "--base-url", server.url)
    assert Run.objects.count() == 1, "the command found another run than the page had planned"


def test_a_run_that_is_known_is_shown_and_not_made_again(en_brief, admin, server):
    run = planned(en_brief, find_system("direct"), base_url=server.url)
    page = admin.post(
        ADDRESS, chosen(en_brief, server, "direct") | {"step": "confirm", "systems": ["stored:direct"]}
    )
    assert run.code in page.content.decode()
    assert 'value="start"' not in page.content.decode()
    assert last_address(only_team()) == server.url


def test_a_server_that_is_not_there_or_lacks_a_model_is_told(en_brief, admin, server):
    wrong = chosen(en_brief, None, "direct", base_url="http://127.0.0.1:9/v1", step="confirm")
    page = admin.post(ADDRESS, wrong)
    assert page.status_code == 502
    told = page.content.decode()
    assert '<dt class="digest">http://127.0.0.1:9/v1</dt>' in told
    assert 'tag-warn">not responding' in told
    assert "http://127.0.0.1:9/v1 does not answer" not in told, "the address stands there once"
    assert 'value="start"' not in page.content.decode()
    server.models = ("screenwriter",)
    lacking = admin.post(ADDRESS, chosen(en_brief, server, "dsr") | {"step": "confirm"})
    text = lacking.content.decode()
    assert re.search(r"Not listed:\s+<code>dsr-novel</code>", text)
    assert "the server has no model dsr-novel (status 404" in text
    assert (lacking.status_code, 'value="start"' in text) == (502, False)


def test_a_refused_parameter_is_named_before_a_run_starts(en_brief, admin, keys_file):
    system = find_system("gpt")
    stages = tuple(replace(stage, temperature=0.7) for stage in system.stages)
    store_pipelines([replace(system, slug="hot-gpt", stages=stages)], team=None)
    with OpenAI() as strict:
        keys_file({"lab": [strict.url]}, KEY)
        given = chosen(en_brief, strict, key="lab") | {"systems": ["stored:hot-gpt"], "step": "confirm"}
        page = admin.post(ADDRESS, given)
        assert page.status_code == 502
        assert "the server rejected these parameters: temperature (status 400" in page.content.decode()
        good = admin.post(ADDRESS, given | {"systems": ["file:gpt"]})
    assert good.status_code == 200
    assert 'value="start"' in good.content.decode()


def test_a_run_without_its_key_does_not_start(en_brief, admin, monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    given = chosen(en_brief, None, "claude-sonnet")
    for step in ("confirm", "start"):
        page = admin.post(ADDRESS, given | {"step": step})
        text = page.content.decode()
        assert page.status_code == 422
        assert "Missing API key:" in text
        assert "<code>ANTHROPIC_API_KEY</code>" in text
        assert 'href="/help/generation/#api-keys"' in text
        assert 'value="start"' not in text
    assert Run.objects.count() == 0


def test_an_address_without_its_path_asks_for_it_once(en_brief, admin, server):
    given = chosen(en_brief, None, "direct", "dsr", model="one", step="confirm")
    page = admin.post(ADDRESS, given | {"base_url": server.url.removesuffix("/v1")})
    text = page.content.decode()
    [notice] = re.findall(r"<ul>.*?</ul>", text, re.S)
    assert "Did you forget /v1" in notice
    assert notice.count("direct-one") == notice.count("dsr-one") == 1
    assert 'tag-ok">responding' not in text


def test_the_slug_of_a_changed_system_and_the_unit_of_costs_are_shown(en_brief, admin, server):
    server.models = ("one",)
    given = chosen(en_brief, server, "direct", model="one", step="confirm")
    text = admin.post(ADDRESS, given | {"price_in": "900"}).content.decode()
    assert "saved as direct-one, a version of direct" in text
    assert "Costs are in the currency of your prices." in text


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"systems": []}, "Choose at least one system."),
        ({"briefs": ["brief:nowhere"]}, "nowhere"),
        ({"base_url": "localhost:8001"}, "Enter an address such as"),
        ({"samples": "0"}, "greater than or equal to 1"),
        ({"slug-file:direct": "Mine!"}, "Use lower-case letters"),
        ({"slug-file:direct": "human"}, "The slug human is taken. direct is free."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(en_brief, admin, more, told):
    store_system(slug="human", name="People", kind=System.Kind.HUMAN)
    page = admin.post(ADDRESS, chosen(en_brief, None, "direct", step="start") | more)
    assert page.status_code == 422
    assert told in page.content.decode()
    assert Run.objects.count() == 0


def test_a_slug_that_is_taken_gives_way_to_a_free_one(en_brief, admin, server):
    """As beside the demonstration, whose `direct` came as scripts; without it `direct` is simply `direct`."""
    assert free_slug(find_system("direct"), only_team()) == "direct"
    taken = store_system(slug="direct", name="Imported", kind=System.Kind.IMPORTED)
    assert free_slug(find_system("direct"), only_team()) == "direct", "it is only a name so far"
    add_script(brief=en_brief, system=taken, text="INT. SHED - DAY\n\nNobody here.\n")
    assert 'value="my-direct"' in admin.get(ADDRESS).content.decode()
    admin.post(ADDRESS, chosen(en_brief, server, "direct") | {"step": "start"})
    assert System.objects.get(slug="my-direct").kind == "pipeline"
    page = admin.get(ADDRESS).content.decode()
    assert 'value="stored:my-direct"' in page
    assert 'value="file:direct"' not in page, "the same pipeline stands there already"


def test_systems_with_keys_of_their_own_are_asked_one_by_one_at_a_shared_address(monkeypatch, server):
    """One missing key does not hide another one, and keeps no other system from being tried."""
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    specs = [find_system(name) for name in ("claude-sonnet", "gpt", "gemini-pro")]
    asked = ask_servers(specs, server.url)
    assert [each.key_label for each in asked if each.lacks_key] == ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]
    tried = try_systems(specs, asked, server.url)
    assert [each.trial.systems for each in tried] == [("gemini-pro",)]


def test_servers_that_never_answer_hold_the_page_no_longer_than_its_limit_together():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        trials = trials_of([find_system("dsr")], address)
        assert len(trials) > 1
        begun = time.monotonic()
        tried = try_all(trials, ends=begun + 1)
        assert time.monotonic() - begun < 3
    assert all("no complete answer" in each.skipped for each in tried)
