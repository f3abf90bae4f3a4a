"""Systems and what they would send, over HTTP."""

import html
import io
import re

import pytest
from django.core.management import CommandError, call_command

from evalsite.core.errors import InputErrors
from generation.models import Attempt, Prompt, Script, StageOutput, System
from generation.pipelines import SHIPPED, find_system, shipped_names
from generation.runs.worker import Worker
from generation.systems.pages import preview
from tests.generation.conftest import fake, planned

SYSTEMS = "/generation/systems/"
DSR = "/generation/systems/file/dsr/"


def text_of(response):
    """The page as it reads: tags out, entities in."""
    return html.unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


def test_it_works(researcher):
    page = researcher.get(SYSTEMS).content.decode()
    for slug in shipped_names():
        assert f"/generation/systems/file/{slug}/preview/" in page
    assert "None yet. Add a system" in page


def test_a_production_site_does_not_list_fake_systems(researcher, settings):
    settings.SHOW_FAKE_SYSTEMS = False
    page = researcher.get(SYSTEMS).content.decode()
    assert "/generation/systems/file/dsr/preview/" in page
    assert "fake-" not in page
    assert "fake-" not in researcher.get("/generation/new/").content.decode()


def test_a_system_shows_its_stages_prompts_and_digests(researcher):
    page = text_of(researcher.get(DSR))
    for stage in find_system("dsr").stages:
        for template in stage.carried():
            if template.name == stage.prompt:
                assert template.digest in page
                assert template.text.strip() in page
    assert "adapter dsr-novel" in page
    assert "temperature 0.7, top-p 0.9" in page
    assert "prose without screenplay layout" in page


def test_a_stored_system_is_shown_as_it_was_stored(researcher, en_brief):
    planned(en_brief, fake("fake-dsr"))
    assert "/generation/systems/stored/fake-dsr/" in researcher.get(SYSTEMS).content.decode()
    assert researcher.get("/generation/systems/stored/fake-dsr/").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("slug", [name for name in shipped_names() if not name.startswith("fake-")])
def test_the_messages_of_a_brief_are_shown_as_they_would_be_sent(researcher, request, slug, language):
    brief = request.getfixturevalue(f"{language}_brief")
    response = researcher.get(f"/generation/systems/file/{slug}/preview/?brief={brief.slug}")
    page = text_of(response)
    assert brief.outline.strip() in page
    first, *later = preview(find_system(slug), brief.content())
    assert first.digest in page
    assert "".join(piece.text for piece in first.messages[-1].pieces) in page
    marks = response.content.decode().count('<mark class="awaited">output of ')
    assert marks == sum(len(stage.waits_for) for stage in later) == len(later)
    assert not Attempt.objects.exists()


def test_a_brief_cannot_write_a_mark_of_what_is_to_come(en_brief):
    content = en_brief.content() | {"outline": "A \ue000novel\ue001 day."}
    first = preview(find_system("dsr"), content)[0]
    assert first.waits_for == []
    assert "\ue000novel\ue001" in first.messages[-1].pieces[0].text


def test_what_is_shown_is_what_is_sent(researcher, en_brief):
    spec = fake("fake-dsr")
    first = preview(spec, en_brief.content())[0]
    Worker(planned(en_brief, spec)).work()
    sent = Attempt.objects.get(stage="novel")
    assert sent.prompt_digest == first.digest
    assert [role for role, _ in Prompt.objects.get(pk=first.digest).messages] == ["system", "user"]


def test_a_brief_in_another_language_than_the_system_has(researcher, zh_brief, tmp_path, en_brief):
    (tmp_path / "mine.en.md").write_text("%% user\nWrite: $outline\n<characters>\n$characters\n</characters>")
    path = tmp_path / "mine.yaml"
    path.write_text(
        "slug: mine\nname: Mine\nlanguages: [en]\nbackend: {kind: fake}\n"
        "stages:\n  - {name: screenplay, prompt: ./mine, model: screenwriter, form: screenplay}\n"
    )
    spec = find_system(str(path))
    planned(en_brief, spec)
    with pytest.raises(
        InputErrors, match=f"can't write for {zh_brief.slug}, because it has no prompts in zh"
    ):
        planned(zh_brief, spec)
    address = "/generation/systems/stored/mine/preview/"
    assert en_brief.outline.strip() in text_of(researcher.get(address))
    assert "there is no prompt ./mine for language zh" in text_of(
        researcher.get(f"{address}?brief={zh_brief.slug}")
    )


def test_no_brief_yet(researcher):
    assert "No briefs" in researcher.get(f"{DSR}preview/").content.decode()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_canned_twin_writes_a_script(request, language):
    brief = request.getfixturevalue(f"{language}_brief")
    specs = [fake(name) for name in shipped_names() if name.startswith("fake-")]
    run = planned(brief, *specs)
    Worker(run).work()
    assert list(run.jobs.exclude(state="done").values_list("system__slug", "error")) == []
    assert {script.language for script in Script.objects.all()} == {language}
    assert Script.objects.count() == len(specs) == 5


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_shipped_system_writes_over_http(request, language, server):
    brief = request.getfixturevalue(f"{language}_brief")
    names = [name for name in shipped_names() if not name.startswith("fake-")]
    specs = [spec for spec in map(find_system, names) if not spec.backend.key_env]  # else in test_baselines
    run = planned(brief, *specs, base_url=server.url)
    Worker(run).work()
    assert list(run.jobs.exclude(state="done").values_list("system__slug", "error")) == []
    asked = {body["model"] for body in server.requests}
    assert asked == {stage.asks for spec in specs for stage in spec.stages}
    for output in StageOutput.objects.all():
        assert output.usage == server.usage[output.attempt.answer["id"]]


def test_load_systems_stores_a_file_so_that_the_page_shows_it(researcher, en_brief, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text((SHIPPED / "fake-dsr.yaml").read_text().replace("slug: fake-dsr", "slug: mine"))
    call_command("load_systems", str(path), "--check", stdout=io.StringIO())
    assert not System.objects.exists()
    told = io.StringIO()
    call_command("load_systems", str(tmp_path), stdout=told)
    assert told.getvalue() == "mine: stored; novel (dsr-novel) -> screenplay (screenwriter)\n"
    assert researcher.get("/generation/systems/stored/mine/preview/").status_code == 200


def test_load_systems_is_all_or_none(db, tmp_path):
    (tmp_path / "good.yaml").write_text((SHIPPED / "fake-dsr.yaml").read_text())
    (tmp_path / "bad.yaml").write_text(
        (SHIPPED / "dsr.yaml").read_text().replace("form: prose", "form: poem")
    )
    with pytest.raises(CommandError, match=r"bad\.yaml:\d+:11: error: form is poem\. Fix: use one of"):
        call_command("load_systems", str(tmp_path), stdout=io.StringIO())
    assert not System.objects.exists()
    with pytest.raises(CommandError, match="occurs twice"):
        call_command("load_systems", "dsr", "dsr", stdout=io.StringIO())


@pytest.mark.parametrize("path", ["file/none/", "stored/dsr/", "other/dsr/", "file/dsr/preview/?brief=none"])
def test_what_is_not_there_is_404(researcher, path):
    assert researcher.get(SYSTEMS + path).status_code == 404
