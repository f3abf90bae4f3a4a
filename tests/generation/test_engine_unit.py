"""Unit tests of the side that asks vLLM's engine, against a stand-in for the child: no vllm runs here."""

import re
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from evalsite.local.process import started_at
from generation.backends import Rejected, Request, Sampling, TooSlow, Unreachable, vllm_engine
from generation.backends.looping import Loop
from generation.backends.spec import BackendSpec, address_of
from generation.backends.vllm_engine import VllmEngineBackend, close_engine, engine_of
from generation.faults import Faults
from generation.pipelines import find_system
from generation.runs.stages import lane_of, needs_engine
from generation.runs.working import make_backend

CHILD = Path(__file__).with_name("engine_stand_in.py")


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setenv("VLLM_PYTHON", sys.executable)
    with Loop() as loop:

        def one(text: str, model: str = "base", *, path: str = "weights", timeout: float = 120.0, **more):
            backend = VllmEngineBackend(
                path, name="base", adapters={"novel": "/a"}, timeout=timeout, child=CHILD
            )
            request = Request(model, (("user", text),), Sampling(seed=3), **more)
            return loop.run(backend.complete(request))

        yield one
    close_engine()


def test_an_answer_with_usage_seed_and_structure(ask):
    answer = ask("hello", structured={"response_format": {"type": "json_object"}})
    assert answer.text == "hello 3 {'response_format': {'type': 'json_object'}}"
    assert (answer.model, answer.finish_reason, answer.fingerprint) == ("base", "stop", "stand-in")
    assert answer.usage == {"prompt_tokens": 5, "completion_tokens": 2}
    assert ask("hello", "novel").model == "novel"
    assert answer.id != ask("hello").id


def test_an_unknown_model_is_rejected(ask):
    with pytest.raises(Rejected, match="does not exist"):
        ask("hello", "other")


def test_an_engine_that_dies_is_told_with_its_last_words_and_started_again(ask):
    with pytest.raises(Unreachable, match=r"the engine has ended: .*out of memory") as raised:
        ask("die")
    assert raised.value.worked
    assert ask("hello").text.startswith("hello")


def test_what_an_engine_that_dies_has_started_is_ended_too(ask):
    with pytest.raises(Unreachable, match=r"process \d+$") as raised:
        ask("die and leave a process")
    left = int(re.search(r"\d+$", str(raised.value))[0])
    deadline = time.monotonic() + 50  # it would end by itself after a minute
    while started_at(left) is not None:
        assert time.monotonic() < deadline, "the process still runs"
        time.sleep(0.02)
    assert ask("hello").text.startswith("hello")


def test_an_answer_that_does_not_come_is_given_up(ask):
    assert ask("hello").text  # it is loaded
    with pytest.raises(TooSlow, match=r"within 0\.2 s"):
        ask("hang", timeout=0.2)
    assert ask("hello").text.startswith("hello")


def test_an_answer_to_a_request_given_up_that_moment_harms_no_other(ask):
    assert ask("hello").text  # it is loaded
    engine = engine_of(vllm_engine._engine.start, CHILD)
    given_up = Future()
    given_up.cancel()
    engine._waiting["given up"] = given_up  # its answer comes before `cancel` has taken it off the list
    line = {"model": "base", "messages": [{"role": "user", "content": "hello"}], "structured": {}}
    engine._write(line | {"id": "given up", "sampling": {"seed": 3}})
    assert ask("hello", timeout=30).text.startswith("hello")


def test_weights_that_cannot_be_loaded(ask):
    with pytest.raises(Unreachable, match="no such weights"):
        ask("hello", path="broken")


def test_without_an_interpreter(ask, monkeypatch):
    monkeypatch.delenv("VLLM_PYTHON")
    with pytest.raises(Unreachable, match="no VLLM_PYTHON"):
        ask("hello", path="elsewhere")
    monkeypatch.setenv("VLLM_PYTHON", "/no/such/python")
    with pytest.raises(Unreachable, match="cannot be run"):
        ask("hello", path="elsewhere")


def test_a_run_on_an_engine_keeps_its_models_apart_and_needs_a_worker_with_a_gpu():
    spec = BackendSpec(kind="vllm_engine", model_path="/models/base", adapters=(("novel", "/a"),))
    assert isinstance(make_backend(spec, address_of(spec)), VllmEngineBackend)
    settings = {"addresses": {"dsr": {"novel": address_of(spec), "screenplay": address_of(spec)}}}
    assert needs_engine(settings)
    assert not needs_engine({"addresses": {"dsr": {"novel": "http://x/v1"}, "old": ""}})
    system = find_system("dsr")
    lanes = [lane_of(settings, system, stage, mix=False) for stage in system.stages]
    assert len(set(lanes)) == 2
    assert all(lane.alone for lane in lanes)


def test_an_engine_in_a_system_s_file(tmp_path):
    text = (Path(__file__).resolve().parents[2] / "generation/systems/direct.yaml").read_text()
    begin, end = text.index("backend:"), text.index("stages:")
    lines = ["backend:", "  kind: vllm_engine", "  model_path: /models/base", "  model_name: screenwriter"]
    lines += ["  adapters:", "    - {name: novel, path: /a}", "  context: 8192", "  eager: true", ""]
    path = tmp_path / "engine.yaml"
    path.write_text(text[:begin] + "\n".join(lines) + text[end:])
    backend = find_system(str(path)).backend
    assert (backend.kind, backend.adapters) == ("vllm_engine", (("novel", "/a"),))
    assert (backend.model_name, backend.context, backend.eager) == ("screenwriter", 8192, True)
    path.write_text(path.read_text().replace("  model_path: /models/base\n", "").replace("true", "maybe"))
    with pytest.raises(Faults) as refused:
        find_system(str(path))
    said = " ".join(fault.message for fault in refused.value.faults)
    assert "needs model_path" in said
    assert "eager must be true or false" in said
