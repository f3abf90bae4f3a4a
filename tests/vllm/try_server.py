"""The shipped systems on vLLM's real server: texts, tokens, seeds, histories, adapters, and refusals."""

import asyncio
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from generation.backends import Request, Sampling
from generation.backends.looping import Loop
from generation.backends.openai import OpenAIBackend
from generation.models import Attempt, BackendCheck, Job, Run, Script, StageOutput
from generation.pipelines import SystemSpec, find_system
from generation.runs.services import plan_run, retry_failed
from generation.runs.worker import Worker
from tests.noted import note
from tests.vllm import scenes
from tests.vllm.plugin import LAST
from tests.vllm.seen import (
    SYSTEMS,
    codes_of,
    command,
    histories,
    of_kind,
    require_right,
    said_by_server,
    tokens,
)
from tests.vllm.server import ALIAS, CONTEXT, Server

FOLDER = Path(__file__).with_name("systems")
MODELS = (scenes.BASE, *scenes.ADAPTERS)


def generate(server: Server, *words: object) -> tuple[Run, str, int]:
    """`manage.py generate` here, to its end; the run, what was said of failures, and the exit code."""
    told, faults, code = command("generate", *words, "--base-url", server.url)
    return Run.objects.latest("pk"), f"{told}{faults}", code


def worked(run: Run) -> Run:
    """Work until nothing waits; waits for later tries are cut short."""
    while Worker(run).work().wait_s is not None:
        Job.objects.filter(run=run).update(not_before=None)
    run.refresh_from_db()
    return run


def refused_run(server: Server, briefs, spec: SystemSpec) -> tuple[Run, Attempt]:
    """A run of one system, of which every attempt must end alike and no script come; and its last attempt."""
    run = worked(plan_run(specs=[spec], briefs=briefs, base_url=server.url, wake=False).run)
    assert set(run.jobs.values_list("state", flat=True)) == {Job.State.FAILED}
    assert not Script.objects.exists()
    last = Attempt.objects.filter(run=run).latest("pk")
    assert all(last.outcome == each.outcome for each in run.attempts.all())
    return run, last


def asked_again(output: StageOutput, lines: list[dict]) -> Request:
    """The request of a stage's output, from nothing but its history."""
    attempts = [each for each in of_kind(lines, "attempt") if each["stage"] == output.stage]
    attempt = next(each for each in attempts if each["outcome"] == "ok")
    messages = tuple((each["role"], each["content"]) for each in attempt["messages"])
    settings = attempt["request"]
    sampling = Sampling(
        temperature=settings["temperature"],
        top_p=settings["top_p"],
        max_tokens=settings["max_tokens"],
        seed=settings["seed"],
    )
    return Request(attempt["model_asked"], messages, sampling)


def test_all_shipped_systems_in_both_languages(server, briefs):
    before = server.tokens()
    began = time.monotonic()
    run, said, code = generate(server, "--system", *SYSTEMS, "--brief", "all", "--samples", "2")
    took = time.monotonic() - began
    assert code == 0, said
    assert run.jobs.count() == len(SYSTEMS) * len(briefs) * 2
    asked = require_right(run, briefs, LAST / "history.jsonl")
    after = server.tokens()
    used = tokens(run)
    assert used == {name: after[name] - before[name] for name in after}
    assert f"{sum(used.values()):,}" in said
    assert set(asked) == set(MODELS)
    assert run.software[server.url] == [server.version()]
    attempts = Attempt.objects.filter(run=run)
    assert {each.answer["model"] for each in attempts} == set(MODELS)
    refused = attempts.filter(outcome=Attempt.Outcome.REFUSED)
    reasons = Counter(each.reason.code for each in refused)
    note(
        f"over HTTP: {run.jobs.count()} jobs of {len(SYSTEMS)} systems in 2 languages in {took:.0f} s, "
        + f"{Script.objects.count()} different scripts; requests "
        + ", ".join(f"{name} {asked[name]}" for name in MODELS)
        + f"; answers refused: {dict(reasons) or 'none'}"
    )
    note(f"tokens: {used['prompt']:,} in, {used['generation']:,} out: the server's own totals")
    seeds_alone(server, run)


def seeds_alone(server: Server, run: Run) -> None:
    """What a history holds is enough to ask again; alone, the same seed gives the same text."""
    same = total = other = 0
    told = {(job["system"], job["brief"], job["sample"]): [_, job, *rest] for _, job, *rest in histories(run)}
    with Loop() as loop:
        backend = OpenAIBackend(server.url)
        for job in run.jobs.filter(sample=1).select_related("system", "brief"):
            output = job.outputs.latest("pk")
            request = asked_again(output, told[job.system.slug, job.brief.slug, 1])
            reseeded = replace(request, sampling=replace(request.sampling, seed=request.sampling.seed + 1))
            first, second, third = (
                loop.run(backend.complete(each)).text for each in (request, request, reseeded)
            )
            assert first == second, f"{request.model}: the same seed, alone, gave another text"
            other += first != third
            total += 1
            same += first.strip() == output.text.strip()
        loop.run(backend.close())
    assert other > total / 2, "another seed gives the same text: the seed is not heard"
    note(
        f"seeds: asked again alone from their histories, {total} of {total} gave the same text twice, "
        f"{other} another one with another seed; {same} of {total} gave the text of the run, where others "
        "flew beside them"
    )


def test_the_check_of_adapters_tells_what_this_build_does(server, briefs):
    contract(server)


def contract(server: Server) -> None:
    """`check_backend` on all models, held against batches whose writers are told by their lines."""
    began = time.monotonic()
    told, faults, code = command("check_backend", *SYSTEMS, "--base-url", server.url)
    assert code == 0, faults
    check = BackendCheck.objects.latest("pk")
    assert check.passed
    assert sorted(check.names) == sorted(MODELS)
    assert check.result["software"] == {"version": server.version()}
    assert check.result["wrong_requests_answered"] == []
    assert check.result["structured_outputs"] is True
    for line in told.splitlines():
        note(f"check_backend, {server.dtype}: {line}")
    note(f"check_backend, {server.dtype}: took {time.monotonic() - began:.0f} s")
    strangers, changed, unlike, count = mixed(server)
    wrong = strangers.total()
    note(
        f"{server.dtype}: of {count} greedy answers in mixed batches of {BATCH}, {wrong} were by another "
        f"than asked, {changed} differ from what their model gave alone; in unmixed batches none and {unlike}"
    )
    for (asked, wrote), times in strangers.most_common():
        note(f"{server.dtype}: asked of {asked}, written by {wrote}: {times} times")
    if wrong:
        assert not check.mixes, "a mix-up was seen here, and the check let it pass"
    mix = ("--system", "dsr", "--brief", "all", "--mix-adapters")
    if not check.mixes:
        _, said, code = command("generate", *mix, "--base-url", server.url)
        assert code == 1
        assert "--mix-adapters" in said
        assert not Run.objects.exists()
    else:
        run, said, code = generate(server, *mix)
        assert code == 0, said
        assert run.mix_adapters


BATCH = 12
PROMPTS = tuple(
    f"Here is the brief.\n\nWrite about {length} words. Answer with the screenplay alone: no title, no "
    "remark before or after it, no Markdown."
    for length in (60, 80, 100)
)


def mixed(server: Server) -> tuple[Counter[tuple[str, str]], int, int, int]:
    """Greedy answers in mixed batches: those written by another (asked and wrote), how many differ from what
    their model gave alone, how many do in unmixed batches, and how many there are of each kind."""

    def request(name: str, prompt: str) -> Request:
        return Request(name, (("user", prompt),), Sampling(temperature=0.0, top_p=1.0, max_tokens=96, seed=7))

    pairs = [(name, prompt) for name in MODELS for prompt in PROMPTS]
    with Loop() as loop:
        backend = OpenAIBackend(server.url)

        async def at_once(asked: list[tuple[str, str]]) -> list[str]:
            answers = await asyncio.gather(*(backend.complete(request(*each)) for each in asked))
            return [each.text for each in answers]

        alone = {pair: loop.run(backend.complete(request(*pair))).text for pair in pairs}
        for (name, _), text in alone.items():
            assert scenes.writers_of(text) == {name}, f"{name} alone wrote {text!r}"
        wrong, changed, unlike = Counter[tuple[str, str]](), 0, 0
        for turn in range(4):
            batch = [pairs[(turn + place * (2 * turn + 1)) % len(pairs)] for place in range(BATCH)]
            for pair, text in zip(batch, loop.run(at_once(batch)), strict=True):
                others = scenes.writers_of(text) - {pair[0]}
                wrong.update([(pair[0], " and ".join(sorted(others)))] if others else [])
                changed += text != alone[pair]
            batch = [(MODELS[turn], PROMPTS[place % len(PROMPTS)]) for place in range(BATCH)]
            for pair, text in zip(batch, loop.run(at_once(batch)), strict=True):
                assert not scenes.writers_of(text) - {pair[0]}, "another model answered in an unmixed batch"
                unlike += text != alone[pair]
        loop.run(backend.close())
    return wrong, changed, unlike, 4 * BATCH


def test_a_schema_leads_a_model_that_knows_no_json(server, briefs):
    for language, name in (("en", "led"), ("zh", "led-zh")):
        slug = next(brief.slug for brief in briefs if brief.language == language)
        run, said, code = generate(server, "--system", FOLDER / f"{name}.yaml", "--brief", slug)
        assert code == 0, said
        (lines,) = histories(run, LAST / "history.jsonl")
        (output,), (script,) = of_kind(lines, "output"), of_kind(lines, "script")
        schema = find_system(str(FOLDER / f"{name}.yaml")).stages[0].schema["properties"]
        assert script["text"].strip() in schema["scene"]["enum"]
        assert output["parts"]["turn"].strip() in schema["turn"]["enum"]
        (attempt,) = of_kind(lines, "attempt")
        assert attempt["request"]["structured"]["response_format"]["type"] == "json_schema"
    note("structured outputs: a schema led the base to JSON that it never learnt, in both languages")


def test_without_the_schema_it_is_refused(server, briefs):
    english = [brief for brief in briefs if brief.language == "en"]
    spec = find_system(str(FOLDER / "led.yaml"))
    unled = replace(spec, slug="unled", stages=(replace(spec.stages[0], schema=None),))
    run, last = refused_run(server, english, unled)
    assert last.outcome == Attempt.Outcome.REFUSED
    assert codes_of(last.reason) == ["no-split", "answer-not-json"]
    error = run.jobs.get().error
    assert codes_of(error) == ["answers-refused", *codes_of(last.reason)]
    assert run.attempts.count() == spec.tries == error.params["count"]


def direct(**stage: object) -> SystemSpec:
    """`direct` under another name, with another setting of its stage; failed requests are not repeated."""
    spec = find_system("direct")
    return replace(spec, slug="direct-other", tries=2, retries=0, stages=(replace(spec.stages[0], **stage),))


def test_an_answer_that_is_cut_off_is_refused(server, briefs):
    before = server.tokens()
    run, last = refused_run(server, briefs, direct(max_tokens=9))
    assert (last.outcome, last.answer["finish_reason"]) == (Attempt.Outcome.REFUSED, "length")
    assert last.answer["usage"]["completion_tokens"] == 9
    after = server.tokens()
    assert tokens(run) == {name: after[name] - before[name] for name in after}


def test_an_answer_under_another_name_is_refused_unless_it_is_known(server, briefs):
    _, last = refused_run(server, briefs, direct(model=ALIAS))
    assert last.outcome == Attempt.Outcome.REFUSED
    assert (last.reason.code, last.reason.params) == ("model", {"model": scenes.BASE})
    known = replace(direct(model=ALIAS, answers_as=(scenes.BASE,)), slug="direct-known")
    run = worked(plan_run(specs=[known], briefs=briefs, base_url=server.url, wake=False).run)
    assert run.jobs.filter(state=Job.State.DONE).count() == len(briefs)
    assert {each.model_answered for each in StageOutput.objects.filter(job__run=run)} == {scenes.BASE}


@pytest.mark.parametrize(
    ("stage", "code", "named"),
    [
        ({"model": "nobody"}, "no-model", "nobody"),
        ({"adapter": "no-such-adapter"}, "no-model", "no-such-adapter"),
        ({"max_tokens": 200_000}, "parameters-refused", "max_tokens"),
        ({"temperature": -3.0}, "parameters-refused", "temperature"),
        ({"top_p": 1.5}, "parameters-refused", "top_p"),
    ],
)
def test_what_the_server_refuses_fails_the_job_at_once(server, briefs, stage, code, named):
    before = server.tokens()
    run, last = refused_run(server, briefs, direct(**stage))
    assert run.attempts.count() == len(briefs)
    assert last.outcome == Attempt.Outcome.ERROR
    assert codes_of(last.reason) == ["Rejected", code, "status-said"], last.reason
    assert named in last.reason.params["reason"].params.values()
    assert {job.error for job in run.jobs.all()} >= {last.reason}
    assert tokens(run) == {"prompt": 0, "generation": 0}
    assert server.tokens() == before
    note(f"{stage}: {last.reason[:150]}")


def test_a_prompt_that_is_too_long(server, briefs):
    long = briefs[0]
    long.previous_context = "They talked about the boat and the weather. " * 200
    long.characters = [
        {"name": f"Neighbour {number}", "profile": "Mends nets and says little. " * 160}
        for number in range(20)
    ]
    long.save()
    run, said, code = generate(server, "--system", "direct", "--brief", long.slug)
    assert code == 1
    job = run.jobs.get()
    assert (job.state, job.attempts.count()) == (Job.State.FAILED, 1)
    assert codes_of(job.error)[0] == "Rejected"
    assert str(CONTEXT) in said_by_server(job.error).replace(",", "")
    assert job.error in said
    assert tokens(run) == {"prompt": 0, "generation": 0}
    assert not Script.objects.exists()
    note(f"prompt too long: {job.error[:150]}")


def test_a_server_that_goes_away_in_mid_answer(server, briefs):
    """Killed while it answers: what flew stays counted at its reservation, nothing becomes a script, and once
    a server is back the same run goes on."""
    english = [brief for brief in briefs if brief.language == "en"]
    spec = replace(direct(), slug="direct-gone", retries=1)
    run = plan_run(specs=[spec], briefs=english, samples=4, base_url=server.url, wake=False).run
    flew: list[int] = []

    def kill_it() -> None:
        deadline = time.monotonic() + 60
        while server.running() < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        flew.append(server.running())
        server.kill()

    server.pause()  # Or some of the four would be answered before the others are sent.
    killer = threading.Thread(target=kill_it)
    killer.start()
    worked(run)
    killer.join()
    assert flew == [4]
    first, second = (list(run.attempts.filter(number=number).order_by("pk")) for number in (1, 2))
    assert len(first) == len(second) == 4
    for attempt in first:
        assert (attempt.outcome, attempt.estimated) == (Attempt.Outcome.ERROR, True)
        assert codes_of(attempt.reason) == ["Unreachable", "broke-off"], attempt.reason
        assert attempt.completion_tokens == spec.stages[0].max_tokens
        assert attempt.prompt_tokens > 0
    for attempt in second:
        assert attempt.outcome == Attempt.Outcome.ERROR
        assert codes_of(attempt.reason) == ["Unreachable", "no-answer"], attempt.reason
        assert (attempt.prompt_tokens, attempt.completion_tokens) == (0, 0)
    assert set(run.jobs.values_list("state", flat=True)) == {Job.State.FAILED}
    assert all(
        (job.error.code, job.error.params["count"]) == ("requests-failed", 2) for job in run.jobs.all()
    )
    assert not StageOutput.objects.exists()
    assert not Script.objects.exists()
    note(f"server killed in mid-answer: {first[0].reason[:120]}")
    lost = sum(each.completion_tokens + each.prompt_tokens for each in first)
    note(f"  counted as lost: the {lost:,} tokens that were reserved")
    server.start("float32", replicas=2)
    retry_failed_to_the_end(server, run)


def retry_failed_to_the_end(server: Server, run: Run) -> None:
    """The same run at the same address once a server is there again: done, its losses still on record."""
    lost = tokens(run)
    before = server.tokens()
    assert retry_failed(run=run) == 4
    worked(run)
    assert run.state == Run.State.DONE
    assert run.jobs.filter(state=Job.State.DONE).count() == 4
    after = server.tokens()
    assert tokens(run) == {name: lost[name] + after[name] - before[name] for name in after}
    note(f"  with a server there again the run went on: {Script.objects.count()} scripts of 4 jobs")


def test_the_same_in_float32_on_two_replicas(replicas, briefs):
    contract(replicas)


def test_replicas_share_the_work_of_a_run(replicas, briefs):
    """By vLLM's own data parallelism, behind one address."""
    used, answered = replicas.tokens(), replicas.answered()
    run, said, code = generate(replicas, "--system", "dsr", "direct", "--brief", "all", "--samples", "3")
    assert code == 0, said
    assert run.jobs.count() == 2 * len(briefs) * 3
    asked = require_right(run, briefs, LAST / "history.jsonl")
    assert tokens(run) == {name: count - used[name] for name, count in replicas.tokens().items()}
    shares = {name: count - answered[name] for name, count in replicas.answered().items()}
    assert sorted(shares) == ["0", "1"]
    assert sum(shares.values()) == asked.total()
    assert min(shares.values()) >= asked.total() / 4
    note(f"two replicas behind one address: {run.jobs.count()} jobs, answered by each: {shares}")
