"""The commands, run as a person runs them."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generation.backends.looping import Loop
from generation.backends.openai import OpenAIBackend
from generation.management.running import _trouble
from generation.models import Brief, Run, Script, System
from generation.pipelines import find_system
from generation.runs.services import plan_run
from generation.runs.worker import Worker
from generation.services import store_system
from tests.factories import add_script
from tests.generation.conftest import BRIEFS, fake

ROOT = Path(__file__).resolve().parents[2]
SCENE = "INT. LOFT - DAY\n\nDust.\n\nKESTREL\nYou can't.\n"
pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def refused(*arguments: object) -> str:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    assert error.value.returncode in (1, 2)
    return str(error.value)


# Loading briefs


def test_load_briefs():
    first = run("load_briefs", BRIEFS)
    assert first.count(": created") == Brief.objects.count() >= 8
    assert run("load_briefs", BRIEFS).count(": unchanged") == Brief.objects.count()


def test_load_briefs_is_all_or_none(tmp_path):
    good = sorted((BRIEFS / "en").glob("*.yaml"))[0]
    bad, worse = tmp_path / "bad.yaml", tmp_path / "worse.yaml"
    bad.write_text(good.read_text().replace("language: en", "language: fr"))
    worse.write_text("slug: [")
    said = refused("load_briefs", good, bad, worse)
    assert f"{bad}:3:11: error: language is fr. Fix: use one of: en, zh." in said
    assert (
        f"{worse}:1:8: error: this isn't valid YAML" in said
        or f"{worse}:2:1: error: this isn't valid YAML" in said
    )
    assert Brief.objects.count() == 0


def test_load_briefs_from_an_empty_folder(tmp_path):
    assert "no file here ends in .yaml" in refused("load_briefs", tmp_path)


# Importing scripts


def test_import_scripts(en_brief, tmp_path):
    (tmp_path / en_brief.slug).mkdir()
    (tmp_path / en_brief.slug / "human.fountain").write_text("//! good\n" + SCENE)
    (tmp_path / en_brief.slug / "direct.fountain").write_text("not this one")
    said = run("import_scripts", tmp_path, "--system", "human", "--human", "--writer", "w1")
    assert f"{en_brief.slug}: new, sample 1" in said
    script = Script.objects.get()
    assert (script.text, script.writer, script.system.kind) == (SCENE, "w1", System.Kind.HUMAN)
    assert "already stored" in run("import_scripts", tmp_path, "--system", "human")


def test_import_scripts_refuses_all_with_places(en_brief, tmp_path):
    (tmp_path / f"{en_brief.slug}.txt").write_text(SCENE)
    (tmp_path / "no-such-brief.txt").write_text(SCENE)
    (tmp_path / "other.fountain").write_bytes(b"\xff")
    said = refused("import_scripts", tmp_path, "--system", "x")
    assert f"{tmp_path / 'no-such-brief.txt'}:1:1: error: no brief has the slug no-such-brief." in said
    assert f"{tmp_path / 'other.fountain'}:1:1: error: no brief has the slug other." in said
    assert Script.objects.count() == System.objects.count() == 0


def test_import_scripts_without_any(tmp_path):
    assert "has no script of x" in refused("import_scripts", tmp_path, "--system", "x")


# Generating


def test_generate(en_brief, zh_brief, server):
    briefs = ("--brief", en_brief.slug, zh_brief.slug)
    said = run("generate", "--system", "dsr", "direct", *briefs, "--base-url", server.url)
    assert "started, 4 jobs." in said
    assert "4 of 4 jobs done." in said
    assert Script.objects.count() == 4
    asked = len(server.requests)
    again = run("generate", "--system", "dsr", "direct", *briefs, "--base-url", server.url)
    assert "continues, 4 jobs." in again
    assert len(server.requests) == asked


def test_generate_goes_on_where_it_stopped(en_brief, server):
    arguments = ("generate", "--system", "dsr", "--brief", "all", "--samples", "2", "--base-url", server.url)
    plan_run(specs=[find_system("dsr")], briefs=[en_brief], samples=2, base_url=server.url, wake=False)
    assert "continues, 2 jobs." in run(*arguments)
    assert Script.objects.count() == 2


def test_generate_reports_what_failed(en_brief, tmp_path):
    path = tmp_path / "broken.yaml"
    text = (ROOT / "generation/systems/fake-direct.yaml").read_text()
    path.write_text(text.replace("kind: fake", "kind: fake\n  behaviour: empty"))
    assert "jobs without a script: 1" in refused("generate", "--system", path, "--brief", en_brief.slug)


def test_generate_refuses(en_brief):
    assert "--samples" in refused("generate", "--system", "fake-direct", "--brief", "all", "--samples", "0")
    assert Run.objects.count() == 0


def test_generate_beside_imported_systems_of_the_same_slugs(en_brief, server):
    for slug in ("dsr", "direct"):
        system = store_system(slug=slug, name=f"Imported {slug}", kind=System.Kind.IMPORTED)
        add_script(brief=en_brief, system=system, text="INT. SHED - DAY\n\nNobody here.\n")
    arguments = ("generate", "--system", "dsr", "direct", "--brief", en_brief.slug, "--base-url", server.url)
    said = refused(*arguments)
    assert "the stored system dsr is imported" in said
    assert "the stored system direct is imported" in said
    assert "--as my-dsr" in said
    assert Run.objects.count() == 0
    assert "2 of 2 jobs done." in run(*arguments, "--as", "my-dsr", "my-direct")
    generated = Script.objects.filter(system__kind="pipeline")
    assert {script.system.slug for script in generated} == {"my-dsr", "my-direct"}
    assert set(System.objects.filter(kind="imported").values_list("name", flat=True)) == {
        "Imported dsr",
        "Imported direct",
    }


def test_generate_names_every_fault_and_counts_one_job(en_brief):
    said = refused("generate", "--system", "nosuch", "neither", "--brief", "no-brief", en_brief.slug)
    assert {line.split(":")[0] for line in said.splitlines()} == {"nosuch", "neither", "no-brief"}
    assert "no included system has this name." in said
    assert "no brief has this slug." in said
    assert Run.objects.count() == 0
    assert "started, 1 job." in run("generate", "--system", "fake-direct", "--brief", en_brief.slug)


def test_generate_refuses_at_once_without_a_server(en_brief):
    with pytest.raises(CommandError, match=r"http://127\.0\.0\.1:9/v1 isn't responding.*Fix") as error:
        run("generate", "--system", "direct", "--brief", "all", "--base-url", "http://127.0.0.1:9/v1")
    assert error.value.returncode == 3
    assert Run.objects.count() == System.objects.count() == 0


def test_what_went_wrong_stands_beside_the_bar(en_brief):
    planned = plan_run(specs=[fake(behaviour="fail")], briefs=[en_brief], wake=False).run
    assert _trouble(planned, 0) == ""
    Worker(planned).work()
    assert re.fullmatch(r" \(1 without an answer, last: \w+: .*; next try in 3 s\)", _trouble(planned, 3.0))


# Backends


def test_check_backend(server):
    said = run("check_backend", "dsr", "--base-url", server.url)
    assert "models listed: screenwriter, dsr-novel" in said
    assert said.count("the same seed again gave the same text") == 2
    assert "This backend can serve the system." in said


def test_check_backend_without_a_server():
    with pytest.raises(CommandError, match="isn't responding") as error:
        run("check_backend", "direct", "--base-url", "http://127.0.0.1:9/v1")
    assert error.value.returncode == 3


def manage(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_fake_server_as_a_process(end):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for what runs in the background
    try:
        process = manage("fake_server", "--port", "0", "--model", "mine")
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        backend = OpenAIBackend(process.stdout.readline().strip())
        with Loop() as loop:
            assert loop.run(backend.models()) == ["mine"]
            loop.run(backend.close())
        process.send_signal(end)
        process.communicate(timeout=180)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_fake_server_on_a_port_in_use(server):
    process = manage("fake_server", "--port", server.url.rsplit(":", 1)[1].split("/")[0])
    _, said = process.communicate(timeout=300)
    assert process.returncode == 3
    assert said.startswith("error: port ")
    assert "Traceback" not in said


# Limits, estimates, troubles


def test_an_estimate_plans_nothing(en_brief):
    said = run("generate", "--system", "direct", "--brief", en_brief.slug, "--estimate", "--price-out", "8")
    assert re.search(r"Tokens expected: [\d,]+ in, [\d,]+ out, cost \d+\.\d+\.", said)
    assert "Tokens at most, without retries:" in said
    assert Run.objects.count() == 0


def test_generate_stops_at_its_limit_and_goes_on_when_it_is_raised(en_brief, server):
    arguments = ("generate", "--system", "direct", "--brief", en_brief.slug, "--base-url", server.url)
    said = refused(*arguments, "--limit-tokens", 100)
    assert "the next request could exceed the limit of 100 tokens. Fix: run the same command" in said
    assert (
        "is paused (the next request could exceed the limit of 100 tokens). Fix: raise its limit."
        in refused(*arguments)
    )
    said = run(*arguments, "--limit-tokens", 1_000_000)
    assert "continues, 1 job." in said
    assert "1 of 1 job done." in said
    assert re.search(r"Tokens used: [\d,]+\.", said)


def test_generate_refuses_limits_that_are_none(en_brief):
    arguments = ("generate", "--system", "fake-direct", "--brief", en_brief.slug)
    assert "--limit-cost must be 0 or more" in refused(*arguments, "--limit-cost", "-1")
    assert "--price-in must be 0 or more" in refused(*arguments, "--price-in", "nan")


def test_generate_goes_on_with_a_paused_run_when_told(en_brief):
    from generation.runs.services import change_run

    planned = plan_run(specs=[find_system("fake-direct")], briefs=[en_brief], wake=False).run
    change_run(run=planned, state="paused")
    arguments = ("generate", "--system", "fake-direct", "--brief", en_brief.slug)
    assert "add --go-on" in refused(*arguments)
    assert "1 of 1 job done." in run(*arguments, "--go-on")


@pytest.mark.parametrize("trouble", ["odd=0.1", "fail", "fail=2", "fail=x"])
def test_fake_server_refuses_troubles_that_are_none(trouble):
    assert "isn't valid. Fix: use NAME=SHARE with one of" in refused(
        "fake_server", "--port", "0", "--trouble", trouble
    )
