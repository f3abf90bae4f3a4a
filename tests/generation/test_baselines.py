"""Every shipped baseline against a strict server of its provider, by the commands that people run."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from generation.models import Attempt, Script, StageOutput
from generation.pipelines.reading import shipped_names
from tests.generation.strict_servers import KEY, KEYS, SERVERS, Refused, StrictServer

pytestmark = pytest.mark.django_db
BASELINES = [name for name in shipped_names() if name.startswith(tuple(SERVERS))]


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in KEYS:
        monkeypatch.setenv(name, KEY)


def server_of(name: str, **options: object) -> StrictServer:
    return next(kind for start, kind in SERVERS.items() if name.startswith(start))(**options)


def run(*arguments: object) -> tuple[str, str, int]:
    """Standard output, all that was said of errors, and the exit code."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
    return out.getvalue(), err.getvalue(), 0


def test_the_papers_baselines_and_their_successors_are_shipped():
    for start in ("claude-sonnet", "claude-sonnet-4", "gemini-pro", "gemini-2-5-pro", "gpt", "qwen-72b"):
        assert {start, f"{start}-plan"} <= set(BASELINES)


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_writes_scripts(name, en_brief, zh_brief):
    with server_of(name) as server:
        briefs = ("--brief", en_brief.slug, zh_brief.slug)
        said, wrong, code = run("generate", "--system", name, *briefs, "--base-url", server.url)
        assert code == 0, wrong
        assert "2 of 2 jobs done." in said
    assert Script.objects.count() == 2
    for output in StageOutput.objects.all():
        sent = {**output.sent, "messages": None}
        assert any({**body, "messages": None} == sent for body in server.requests)


@pytest.mark.parametrize("name", ["gemini-pro", "gemini-2-5-pro", "gpt"])  # Claude's address reports none
def test_thinking_is_counted_beside_the_answer(name, en_brief):
    with server_of(name) as server:
        run("generate", "--system", name, "--brief", en_brief.slug, "--base-url", server.url)
    output = StageOutput.objects.get()
    attempt = output.attempt
    assert output.finish_reason == "stop"
    assert output.usage["thinking_tokens"] >= 6000
    answer = attempt.completion_tokens - output.usage["thinking_tokens"]
    assert 0 < answer < 3000  # what was billed as output holds both


@pytest.mark.slow
@pytest.mark.parametrize("start", SERVERS)
def test_a_rate_limit_is_waited_for(start, en_brief):
    name = {"claude": "claude-sonnet", "gemini": "gemini-pro"}.get(start, start)
    with server_of(name, busy=1) as server:
        _, wrong, code = run("generate", "--system", name, "--brief", en_brief.slug, "--base-url", server.url)
    assert code == 0, wrong
    busy = Attempt.objects.get(outcome=Attempt.Outcome.ERROR)
    assert busy.reason.startswith("Busy: rate limit reached (status 429: ")
    assert busy.prompt_tokens == 0


@pytest.mark.parametrize("start", SERVERS)
def test_a_wrong_key_gives_one_line(start, en_brief, monkeypatch):
    name = {"claude": "claude-sonnet", "gemini": "gemini-pro"}.get(start, start)
    for key in KEYS:
        monkeypatch.setenv(key, "wrong-" + "x" * 20)
    with server_of(name) as server:
        for command in (
            ("check_backend", name),
            ("generate", "--system", name, "--brief", en_brief.slug),
        ):
            said, wrong, code = run(*command, "--base-url", server.url)
            assert code, said
            lines = [line for line in wrong.splitlines() if "key" in line]
            assert len(lines) == 1, wrong
            assert re.search(r"server rejected the key \w+_API_KEY", lines[0])
            assert "wrong-x" not in wrong + said


@pytest.mark.parametrize("start", SERVERS)
def test_an_unknown_model_gives_one_line(start, en_brief):
    name = {"claude": "claude-sonnet", "gemini": "gemini-pro"}.get(start, start)
    with server_of(name, models=("another",)) as server:
        for command in (
            ("check_backend", name),
            ("generate", "--system", name, "--brief", en_brief.slug),
        ):
            said, wrong, code = run(*command, "--base-url", server.url)
            assert code, said
            lines = [line for line in wrong.splitlines() if "the server has no model" in line]
            assert len(lines) == 1, wrong


def test_the_check_says_when_another_model_answers(monkeypatch):
    with server_of("gpt") as server:
        monkeypatch.setattr(server, "answers_as", lambda model: "gpt-5-mini")
        _, wrong, code = run("check_backend", "gpt", "--base-url", server.url)
    assert code == 1
    assert "gpt (gpt-6.1-sol): another model answered: gpt-5-mini. Fix: " in wrong


REFUSALS = {
    "no access": (
        (403, "Project `p` does not have access to model `gpt-6.1-sol`", "model_not_found"),
        "this key has no access to model gpt-6.1-sol (status 403: ",
    ),
    "forbidden": (
        (403, "Country, region, or territory not supported", "unsupported_country_region_territory"),
        "the key OPENAI_API_KEY isn't allowed to do this (status 403: ",
    ),
    "quota": (
        (429, "You exceeded your current quota.", "insufficient_quota"),
        "the account has no credit left (status 429: You exceeded your current quota.). Fix: add credit",
    ),
    "credit": (
        (400, "Your credit balance is too low to access the API.", "invalid_request_error"),
        "the account has no credit left (status 400: ",
    ),
    "other": (
        (400, "The prompt breaks a rule.", "invalid_request_error"),
        "(gpt-6.1-sol): status 400: The prompt breaks a rule. Fix: see",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_the_check_tells_refusals_apart(case, monkeypatch):
    (status, message, code_word), line = REFUSALS[case]

    def check(body):
        raise Refused(status, message, code=code_word)

    with server_of("gpt") as server:
        monkeypatch.setattr(server, "check", check)
        _, wrong, code = run("check_backend", "gpt", "--base-url", server.url)
    assert code == 1
    assert line in wrong


REFUSED = {
    "claude": ("claude-sonnet", "temperature: 0.7, top_p: 0.9", {"temperature", "top_p"}),
    "gpt": ("gpt", "temperature: 0.7, max_tokens: 4096", {"temperature", "max_tokens"}),
    "gemini": ("gemini-pro", "thinking_budget: 4096, max_tokens: 4096", {"thinking_budget"}),
    "qwen-72b": ("qwen-72b", "top_p: 0.9, extra_body: {top_q: 3}", {"top_q"}),
}


def system_with(tmp_path, start: str) -> tuple[object, set[str]]:
    """A system for the provider's model with parameters that its server refuses."""
    name, parameters, refused = REFUSED[start]
    path = tmp_path / "refused.yaml"
    path.write_text(f"slug: refused\nname: Refused\nlike: {name}\nparameters: {{{parameters}}}\n")
    return path, refused


@pytest.mark.parametrize("start", SERVERS)
def test_the_check_names_every_parameter_that_a_server_refuses(start, tmp_path):
    path, refused = system_with(tmp_path, start)
    with server_of(start) as server:
        said, wrong, code = run("check_backend", path, "--base-url", server.url)
    assert code == 1, said
    lines = [line for line in wrong.splitlines() if "rejected these" in line]
    for name in refused:
        assert (
            sum(bool(re.search(rf"rejected these parameters: .*\b{name}\b", line)) for line in lines) == 1
        ), wrong


@pytest.mark.parametrize("start", SERVERS)
def test_a_refused_parameter_ends_a_run_with_one_line(start, tmp_path, en_brief, zh_brief):
    path, refused = system_with(tmp_path, start)
    with server_of(start) as server:
        briefs = ("--brief", en_brief.slug, zh_brief.slug)
        said, wrong, code = run("generate", "--system", path, *briefs, "--base-url", server.url)
    assert code == 1, said
    lines = [line for line in wrong.splitlines() if "rejected these" in line]
    assert len(lines) == 1, wrong
    assert any(name in lines[0] for name in refused)


def test_what_the_provider_ignores_is_stored(tmp_path, en_brief):
    path = tmp_path / "ignored.yaml"
    parameters = "{max_tokens: 32000, seed: 7, reasoning_effort: high}"
    path.write_text(f"slug: ignored\nname: Ignored\nlike: claude-sonnet\nparameters: {parameters}\n")
    with server_of("claude") as server:
        assert run("generate", "--system", path, "--brief", en_brief.slug, "--base-url", server.url)[2] == 0
    output = StageOutput.objects.get()
    assert output.sent["seed"] == 7
    assert output.ignored == ["reasoning_effort", "seed"]
