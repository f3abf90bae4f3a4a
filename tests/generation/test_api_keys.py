"""Configured keys: where they are sent, and where they never are. All servers here are real ones."""

import json
import logging
import socket
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection

from evalsite.core.errors import InputErrors
from evalsite.core.internal_addresses import is_internal
from generation.apps import check_api_keys
from generation.backends import BackendError, Denied, Rejected
from generation.backends.keys import load_keys, origin_of
from generation.backends.looping import Loop
from generation.backends.openai import OpenAIBackend
from generation.backends.spec import BackendSpec, address_of
from generation.models import Run, System
from generation.pipelines import find_system
from generation.runs.addresses import make_backend
from generation.runs.services import store_pipelines
from generation.runs.worker import Worker
from tests.forms import hidden_fields
from tests.generation.scripted_server import sink
from tests.generation.strict_servers import Vllm
from tests.generation.test_backends import ASKED
from tests.generation.test_new_run import chosen

SECRET = "sk-for-tests-only-1234"
ADDRESS = "/generation/new/"


def ask(address, **options):
    with Loop() as loop:
        backend = OpenAIBackend(address, timeout=10, **options)
        try:
            return loop.run(backend.complete(ASKED))
        finally:
            loop.run(backend.close())


def test_a_key_is_sent_to_its_own_host(keys_file):
    with sink(status=500) as (address, seen):
        keys_file({"lab": [address]})
        with pytest.raises(Exception, match="status 500"):
            ask(address, key="lab")
    assert [each["Authorization"] for each in seen] == [f"Bearer {SECRET}"]


def test_a_key_is_never_sent_to_another_host_or_port(keys_file):
    with sink() as (own, _), sink() as (other, seen):
        keys_file({"lab": [own]})
        for address in (
            other,
            other.replace("127.0.0.1", "localhost"),
            own.replace("127.0.0.1", "localhost"),
        ):
            with pytest.raises(Denied, match="may only be sent to") as refused:
                ask(address, key="lab")
            assert SECRET not in str(refused.value)
    assert seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(keys_file, status):
    with sink() as (other, stolen), sink(status, {"Location": other}) as (own, seen):
        keys_file({"lab": [own]})
        with pytest.raises(Rejected, match="redirects to"):
            ask(own, key="lab")
    assert (len(seen), stolen) == (1, [])


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "EMAIL_HOST_PASSWORD", "PATH", "LAB_KEY"])
def test_only_named_variables_are_sent(monkeypatch, name):
    """Before, a system with `key_env: DATABASE_URL` sent the database's password to its address."""
    monkeypatch.setenv(name, SECRET)
    with sink(status=500) as (address, seen):
        with pytest.raises(Denied, match=f"{name} isn't a variable for keys"):
            ask(address, key_env=name)
        with pytest.raises(Denied, match="isn't a variable for keys"):
            ask(address, key_env=name, key_optional=True)
        assert seen == []
        monkeypatch.setenv("API_KEY_VARIABLES", f"OTHER_KEY,{name}")
        with pytest.raises(Exception, match="status 500"):
            ask(address, key_env=name)
    assert [each["Authorization"] for each in seen] == [f"Bearer {SECRET}"]


@pytest.mark.parametrize(
    "value", ["postgres://user:secret@db/evalsite", "amqp://user:secret@mq//", "https://user:secret@x/v1"]
)
def test_a_variable_that_holds_no_server_address_is_not_one(monkeypatch, value):
    """Before, `base_url_env: DATABASE_URL` showed the database's password on the page of a run."""
    monkeypatch.setenv("DATABASE_URL", value)
    assert address_of(BackendSpec(kind="openai", base_url_env="DATABASE_URL")) == ""
    monkeypatch.setenv("DATABASE_URL", "http://gpu:8000/v1/")
    assert address_of(BackendSpec(kind="openai", base_url_env="DATABASE_URL")) == "http://gpu:8000/v1"


@pytest.mark.parametrize(("allowed", "named"), [(False, False), (True, False), (False, True)])
def test_a_name_that_leads_inside_only_later_is_refused(settings, keys_file, monkeypatch, allowed, named):
    """Before, a name that was public when the form was sent could lead inside when the run asked."""
    settings.ALLOW_INTERNAL_ADDRESSES = allowed
    looked_up = socket.getaddrinfo

    def rebound(host, *arguments, **options):
        return looked_up("127.0.0.1" if host == "models.example.org" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    with sink(status=500) as (address, seen), Loop() as loop:
        address = address.replace("127.0.0.1", "models.example.org")
        keys_file({"lab": [address] if named else ["https://api.example.com"]})
        backend = make_backend(BackendSpec(kind="openai", timeout=10), address)
        message = "status 500" if allowed or named else "is in a private network"
        with pytest.raises(BackendError, match=message):
            loop.run(backend.complete(ASKED))
        loop.run(backend.close())
    assert bool(seen) == (allowed or named)


def test_a_key_from_a_file_is_read_when_it_is_needed(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    with sink(status=500) as (address, seen):
        names = tmp_path / "keys.yaml"
        names.write_text(f'lab: {{file: {secret}, hosts: ["{address.removesuffix("/v1")}"]}}\n')
        monkeypatch.setenv("API_KEYS_FILE", str(names))
        with pytest.raises(Denied, match="isn't set on this machine"):
            ask(address, key="lab")
        secret.write_text(f"{SECRET}\n")
        with pytest.raises(Exception, match="status 500"):
            ask(address, key="lab")
    assert [each["Authorization"] for each in seen] == [f"Bearer {SECRET}"]


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://API.example.com/v1", "https://api.example.com:443"),
        ("http://gpu.example.com:8000/v1", "http://gpu.example.com:8000"),
        ("http://[::1]:8000/v1", "http://::1:8000"),
        ("https://api.example.com@evil.example/v1", ""),
        ("https://api.example.com\\@evil.example/v1", ""),
        ("https://api.example.com%00.evil.example/v1", ""),
        ("https://api.exаmple.com/v1", ""),
        ("ftp://api.example.com/v1", ""),
        ("//api.example.com/v1", ""),
        ("https://api.example.com:99999/v1", ""),
    ],
)
def test_the_host_of_an_address_is_read_strictly(address, origin):
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8001/v1", "http://localhost/v1", "http://localhost./v1", "http://0.0.0.0/v1",
        "http://2130706433/v1", "http://0x7f.1/v1", "http://127.1/v1", "http://[::1]/v1",
        "http://[::ffff:127.0.0.1]/v1", "http://[::ffff:10.0.0.1]/v1", "http://[64:ff9b::a00:1]/v1",
        "http://[2002:a00:1::]/v1", "http://10.1.2.3/v1", "http://172.16.0.1/v1", "http://192.168.1.1/v1",
        "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/v1", "http://[fd00:ec2::254]/v1",
        "http://100.64.0.1/v1", "http://224.0.0.1/v1", "http://no-such-name.invalid/v1",
        "http://[::127.0.0.1]/v1", "http://[::ffff:0:127.0.0.1]/v1", "http://[::ffff:0:a00:1]/v1",
    ],
)  # fmt: skip
def test_addresses_of_private_networks_are_recognised(address):
    assert is_internal(address)


def test_public_addresses_are_not_internal():
    assert not is_internal("https://93.184.216.34/v1")
    assert not is_internal("https://[2606:2800:220:1:248:1893:25c8:1946]/v1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"lab: {{variable: {SECRET}, hosts: [a.example]}}", "isn't the name of an environment variable"),
        ("lab: {variable: A, file: /b, hosts: [a.example]}", "either variable or file"),
        ("lab: {hosts: [a.example]}", "either variable or file"),
        ("lab: {variable: A, hosts: []}", "hosts has 0 items"),
        ("lab: {variable: A, hosts: [a.example/v1]}", "isn't a host"),
        ("lab: {variable: A, hosts: ['*']}", "isn't a host"),
        ("Lab!: {variable: A, hosts: [a.example]}", "not a valid name"),
        ("[]", "must map names to keys"),
        ("lab: {variable: A", "isn't valid YAML"),
    ],
)
def test_an_error_in_the_file_is_reported_without_its_values(tmp_path, monkeypatch, text, message):
    path = tmp_path / "keys.yaml"
    path.write_text(text)
    monkeypatch.setenv("API_KEYS_FILE", str(path))
    with pytest.raises(InputErrors) as refused:
        load_keys()
    assert message in str(refused.value)
    assert SECRET not in str(refused.value)
    assert [each.id for each in check_api_keys()] == ["generation.W001"]
    with pytest.raises(Denied, match="has an error"):
        ask("http://127.0.0.1:9/v1", key="lab")


@pytest.mark.django_db
def test_a_run_with_model_parameters_and_key_leaves_no_trace_of_the_key(en_brief, admin, keys_file, caplog):
    caplog.set_level(logging.DEBUG)
    with Vllm(key=SECRET, models=("maker/Model-9",)) as server:
        keys_file({"lab": [server.url]})
        given = chosen(
            en_brief, server.url, "direct", model="maker/Model-9", key="lab", temperature="0.3",
            max_tokens="3000", name="Nine at work",
        )  # fmt: skip
        pages = [admin.get(ADDRESS).content.decode()]
        assert "lab (http://127.0.0.1" in pages[0]
        confirm = admin.post(ADDRESS, given)
        assert confirm.status_code == 200, confirm.content.decode()
        pages.append(confirm.content.decode())
        assert "direct-model-9" in pages[-1]
        assert admin.post(ADDRESS, hidden_fields(pages[-1]) | {"step": "start"}).status_code == 303
        run = Run.objects.get()
        Worker(run).work()
        assert run.jobs.get().state == "done", run.jobs.get().error
    pages += [admin.get(f"/generation/{run.code}/").content.decode()]
    pages += [admin.get(f"/generation/{run.code}/{en_brief.slug}/direct-model-9/1/").content.decode()]
    assert run.name == "Nine at work"
    assert "Nine at work" in pages[2]
    assert {body["model"] for body in server.requests} == {"maker/Model-9"}
    assert {
        (body["temperature"], body["max_tokens"]) for body in server.requests if body["max_tokens"] > 50
    } == {(0.3, 3000)}
    stage = run.frozen_settings["systems"]["direct-model-9"]["stages"][0]
    assert (stage["model"], stage["temperature"], stage["max_tokens"]) == ("maker/Model-9", 0.3, 3000)
    assert run.frozen_settings["systems"]["direct-model-9"]["backend"]["key"] == "lab"
    system = System.objects.get()
    assert (system.slug, system.spec["stages"][0]["model"]) == ("direct-model-9", "maker/Model-9")
    assert "key" not in system.spec["backend"], "the key belongs to the run"
    history = admin.get(f"/generation/{run.code}/{en_brief.slug}/direct-model-9/1/history.jsonl")
    assert "maker/Model-9" in history.content.decode()
    call_command("dumpdata", "generation", "core", output="/dev/null")
    for text in [*pages, history.content.decode(), caplog.text, everything_stored()]:
        assert SECRET not in text


def everything_stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'select to_jsonb(t)::text from "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return json.dumps(rows)


@pytest.mark.django_db
@pytest.mark.parametrize("more", [{}, {"slug-file:direct": "plain"}])
def test_the_key_and_address_of_a_run_are_not_stored_with_its_system(en_brief, admin, keys_file, more):
    own = find_system("direct").as_record()
    with Vllm(key=SECRET, models=("screenwriter",)) as server:
        keys_file({"lab": [server.url]})
        page = admin.post(ADDRESS, chosen(en_brief, server.url, "direct", key="lab", step="start", **more))
        assert page.status_code == 303, page.content.decode()
        run, system = Run.objects.get(), System.objects.get()
        assert run.frozen_settings["systems"][system.slug]["backend"]["key"] == "lab"
        assert system.spec == own | {"slug": system.slug}
        assert "lab" not in str(system.spec)


@pytest.mark.django_db
def test_a_key_alone_makes_no_version_of_a_system_whose_stages_have_backends(en_brief, admin, keys_file):
    spec = find_system("direct")
    backend = replace(spec.backend, base_url="http://127.0.0.1:9/v1")
    spec = replace(spec, slug="staged", stages=tuple(replace(each, backend=backend) for each in spec.stages))
    store_pipelines([spec], team=None)
    with Vllm(key=SECRET, models=("screenwriter",)) as server:
        keys_file({"lab": [server.url]})
        given = chosen(en_brief, server.url, systems=["stored:staged"], key="lab", step="start")
        page = admin.post(ADDRESS, given)
    assert page.status_code == 303, page.content.decode()
    assert Run.objects.get().frozen_settings["systems"]["staged"]["stages"][0]["backend"]["key"] == "lab"
    assert System.objects.get().spec == spec.as_record()


@pytest.mark.django_db
def test_runs_with_different_models_are_different_runs(en_brief, admin):
    with Vllm(key="", models=("one", "two")) as server:
        codes = []
        for more in (
            {"model": "one"},
            {"model": "two"},
            {"model": "one", "temperature": "0.1"},
            {"model": "one"},
        ):
            page = admin.post(ADDRESS, chosen(en_brief, server.url, "direct", step="start", **more))
            assert page.status_code == 303, page.content.decode()
            codes.append(page["Location"])
    assert codes[3] == codes[0]
    assert len(set(codes)) == 3
    assert len(set(Run.objects.values_list("digest", flat=True))) == 3
    slugs = sorted(System.objects.values_list("slug", flat=True))
    assert slugs == ["direct-one", "direct-one-2", "direct-two"]
    assert {each.spec["family"] for each in System.objects.all()} == {"direct"}


@pytest.mark.django_db
def test_the_form_refuses_a_key_for_another_host(en_brief, admin, keys_file):
    with sink() as (address, seen):
        keys_file({"lab": ["https://api.example.com"]})
        page = admin.post(ADDRESS, chosen(en_brief, address, "direct", key="lab"))
        assert page.status_code == 422
        assert "lab may only be sent to https://api.example.com, not to" in page.content.decode()
        own = admin.post(ADDRESS, chosen(en_brief, "", "direct", key="lab"))
        assert own.status_code == 422, "nor does it go to the address of the system's own file"
        unknown = admin.post(ADDRESS, chosen(en_brief, address, "direct", key="other"))
        assert unknown.status_code == 422
    assert seen == []


@pytest.mark.django_db
def test_a_variable_of_a_file_is_not_sent_to_an_address_from_the_browser(en_brief, admin, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with sink() as (address, seen):
        page = admin.post(ADDRESS, chosen(en_brief, address, systems=["file:gpt"]))
    assert page.status_code == 422
    assert "gpt takes its key from OPENAI_API_KEY" in page.content.decode()
    assert seen == []


@pytest.mark.django_db
def test_internal_addresses_are_refused_unless_they_are_allowed(en_brief, admin, settings):
    settings.ALLOW_INTERNAL_ADDRESSES = False
    with sink() as (address, seen):
        for each in (address, address.replace("127.0.0.1", "2130706433"), "http://169.254.169.254/v1"):
            page = admin.post(ADDRESS, chosen(en_brief, each, "direct"))
            assert page.status_code == 422
            assert "is on a private network" in page.content.decode()
    assert seen == []
